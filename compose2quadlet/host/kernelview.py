"""What the kernel says of a container, by the first of its processes, seen from the host. It needs root.

Source: proc(5), proc_pid_status(5), proc_pid_mountinfo(5), user_namespaces(7), capabilities(7).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from compose2quadlet.host.facts import unescaped
from compose2quadlet.host.programs import run

NAMES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE"
    " NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN"
    " SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE"
    " MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()
"""Capabilities, in the order of their bits."""

SETS = {"CapBnd": "bounding", "CapEff": "effective", "CapPrm": "permitted", "CapAmb": "ambient"}

LIMITS = {
    "Max cpu time": "cpu",
    "Max file size": "fsize",
    "Max data size": "data",
    "Max stack size": "stack",
    "Max core file size": "core",
    "Max resident set": "rss",
    "Max processes": "nproc",
    "Max open files": "nofile",
    "Max locked memory": "memlock",
    "Max address space": "as",
    "Max file locks": "locks",
    "Max pending signals": "sigpending",
    "Max msgqueue size": "msgqueue",
    "Max nice priority": "nice",
    "Max realtime priority": "rtprio",
    "Max realtime timeout": "rttime",
}
"""Limits by their names in /proc/PID/limits."""

OF_ENGINE = re.compile(
    r"/(proc|sys)(/|$)|/dev/(pts|mqueue|console|null|zero|full|tty|random|urandom)$|/etc/(hosts|hostname|resolv\.conf)$"
    r"|/run/\.containerenv$|/run/secrets(/|$)|/run/podman-init$|/sbin/docker-init$|/run/notify|/run/systemd/notify$"
)
"""Mount points that engines make for themselves."""

SYSCTLS = ("net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range")

MOST = 1 << 20


def view(pid: int, names: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    """All areas of a process; empty if it has ended, or cannot be read. ``names`` are those of its container, whose
    addresses do not count."""
    try:
        status = dict(line.split(":\t", 1) for line in _text(pid, "status").splitlines() if ":\t" in line)
        return {
            "user": _user(pid, status),
            "capabilities": dict(_capabilities(status)),
            "process": {
                "NoNewPrivs": status.get("NoNewPrivs", "").strip(),
                "Seccomp": status.get("Seccomp", "").strip(),
                "oom_score_adj": _text(pid, "oom_score_adj").strip(),
            },
            "environment": dict(_environment(pid)),
            "limits": dict(_limits(pid)),
            "mounts": dict(_mounts(pid)),
            "sysctls": _sysctls(pid),
            "resolver": dict(_resolver(pid)),
            "hosts": dict(_hosts(pid, names)),
            "cgroup": dict(_cgroup(pid)),
        }
    except (OSError, ValueError):
        return {}


def _text(pid: int, name: str) -> str:
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="surrogateescape", newline="") as f:
        return f.read(MOST)


def _inside(pid: int, kind: str, number: int) -> int:
    """An ID of the host as the container has it; 65534 for one that it does not have."""
    for line in _text(pid, f"{kind}_map").splitlines():
        inside, outside, count = map(int, line.split())
        if outside <= number < outside + count:
            return inside + number - outside
    return 65534


def _user(pid: int, status: dict[str, str]) -> dict[str, str]:
    """The effective IDs, as the container has them."""
    uid, gid = int(status["Uid"].split()[1]), int(status["Gid"].split()[1])
    groups = sorted(
        {_inside(pid, "gid", int(g)) for g in status.get("Groups", "").split()} - {_inside(pid, "gid", gid)}
    )
    own = {"uid": str(_inside(pid, "uid", uid)), "gid": str(_inside(pid, "gid", gid))}
    return {**own, **({"groups": " ".join(map(str, groups))} if groups else {})}


def _capabilities(status: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, kind in SETS.items():
        bits = int(status[key], 16)
        yield from ((f"{kind} {name}", "") for i, name in enumerate(NAMES) if bits >> i & 1)


def _environment(pid: int) -> Iterator[tuple[str, str]]:
    for text in _text(pid, "environ").split("\0"):
        name, equals, value = text.partition("=")
        if equals:
            yield name, value


def _limits(pid: int) -> Iterator[tuple[str, str]]:
    for line in _text(pid, "limits").splitlines()[1:]:
        fields = re.split(r"\s{2,}", line.strip())
        if len(fields) >= 3 and fields[0] in LIMITS:
            yield LIMITS[fields[0]], ":".join(fields[1:3])


def _mounts(pid: int) -> Iterator[tuple[str, str]]:
    """Mount points, with ``ro`` or ``rw`` and whether they are a temporary file system, a root, or data."""
    for line in _text(pid, "mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields, about = left.split(" "), right.split(" ")
        target, read_only = unescaped(fields[4]), "ro" in fields[5].split(",")
        if not OF_ENGINE.match(target):
            kind = about[0] if about[0] in ("tmpfs", "overlay") else "data"
            plain = kind != "tmpfs" or target.startswith("/dev") or "noexec" not in fields[5].split(",")
            yield target, f"{'ro' if read_only else 'rw'} {kind}{'' if plain else ' noexec'}"


def _sysctls(pid: int) -> dict[str, str]:
    """Settings of the network namespace, which only a process in it sees."""
    paths = [f"/proc/sys/{name.replace('.', '/')}" for name in SYSCTLS]
    lines = run(["nsenter", "-t", str(pid), "-n", "cat", *paths]).output.splitlines()
    return {name: " ".join(line.split()) for name, line in zip(SYSCTLS, lines, strict=False)}


def _resolver(pid: int) -> Iterator[tuple[str, str]]:
    """The search domains and the options; without ``ndots``, it is 1."""
    yield "ndots", "1"
    for line in _text(pid, "root/etc/resolv.conf").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "search" and (domains := [d for d in rest.split() if d != "."]):
            yield "search", " ".join(domains)
        elif word == "options":
            yield from (
                (o.partition(":")[0], o.partition(":")[2]) for o in rest.split() if o not in ("edns0", "trust-ad")
            )


def _hosts(pid: int, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Names of other hosts, with their addresses."""
    own = {*names, _text(pid, "root/etc/hostname").strip(), "localhost", "host.containers.internal"}
    own |= {name.partition(".")[0] for name in own} | {"host.docker.internal"}
    for line in _text(pid, "root/etc/hosts").splitlines():
        address, *found = line.partition("#")[0].split() or [""]
        for name in found:
            if name not in own and not address.startswith(("127.", "fe00:", "ff0", "::1")):
                yield name, address


def _cgroup(pid: int) -> Iterator[tuple[str, str]]:
    """The smallest limit of the control group and of those above it."""
    path = next((line[3:] for line in _text(pid, "cgroup").splitlines() if line.startswith("0::")), "")
    for name in ("memory.max", "pids.max"):
        found = []
        at = path
        while at not in ("", "/"):
            try:
                with open(f"/sys/fs/cgroup{at}/{name}", encoding="ascii") as f:
                    if (text := f.read().strip()).isdecimal():
                        found.append(int(text))
            except OSError:
                pass
            at = os.path.dirname(at)
        if found:
            yield name, str(min(found))
