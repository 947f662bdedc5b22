"""What a project has, looked up once. Every decision about a service asks here how other services are involved.

That keeps the planner linear, and gives each question one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compose2quadlet.diagnostics import PATH, Path, told
from compose2quadlet.facts import Facts
from compose2quadlet.frozen import frozen
from compose2quadlet.hostpaths import normalised
from compose2quadlet.model import Project, Service, Volume
from compose2quadlet.planner import names, ports, replicas
from compose2quadlet.planner.boot import starts_at_boot
from compose2quadlet.planner.host.mounts import Mount, Mounts, mounts
from compose2quadlet.planner.units import UnitName, service_units


@frozen()
class HostPath:
    """A path of the host in a container.

    ``source`` is the path as it is written, ``path`` its normalised form, ``below`` the attribute of the service that
    contains it, and ``mount`` the mount that it is on, if known. ``bind`` says whether it is a bind mount of the
    service; otherwise it is a volume that is a bind mount, or a file of a config or secret.
    """

    source: str
    path: str
    below: Path
    mount: Mount | None
    writable: bool
    bind: bool

    @property
    def shown(self) -> str:
        """The source as messages have it; see ``diagnostics.shown``."""
        return told(self.source, PATH, "that path")


@frozen(kw_only=True)
class Index:
    """A project, arranged by the questions about it. The keys are services, unless stated otherwise.

    ``counts`` has the numbers of containers, ``units`` the units, one for each container, and ``taken`` all their
    services. ``containers`` has the name of the first container, ``owners`` the service by container name. ``hosts``
    has the services in whose network, or other namespace, a service runs; ``riders`` run whenever it does, and are
    stopped with it. ``dependents`` are those that wait for it, by condition; ``borrowers`` use its volumes. ``users``
    are those that mount a volume, by its key. ``ports`` are the host ports of all services, and ``published`` their
    numbers. ``paths`` are the host paths of each service, and ``mounts`` the mount points of the host, or None if it
    is unknown.
    """

    project: Project
    counts: Mapping[str, replicas.Count]
    units: Mapping[str, tuple[UnitName, ...]]
    containers: Mapping[str, str]
    taken: frozenset[str]
    owners: Mapping[str, str]
    hosts: Mapping[str, tuple[str, ...]]
    riders: Mapping[str, tuple[str, ...]]
    dependents: Mapping[str, Mapping[str, tuple[str, ...]]]
    borrowers: Mapping[str, tuple[str, ...]]
    users: Mapping[str, tuple[str, ...]]
    ports: tuple[ports.HostPorts, ...]
    published: frozenset[int]
    paths: Mapping[str, tuple[HostPath, ...]]
    mounts: Mounts | None

    def owner(self, mode: str) -> str | None:
        """The service that ``service:NAME`` names, or whose container ``container:NAME`` names; None if it is not in
        this project."""
        return _owner(self.project, self.owners, mode)


def index(project: Project, facts: Facts | None) -> Index:
    """Build the index of a project; ``facts`` are those about its host."""
    counts = replicas.counts(project)
    first = service_units(project.name, project.services)
    units = {name: replicas.units(project.name, name, first[name], count.number) for name, count in counts.items()}
    containers = names.containers(project, counts)
    owners: dict[str, str] = {}
    for name, container in containers.items():
        owners.setdefault(container, name)
    hosts = {name: _hosts(project, owners, name) for name in project.services}
    known = mounts(facts) if facts else None
    published = tuple(ports.host_ports(project, lambda name: counts[name].number))
    return Index(
        project=project,
        counts=counts,
        units=units,
        containers=containers,
        taken=frozenset(unit.service for each in units.values() for unit in each),
        owners=owners,
        hosts=hosts,
        riders=_riders(project, hosts),
        dependents=_dependents(project),
        borrowers=_grouped(
            (given.partition(":")[0], n) for n, s in project.services.items() for given in s.volumes_from
        ),
        users=_grouped(
            (m.source, n) for n, s in project.services.items() for m in s.volumes if m.type == "volume" and m.source
        ),
        ports=published,
        published=frozenset(number for p in published for number in range(p.first, p.last + 1)),
        paths={name: tuple(_paths(project, service, known)) for name, service in project.services.items()},
        mounts=known,
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The second items by the first ones, each once."""
    found: dict[str, dict[str, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def _owner(project: Project, owners: Mapping[str, str], mode: str) -> str | None:
    kind, _, wanted = mode.partition(":")
    if kind == "service":
        return wanted if wanted in project.services else None
    return owners.get(wanted) if kind == "container" else None


def _hosts(project: Project, owners: Mapping[str, str], name: str) -> tuple[str, ...]:
    service = project.services[name]
    found = (_owner(project, owners, mode) for mode in (service.network_mode, service.ipc, service.pid))
    return tuple(host for host in dict.fromkeys(found) if host and host != name)


def _riders(project: Project, hosts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The services that share a service's namespaces, or need one that does: the stop of a unit is passed on to the
    units that require it, but its start is not."""
    booting = [name for name, service in project.services.items() if starts_at_boot(service)]
    guests = _grouped((host, name) for name in booting for host in hosts[name])
    dependents = _grouped(
        (other, name) for name in booting for other, d in project.services[name].depends_on.items() if d.required
    )
    found: dict[str, tuple[str, ...]] = {}
    for host in guests:
        members = dict.fromkeys(guests[host])
        waiting = list(members)
        for member in waiting:  # the loop appends to it
            for other in (*dependents.get(member, ()), *found.get(member, guests.get(member, ()))):
                if other not in members and other != host:
                    members[other] = None
                    waiting.append(other)
        found[host] = tuple(members)
    return found


def _dependents(project: Project) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for name, service in project.services.items():
        for other, dependency in service.depends_on.items():
            found.setdefault(other, {}).setdefault(dependency.condition, []).append(name)
    return {name: {key: tuple(them) for key, them in each.items()} for name, each in found.items()}


def bound(volume: Volume) -> str:
    """The directory of the host that a volume is a bind mount of; empty for any other volume."""
    device = volume.driver_opts.get("device", "")
    options = volume.driver_opts.get("o", "").split(",")
    return device if device.startswith("/") and not {"bind", "rbind"}.isdisjoint(options) else ""


def _paths(project: Project, service: Service, known: Mounts | None) -> Iterator[HostPath]:
    def made(source: str, below: Path, writable: bool = False, bind: bool = False) -> HostPath:
        path = normalised(source)
        return HostPath(source, path, below, known.under(path) if known else None, writable, bind)

    for i, m in enumerate(service.volumes):
        if m.type == "bind" and m.source.startswith("/"):
            yield made(m.source, ("volumes", i), not m.read_only, bind=True)
    for i, m in enumerate(service.volumes):
        volume = project.volumes.get(m.source) if m.type == "volume" else None
        if volume and (source := bound(volume)):
            yield made(source, ("volumes", i), not m.read_only)
    for key, uses, objects in (
        ("configs", service.configs, project.configs),
        ("secrets", service.secrets, project.secrets),
    ):
        for i, given in enumerate(uses):
            file = objects[given.source].file if given.source in objects else ""
            if file.startswith("/"):
                yield made(file, (key, i))
