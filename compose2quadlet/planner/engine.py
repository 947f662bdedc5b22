"""The container engine's socket: services that talk to Docker get that of Podman, of the scope that they run in.

Source: docker-compose ``use_api_socket``; podman-system-service(1). The socket has the same path below the runtime
folder in both scopes.
"""

from __future__ import annotations

import re

from compose2quadlet.diagnostics import Log
from compose2quadlet.hostpaths import normalised
from compose2quadlet.model import Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.needs import Need, Subject

SOCKETS = re.compile(r"/run/(user/\d+/)?(docker|podman/podman)\.sock")
"""Where the sockets of Docker and Podman are, those of other users among them."""

NAMES = ("docker.sock", "podman.sock")
"""How such a socket is called wherever else it is."""

PODMAN_SOCKET = "podman/podman.sock"
"""Podman's API socket below the runtime folder."""

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


def needs(subject: Subject, log: Log) -> list[Need]:
    """Log and require Podman's socket, where the service has any."""
    name, service = subject.name, subject.service
    given = sources(service)
    for i, mount in enumerate(service.volumes):
        if mount.source in given:
            log.warn(
                "engine-socket",
                f"'{name}' talks to the container engine: it gets Podman's socket instead of Docker's",
                "Most tools work with it. Whoever controls this service controls the engine, as before."
                f" To mount the path as it is written: --host-unit {name}=none.",
                subject.at("volumes", i),
            )
    if service.use_api_socket:
        log.warn(
            "engine-socket",
            f"'{name}' gets Podman's socket instead of Docker's, without the credentials for registries",
            f"Log in inside of the container, or mount an auth.json. To leave the socket out: --host-unit {name}=none.",
            subject.at("use_api_socket"),
        )
    if not given and not service.use_api_socket:
        return []
    facts = subject.facts
    units = facts and (facts.units if subject.scope is Scope.SYSTEM else facts.user_units)
    if units and UNIT not in units:
        hint = "Install the one that comes with Podman; 'systemctl cat podman.socket' finds it then."
        log.warn("host-lacks", f"'{name}' needs podman.socket, which this host does not have", hint, subject.at())
        return [Need(UNIT, everywhere=True)]
    return [Need(UNIT, everywhere=True, certain=True)]
