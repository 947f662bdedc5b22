"""Makes every decision of a conversion before anything is written: names, order, boot, and the reasons.

``plan`` combines the answers of small functions; each of them logs what a user should know.
"""

from __future__ import annotations

from compose2quadlet.diagnostics import IMAGE, Log, shown
from compose2quadlet.model import Project
from compose2quadlet.options import Options
from compose2quadlet.planner import (
    anonymous,
    boot,
    data,
    dns,
    external,
    gateways,
    health,
    images,
    names,
    order,
    ports,
    privileges,
    replicas,
    settings,
    targets,
    tools,
    units,
    updates,
    versions,
)
from compose2quadlet.planner.host import address, controllers, engine, foreign, listeners, sources
from compose2quadlet.planner.host.rules import parent_device
from compose2quadlet.planner.host.units import host_needs
from compose2quadlet.planner.index import Index, index
from compose2quadlet.planner.isolation import requirements
from compose2quadlet.planner.isolation.policy import Identity, identities
from compose2quadlet.planner.neighbours import NONE, Neighbours
from compose2quadlet.planner.plan import NetworkPlan, Plan, ServicePlan, VolumePlan
from compose2quadlet.planner.restart import restart

__all__ = ["NetworkPlan", "Plan", "ServicePlan", "VolumePlan", "plan"]


def plan(
    project: Project,
    options: Options,
    log: Log,
    *,
    folder: str,
    dormant: frozenset[str] = frozenset(),
    others: Neighbours = NONE,
) -> Plan:
    """Decide. ``folder`` is where relative paths start; ``dormant`` are the services whose profiles are not active,
    which nothing but their target starts; ``others`` is what other projects make of what this one uses.

    Raises RefusedError if the names of the units cannot be used.
    """
    found = index(project, options.host)
    replicas.note(project, found.counts, found.units, log)
    chosen = identities(found, options, log)
    requirements.note_needs(chosen.values(), options, log)
    metrics = gateways.metrics(project, log)
    all_targets = targets.targets(found, dormant, log)
    made = Plan(
        project=project.name,
        folder=folder,
        scope=options.scope,
        log_driver=options.log_driver,
        services=_services(found, chosen, targets.parts(all_targets), options, dormant, others, log),
        networks=_networks(found, metrics, options, others),
        volumes=_volumes(found, options, others),
        anonymous=_anonymous(found, options),
        configs=project.configs,
        secrets=project.secrets,
        further=names.further_names(found),
        owners=found.owners,
        targets=all_targets,
        slice=targets.slice_of(project.name),
        booting=frozenset(
            unit.service
            for name in project.services
            if name not in dormant and boot.starts_at_boot(project.services[name])
            for unit in found.units[name]
        ),
        direct=order.has_direct_restarts(options.host),
        configuration=_configuration(project, options, log),
        neighbours=others,
        ports=found.ports,
    )
    _check(made, found, options, dormant, log)
    log.raise_errors()
    return made


def _check(made: Plan, found: Index, options: Options, dormant: frozenset[str], log: Log) -> None:
    """Log what is wrong with a plan, or worth knowing about it."""
    project = found.project
    versions.check(options.podman, log)
    settings.check(project, log)
    units.check(made.units(), log)
    names.check(found, dormant, log)
    active = project.model_copy(update={"services": {n: s for n, s in project.services.items() if n not in dormant}})
    active_ports = [p for p in made.ports if p.service in active.services]
    ports.check(active, active_ports, log)
    listeners.check(active_ports, options, log)
    dns.check(active, active_ports, options.scope, log)
    address.check(active, log)
    foreign.check(found, list(active.services), options, log)
    engine.check(found, {name: made.services[name].host for name in active.services}, log)
    sources.check(found, {n: s for n, s in made.services.items() if n not in dormant}, made.folder, options, log)
    updates.note(active, {name: made.services[name].updates for name in active.services}, options.scope, log)
    tools.check(active, log)
    data.check(active, log)
    unnamed = [v.spec.name for (service, *_), v in made.anonymous.items() if service in active.services]
    data.note_docker(active, unnamed, options, log)
    boot.note(active, log)
    boot.note_host(active, options, log)
    privileges.note(found, made.neighbours, options, log)
    controllers.check(found, list(active.services), options, log)
    external.note(active, made.neighbours, options, log)


def _configuration(project: Project, options: Options, log: Log) -> tuple[str, ...]:
    """The files for Podman's configuration, by their names."""
    found = ["50-quiet-health.conf"] if health.quiet(project, options, log) else []
    found += ["50-names-as-docker.conf"] if any(s.networks for s in project.services.values()) else []
    return tuple(found)


def _networks(found: Index, metrics: dict[str, int], options: Options, others: Neighbours) -> dict[str, NetworkPlan]:
    name, taken = found.project.name, found.taken
    return {
        key: NetworkPlan(
            key=key,
            spec=spec,
            unit=None if spec.external else units.resource_unit(name, key, "network", taken),
            device=parent_device(spec, options.scope),
            by_command=options.podman < names.NAMED,
            metric=metrics.get(key),
            elsewhere=others.networks.get(spec.name) if spec.external else None,
        )
        for key, spec in found.project.networks.items()
    }


def _volumes(found: Index, options: Options, others: Neighbours) -> dict[str, VolumePlan]:
    name, taken = found.project.name, found.taken
    return {
        key: VolumePlan(
            key=key,
            spec=spec,
            unit=None if spec.external else units.resource_unit(name, key, "volume", taken),
            by_command=options.podman < names.NAMED,
            elsewhere=others.volumes.get(spec.name) if spec.external else None,
        )
        for key, spec in found.project.volumes.items()
    }


def _anonymous(found: Index, options: Options) -> dict[anonymous.Place, VolumePlan]:
    name, taken = found.project.name, found.taken
    counts = {service: count.number for service, count in found.counts.items()}
    return {
        place: VolumePlan(
            key=key,
            spec=spec,
            unit=units.resource_unit(name, key, "volume", taken),
            by_command=options.podman < names.NAMED,
        )
        for place, (key, spec) in anonymous.volumes(found.project, counts).items()
    }


def _services(
    found: Index,
    chosen: dict[str, Identity],
    parts: dict[str, tuple[str, ...]],
    options: Options,
    dormant: frozenset[str],
    others: Neighbours,
    log: Log,
) -> dict[str, ServicePlan]:
    project, taken = found.project, found.taken
    namesakes: dict[str, list[str]] = {}
    for name, container in found.containers.items():
        namesakes.setdefault(container, []).append(name)
    whole = targets.project_target(project.name)
    built = {_named(s.image) or images.built(project.name, n) for n, s in project.services.items() if s.build}
    made = {}
    for name, spec in project.services.items():
        image = _image(project, name, log)
        unit, *rest = found.units[name]
        boots = name not in dormant and boot.starts_at_boot(spec)
        same = [n for n in namesakes[found.containers[name]] if n != name and (name in dormant or n in dormant)]
        buildable = images.buildable(spec, options.podman)
        made_here = spec.build is not None or _named(spec.image) in built
        made[name] = ServicePlan(
            name=name,
            spec=spec,
            unit=unit,
            container=found.containers[name],
            image=image,
            build=units.resource_unit(project.name, name, "build", taken) if buildable else None,
            order=order.order(found, name, frozenset() if name in dormant else dormant, others),
            readiness=order.readiness(found, name, log),
            restart=restart(spec),
            boot_target=boot.TARGETS[options.scope] if boots else None,
            identity=chosen[name],
            host=host_needs(found, name, options, boots, log),
            updates=updates.auto_update(spec, name, image, made_here, log),
            part_of=(whole, *parts.get(unit.service, ())),
            conflicts=tuple(found.units[n][0].service for n in same),
            others=tuple(rest),
        )
    return made


def _named(image: str) -> str:
    return images.qualified(image) or image


def _image(project: Project, name: str, log: Log) -> str:
    service = project.services[name]
    if not service.image:
        return images.built(project.name, name)
    image = images.qualified(service.image)
    path = ("services", name, "image")
    if image is None and (service.image.startswith("-") or any(c.isspace() for c in service.image)):
        hint = "Write [REGISTRY/]NAME:TAG. If the name contains a variable, check that it is set."
        log.error("bad-image", f"{shown(service.image, IMAGE)} is not a valid image name", hint, path)
    elif image is None:
        log.warn(
            "bad-image",
            f"{shown(service.image, IMAGE)} is not a valid image name",
            "The unit gets it as it is, and will not start. If the name contains a variable, check that it is set.",
            path,
        )
    return image or images.unchecked(service.image)
