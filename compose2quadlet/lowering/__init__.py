"""A plan to units, by tables with one row for each compose key. Nothing here asks for Podman's version."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Unit
from compose2quadlet.diagnostics import Log
from compose2quadlet.planner import Plan


def lower(plan: Plan, log: Log) -> Iterator[Unit]:
    """The units of a plan: networks, volumes, then services with their builds, each in the order of the project;
    last what systemd reads itself."""
    from compose2quadlet.lowering.build import build
    from compose2quadlet.lowering.native import companion, target
    from compose2quadlet.lowering.network import network
    from compose2quadlet.lowering.service import container
    from compose2quadlet.lowering.volume import volume

    for n in plan.networks.values():
        if n.stem:
            yield network(plan, n, log)
    for v in plan.volumes.values():
        if v.stem:
            yield volume(plan, v, log)
    for s in plan.services.values():
        if s.build:
            yield build(plan, s, log)
        yield container(plan, s, log)
        if s.companion:
            yield companion(plan, s)
    for t in plan.targets:
        yield target(plan, t)
