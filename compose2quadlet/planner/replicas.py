"""How many containers a service has.

Each container has its own unit, and the name that Docker Compose gives it. A template unit would need only one file,
but neither systemd nor a reader could tell from it how many containers there are; and each container takes a different
host port from a range.
"""

from __future__ import annotations

from collections.abc import Mapping

from compose2quadlet.diagnostics import NAME, PORT, Log, told
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Project, Service
from compose2quadlet.planner.ports import published
from compose2quadlet.planner.units import UnitName

MOST = 100
"""A larger number is more likely a mistake than intended for one host."""

MOST_OF_ALL = 200
"""The same, for all services with several containers together."""


@frozen()
class Count:
    """How many containers a service gets and wants and, if it gets fewer, why and what to do."""

    number: int
    wanted: int
    problem: tuple[str, str] | None = None


def wanted(service: Service) -> int:
    """How many containers a service should have; ``scale`` wins over ``deploy``."""
    if service.scale is not None:
        return service.scale
    given = service.deploy.replicas if service.deploy else None
    return 1 if given is None else given


def counts(project: Project) -> dict[str, Count]:
    """How many containers each service gets: as many as it wants, or one if it cannot have several.

    A service that wants none gets one, too, but nothing starts it.
    """
    found, total = {}, 0
    for name, service in project.services.items():
        count = wanted(service)
        problem = _problem(service, count) if count > 1 else None
        if count > 1 and problem is None and total + count > MOST_OF_ALL:
            problem = f"a project can have at most {MOST_OF_ALL} replicas", "Choose smaller numbers."
        number = 1 if count < 1 or problem else count
        total += number if number > 1 else 0
        found[name] = Count(number, count, problem)
    return found


def _problem(service: Service, number: int) -> tuple[str, str] | None:
    """Why a service cannot have so many containers, and what to do; None if it can."""
    if number > MOST:
        return f"a service can have at most {MOST}", "Choose a smaller number."
    if service.container_name:
        return f"only one can be called {told(service.container_name, NAME, 'so')}", "Remove 'container_name:'."
    for port in service.ports:
        if 0 < len(published(port) or ()) < number:
            hint = f"Publish a range of {number} host ports; or none, and put a reverse proxy in front of the service."
            return f"only one can publish the host port {told(port.published, PORT, 'it has')}", hint
    addresses = [service.mac_address]
    for network in service.networks.values():
        addresses += [network.ipv4_address, network.ipv6_address, network.mac_address] if network else []
    if address := next(filter(None, addresses), ""):
        return (
            f"only one can have the address {told(address, PORT, 'it has')}",
            "Remove the fixed address.",
        )
    return None


def units(project: str, name: str, first: UnitName, number: int) -> tuple[UnitName, ...]:
    """The units of a service with so many containers, of which the ``first`` has its name already.

    The first one has the same name with and without others, so that references to it stay valid.
    """
    others = (UnitName(f"{project}-{name}-{i}", "container") for i in range(2, number + 1))
    return (first, *others)


def note(project: Project, found: Mapping[str, Count], made: Mapping[str, tuple[UnitName, ...]], log: Log) -> None:
    """Log which services become several units, and which cannot; ``made`` are the units of each."""
    for name, count in found.items():
        path = ("services", name, "scale" if project.services[name].scale is not None else "deploy")
        if count.problem:
            message = f"'{name}' gets one container instead of {count.wanted}: {count.problem[0]}"
            log.warn("replicas", message, count.problem[1], path)
        if count.number > 1:
            named = ", ".join(unit.service for unit in made[name])
            hint = "All of them have the same network aliases, as with Docker Compose."
            log.note("replicas", f"'{name}' becomes {count.number} units, {named}", hint, path)
