"""Lets a stack recover: a unit that cannot start is tried again, and its dependents keep waiting for it.

Measured with systemd 257 and 262: with ``RestartMode=direct``, a unit that cannot start keeps its start job, so its
dependents wait, and start with it; if it crashes later, they keep running. Docker does both, too. systemd before 254
does not have this mode: there, a unit that has started starts its dependents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from compose2quadlet.backend.unit import Directive, Reference, Unit
from compose2quadlet.kinds import unit_of
from compose2quadlet.planner import Plan

DELAY = "5"
"""Seconds before a restart. Docker waits up to 60, and tries forever; so do the units."""


def again(plan: Plan) -> Iterator[Directive]:
    """For a unit that creates something once: it is part of the stack, and is tried again until it succeeds."""
    yield Directive("Unit", "StartLimitIntervalSec", "0")
    yield Directive("Service", "Restart", "on-failure")
    yield Directive("Service", "RestartSec", DELAY)
    if plan.direct:
        yield Directive("Service", "RestartMode", "direct")
    yield Directive("Service", "Slice", plan.slice)


def starting_dependents(units: Iterable[Unit], plan: Plan) -> Iterator[Unit]:
    """The units; if systemd has no ``RestartMode=``, each unit starts those of its dependents that should run."""
    if plan.direct:
        yield from units
        return
    made = tuple(units)
    dependents: dict[str, list[str]] = {}
    for unit in made:
        name = unit_of(unit.name)
        if name in plan.booting:
            for needed in dict.fromkeys(_needed(unit)):
                dependents.setdefault(needed, []).append(name)
    for unit in made:
        if waiting := dependents.get(unit_of(unit.name)):
            words = ("-systemctl", f"--{plan.scope}", "start", "--no-block", *waiting)
            starter = Directive("Service", "ExecStartPost", words)
            unit = replace(unit, directives=(*unit.directives, starter))
        yield unit


def _needed(unit: Unit) -> Iterator[str]:
    """The services that a unit needs, including those of the networks and volumes that it names."""
    for d in unit.directives:
        if d.key in ("Requires", "BindsTo") and isinstance(d.value, str):
            yield d.value
        for value in d.value if isinstance(d.value, tuple) else (d.value,):
            if isinstance(value, Reference):
                yield value.service
