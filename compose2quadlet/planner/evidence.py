"""What in a compose file speaks against a policy of isolation.

A finding that is ``firm`` makes the policy impossible, any other only makes ``auto`` choose another one. What
starts, and with which rights, was measured with Podman 5.4 and 5.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compose2quadlet.diagnostics import Path
from compose2quadlet.facts import Facts
from compose2quadlet.hostpaths import KERNEL, inside, normalised, parents
from compose2quadlet.model import Mount, Project, Service
from compose2quadlet.planner import engine
from compose2quadlet.planner.replicas import number
from compose2quadlet.planner.scope import NETWORK_TYPES

UNMAPPABLE = (*NETWORK_TYPES, "autofs", "fuse", "9p", "virtiofs")
"""How the types of file systems start on which owners cannot be mapped. Source: mount_setattr(2)."""

HOST_CAPABILITIES = frozenset(
    "ALL SYS_ADMIN SYS_MODULE SYS_RAWIO SYS_TIME SYS_BOOT SYS_RESOURCE SYS_NICE SYSLOG MKNOD BPF PERFMON"
    " IPC_LOCK WAKE_ALARM MAC_ADMIN MAC_OVERRIDE LINUX_IMMUTABLE".split()
)
"""Capabilities that mean something only in the host's own user namespace. Source: capabilities(7)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason against a policy: the attribute below the service that it stands in, and a few words."""

    below: Path
    reason: str
    firm: bool = False


def writable_mounts(service: Service, *types: str) -> Iterator[tuple[int, Mount]]:
    """The mounts of these types that the service may write to, with their index."""
    for i, mount in enumerate(service.volumes):
        if mount.type in types and not mount.read_only:
            yield i, mount


def sharers(project: Project, name: str, volume: str) -> list[str]:
    """The other services that mount the named volume."""
    return [
        other
        for other, service in project.services.items()
        if other != name and any(m.type == "volume" and m.source == volume for m in service.volumes)
    ]


def shared_volumes(project: Project, name: str) -> Iterator[Finding]:
    """Named volumes that other services mount as well."""
    own = ["its other containers"] if number(project.services[name]) > 1 else []
    for i, mount in enumerate(project.services[name].volumes):
        if mount.type == "volume" and mount.source and (others := own + sharers(project, name, mount.source)):
            yield Finding(("volumes", i), f"the volume {mount.source} is shared with {', '.join(others)}", firm=True)
    if project.services[name].volumes_from:
        yield Finding(("volumes_from",), "it shares the volumes of another container", firm=True)
    for other, service in project.services.items():
        if any(given.partition(":")[0] == name for given in service.volumes_from):
            yield Finding(("volumes",), f"its volumes are shared with {other}", firm=True)


def private_files(project: Project, service: Service) -> Iterator[Finding]:
    """Secrets in files, which their owner alone may read as a rule."""
    for i, given in enumerate(service.secrets):
        if project.secrets[given.source].file:
            yield Finding(("secrets", i), "it reads a secret from a file of the login user, who is not mapped")


def rights(service: Service) -> Iterator[Finding]:
    """Rights over the host, which end at the border of a user namespace."""
    if service.privileged:
        yield Finding(("privileged",), "it is privileged", firm=True)
    for i, name in enumerate(service.cap_add):
        if name.upper().removeprefix("CAP_") in HOST_CAPABILITIES:
            yield Finding(("cap_add", i), f"the capability {name} is about the host")
    for key in ("devices", "gpus", "device_cgroup_rules"):
        if getattr(service, key):
            yield Finding((key,), f"it uses the host's devices ({key})")
    reserved = service.deploy.resources.reservations if service.deploy else None
    if reserved and reserved.devices:
        yield Finding(("deploy",), "it uses the host's devices (deploy)")
    if service.runtime == "nvidia":
        yield Finding(("runtime",), "it uses the host's devices (runtime)")


def namespaces(service: Service) -> Iterator[Finding]:
    """Namespaces of the host, or of another container."""
    for key, what in (("pid", "processes"), ("ipc", "memory"), ("network_mode", "network")):
        mode = getattr(service, key)
        kind, _, other = mode.partition(":")
        if mode == "host":
            yield Finding((key,), f"it shares the host's {what}")
        elif kind in ("service", "container"):
            yield Finding((key,), f"it shares the {what} of {other}", firm=True)


def file_system(path: str, facts: Facts | None) -> str:
    """The type of the file system that a path of the host is on; empty where that is not known."""
    known = {normalised(m.target): m.type for m in (*facts.fstab, *facts.mounts)} if facts else {}
    return next((known[p] for p in parents(normalised(path)) if p in known), "")


def host_paths(project: Project, service: Service, facts: Facts | None) -> Iterator[Finding]:
    """Mounts whose owners cannot be mapped."""
    for i, mount in enumerate(service.volumes):
        source = normalised(mount.source)
        if mount.type == "bind" and engine.is_named_as_socket(source):
            yield Finding(("volumes", i), "it talks to the container engine", firm=True)
        elif mount.type == "bind" and (source == "/" or inside(source, KERNEL)):
            yield Finding(("volumes", i), f"{mount.source} belongs to the host", firm=True)
        elif mount.type == "bind" and (kind := file_system(mount.source, facts)).startswith(UNMAPPABLE):
            yield Finding(("volumes", i), f"owners cannot be mapped on {kind}, which {mount.source} is on", firm=True)
        elif mount.type == "volume" and mount.source in project.volumes:
            kind = project.volumes[mount.source].driver_opts.get("type", "")
            if kind.startswith(UNMAPPABLE):
                yield Finding(("volumes", i), f"owners cannot be mapped on {kind}", firm=True)
    if service.use_api_socket:
        yield Finding(("use_api_socket",), "it talks to the container engine", firm=True)


def identity_of_image(service: Service) -> tuple[str, str] | None:
    """The user and group that an image takes from the variables PUID and PGID; None where they are not numbers."""
    user, group = service.environment.get("PUID"), service.environment.get("PGID")
    if user and user.isdecimal() and int(user):
        return user, group if group and group.isdecimal() else user
    return None


def numeric_user(service: Service) -> tuple[str, str] | None:
    """The numbers of ``user:`` where it is not root; None where it is a name, root, or absent."""
    user, _, group = service.user.partition(":")
    if user.isdecimal() and int(user) and (not group or group.isdecimal()):
        return user, group or user
    return None
