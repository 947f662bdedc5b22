"""Units of the host that a service needs before it can start.

Mount units need no mention: for an absolute bind source the generator writes ``RequiresMountsFor=`` itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Service

DOCKER_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")
PODMAN_SOCKET = "podman/podman.sock"
"""Podman's API socket below the runtime folder, in both scopes."""


@dataclass(frozen=True, slots=True)
class HostNeeds:
    """Host units to require, and the sources of bind mounts that are replaced by a path below ``%t``, the
    runtime folder."""

    units: tuple[str, ...] = ()
    runtime_sources: frozenset[str] = frozenset()


def host_needs(service: Service, name: str, log: Log) -> HostNeeds:
    """What a service needs of the host."""
    sockets = []
    for i, mount in enumerate(service.volumes):
        if mount.type == "bind" and mount.source in DOCKER_SOCKETS:
            sockets.append(mount.source)
            log.warn(
                "engine-socket",
                f"'{name}' talks to the container engine: it gets Podman's socket instead of Docker's",
                "Most tools work with it. Whoever controls this service controls the engine, as before.",
                ("services", name, "volumes", i),
            )
    return HostNeeds(("podman.socket",), frozenset(sockets)) if sockets else HostNeeds()
