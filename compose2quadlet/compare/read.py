"""Reads fields of ``inspect`` of both engines in one form. Source: measured; both engines beside each other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from compose2quadlet.compare import Side, Values
from compose2quadlet.planner.images import unchecked

NANO = 10**9

ADDED = ("container", "HOSTNAME", "HOME", "TERM")
"""Variables that Podman adds."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

OWN_LABELS = ("com.docker.compose.", "io.podman.", "io.containers.", "PODMAN_SYSTEMD_UNIT", "desktop.docker.io")
"""The start of labels that tools set."""

DOCKER_CAPS = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID"
    " SYS_CHROOT".split()
)
"""What Docker gives a container that asks for nothing."""

SIGNALS = {"1": "HUP", "2": "INT", "3": "QUIT", "9": "KILL", "10": "USR1", "12": "USR2", "15": "TERM", "28": "WINCH"}
"""Signals that images stop with."""

SIZES = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}

PODMAN_TMPFS = frozenset("rw rprivate nosuid nodev noexec exec tmpcopyup notmpcopyup relatime private".split())
"""Options of a tmpfs that do not change what can be stored."""


def one(value: Any) -> Values:
    """A single value; nothing, zero and an empty list are the same."""
    if isinstance(value, list | tuple):
        value = shlex.join(map(str, value))
    if isinstance(value, bool):
        value = "yes" if value else ""
    return {"": str(value)} if value not in (None, "", 0, -1) else {}


def many(values: Iterable[Any] | None) -> Values:
    """A set of values."""
    return {str(v): "" for v in values or ()}


def config(name: str, default: str = "") -> Callable[[Side], Values]:
    return lambda side: one("" if (value := side.config.get(name)) == default and default else value)


def host(name: str) -> Callable[[Side], Values]:
    return lambda side: one(side.host.get(name))


def each(name: str) -> Callable[[Side], Values]:
    """A list of ``HostConfig``, whose order does not count."""
    return lambda side: many(side.host.get(name))


def layers(side: Side) -> Values:
    return one((side.image.get("RootFS") or {}).get("Layers"))


def image_name(side: Side) -> Values:
    return one(unchecked(str(side.config.get("Image") or "")).replace("docker.io/library/localhost/", "localhost/"))


def words(name: str) -> Callable[[Side], Values]:
    """A command. Podman 4 has an entrypoint as one text."""

    def read(side: Side) -> Values:
        value = side.config.get(name)
        return one(value.split() if isinstance(value, str) else value)

    return read


def pairs(texts: Sequence[str] | None) -> dict[str, str]:
    return {n: v for n, _, v in (text.partition("=") for text in texts or ())}


def environment(side: Side) -> Values:
    return own_variables(pairs(side.config.get("Env")))


def own_variables(values: Values) -> Values:
    """Variables without those that Podman adds."""
    return {n: v for n, v in values.items() if n not in ADDED and (n, v) != ("PATH", DEFAULT_PATH)}


def hostname(side: Side) -> Values:
    """The host name, unless it is the start of the ID, as for a container without one, or its network's owner's."""
    name = side.config.get("Hostname") or ""
    shared = str(side.host.get("NetworkMode") or "").startswith(("container:", "host"))
    return {} if shared or str(side.inspect.get("Id", "")).startswith(name) else one(name)


def labels(side: Side) -> Values:
    found = side.config.get("Labels") or {}
    return {n: str(v) for n, v in found.items() if not n.startswith(OWN_LABELS)}


def mounts(side: Side) -> Values:
    """Mounts by destination: type, where from, and whether they can be written to."""
    found = {}
    for m in side.inspect.get("Mounts") or ():
        if m.get("Type") in ("bind", "volume"):
            source = m.get("Source") if m["Type"] == "bind" else m.get("Name")
            found[m["Destination"]] = f"{m['Type']} {source} {'rw' if m.get('RW', True) else 'ro'}"
    return found


def propagation(side: Side) -> Values:
    return {
        m["Destination"]: m["Propagation"]
        for m in side.inspect.get("Mounts") or ()
        if m.get("Propagation") not in (None, "", "rprivate")
    }


def tmpfs(side: Side) -> Values:
    """Temporary file systems by path: their size in bytes, mode, and other options that matter."""
    found = {}
    for path, text in (side.host.get("Tmpfs") or {}).items():
        options = sorted(o for o in text.split(",") if o and o not in PODMAN_TMPFS)
        found[path] = ",".join(_sized(o) for o in options) or "default"
    return found


def _sized(option: str) -> str:
    name, _, value = option.partition("=")
    match = re.fullmatch(r"(\d+)([bkmg]?)b?", value.lower()) if name == "size" else None
    return (
        f"size={int(match[1]) * SIZES[match[2]]}"
        if match
        else f"mode={value.lstrip('0')}"
        if name == "mode"
        else option
    )


def ports(side: Side) -> Values:
    """Published ports; one that the engine chooses has none on the host."""
    found = {}
    for target, bindings in (side.host.get("PortBindings") or {}).items():
        for b in bindings or ():
            address, number = b.get("HostIp") or "", b.get("HostPort") or ""
            address = "" if address in ("0.0.0.0", "::") else address  # noqa: S104
            found[f"{address}:{number if number != '0' else ''}→{target}"] = ""
    return found


def networks(side: Side) -> Values:
    """Networks by name; the default ones of both engines are the same."""
    if str(side.host.get("NetworkMode") or "").startswith("container:"):
        return {}
    names = (side.inspect.get("NetworkSettings") or {}).get("Networks") or {}
    return {{"bridge": "default", "podman": "default"}.get(n, n): "" for n in names if n not in ("host", "none")}


def network_mode(side: Side) -> Values:
    mode = str(side.host.get("NetworkMode") or "")
    if mode.startswith("container:"):
        target = mode.partition(":")[2]
        return one(f"container:{side.names.get(target, target)}")
    return one(mode if mode in ("host", "none") else "")


def addresses_old(side: Side) -> Values:
    """The addresses that were asked for."""
    found = {}
    for name, end in ((side.inspect.get("NetworkSettings") or {}).get("Networks") or {}).items():
        for key in ("IPv4Address", "IPv6Address"):
            if fixed := (end.get("IPAMConfig") or {}).get(key):
                found[f"{name} {key[:4]}"] = fixed
    return found


def addresses(old: Values, side: Side) -> Values:
    """The addresses on networks where one was asked for."""
    ends = (side.inspect.get("NetworkSettings") or {}).get("Networks") or {}
    keys = {"IPv4": "IPAddress", "IPv6": "GlobalIPv6Address"}
    return {n: (ends.get(n[:-5]) or {}).get(keys[n[-4:]]) or "none" for n in old}


def aliases(side: Side) -> Values:
    """Names on networks that have a name, the container's own among them, but not its short ID."""
    found = {}
    for network, end in ((side.inspect.get("NetworkSettings") or {}).get("Networks") or {}).items():
        if network not in ("bridge", "podman"):
            for name in (side.name, *(end.get("Aliases") or ()), *(end.get("DNSNames") or ())):
                if not str(side.inspect.get("Id", "")).startswith(name):
                    found[f"{name} on {network}"] = ""
    return found


def health(side: Side) -> Values:
    """The health check, with the defaults of both engines filled in."""
    check = side.config.get("Healthcheck") or {}
    test = check.get("Test") or []
    if not test or test[0] == "NONE":
        return {}
    times = {"Interval": 30, "Timeout": 30, "StartPeriod": 0}
    filled = {n: f"{(check.get(n) or default * NANO) / NANO:g} s" for n, default in times.items()}
    return {"test": shlex.join(test), **filled, "Retries": str(check.get("Retries") or 3)}


def capabilities_old(side: Side) -> Values:
    """The bounding set that Docker makes of what is added and dropped."""
    if side.host.get("Privileged"):
        return {"privileged": ""}
    add, drop = ({c.upper().removeprefix("CAP_") for c in side.host.get(n) or ()} for n in ("CapAdd", "CapDrop"))
    if "ALL" in add:
        return {"ALL": ""} | {f"-{c}": "" for c in sorted(drop)}
    return many(sorted(((set() if "ALL" in drop else DOCKER_CAPS - drop) | add) - (set() if "ALL" in drop else drop)))


def capabilities(side: Side) -> Values:
    if side.host.get("Privileged"):
        return {"privileged": ""}
    found = {c.upper().removeprefix("CAP_") for c in side.inspect.get("BoundingCaps") or ()}
    return {"ALL": ""} if len(found) > 36 else many(sorted(found))


def security(side: Side) -> Values:
    found = {}
    for option in side.host.get("SecurityOpt") or ():
        name, _, value = option.replace(":", "=", 1).partition("=")
        if value != "false":
            found[name if value in ("", "true") else f"{name}={value}"] = ""
    return found


def shm(side: Side) -> Values:
    size = side.host.get("ShmSize") or 0
    return {} if size in (64 * 2**20, 65536000) or _shares(side, "IpcMode") else one(size)


def _shares(side: Side, name: str) -> bool:
    return str(side.host.get(name) or "").startswith(("host", "container:"))


def ulimits(side: Side) -> Values:
    found = side.host.get("Ulimits") or ()
    return {u["Name"].lower().removeprefix("rlimit_"): f"{u['Soft']}:{u['Hard']}" for u in found}


def sysctls_old(side: Side) -> Values:
    return {n: str(v) for n, v in (side.host.get("Sysctls") or {}).items()}


def sysctls(side: Side) -> Values:
    """Those on the command line: inspect has none."""
    command = side.config.get("CreateCommand") or []
    texts = [after for word, after in pairwise(command) if word == "--sysctl"]
    return pairs([*texts, *(w.partition("=")[2] for w in command if w.startswith("--sysctl="))])


def cpus(side: Side) -> Values:
    nano, quota, period = (side.host.get(n) or 0 for n in ("NanoCpus", "CpuQuota", "CpuPeriod"))
    return one(f"{nano / NANO if nano else quota / period:g}" if nano or (quota > 0 and period) else "")


def devices(side: Side) -> Values:
    return {f"{d['PathOnHost']}:{d['PathInContainer']}": "" for d in side.host.get("Devices") or ()}


def extra_hosts(side: Side) -> Values:
    found = {}
    for text in side.host.get("ExtraHosts") or ():
        name, _, address = text.replace("=", ":", 1).partition(":")
        found[f"{name}:{address.strip('[]')}"] = ""
    return found


def namespace(*names: str) -> Callable[[Side], Values]:
    """A namespace: that of the host, of another container, or of its own."""

    def read(side: Side) -> Values:
        mode = next((str(side.host[n]) for n in names if side.host.get(n)), "")
        kind, _, target = mode.partition(":")
        return one(f"{kind}:{side.names.get(target, target)}" if target else kind if kind == "host" else "")

    return read


def stop_signal(side: Side) -> Values:
    value = str(side.config.get("StopSignal") or "TERM").upper().removeprefix("SIG")
    return one(SIGNALS.get(value, value))


def stop_timeout(side: Side) -> Values:
    value = side.config.get("StopTimeout")
    return {"": f"{10 if value is None else value} s"}


def restart_old(side: Side) -> Values:
    return {"": (side.host.get("RestartPolicy") or {}).get("Name") or "no"}


def restart(side: Side) -> Values:
    """What the unit says; without one, the container's own."""
    return {"": side.unit["Restart"]} if "Restart" in side.unit else restart_old(side)


def name(side: Side) -> Values:
    return one(side.name)
