"""Names of host units: from paths and back, as ``systemd-escape --path`` does, and through ``host-unit@.service``.

Source: systemd.unit(5), "String Escaping for Inclusion in Unit Names".
"""

from __future__ import annotations

import re
from string import ascii_letters, digits

from compose2quadlet.hostpaths import normalised

PLAIN = frozenset(ascii_letters + digits + ":_.")
VALID = re.compile(
    r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]+)?\.(service|socket|mount|automount|target|device|path|timer)"
)
MAX = 255

BRIDGE = "host-unit@"
"""The user template that waits for a unit of the system."""


def of_path(path: str, kind: str) -> str:
    """The unit of a path: ``/mnt/my-nas`` and ``mount`` give ``mnt-my\\x2dnas.mount``."""
    clean = normalised(path).strip("/")
    if not clean:
        return f"-.{kind}"
    out = []
    for i, byte in enumerate(clean.encode("utf-8", "surrogateescape")):
        char = chr(byte)
        if char == "/":
            out.append("-")
        elif char in PLAIN and not (char == "." and i == 0):
            out.append(char)
        else:
            out.append(f"\\x{byte:02x}")
    return f"{''.join(out)}.{kind}"


def path_of(unit: str) -> str:
    """The path that a mount, automount or device unit is named after."""
    text = unit.rpartition(".")[0]
    if text == "-":
        return "/"
    pieces = re.split(r"(\\x[0-9a-f]{2})", text)
    raw = b"".join(
        bytes([int(p[2:], 16)]) if re.fullmatch(r"\\x[0-9a-f]{2}", p) else p.replace("-", "/").encode() for p in pieces
    )
    return "/" + raw.decode("utf-8", "surrogateescape")


def valid(unit: str) -> bool:
    """Whether this is a valid name of a unit that a service can wait for."""
    return bool(VALID.fullmatch(unit)) and len(unit) <= MAX - len(f"{BRIDGE}.service")


def bridged(unit: str) -> str:
    """The user unit that waits for ``unit`` of the system."""
    return f"{BRIDGE}{unit}.service"


def unbridged(unit: str) -> str:
    """The unit that a user unit waits for; itself if it is no bridge."""
    return unit.removeprefix(BRIDGE).removesuffix(".service") if unit.startswith(BRIDGE) else unit
