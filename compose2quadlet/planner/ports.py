"""Host ports: those that a service publishes, and those that are published twice.

A range stays a range, so that long ranges take no longer.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from compose2quadlet.diagnostics import NAME, PORT, Log, Path, dotted, shown, told
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Port, Project, Service

ANY = ("", "0.0.0.0", "::")  # noqa: S104
LAST = 65535
PUBLISHED = re.compile(r"0*([0-9]{1,5})(?:-0*([0-9]{1,5}))?")


def published(port: Port) -> range | None:
    """The host ports that a port may be published on: empty if Podman chooses one, None if it is not a valid port."""
    if not port.published.strip("0"):
        return range(0)
    match = PUBLISHED.fullmatch(port.published)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, last + 1) if 0 < first <= last <= LAST else None


@frozen()
class HostPorts:
    """Host ports, from ``first`` to ``last``, that a service publishes; an empty ``ip`` is every address."""

    ip: str
    protocol: str
    first: int
    last: int
    project: str
    service: str
    path: Path


@frozen()
class Clash:
    """Host ports that cannot be published, since ``other`` publishes them, too."""

    ports: HostPorts
    other: HostPorts

    @property
    def message(self) -> str:
        which, verb = ("port", "is") if self.first == self.last else ("ports", "are")
        return f"the host {which} {self.shown} {verb} also published by {self.other.project}/{self.other.service}"

    @property
    def first(self) -> int:
        return max(self.ports.first, self.other.first)

    @property
    def last(self) -> int:
        return min(self.ports.last, self.other.last)

    @property
    def shown(self) -> str:
        """The ports in question, as in ``80/tcp`` or ``8000-8010/udp``."""
        return f"{numbers(self.first, self.last)}/{told(self.ports.protocol, NAME, 'tcp')}"


def numbers(first: int, last: int) -> str:
    """A range of ports as text."""
    return str(first) if first == last else f"{first}-{last}"


def on_network_of_host(project: Project, service: Service) -> bool:
    """Whether a service is on the host's network, by its mode or as an external network of that name."""
    joined = (project.networks[key] for key in service.networks)
    return service.network_mode == "host" or any(network.external and network.name == "host" for network in joined)


def publishes(project: Project, service: Service) -> bool:
    """Whether the ports of a service are published: only of one with a network of its own are they."""
    kind = service.network_mode.partition(":")[0]
    return kind not in ("container", "none", "service") and not on_network_of_host(project, service)


def host_ports(project: Project, copies: Callable[[str], int]) -> Iterator[HostPorts]:
    """The host ports of a project by service, with adjacent ports as one range; ``copies`` is the number of containers,
    each of which takes its own port."""
    for name, service in project.services.items():
        if not publishes(project, service):
            continue
        single: list[HostPorts] = []
        for i, port in enumerate(service.ports):
            if found := published(port):
                ip = "" if port.host_ip in ANY else port.host_ip
                last = min(found[-1], found[0] + copies(name) - 1)
                path = ("services", name, "ports", i)
                single.append(HostPorts(ip, port.protocol, found[0], last, project.name, name, path))
        single.sort(key=lambda p: (p.ip, p.protocol, p.first))
        runs = [run for _, group in groupby(single, lambda p: (p.ip, p.protocol)) for run in _joined(group)]
        yield from sorted(runs, key=lambda p: p.path[-1])


def _joined(ports: Iterable[HostPorts]) -> Iterator[HostPorts]:
    """Ports of one address and protocol, sorted, with adjacent ports as one range."""
    open_: HostPorts | None = None
    for port in ports:
        if open_ is None or port.first > open_.last + 1:
            if open_:
                yield open_
            open_ = port
        else:
            path = min(open_.path, port.path, key=lambda p: p[-1])
            open_ = replace(open_, last=max(open_.last, port.last), path=path)
    if open_:
        yield open_


CLAIM = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?:\d{1,5}(?:-\d{1,5})?"
    r"(?:/(?P<protocol>[a-z]+))?"
)
"""A value of ``PublishPort=`` with a host port. Source: podman-run(1), ``--publish``."""


def claimed(value: str, project: str, service: str) -> HostPorts | None:
    """The host ports that a unit publishes with a line; None for those that Podman chooses."""
    match = CLAIM.fullmatch(value)
    if not match:
        return None
    ip, first = (match["ip"] or "").strip("[]"), int(match["first"])
    return HostPorts(
        "" if ip in ANY else ip, match["protocol"] or "tcp", first, int(match["last"] or first), project, service, ()
    )


@dataclass(slots=True)
class _Claims:
    """Disjoint ranges of ports, sorted, each with its first owner."""

    firsts: list[int] = field(default_factory=list)
    held: list[tuple[int, int, HostPorts]] = field(default_factory=list)

    def within(self, first: int, last: int) -> list[tuple[int, int, HostPorts]]:
        """The ranges that overlap with one."""
        start = max(bisect_right(self.firsts, first) - 1, 0)
        return [h for h in self.held[start : bisect_right(self.firsts, last)] if h[1] >= first]

    def add(self, first: int, last: int, claim: HostPorts) -> None:
        """Claim the ports without an owner."""
        for begin, end, _ in [*self.within(first, last), (last + 1, last + 1, claim)]:
            if first < begin:
                at = bisect_left(self.firsts, first)
                self.firsts.insert(at, first)
                self.held.insert(at, (first, begin - 1, claim))
            first = end + 1


@dataclass(slots=True)
class _Book:
    """The first owners of ports, and the first other owners of the same ports."""

    owner: Callable[[HostPorts], str]
    claims: _Claims = field(default_factory=_Claims)
    others: _Claims = field(default_factory=_Claims)

    def against(self, ports: HostPorts) -> Iterator[HostPorts]:
        """Other owners of some of these ports."""
        for first, last, holder in self.claims.within(ports.first, ports.last):
            if self.owner(holder) != self.owner(ports):
                yield holder
            else:
                yield from (o for *_, o in self.others.within(max(first, ports.first), min(last, ports.last)))

    def add(self, ports: HostPorts) -> None:
        for first, last, holder in self.claims.within(ports.first, ports.last):
            if self.owner(holder) != self.owner(ports):
                self.others.add(max(first, ports.first), min(last, ports.last), ports)
        self.claims.add(ports.first, ports.last, ports)


def clashes(ports: Iterable[HostPorts], owner: Callable[[HostPorts], str]) -> Iterator[Clash]:
    """Pairs of overlapping ranges of different owners; each range is paired with the earliest."""
    books: dict[tuple[str, str | None], _Book] = {}

    def book(protocol: str, ip: str | None) -> _Book:
        return books.setdefault((protocol, ip), _Book(owner))

    for claim in ports:
        # A claim for every address meets the claims for each.
        where = [book(claim.protocol, ip) for ip in ((claim.ip, "") if claim.ip else (None,))]
        yield from (Clash(claim, other) for other in dict.fromkeys(o for b in where for o in b.against(claim)))
        for ip in (claim.ip, None):
            book(claim.protocol, ip).add(claim)


def check(project: Project, ports: Iterable[HostPorts], log: Log) -> None:
    """Log an error for each invalid host port, and a warning for those that two services publish."""
    for name, service in project.services.items():
        for i, port in enumerate(service.ports):
            if published(port) is None:
                path = ("services", name, "ports", i)
                hint = "Write a number from 1 to 65535, or a range, such as 8000-8010."
                message = f"{dotted(path)}: {shown(port.published, PORT)} is not a valid host port"
                log.error("bad-port", message, hint, path)
    for clash in clashes(ports, lambda p: p.service):
        log.warn("port-clash", clash.message, "Only one of the two can run at a time.", clash.ports.path)
