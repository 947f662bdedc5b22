"""Every decision of a conversion, made before anything is written: what is called how, starts when, and why.

``plan`` puts the answers of small functions together; each of them logs what a user should know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.model import FileObject, Network, Project, Service, Volume
from compose2quadlet.options import LogDriver, Options, Scope
from compose2quadlet.planner import (
    anonymous,
    copies,
    gateways,
    health,
    hostaddress,
    hostrules,
    hostunits,
    images,
    isolation,
    names,
    ordering,
    ports,
    replicas,
    requirements,
    scope,
    settings,
    targets,
    updates,
    versions,
)


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The decisions about one service; of several containers, about the first. ``others`` are the units of the
    others, and ``number`` counts them from 0."""

    name: str
    service: Service
    stem: names.Stem
    container: str
    image: str
    build: names.Stem | None
    order: ordering.Order
    readiness: ordering.Readiness
    restart: scope.Restart
    boot_target: str | None
    identity: isolation.Identity
    host: hostunits.HostNeeds
    updates: str
    conflicts: tuple[str, ...] = ()
    others: tuple[names.Stem, ...] = ()
    number: int = 0

    def each(self) -> Iterator[ServicePlan]:
        """A plan for each container."""
        yield self
        for i, stem in enumerate(self.others, 1):
            # What lives in the network of a service lives in that of its first container.
            order = replace(self.order, riders=())
            yield replace(self, stem=stem, container=stem.stem, order=order, number=i)

    @property
    def companion(self) -> names.Stem | None:
        """The unit that has the dynamic user of the service."""
        name = self.identity.companion
        return names.Stem(name.removesuffix(".service"), "service") if name else None


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network: ``stem`` is None for an external one, which is used by its name; ``device`` is the unit of the
    interface that it is on, if it is on one.

    ``metric`` is that of its default routes, or None where it does not matter.
    With ``by_command`` no Quadlet unit but a service makes it, because Podman could not give it its name.
    """

    key: str
    network: Network
    stem: names.Stem | None
    device: str | None
    by_command: bool = False
    metric: int | None = None

    @property
    def reference(self) -> str:
        """What the units of containers call it."""
        return self.stem.file if self.stem and not self.by_command else self.network.name

    @property
    def maker(self) -> str:
        """The service that a container has to require, which else the generator sees to; or nothing."""
        return self.stem.service if self.stem and self.by_command else ""


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """A volume: as a network."""

    key: str
    volume: Volume
    stem: names.Stem | None
    by_command: bool = False

    @property
    def reference(self) -> str:
        """What the units of containers call it."""
        return self.stem.file if self.stem and not self.by_command else self.volume.name

    @property
    def maker(self) -> str:
        """The service that a container has to require, which else the generator sees to; or nothing."""
        return self.stem.service if self.stem and self.by_command else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All decisions about a project; ``folder`` is where its relative paths start.

    ``further`` has, by service and network, the names that it has there besides its own aliases. ``booting`` are the
    units that are to run from boot on; ``direct`` says whether systemd restarts units without letting go of those
    that wait. ``ports`` are the host ports of all services.
    """

    project: str
    folder: str
    scope: Scope
    log_driver: LogDriver
    services: dict[str, ServicePlan]
    networks: dict[str, NetworkPlan]
    volumes: dict[str, VolumePlan]
    anonymous: dict[anonymous.Place, VolumePlan]
    configs: dict[str, FileObject]
    secrets: dict[str, FileObject]
    further: dict[tuple[str, str], list[str]]
    targets: tuple[targets.Target, ...]
    slice: str
    booting: frozenset[str]
    direct: bool
    configuration: tuple[str, ...]
    ports: tuple[ports.HostPorts, ...]

    @property
    def target(self) -> str:
        """The target that the whole project is part of."""
        return self.targets[0].name

    @property
    def bridge(self) -> bool:
        """Whether a unit of the user's manager has to wait for units of the system."""
        return any(s.host.bridge for s in self.services.values())

    def stems(self) -> dict[Path, names.Stem]:
        """The units to be, by the compose path of what they are made from."""
        found: dict[Path, names.Stem] = {("services", n): s.stem for n, s in self.services.items()}
        found |= {("services", n, "scale", i): o for n, s in self.services.items() for i, o in enumerate(s.others)}
        found |= {("services", n, "x-quadlet"): s.companion for n, s in self.services.items() if s.companion}
        found |= {("services", n, "build"): s.build for n, s in self.services.items() if s.build}
        found |= {("networks", k): n.stem for k, n in self.networks.items() if n.stem}
        found |= {("services", n, "volumes", i, t): v.stem for (n, i, t), v in self.anonymous.items() if v.stem}
        return found | {("volumes", k): v.stem for k, v in self.volumes.items() if v.stem}


class _Units:
    """What the services of a project become: units, of which each has one or more, and containers."""

    def __init__(self, project: Project, log: Log) -> None:
        self.all = units = copies.stems(project, log)
        self.containers = names.containers(project)
        self.riders = ordering.riders(project)
        self.stems = {name: each[0] for name, each in units.items()}
        self.further = {first.service: tuple(s.service for s in rest) for first, *rest in units.values()}
        self.taken = {stem.service for each in units.values() for stem in each}
        self.named: dict[str, list[str]] = {}
        for name, container in self.containers.items():
            self.named.setdefault(container, []).append(name)


def plan(project: Project, folder: str, options: Options, log: Log, dormant: frozenset[str] = frozenset()) -> Plan:
    """Decide; ``dormant`` are the services whose profiles are not active, which nothing but their target starts.

    Raises RefusedError where the names that units would get cannot be used.
    """
    by_command = options.podman < names.NAMED
    units = _Units(project, log)
    identities = isolation.identities(project, units.stems, options, log)
    requirements.note_needs(identities.values(), options, log)
    metrics = gateways.metrics(project, log)
    made = Plan(
        project.name,
        folder,
        options.scope,
        options.log_driver,
        {name: _service(project, name, units, identities[name], options, dormant, log) for name in project.services},
        {
            key: NetworkPlan(
                key,
                n,
                _stem(project, key, "network", n.external, units.taken),
                hostrules.parent_device(n, options.scope),
                by_command,
                metrics.get(key),
            )
            for key, n in project.networks.items()
        },
        {
            key: VolumePlan(key, v, _stem(project, key, "volume", v.external, units.taken), by_command)
            for key, v in project.volumes.items()
        },
        {
            place: VolumePlan(key, v, _stem(project, key, "volume", False, units.taken), by_command)
            for place, (key, v) in anonymous.volumes(project, {n: len(u) for n, u in units.all.items()}).items()
        },
        project.configs,
        project.secrets,
        names.further_names(project),
        copies.targeted(
            targets.targets(project, units.stems, dormant, log),
            units.further,
            {units.stems[name].service for name, s in project.services.items() if replicas.wanted(s) == 0},
        ),
        targets.slice_of(project.name),
        frozenset(
            stem.service
            for name in project.services
            if name not in dormant and scope.starts_at_boot(project.services[name])
            for stem in units.all[name]
        ),
        ordering.has_direct_restarts(options.host),
        _configuration(project, options, log),
        tuple(ports.host_ports(project, lambda name: len(units.all[name]))),
    )
    _check(made, project, options, dormant, log)
    log.raise_errors()
    return made


def _check(made: Plan, project: Project, options: Options, dormant: frozenset[str], log: Log) -> None:
    """Log what is wrong with a plan, and what is worth knowing about it."""
    versions.check(options.podman, log)
    settings.check(project, log)
    names.check(made.stems(), project, dormant, log)
    active = project.model_copy(update={"services": {n: s for n, s in project.services.items() if n not in dormant}})
    ports.check(active, (p for p in made.ports if p.service in active.services), log)
    hostaddress.check(active, log)
    updates.note(active, {name: made.services[name].updates for name in active.services}, options.scope, log)
    scope.note_boot(active, log)
    scope.note_linger(active, options, log)
    scope.note_privileges(project, options, log)


def _configuration(project: Project, options: Options, log: Log) -> tuple[str, ...]:
    """The files for Podman's configuration, by their names."""
    found = ["50-quiet-health.conf"] if health.quiet(project, options, log) else []
    found += ["50-names-as-docker.conf"] if any(s.networks for s in project.services.values()) else []
    return tuple(found)


def _stem(project: Project, key: str, kind: str, external: bool, taken: set[str]) -> names.Stem | None:
    return None if external else names.resource_stem(project.name, key, kind, taken)


def _service(
    project: Project,
    name: str,
    units: _Units,
    identity: isolation.Identity,
    options: Options,
    dormant: frozenset[str],
    log: Log,
) -> ServicePlan:
    service = project.services[name]
    image = _image(project, name, log)
    stems = units.stems
    namesakes = [n for n in units.named[units.containers[name]] if n != name and (name in dormant or n in dormant)]
    built = images.buildable(service, options.podman)
    boot_target = None if name in dormant else scope.boot_target(project, name, options.scope)
    return ServicePlan(
        name=name,
        service=service,
        stem=stems[name],
        container=units.containers[name],
        image=image,
        build=names.resource_stem(project.name, name, "build", units.taken) if built else None,
        order=copies.ordered(
            ordering.order(project, stems, name, frozenset() if name in dormant else dormant, units.riders),
            units.further,
        ),
        readiness=ordering.readiness(project, name, log),
        restart=scope.restart(service),
        boot_target=boot_target,
        identity=identity,
        host=hostunits.host_needs(project, name, options, boot_target is not None, log),
        updates=updates.auto_update(service, name, image, log),
        conflicts=tuple(stems[n].service for n in namesakes),
        others=units.all[name][1:],
    )


def _image(project: Project, name: str, log: Log) -> str:
    service = project.services[name]
    if not service.image:
        return images.built(project.name, name)
    image = images.qualified(service.image)
    path = ("services", name, "image")
    if image is None and (service.image.startswith("-") or any(c.isspace() for c in service.image)):
        hint = "Write NAME:TAG, with the registry before it. Is a variable in it not set?"
        log.error("bad-image", f"{service.image!r} is not the name of an image", hint, path)
    elif image is None:
        log.warn(
            "bad-image",
            f"{service.image!r} is not the name of an image",
            "The unit has it all the same, and will fail to start. Is a variable in it not set?",
            path,
        )
    return image or images.unchecked(service.image)
