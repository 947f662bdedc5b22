"""Turns a plan into units, by tables with one row for each compose key. Nothing here asks for Podman's version."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Unit
from compose2quadlet.diagnostics import Log
from compose2quadlet.planner import Plan


def lower(plan: Plan, log: Log) -> Iterator[Unit]:
    """The units of a plan: networks, volumes, then services with their builds, each in the order of the project;
    then the native units."""
    from compose2quadlet.lowering.recovery import starting_dependents

    return starting_dependents(_units(plan, log), plan)


def _units(plan: Plan, log: Log) -> Iterator[Unit]:
    from compose2quadlet.lowering import hosts
    from compose2quadlet.lowering.build import build
    from compose2quadlet.lowering.command import by_command
    from compose2quadlet.lowering.native import companion
    from compose2quadlet.lowering.network import network
    from compose2quadlet.lowering.overrides import lost, overridden
    from compose2quadlet.lowering.service import container
    from compose2quadlet.lowering.volume import volume

    for n in plan.networks.values():
        given, path = n.spec.quadlet.sections, ("networks", n.key, "x-quadlet")
        if n.unit:
            made = overridden(network(plan, n, log), given, path, log)
            yield by_command(made, "network", n.spec.name, log) if n.by_command else made
        else:
            lost(given, path, log)
    for v in plan.volumes.values():
        given, path = v.spec.quadlet.sections, ("volumes", v.key, "x-quadlet")
        if v.unit:
            made = overridden(volume(plan, v, log), given, path, log)
            yield by_command(made, "volume", v.spec.name, log) if v.by_command else made
        else:
            lost(given, path, log)
    for a in plan.anonymous.values():
        made = volume(plan, a, log)
        yield by_command(made, "volume", a.spec.name, log) if a.by_command else made
    mounts = hosts.mounts(plan)
    for s in plan.services.values():
        if s.build and s.spec.build:
            made = build(plan, s, log)
            yield overridden(made, s.spec.build.quadlet.sections, ("services", s.name, "build", "x-quadlet"), log)
        elif s.spec.build:
            lost(s.spec.build.quadlet.sections, ("services", s.name, "build", "x-quadlet"), log)
        for each in s.each():
            yield overridden(
                container(plan, each, mounts.get(s.unit.service, ()), log),
                s.spec.quadlet.sections,
                ("services", s.name, "x-quadlet"),
                log,
            )
        if s.companion:
            yield companion(plan, s)
    yield from _native(plan)


def _native(plan: Plan) -> Iterator[Unit]:
    """The units of the project as a whole."""
    from compose2quadlet.lowering.native import boot, bridge, check, target

    for t in plan.targets:
        yield target(plan, t)
        if t.checked:
            yield check(plan, t)
        if t.at_boot:
            yield boot(plan, t)
    if plan.bridge:
        yield bridge(plan)
