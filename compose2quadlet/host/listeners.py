"""The ports that something on this host listens on.

Sources: proc_net_tcp(5); a UDP socket has no state for it, so that the ports of clients count as well. Those come from
the range of ephemeral ports, and are left out.
"""

from __future__ import annotations

import ipaddress
import os
import sys

from compose2quadlet.facts import Listener
from compose2quadlet.numbers import whole

LISTENS = "0A"
UNCONNECTED = "07"
FILES = (("tcp", LISTENS), ("tcp6", LISTENS), ("udp", UNCONNECTED), ("udp6", UNCONNECTED))
"""The files below /proc/net, with the state of sockets that wait for somebody. Source: Linux, ``tcp_states.h``."""

EPHEMERAL = 32768
"""The first port for clients, by default of the kernel."""


def listeners(root: str) -> tuple[Listener, ...] | None:
    """The ports in use on the host at ``root``; None if it does not say."""
    found = None
    for name, state in FILES:
        try:
            with open(os.path.join(root, "proc/net", name), encoding="ascii", errors="replace") as f:
                lines = f.read().splitlines()
        except OSError:
            continue
        found = set() if found is None else found
        for line in lines[1:]:
            fields = line.split()
            if len(fields) > 3 and fields[3] == state and (one := _listener(name, fields[1])):
                found.add(one)
    return None if found is None else tuple(sorted(found, key=lambda x: (x.protocol, x.port, x.address)))


def _listener(name: str, text: str) -> Listener | None:
    address, _, port = text.rpartition(":")
    protocol, number = name.removesuffix("6"), whole(str(int(port, 16))) or 0
    if not number or (protocol == "udp" and number >= EPHEMERAL):
        return None
    return Listener(protocol, number, _address(address))


def _address(digits: str) -> str:
    """An address from its hexadecimal form, whose words have the byte order of the machine; empty for all addresses."""
    words = [bytes.fromhex(digits[i : i + 8]) for i in range(0, len(digits), 8)]
    data = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    address = ipaddress.ip_address(data)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return "" if address.is_unspecified else str(address)
