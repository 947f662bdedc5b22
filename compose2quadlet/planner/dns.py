"""Name resolution: what meets Podman's own DNS server, and what it does otherwise than Docker's.

Docker answers names inside each container, at 127.0.0.11. Podman's server, aardvark-dns, listens on port 53 of the
gateway of each network instead, and passes on what it does not know from the host's side.
Sources: containers.conf(5) "dns_bind_port"; measured in both scopes with Podman 5.4 and 5.8.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.ports import HostPorts

DNS = 53
RESOLVER = "127.0.0.11"
"""Where Docker's containers find its DNS server."""

NO_NETWORKS = ("host", "none")
"""Networks of Docker's own that are none of Podman's."""

CONFIGURATION = {Scope.USER: "~/.config/containers", Scope.SYSTEM: "/etc/containers"}


def check(project: Project, ports: Iterable[HostPorts], scope: Scope, log: Log) -> None:
    """Warn of what does not resolve names as under Docker, or keeps others from it; ``ports`` are the host ports of the
    services of the project."""
    _check_port(ports, scope, log)
    _check_loopback(project, log)
    _check_resolver(project, log)


def _check_port(ports: Iterable[HostPorts], scope: Scope, log: Log) -> None:
    """Port 53 on all addresses: those of the networks are among them."""
    found: dict[str, Path] = {}
    for port in ports:
        if not port.ip and port.protocol in ("", "tcp", "udp") and port.first <= DNS <= port.last:
            found.setdefault(port.service, port.path)
    if not found:
        return
    what = (
        "all name resolution of this user's containers ends there, and they no longer find each other"
        if scope is Scope.USER
        else "the container does not start beside Podman's own DNS server, which listens on port 53 of each network"
    )
    log.warn(
        "dns-port",
        f"{listed(found, 'publishes', 'publish')} port 53 on all addresses: {what}",
        "Publish it on one address of the host, as in '192.168.1.10:53:53/udp'. Or move Podman's server: write"
        f" '[network]' and below it 'dns_bind_port=1053' into {CONFIGURATION[scope]}/containers.conf.d/60-dns.conf, and"
        " restart all containers.",
        next(iter(found.values())),
    )


def _check_loopback(project: Project, log: Log) -> None:
    """A loopback address as DNS server: Docker asks there from inside the container."""
    found: dict[str, Path] = {}
    for name, service in project.services.items():
        if any(project.networks[key].name not in NO_NETWORKS for key in service.networks):
            for i, server in enumerate(service.dns):
                if _is_loopback(server):
                    found.setdefault(name, ("services", name, "dns", i))
    if found:
        one = len(found) == 1
        log.warn(
            "dns-loopback",
            f"{listed(found, 'has', 'have')} a loopback address as DNS server: Podman asks there from outside of the"
            f" {'container' if one else 'containers'}, where nobody, or another server, answers",
            "For a server inside the container, mount a file with 'nameserver 127.0.0.1' at /etc/resolv.conf; for"
            " one of the host, write an address that containers reach.",
            next(iter(found.values())),
        )


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.strip()).is_loopback
    except ValueError:
        return False


def _check_resolver(project: Project, log: Log) -> None:
    """The address of Docker's own DNS server, which nginx and others have to be told."""
    found: dict[str, Path] = {}
    for name, service in project.services.items():
        for below in _resolvers(project, service):
            found.setdefault(name, ("services", name, *below))
    if found:
        log.warn(
            "docker-resolver",
            f"{listed(found, 'uses', 'use')} {RESOLVER}, the address of Docker's DNS server: nothing answers there",
            "Take the address from /etc/resolv.conf in the container, which is that of the network's gateway; nginx's"
            " image does so with NGINX_ENTRYPOINT_LOCAL_RESOLVERS=1.",
            next(iter(found.values())),
        )


def _resolvers(project: Project, service: Service) -> Iterator[Path]:
    """Where a service has Docker's address in what can be seen of it."""
    address = re.compile(rf"(?<![\d.]){re.escape(RESOLVER)}(?![\d.])")
    for name, text in service.environment.items():
        if text and address.search(text):
            yield ("environment", name)
    for key in ("command", "entrypoint"):
        if any(address.search(word) for word in getattr(service, key) or ()):
            yield (key,)
    for i, given in enumerate(service.configs):
        config = project.configs.get(given.source)
        if config and config.content and address.search(config.content):
            yield ("configs", i)


def listed(names: Iterable[str], one: str, several: str) -> str:
    """Services as the subject of a sentence, with the verb for one or for several."""
    found = [f"'{name}'" for name in names]
    return f"{', '.join(found)} {one if len(found) == 1 else several}"
