"""The container engine's socket: services that talk to Docker get Podman's socket of their scope instead.

Source: docker-compose ``use_api_socket``; podman-system-service(1). The socket has the same path below the runtime
directory in both scopes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from compose2quadlet.diagnostics import Diagnostic, Log, Severity, command
from compose2quadlet.hostpaths import normalised
from compose2quadlet.model import Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.host.needs import HostNeeds, Need, Subject
from compose2quadlet.planner.index import Index

SOCKETS = re.compile(r"/run/(user/\d+/)?(docker|podman/podman)\.sock")
"""The paths of Docker's and Podman's sockets, including those of other users."""

NAMES = ("docker.sock", "podman.sock")
"""The file names of such sockets in other places."""

PODMAN_SOCKET = "podman/podman.sock"
"""Podman's API socket below the runtime directory."""

UNIT = "podman.socket"
INSIDE = "/var/run/docker.sock"
"""Where ``use_api_socket`` mounts the socket in the container."""


def is_socket(path: str) -> bool:
    """Whether a path of the host is where an engine has its socket, in any spelling."""
    return bool(SOCKETS.fullmatch(normalised(path)))


def is_named_as_socket(path: str) -> bool:
    """Whether a container with this path can talk to an engine, whose socket may be in an unusual place."""
    return normalised(path).rpartition("/")[2] in NAMES


def sources(service: Service) -> frozenset[str]:
    """The sources of bind mounts that are an engine's socket, as they are written."""
    return frozenset(m.source for m in service.volumes if m.type == "bind" and is_socket(m.source))


def needs(subject: Subject) -> Iterator[Need]:
    """Podman's socket, if the service has an engine's socket. It is required if the host is known to have it."""
    facts = subject.facts
    units = facts and (facts.units if subject.scope is Scope.SYSTEM else facts.user_units)
    lacking = bool(units and UNIT not in units)
    need = Need(UNIT, everywhere=True, certain=not lacking)
    told = [*_asked_for(subject)]
    mounted = any(host.bind and is_socket(host.path) for host in subject.paths)
    yield from (replace(need, said=diagnostic) for diagnostic in told)
    if mounted and not told:
        yield replace(need, quiet=True)
    if (told or mounted) and lacking:
        hint = "It comes with Podman. Check with: systemctl cat podman.socket"
        message = f"'{subject.name}' needs podman.socket, which this host does not have"
        yield replace(need, said=Diagnostic("host-lacks", Severity.WARNING, message, hint, subject.at()))


def check(index: Index, services: Mapping[str, HostNeeds], log: Log) -> None:
    """Warn, once for all, of the services that get Podman's socket instead of Docker's."""
    found = {
        name: ("services", name, *host.below)
        for name, needs in services.items()
        for host in reversed(index.paths[name])
        if host.bind and host.source in needs.sockets
    }
    if found:
        one = len(found) == 1
        names = ", ".join(f"'{name}'" for name in found)
        off = " ".join(command("--host-unit", f"{name}=none") for name in found)
        log.warn(
            "engine-socket",
            f"{names} {'talks' if one else 'talk'} to the container engine: {'it gets' if one else 'they get'} Podman's"
            " socket instead of Docker's",
            f"Containers that {'it makes' if one else 'they make'} are no units: after a boot, only"
            f" podman-restart.service starts them. Whoever controls {'this service' if one else 'these services'}"
            f" controls the engine, as before. To mount the path as it is written: {off}.",
            next(iter(found.values())),
        )


def _asked_for(subject: Subject) -> Iterator[Diagnostic]:
    name = subject.name
    if subject.service.use_api_socket:
        yield Diagnostic(
            "engine-socket",
            Severity.WARNING,
            f"'{name}' gets Podman's socket instead of Docker's, without registry credentials",
            "Log in inside the container, or mount an auth.json."
            f" To leave the socket out: {command('--host-unit', f'{name}=none')}.",
            subject.at("use_api_socket"),
        )
