"""What ``inspect`` of both engines says, row by row, and which differences are on purpose.

Not compared, since it says nothing about the service: IDs, times, paths of the engines, log drivers (systemd's journal
has the output), automatic removal, runtimes, masked paths, annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.compare import Finding, Pair, Purpose, Row, compared, read, same

UNNAMED = re.compile("[0-9a-f]{64}")
LESS = frozenset({"AUDIT_WRITE", "MKNOD", "NET_RAW"})
"""What Docker gives every container, and Podman does not."""

LOW_PORTS = "net.ipv4.ip_unprivileged_port_start"
PING = "net.ipv4.ping_group_range"
PIDS = 2048


def when(reason: str, name: str, now: str) -> Purpose:
    """A purpose for a value that only the new side has."""
    return lambda _, key, was, given: reason if (key, was, given) == (name, None, now) else ""


def _renamed(_: Pair, __: str, was: str | None, now: str | None) -> str:
    if was and now and re.fullmatch(f"{re.escape(now)}-[0-9]+", was.replace("_", "-")):
        return "units name containers after their service; the old name stays an alias"
    return ""


def _unnamed_volume(_: Pair, __: str, was: str | None, now: str | None) -> str:
    old, new = (text.split(" ") if text else [] for text in (was, now))
    if len(old) == 3 and old[0] == "volume" and UNNAMED.fullmatch(old[1]):
        if len(new) == 3 and new[0] == "volume" and UNNAMED.fullmatch(new[1]):
            return "a volume of the image; Podman removes it at each stop: give it a name if it holds data"
        if len(new) == 3 and new[0] == "volume" and new[2] == old[2]:
            return "a volume without a name would be removed at each stop, so it has one"
        if not new:
            return "an empty volume of the image, which nothing mounts"
    return ""


def _image_volume(pair: Pair, target: str, was: str | None, now: str | None) -> str:
    declared = (pair.new.image.get("Config") or {}).get("Volumes") or {}
    return "a volume that the image declares" if was is None and now and target in declared else ""


def _readonly_tmpfs(pair: Pair, path: str, was: str | None, now: str | None) -> str:
    harmless = now == "ro" or path == "/dev/shm"  # noqa: S108
    if was is None and harmless and pair.old.host.get("ReadonlyRootfs"):
        return "as under Docker: the root is read-only, and /dev/shm is not"
    return ""


def _capability(_: Pair, name: str, was: str | None, now: str | None) -> str:
    if name in LESS and now is None:
        return "Podman gives it to no container; add it with cap_add if the service needs it"
    return ""


def _restart(pair: Pair, __: str, was: str | None, now: str | None) -> str:
    if was == "no" and not (pair.old.inspect.get("State") or {}).get("Running"):
        return "Docker's policy is off, as a move leaves it"
    if (was, now) == ("unless-stopped", "always"):
        return "systemd has no unless-stopped: what you stop stays stopped until the next boot"
    return ""


def _default_limit(_: Pair, __: str, was: str | None, now: str | None) -> str:
    return "Podman's own limit, from containers.conf" if was is None and now == str(PIDS) else ""


def _user_namespace(_: Pair, __: str, was: str | None, now: str | None) -> str:
    return "the isolation policy" if not was and now else ""


def _built(pair: Pair, _: str, was: str | None, now: str | None) -> str:
    if was and now and now.startswith("localhost/") and was.rpartition("/")[2] == now.rpartition("/")[2]:
        return "the image is built here"
    return ""


def _more_limits(_: Pair, __: str, was: str | None, now: str | None) -> str:
    return "a default of Podman, which nobody set" if was is None else ""


ROWS = (
    same("image", read.layers),
    same("image name", read.image_name, _built),
    same("container name", read.name, _renamed),
    same("entrypoint", read.words("Entrypoint")),
    same("command", read.words("Cmd")),
    same("user", read.config("User"), always=True),
    same("working directory", read.config("WorkingDir", "/")),
    same("terminal", read.config("Tty")),
    same("standard input", read.config("OpenStdin")),
    same("domain name", read.config("Domainname")),
    same("host name", read.hostname),
    Row("environment", read.environment, read.environment, always=True, secret=True),
    Row("labels", read.labels, read.labels, secret=True),
    same("mounts", read.mounts, _unnamed_volume, _image_volume, always=True),
    same("mount propagation", read.propagation),
    same("tmpfs", read.tmpfs, _readonly_tmpfs),
    same("ports", read.ports, always=True),
    same("networks", read.networks, always=True),
    same("network mode", read.network_mode),
    Row("restart", read.restart_old, read.restart, (_restart,)),
    same("health check", read.health),
    Row("capabilities", read.capabilities_old, read.capabilities, (_capability,)),
    same("security options", read.security),
    same("privileged", read.host("Privileged")),
    same("read-only root", read.host("ReadonlyRootfs")),
    same("init", read.host("Init")),
    same("shared memory", read.shm),
    same("ulimits", read.ulimits, _more_limits),
    Row(
        "sysctls",
        read.sysctls_old,
        read.sysctls,
        (
            when("under Docker, all users may listen on ports below 1024", LOW_PORTS, "0"),
            when("under Docker, all groups may send pings", PING, "0 2147483647"),
        ),
    ),
    same("memory", read.host("Memory")),
    same("memory reservation", read.host("MemoryReservation")),
    same("swap", read.host("MemorySwap")),
    same("swappiness", read.host("MemorySwappiness")),
    same("CPU shares", read.host("CpuShares")),
    same("CPUs", read.cpus),
    same("CPU set", read.host("CpusetCpus")),
    same("processes", read.host("PidsLimit"), _default_limit),
    same("OOM score", read.host("OomScoreAdj")),
    same("OOM killer off", read.host("OomKillDisable")),
    same("groups", read.each("GroupAdd")),
    same("DNS servers", read.each("Dns")),
    same(
        "DNS options", read.each("DnsOptions"), when("Docker's own resolver asks for names as they are", "ndots:0", "")
    ),
    same("DNS search", read.each("DnsSearch"), when("no search domain of the host, as under Docker", ".", "")),
    same("extra hosts", read.extra_hosts),
    same("devices", read.devices),
    same("IPC namespace", read.namespace("IpcMode")),
    same("PID namespace", read.namespace("PidMode")),
    same("UTS namespace", read.namespace("UTSMode")),
    same("cgroup namespace", read.namespace("CgroupnsMode", "CgroupMode")),
    same("user namespace", read.namespace("UsernsMode"), _user_namespace),
    same("stop signal", read.stop_signal),
    same("stop timeout", read.stop_timeout),
)
"""Every field, in the order in which it is shown."""


def inspected(pair: Pair) -> Iterator[Finding]:
    """What ``inspect`` shows."""
    yield from compared(ROWS, pair, "inspect")
    asked, known = read.addresses_old(pair.old), read.aliases(pair.old)
    rows = (
        Row("addresses", lambda _: asked, lambda side: read.addresses(asked, side)),
        # more names do no harm
        Row("names", lambda _: known, lambda side: {n: v for n, v in read.aliases(side).items() if n in known}),
    )
    yield from compared(rows, pair, "inspect")
