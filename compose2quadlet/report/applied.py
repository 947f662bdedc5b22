"""A plan, and what became of it, as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compose2quadlet.applying import Action, Plan
from compose2quadlet.diagnostics import Line, Styled, command
from compose2quadlet.report.missing import Show

COLOURS = {Action.STOP: "red", Action.RESTART: "yellow", Action.START: "green", Action.RECREATE: "yellow"}


def lines(plan: Plan, show: Show) -> Iterator[Line]:
    """The plan: each file with what happens to it, and each unit with why."""
    for change in plan.files:
        yield f"  {change.kind.ljust(9)} ", show(change.path)
    for unit in plan.units:
        if unit.action is not Action.RECREATE:
            yield "  ", Styled(unit.action.ljust(9), COLOURS[unit.action]), f" {unit.unit}: {unit.why}"
    if plan.empty:
        yield ("Nothing to change.",)


def kept(objects: Mapping[str, tuple[str, str]], plan: Plan, scope: str) -> Iterator[Line]:
    """Networks and volumes that changed, and that Podman keeps as they are."""
    reasons = {one.unit: one.why for one in plan.units}
    for unit, (kind, name) in objects.items():
        loss = " Its data would be lost." if kind == "volume" else ""
        yield Styled(f"The {kind} {name} stays as it is: "), f"{reasons[unit]}, and Podman changes none that exists."
        again = command("compose2quadlet", "apply", "DIR", "--recreate", name)
        yield (f"    It must be deleted and created again: {again}.{loss}",)


def document(plan: Plan, failed: Iterable[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    """The JSON form, without the texts of files."""
    return {
        "files": [{"path": c.path, "change": c.kind.value, "project": c.project} for c in plan.files],
        "units": [{"unit": u.unit, "action": u.action.value, "why": u.why} for u in plan.units],
        "failed": [*failed],
        **more,
    }
