"""What starts before what: ``depends_on``, and the namespaces that services share.

Source: compose specification "depends_on"; systemd.unit(5). The effects were measured: ``Requires=`` with
``After=`` starts the dependency and waits for it, and does not start the dependent if it fails; an explicit
stop or restart is passed on. A container in the namespace of another is dead when that one crashes: with ``BindsTo=``
on its side, and a start of it by the other, it is stopped at once, and started when the other has been started again.
With ``Requires=``, or without that start, it may stay dead for good; ``Upholds=`` would make it impossible to stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts
from compose2quadlet.model import Project
from compose2quadlet.planner.health import testable
from compose2quadlet.planner.names import Stem, containers
from compose2quadlet.planner.scope import starts_at_boot


@dataclass(frozen=True, slots=True)
class Order:
    """What a service's unit needs (``requires``), what it wants if it is there, and after what it starts.

    ``binds`` are those that it lives in: it stops when they end, for whatever reason. ``riders`` live in it, and are
    started again with it.
    """

    requires: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    riders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """When a service counts as started for those that wait for it."""

    healthy: bool = False
    completed: bool = False


def order(
    project: Project, stems: Mapping[str, Stem], name: str, dormant: frozenset[str], riders: Mapping[str, list[str]]
) -> Order:
    """The dependencies of one service, as systemd services; ``dormant`` are those that it must not start, and
    ``riders`` what the function of that name finds."""
    requires: list[str] = []
    wants: list[str] = []
    after: list[str] = []
    for other, dependency in project.services[name].depends_on.items():
        if other not in stems:
            continue  # optional, and left out
        unit = stems[other].service
        after.append(unit)
        if other not in dormant:
            (requires if dependency.required else wants).append(unit)
    for given in project.services[name].volumes_from:
        lender = owner(project, ":".join(given.split(":")[:2]))
        if lender and lender != name and stems[lender].service not in after:
            after.append(stems[lender].service)
            if lender not in dormant:
                requires.append(stems[lender].service)
    binds = [stems[host].service for host in hosts(project, name)]
    return Order(
        requires=tuple(unit for unit in requires if unit not in binds),
        wants=tuple(unit for unit in wants if unit not in binds),
        after=tuple(dict.fromkeys((*after, *binds))),
        binds=tuple(binds),
        riders=tuple(stems[rider].service for rider in riders.get(name, ()) if rider not in dormant),
    )


DIRECT = 254
"""The first systemd with ``RestartMode=direct``."""


def has_direct_restarts(host: Facts | None) -> bool:
    """Whether systemd restarts a unit without letting go of those that wait for it; so it is where nothing is known."""
    return host is None or host.systemd is None or host.systemd >= DIRECT


def riders(project: Project) -> dict[str, list[str]]:
    """By service, those that are to run whenever it does and are stopped with it.

    They live in its network or another of its namespaces, or need one that does: the stop of a unit is passed on to
    what requires it, and its start is not.
    """
    found: dict[str, list[str]] = {}
    dependents: dict[str, list[str]] = {}
    for name, service in project.services.items():
        if not starts_at_boot(service):
            continue
        for host in hosts(project, name):
            found.setdefault(host, []).append(name)
        for other, dependency in service.depends_on.items():
            if dependency.required:
                dependents.setdefault(other, []).append(name)
    for host, members in found.items():
        for member in members:  # grows meanwhile
            members += [d for d in (*dependents.get(member, ()), *found.get(member, ())) if d not in (*members, host)]
    return found


def hosts(project: Project, name: str) -> list[str]:
    """The services in whose network, or other namespace, a service lives."""
    service = project.services[name]
    found = (owner(project, mode) for mode in (service.network_mode, service.ipc, service.pid))
    return [host for host in dict.fromkeys(found) if host and host != name]


def owner(project: Project, mode: str) -> str | None:
    """The service that ``service:NAME`` names, or whose container ``container:NAME`` does; None where it is not of
    this project."""
    kind, _, wanted = mode.partition(":")
    if kind == "service":
        return wanted if wanted in project.services else None
    if kind != "container":
        return None  # most have none: the names of all containers are not looked up for these
    return next((name for name, container in containers(project).items() if container == wanted), None)


def readiness(project: Project, name: str, log: Log) -> Readiness:
    """What others wait for in the service ``name``; logs where that cannot be had."""
    waiting: dict[str, list[str]] = {}
    for other, service in project.services.items():
        if name in service.depends_on:
            waiting.setdefault(service.depends_on[name].condition, []).append(other)
    completed = "service_completed_successfully" in waiting
    healthy = "service_healthy" in waiting
    check = project.services[name].healthcheck
    tested = testable(check)
    if healthy and not tested:
        for other in waiting["service_healthy"]:
            log.warn(
                "healthy-unknown",
                f"'{other}' waits until '{name}' is healthy, but the compose file has no healthcheck for '{name}'",
                f"The unit waits until '{name}' runs. If the image has a healthcheck, repeat it in the compose file.",
                ("services", other, "depends_on", name),
            )
    if healthy and completed:
        log.warn(
            "readiness-conflict",
            f"some services wait until '{name}' is healthy, others until it has ended",
            "A unit has one meaning of started: here, that it has ended.",
            ("services", name),
        )
    return Readiness(healthy and tested and not completed, completed)
