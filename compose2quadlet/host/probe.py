"""A program that looks at the network from where it is started, such as another network namespace.

It needs nothing but Python's standard library, and prints one line for each question::

    probe.py tcp 192.0.2.2:80 [2001:db8::1]:80
    probe.py name 127.0.0.11 db web.example.org

Source: RFC 1035, section 4.1.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

SECONDS = 3.0
A, AAAA = 1, 28
PORT = 53


def tcp(place: str) -> str:
    """Whether something accepts a connection."""
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
    except TimeoutError:
        return "times out"
    except OSError as e:
        return (e.strerror or str(e)).lower()
    return "connects"


def name(server: str, wanted: str) -> str:
    """Whether a name server has an address for a name."""
    results = [_ask(server, wanted, kind) for kind in (A, AAAA)]
    return "found" if "found" in results else results[0]


def _ask(server: str, wanted: str, kind: int) -> str:
    number = int.from_bytes(os.urandom(2), "big")
    labels = b"".join(bytes([len(part)]) + part for part in wanted.encode("idna").split(b".") if part)
    question = struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(SECONDS)
        try:
            s.sendto(question, (server, PORT))
            answer = s.recv(4096)
        except TimeoutError:
            return "times out"
        except OSError as e:
            return (e.strerror or str(e)).lower()
    if len(answer) < 12 or answer[:2] != question[:2]:
        return "no answer"
    flags, _, count = struct.unpack(">3H", answer[2:8])
    return "found" if count and not flags & 15 else "not found"


def main(kind: str, *words: str) -> None:
    if kind == "tcp":
        for place in words:
            print(place, tcp(place))  # noqa: T201
    else:
        for wanted in words[1:]:
            print(wanted, name(words[0], wanted))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
