"""Host ports that are wanted twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.model import Project

ANY = ("", "0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host port that a service publishes; an empty ``ip`` is every address."""

    ip: str
    number: str
    protocol: str
    owner: str
    path: Path

    def clashes(self, other: HostPort) -> bool:
        same = (self.number, self.protocol) == (other.number, other.protocol)
        return same and (self.ip == other.ip or not self.ip or not other.ip)


def host_ports(project: Project) -> Iterator[HostPort]:
    """The host ports of a project, each once for each service."""
    for name, service in project.services.items():
        for i, port in enumerate(service.ports):
            if port.published.strip("0"):
                ip = "" if port.host_ip in ANY else port.host_ip
                path = ("services", name, "ports", i)
                yield HostPort(ip, port.published, port.protocol, f"{project.name}/{name}", path)


def clashes(ports: Iterable[HostPort]) -> Iterator[tuple[HostPort, HostPort]]:
    """Pairs of ports of different services that cannot both be published, the later one first."""
    seen: dict[tuple[str, str], list[HostPort]] = {}
    for port in ports:
        others = seen.setdefault((port.number, port.protocol), [])
        if other := next((o for o in others if o.owner != port.owner and port.clashes(o)), None):
            yield port, other
        others.append(port)


def check(project: Project, log: Log) -> None:
    """Warn of host ports that two services of a project publish."""
    for port, other in clashes(host_ports(project)):
        message = f"the host port {port.number}/{port.protocol} is published by {other.owner} as well"
        log.warn("port-clash", message, "Only one of the two can run at a time.", port.path)
