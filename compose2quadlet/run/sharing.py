"""Which projects of a run use what others of it make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from compose2quadlet.model import Service
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner.boot import starts_at_boot
from compose2quadlet.planner.neighbours import Neighbours
from compose2quadlet.planner.privileges import interface
from compose2quadlet.planner.units import UnitName

T = TypeVar("T")


def neighbours(made: Sequence[Conversion | None]) -> list[Neighbours | None]:
    """What each project uses of the others; None where that is nothing."""
    networks: dict[str, tuple[int, UnitName]] = {}
    volumes: dict[str, tuple[int, UnitName]] = {}
    containers: dict[str, tuple[int, str]] = {}
    for i, one in enumerate(made):
        for n in one.plan.networks.values() if one else ():
            if n.unit and not n.by_command:
                networks.setdefault(n.spec.name, (i, n.unit))
        for v in one.plan.volumes.values() if one else ():
            if v.unit and not v.by_command:
                volumes.setdefault(v.spec.name, (i, v.unit))
        for s in one.plan.services.values() if one else ():
            containers.setdefault(s.container, (i, s.unit.service))
    riders: dict[str, list[str]] = {}
    for i, one in enumerate(made):
        for s in one.plan.services.values() if one else ():
            for owner in _owners(s.spec, i, containers) if starts_at_boot(s.spec) else ():
                riders.setdefault(owner, []).append(s.unit.service)
    found = [_used(i, one, networks, volumes, containers, riders) if one else None for i, one in enumerate(made)]
    lan = {n.spec.name for one in made for n in (one.plan.networks.values() if one else ()) if interface(n.spec)}
    return [replace(used, lan=frozenset(lan & used.networks.keys())) if used else None for used in found]


def _owners(service: Service, project: int, containers: dict[str, tuple[int, str]]) -> Iterator[str]:
    """The services of other projects in whose namespaces a service lives."""
    for name in _shared_containers(service):
        where, unit = containers.get(name, (project, ""))
        if where != project:
            yield unit


def _shared_containers(service: Service) -> Iterator[str]:
    for mode in (service.network_mode, service.ipc, service.pid):
        if mode.startswith("container:"):
            yield mode.partition(":")[2]


def _used(
    number: int,
    made: Conversion,
    networks: dict[str, tuple[int, UnitName]],
    volumes: dict[str, tuple[int, UnitName]],
    containers: dict[str, tuple[int, str]],
    riders: dict[str, list[str]],
) -> Neighbours | None:
    wanted = {n.spec.name for n in made.plan.networks.values() if n.spec.external}
    found_networks = _of_others(number, wanted, networks)
    found_volumes = _of_others(number, (v.spec.name for v in made.plan.volumes.values() if v.spec.external), volumes)
    shared = (name for s in made.plan.services.values() for name in _shared_containers(s.spec))
    found_containers = _of_others(number, shared, containers)
    own = {
        s.unit.service: tuple(riders[s.unit.service]) for s in made.plan.services.values() if s.unit.service in riders
    }
    if not (found_networks or found_volumes or found_containers or own):
        return None
    return Neighbours(found_networks, found_volumes, found_containers, own)


def _of_others(number: int, names: Iterable[str], made: dict[str, tuple[int, T]]) -> dict[str, T]:
    return {name: made[name][1] for name in names if name in made and made[name][0] != number}
