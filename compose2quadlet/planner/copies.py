"""Several containers of one service: a unit for each, whose containers have the names that Docker Compose gives them.

A template unit would say it in one file, but neither systemd nor a reader sees from it how many there are; and the
host ports that the containers take from a range differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.planner.names import Stem, service_stem
from compose2quadlet.planner.ordering import Order
from compose2quadlet.planner.replicas import number, problem, wanted
from compose2quadlet.planner.targets import Target


def stems(project: Project, log: Log) -> dict[str, tuple[Stem, ...]]:
    """The units of each service: one, or as many as it has containers. Logs where there cannot be so many."""
    found: dict[str, tuple[Stem, ...]] = {}
    for name, service in project.services.items():
        count, path = wanted(service), ("services", name, "scale" if service.scale is not None else "deploy")
        if count > 1 and (wrong := problem(service, count)):
            log.warn("replicas", f"'{name}' gets one container instead of {count}: {wrong[0]}", wrong[1], path)
        first = service_stem(project.name, name)
        if number(service) == 1:
            found[name] = (first,)
            continue
        # The first has the same name with others as without, so that whoever refers to it need not know.
        others = (Stem(f"{project.name}-{name}-{i}", "container") for i in range(2, count + 1))
        found[name] = (first, *others)
        units = ", ".join(stem.service for stem in found[name])
        hint = "All of them have the same names on the network, as with Docker Compose."
        log.note("replicas", f"'{name}' becomes {count} units, {units}", hint, path)
    return found


def spread(units: Iterable[str], further: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The units, each followed by the further ones of its service."""
    return tuple(each for unit in units for each in (unit, *further.get(unit, ())))


def ordered(order: Order, further: Mapping[str, tuple[str, ...]]) -> Order:
    """An order in which whoever needs a service needs all of its containers."""
    groups = {key: spread(getattr(order, key), further) for key in ("requires", "wants", "after", "riders")}
    return replace(order, **groups)


def targeted(found: Iterable[Target], further: Mapping[str, tuple[str, ...]], idle: set[str]) -> tuple[Target, ...]:
    """Targets that start all containers of a service, and none of a service that is to have none."""
    return tuple(replace(t, services=tuple(u for u in spread(t.services, further) if u not in idle)) for t in found)
