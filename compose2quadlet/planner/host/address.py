"""Names and addresses of the host: ``host-gateway``, ``host.docker.internal``, and the address of Docker's bridge.

From 4.7 on, Podman knows ``host-gateway``, and gives every container the name ``host.docker.internal``.
In system scope, the address is that of the network's bridge; in user scope, it is 169.254.1.2 from
5.3 on. Measured with 5.8: with ``network_mode: host`` or ``none``, the start fails while the host has no address.
"""

from __future__ import annotations

import re

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project, Service

GATEWAY = "host-gateway"
DOCKER0 = "172.17.0.1"
"""The host's address on Docker's own bridge, which does not exist without Docker."""

INSTEAD = {
    "dns": "Write another address of the host, on which its DNS server listens.",
    "ports": "The container does not start then. Publish the port on another address of the host, or on all.",
}
"""What to write where no name is possible."""


def check(project: Project, log: Log) -> None:
    """Note which services reach the host by name, and warn about the address that only Docker has."""
    users = [name for name, service in project.services.items() if _named(service)]
    if users:
        verb = "reaches" if len(users) == 1 else "reach"
        log.note(
            "host-gateway",
            f"{', '.join(users)} {verb} the host by host-gateway, which is a different address under Podman",
            "Servers on the host must listen on all addresses, or on that one, and a firewall must let it in.",
            ("services", users[0], "extra_hosts"),
        )
    for name, service in project.services.items():
        for path in _literal(service):
            log.warn(
                "docker-bridge",
                f"'{name}' uses {DOCKER0}, the host's address on Docker's bridge; nothing answers there without Docker",
                INSTEAD.get(path[0], "Use host.docker.internal instead, which Podman knows, too."),
                ("services", name, *path),
            )


def _named(service: Service) -> bool:
    return any(GATEWAY in addresses for addresses in service.extra_hosts.values())


def _literal(service: Service) -> list[tuple[str, str | int]]:
    """The attributes that contain the address of Docker's bridge."""
    address = re.compile(rf"(?<![\d.]){re.escape(DOCKER0)}(?![\d.])")
    found: list[tuple[str, str | int]] = [
        ("environment", name) for name, text in service.environment.items() if text and address.search(text)
    ]
    found += [("extra_hosts", name) for name, where in service.extra_hosts.items() if DOCKER0 in where]
    found += [("dns", i) for i, server in enumerate(service.dns) if server == DOCKER0]
    return found + [("ports", i) for i, port in enumerate(service.ports) if port.host_ip == DOCKER0]
