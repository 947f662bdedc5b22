"""The subordinate IDs of a host, which all projects of a run share with the units that are there already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from compose2quadlet.options import Options
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner.isolation.ranges import available, demand, installed


def alone(options: Options) -> Options:
    """The options of a conversion that looks at nothing but its own project."""
    return replace(options, host=replace(options.host, userns_units={})) if options.host else options


def together(options: Options, conversions: Iterable[Conversion]) -> Options | None:
    """The options of a second conversion, where there are not enough IDs for all that came of the first one and for
    the units that are there; None where there are, or where that is not known."""
    free = available(options)
    if free is None or options.host is None:
        return None
    made = {
        unit.file: service.identity.userns
        for conversion in conversions
        for service in conversion.plan.services.values()
        for unit in (service.unit, *service.others)
    }
    there = {name: value for name, value in installed(options).items() if name not in made}
    if demand([*made.values(), *there.values()], free) <= free:
        return None
    return replace(options, host=replace(options.host, userns_units={options.scope: there}), crowded=True)


def takes_some(conversion: Conversion | None) -> bool:
    """Whether a project has a container with such IDs."""
    return conversion is not None and any(s.identity.userns for s in conversion.plan.services.values())
