"""The container engine's socket: services that talk to Docker get that of Podman, of the scope that they run in.

Source: docker-compose ``use_api_socket``; podman-system-service(1). The socket has the same path below the runtime
directory in both scopes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from compose2quadlet.diagnostics import Diagnostic, Severity, command
from compose2quadlet.hostpaths import normalised
from compose2quadlet.model import Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.host.needs import Need, Subject

SOCKETS = re.compile(r"/run/(user/\d+/)?(docker|podman/podman)\.sock")
"""Where the sockets of Docker and Podman are, those of other users among them."""

NAMES = ("docker.sock", "podman.sock")
"""How such a socket is called wherever else it is."""

PODMAN_SOCKET = "podman/podman.sock"
"""Podman's API socket below the runtime directory."""

UNIT = "podman.socket"
INSIDE = "/var/run/docker.sock"
"""Where ``use_api_socket`` has the socket in the container."""


def is_socket(path: str) -> bool:
    """Whether a path of the host is where an engine has its socket, however it is spelt."""
    return bool(SOCKETS.fullmatch(normalised(path)))


def is_named_as_socket(path: str) -> bool:
    """Whether whoever has this path talks to an engine: its socket may have been put elsewhere."""
    return normalised(path).rpartition("/")[2] in NAMES


def sources(service: Service) -> frozenset[str]:
    """The sources of bind mounts that are an engine's socket, as they are written."""
    return frozenset(m.source for m in service.volumes if m.type == "bind" and is_socket(m.source))


def needs(subject: Subject) -> Iterator[Need]:
    """Podman's socket, where the service has any; it is required where the host has it, as far as that is known."""
    facts = subject.facts
    units = facts and (facts.units if subject.scope is Scope.SYSTEM else facts.user_units)
    lacking = bool(units and UNIT not in units)
    need = Need(UNIT, everywhere=True, certain=not lacking)
    told = [*_mounted(subject), *_asked_for(subject)]
    yield from (replace(need, said=diagnostic) for diagnostic in told)
    if told and lacking:
        hint = "Install the one that comes with Podman; 'systemctl cat podman.socket' finds it then."
        message = f"'{subject.name}' needs podman.socket, which this host does not have"
        yield replace(need, said=Diagnostic("host-lacks", Severity.WARNING, message, hint, subject.at()))


def _mounted(subject: Subject) -> Iterator[Diagnostic]:
    for host in subject.paths:
        if host.bind and is_socket(host.path):
            yield Diagnostic(
                "engine-socket",
                Severity.WARNING,
                f"'{subject.name}' talks to the container engine: it gets Podman's socket instead of Docker's",
                "Containers that it makes are no units: after a boot, only podman-restart.service starts them. Whoever"
                " controls this service controls the engine, as before. To mount the path as it is written:"
                f" {command('--host-unit', f'{subject.name}=none')}.",
                subject.at(*host.below),
            )


def _asked_for(subject: Subject) -> Iterator[Diagnostic]:
    name = subject.name
    if subject.service.use_api_socket:
        yield Diagnostic(
            "engine-socket",
            Severity.WARNING,
            f"'{name}' gets Podman's socket instead of Docker's, without the credentials for registries",
            "Log in inside of the container, or mount an auth.json."
            f" To leave the socket out: {command('--host-unit', f'{name}=none')}.",
            subject.at("use_api_socket"),
        )
