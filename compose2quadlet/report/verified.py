"""The comparison of a project before and after a move, as tables and as JSON."""

from __future__ import annotations

from typing import Any

from compose2quadlet.compare import Finding, Outcome, Verified
from compose2quadlet.report.tables import Table

COLOURS = (("different", "red"), ("on purpose", "yellow"), ("equal", "green"))


def tables(found: Verified) -> list[Table]:
    """A table for each container."""
    columns = ("FIELD", "RESULT", "UNDER DOCKER", "UNDER PODMAN", "WHY")
    names = dict.fromkeys(f.container for f in found.findings)
    return [
        Table(name, columns, tuple(_row(f) for f in found.findings if f.container == name), COLOURS) for name in names
    ]


def _row(one: Finding) -> tuple[str, ...]:
    new = "the same" if one.outcome is Outcome.EQUAL else one.new
    name = one.field if one.view == "inspect" else f"{one.view}: {one.field}"
    return name, one.outcome.value, one.old, new, one.reason


def summary(found: Verified) -> str:
    """One line about all of it."""
    counts = {o: sum(f.outcome is o for f in found.findings) for o in Outcome}
    containers = len({f.container for f in found.findings})
    return (
        f"{found.project}: {containers} container{'s'[: containers != 1]}, {counts[Outcome.DIFFERENT]} different,"
        f" {counts[Outcome.ON_PURPOSE]} different on purpose"
    )


def document(found: Verified) -> dict[str, Any]:
    """The JSON form."""
    findings = [
        {
            "container": f.container,
            "view": f.view,
            "field": f.field,
            "result": f.outcome.value,
            "docker": f.old,
            "podman": f.new,
            "reason": f.reason,
        }
        for f in found.findings
    ]
    return {"project": found.project, "findings": findings, "unknown": list(found.unknown)}
