"""Finds what in a compose file prevents an isolation policy.

A ``firm`` finding makes the policy impossible; any other only makes ``auto`` choose another one. What
starts, and with which privileges, was measured with Podman 5.4 and 5.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from compose2quadlet.diagnostics import NAME, Path, told
from compose2quadlet.frozen import frozen
from compose2quadlet.hostpaths import KERNEL, inside
from compose2quadlet.model import Service
from compose2quadlet.planner.host import engine
from compose2quadlet.planner.host.mounts import UNKNOWN, maps_owners
from compose2quadlet.planner.index import HostPath, Index
from compose2quadlet.planner.ports import on_network_of_host

NAMED = 10
"""The most other services that a reason names."""

HOST_CAPABILITIES = frozenset(
    "ALL SYS_ADMIN SYS_MODULE SYS_RAWIO SYS_TIME SYS_BOOT SYS_RESOURCE SYS_NICE SYSLOG MKNOD BPF PERFMON"
    " IPC_LOCK WAKE_ALARM MAC_ADMIN MAC_OVERRIDE LINUX_IMMUTABLE".split()
)
"""Capabilities that only have an effect in the host's own user namespace. Source: capabilities(7)."""

PUBLIC = tuple(
    "/etc/group /etc/hosts /etc/localtime /etc/machine-id /etc/os-release /etc/passwd /etc/resolv.conf /etc/ssl/certs"
    " /etc/timezone /lib /usr/lib /usr/share".split()
)
"""Files of the host that everybody may read, on every distribution."""


@frozen()
class Finding:
    """A reason against a policy: the path of the attribute below the service, and a few words."""

    below: Path
    reason: str
    firm: bool = False


def writes(index: Index, name: str) -> bool:
    """Whether a service may write to a volume or a directory of the host."""
    mounts = index.project.services[name].volumes
    return any(mount.type in ("volume", "bind") and not mount.read_only for mount in mounts)


def writable_paths(index: Index, name: str) -> Iterator[HostPath]:
    """The host directories that a service may write to, including volumes that are bind mounts."""
    return (host for host in index.paths[name] if host.writable)


def shared_volumes(index: Index, name: str) -> Iterator[Finding]:
    """Named volumes that other services mount as well."""
    service = index.project.services[name]
    own = ["the other containers of the service"] if len(index.units[name]) > 1 else []
    for i, mount in enumerate(service.volumes):
        users = index.users[mount.source] if mount.type == "volume" and mount.source else ()
        others = [*own, *islice((other for other in users if other != name), NAMED)]
        if others:
            more = len(users) - 1 - NAMED
            more_text = f" and {more} more" if more > 0 else ""
            yield Finding(
                ("volumes", i), f"the volume {mount.source} is shared with {', '.join(others)}{more_text}", firm=True
            )
    if service.volumes_from:
        yield Finding(("volumes_from",), "it uses the volumes of another container", firm=True)
    for other in index.borrowers.get(name, ()):
        yield Finding(("volumes",), f"its volumes are shared with {other}", firm=True)


def private_files(index: Index, name: str, readable: Callable[[str], bool] | None) -> Iterator[Finding]:
    """Files that are only read, and that not everybody may read as a rule: keys, secrets, configuration. ``readable``
    tells where the files are at hand; where not, the worst is assumed."""
    for host in index.paths[name]:
        if host.writable or inside(host.path, PUBLIC) or (readable and readable(host.path)):
            continue
        only = "not everybody may read" if readable else "may be readable for its owner alone"
        yield Finding(host.below, f"it reads {host.shown}, which {only}")


def rights(service: Service) -> Iterator[Finding]:
    """Privileges over the host, which a user namespace takes away."""
    if service.privileged:
        yield Finding(("privileged",), "it is privileged", firm=True)
    for i, name in enumerate(service.cap_add):
        if name.upper().removeprefix("CAP_") in HOST_CAPABILITIES:
            yield Finding(("cap_add", i), f"the capability {name} only works on the host's own user namespace")
    for key in ("devices", "gpus", "device_cgroup_rules"):
        if getattr(service, key):
            yield Finding((key,), f"it uses devices of the host ({key})")
    reserved = service.deploy.resources.reservations if service.deploy else None
    if reserved and reserved.devices:
        yield Finding(("deploy",), "it uses devices of the host (deploy)")
    if service.runtime == "nvidia":
        yield Finding(("runtime",), "it uses devices of the host (runtime)")


def namespaces(index: Index, name: str) -> Iterator[Finding]:
    """Namespaces of the host, or of another container."""
    service = index.project.services[name]
    for key, what in (("pid", "processes"), ("ipc", "memory"), ("network_mode", "network")):
        mode = getattr(service, key)
        kind, _, other = mode.partition(":")
        if mode == "host":
            yield Finding((key,), f"it shares the host's {what}")
        elif kind in ("service", "container"):
            yield Finding((key,), f"it shares the {what} of {told(other, NAME, 'another')}", firm=True)
    if service.network_mode != "host" and on_network_of_host(index.project, service):
        yield Finding(("networks",), "it shares the host's network")


def host_paths(index: Index, name: str) -> Iterator[Finding]:
    """Mounts whose owners cannot be mapped."""
    service = index.project.services[name]
    found = {host.below: host for host in index.paths[name] if host.below[0] == "volumes"}
    for i, mount in enumerate(service.volumes):
        below: Path = ("volumes", i)
        if host := found.get(below):
            if problem := _of_the_host(host):
                yield Finding(below, problem, firm=True)
        elif mount.type == "volume" and mount.source in index.project.volumes:
            volume = index.project.volumes[mount.source]
            kind = volume.driver_opts.get("type", "")
            if volume.driver not in ("", "local"):
                yield Finding(below, f"it is not known whether the driver {volume.driver} can map owners")
            if kind not in ("", "none", "bind") and not maps_owners(kind):
                yield Finding(below, f"owners cannot be mapped on {told(kind, NAME, 'its type')}", firm=True)
    if service.use_api_socket:
        yield Finding(("use_api_socket",), "it talks to the container engine", firm=True)


def unknown_disks(index: Index, name: str) -> Iterator[Finding]:
    """Paths where disks are usually mounted, of which it is not known whether owners can be mapped there."""
    for host in index.paths[name] if index.mounts is None else ():
        if inside(host.path, UNKNOWN):
            yield Finding(host.below, f"it is not known whether owners can be mapped on what {host.shown} is on")


def _of_the_host(host: HostPath) -> str:
    """Why the owners of a path cannot be mapped; empty if they can, or if it is unknown."""
    if engine.is_named_as_socket(host.path):
        return "it talks to the container engine"
    if host.path == "/" or inside(host.path, KERNEL):
        return f"{host.shown} belongs to the host"
    if host.mount and not host.mount.maps_owners:
        kind = host.mount.type or "a file system of unknown type"
        return f"owners cannot be mapped on {kind}, which {host.shown} is on"
    return ""
