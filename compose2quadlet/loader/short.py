"""Parses the short syntaxes: ports, volumes and devices written as one text.

Sources: compose specification "Short syntax" of each; go-connections ``nat`` (ports), compose-go
``format`` (volumes).
"""

from __future__ import annotations

import ipaddress
import re

from compose2quadlet.diagnostics import PORT, Path, dotted, refuse, shown
from compose2quadlet.loader.tree import Map
from compose2quadlet.numbers import whole

PROPAGATIONS = frozenset(("rprivate", "private", "rshared", "shared", "rslave", "slave"))


def parse_volume(spec: str, path: Path) -> Map:
    """A volume such as ``./data:/data:ro`` in its long form; the target is not cleaned yet.

    Whatever starts with ``.``, ``/``, ``~``, ``\\\\`` or a Windows drive is a path, anything else the name of
    a volume. Raises RefusedError.
    """
    if not spec:
        raise _bad("bad-volume", spec, "it is empty", path, "Write SOURCE:TARGET[:ro].")
    if len(spec.encode(errors="surrogatepass")) <= 2:
        return Map({"type": "volume", "target": spec})
    parts = _split(spec)
    if not parts or (len(parts) == 1 and parts[0] != spec):
        raise _bad("bad-volume", spec, "its '${' is never closed", path, "Close it, and write a variable with one '$'.")
    if not all(parts):
        raise _bad("bad-volume", spec, "there is nothing between the two colons", path, "Write SOURCE:TARGET[:ro].")
    if len(parts) > 3:
        raise _bad(
            "bad-volume", spec, "it has too many colons", path, "Use the long form with 'source:' and 'target:'."
        )
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    out = Map({"type": "bind" if is_path(source) else "volume"})
    if source:
        out["source"] = source
    out["target"] = target
    bind, volume = Map(), Map()
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option in ("ro", "rw"):
            out["read_only"] = option == "ro"
        elif option == "nocopy":
            volume["nocopy"] = True
        elif option in PROPAGATIONS:
            bind["propagation"] = option
        elif option in ("z", "Z"):
            bind["selinux"] = option
    if not out.get("read_only"):
        out.pop("read_only", None)
    if out["type"] == "bind":
        bind["create_host_path"] = True
    if bind:
        out["bind"] = bind
    if volume or out["type"] == "volume":
        out["volume"] = volume
    return out


def _split(spec: str) -> list[str]:
    """Split at colons, but not in ``${…}``, and not after a drive letter. The rest after an open ``${`` is left out."""
    parts, start, depth, i = [], 0, 0, 0
    while i < len(spec):
        char = spec[i]
        if char == "$" and spec[i + 1 : i + 2] == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == ":" and not depth and not (i - start == 1 and spec[start].isalpha()):
            parts.append(spec[start:i])
            start = i + 1
        i += 1
    # Compose never reaches the part with the open brace, and so leaves it out.
    return parts if depth else [*parts, spec[start:]]


def is_path(source: str) -> bool:
    """Whether the source of a volume is a path on the host, not the name of a volume."""
    return source.startswith((".", "/", "~", "\\\\")) or (source[1:2] == ":" and source[0].isalpha())


def _bad(code: str, spec: str, problem: str, path: Path, hint: str) -> Exception:
    told = f"{shown(spec, PORT)}: " if code == "bad-port" and PORT.fullmatch(spec) else ""
    return refuse(code, f"{dotted(path)}: {told}{problem}", hint, path)


# Compose looks no further than the second hyphen.
RANGE = re.compile(r"0*([0-9]{1,5})(?:-0*([0-9]{1,5})(?:-.*)?)?", re.DOTALL)


def _range(text: str) -> tuple[int, int] | None:
    """A port or a range of ports; None if it is neither."""
    match = RANGE.fullmatch(text)
    if not match:
        return None
    first, last = whole(match[1]), whole(match[2] or match[1])
    if first is None or last is None:
        return None
    return (first, last) if first <= last <= 65535 else None


def port_count(spec: str) -> int:
    """How many container ports a short form stands for; 1 if it is not valid."""
    inside = _range(spec.rpartition(":")[2].partition("/")[0])
    return inside[1] - inside[0] + 1 if inside else 1


def valid_ip(text: str) -> bool:
    """Whether ``text`` is an IPv4 or IPv6 address, without a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def parse_port(spec: str, path: Path) -> list[Map]:
    """A port such as ``127.0.0.1:8000-8002:80-82/udp`` in its long form, one mapping for each container port.

    Raises RefusedError.
    """
    hint = "Write [HOST_IP:][HOST_PORT:]PORT[/udp], in quotes."

    def bad(problem: str) -> Exception:
        return _bad("bad-port", spec, problem, path, hint)

    *before, container = spec.split(":")
    host = before.pop() if before else ""
    ip = ":".join(before)
    ip = ip[1:-1] if ip.startswith("[") and ip.endswith("]") else ip
    if ip and (not valid_ip(ip) or (":" in ip and not spec.startswith("["))):
        raise bad("the address is not an IP address" + (": write an IPv6 address in [brackets]" if ":" in ip else ""))
    port, _, protocol = container.partition("/")
    protocol = protocol.split("/")[0].lower() or "tcp"
    if not port:
        raise bad("there is no container port")
    if protocol not in ("tcp", "udp", "sctp"):
        raise bad("the protocol is none of tcp, udp, sctp")
    inside = _range(port)
    outside = _range(host) if host else (0, 0)
    if inside is None:
        raise bad("the container port is neither a port between 0 and 65535 nor a range of such ports")
    if inside[0] == 0:
        raise bad("a container has no port 0")
    if outside is None:
        raise bad("the host port is neither a port between 0 and 65535 nor a range of such ports")
    size = inside[1] - inside[0]
    if host and size and outside[1] - outside[0] != size:
        raise bad("the two ranges have different lengths")
    ports = []
    for i in range(size + 1):
        out = Map({"mode": "ingress", "target": inside[0] + i, "protocol": protocol})
        if ip:
            out["host_ip"] = ip
        if host:
            spread = outside[1] != outside[0] and not size
            out["published"] = f"{outside[0]}-{outside[1]}" if spread else str(outside[0] + i)
        ports.append(out)
    return sorted(ports, key=lambda p: f"{p['target']}/{p['protocol']}")


def parse_device(spec: str, path: Path) -> Map:
    """A device such as ``/dev/ttyUSB0:/dev/zigbee:rw`` in its long form. Raises RefusedError."""
    parts = spec.split(":")
    if len(parts) > 3:
        raise _bad("bad-device", spec, "it has too many colons", path, "Use the long form with 'source:'.")
    target = parts[1] if len(parts) > 1 and parts[1] else parts[0]
    return Map({"source": parts[0], "target": target, "permissions": parts[2] if len(parts) > 2 else "rwm"})
