"""What starts before what: ``depends_on``, and the namespaces that services share.

Source: compose specification "depends_on"; systemd.unit(5). The effects were measured: ``Requires=`` with
``After=`` starts the dependency and waits for it, and does not start the dependent if it fails; an explicit
stop or restart is passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.planner.names import Stem, container_name


@dataclass(frozen=True, slots=True)
class Order:
    """What a service's unit needs (``requires``), what it wants if it is there, and after what it starts."""

    requires: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """When a service counts as started for those that wait for it."""

    healthy: bool = False
    completed: bool = False


def order(project: Project, stems: Mapping[str, Stem], name: str, dormant: frozenset[str]) -> Order:
    """The dependencies of one service, as systemd services; ``dormant`` are those that it must not start."""
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
    host = owner(project, stems, project.services[name].network_mode)
    if host and (unit := stems[host].service) not in after and host != name:
        requires.append(unit)
        after.append(unit)
    return Order(tuple(requires), tuple(wants), tuple(after))


def owner(project: Project, stems: Mapping[str, Stem], mode: str) -> str | None:
    """The service whose container ``container:NAME`` is; None where it is not of this project."""
    kind, _, wanted = mode.partition(":")
    found = (n for n, s in project.services.items() if container_name(stems[n], s) == wanted)
    return next(found, None) if kind == "container" else None


def readiness(project: Project, name: str, log: Log) -> Readiness:
    """What others wait for in the service ``name``; logs where that cannot be had."""
    waiting: dict[str, list[str]] = {}
    for other, service in project.services.items():
        if name in service.depends_on:
            waiting.setdefault(service.depends_on[name].condition, []).append(other)
    completed = "service_completed_successfully" in waiting
    healthy = "service_healthy" in waiting
    check = project.services[name].healthcheck
    testable = check is not None and bool(check.test) and check.test[0] != "NONE" and not check.disable
    if healthy and not testable:
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
    return Readiness(healthy and testable and not completed, completed)
