"""How the services of projects are: what systemd and Podman say, beside what their units ask for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from compose2quadlet.host.apply import states
from compose2quadlet.host.apply.work import Work
from compose2quadlet.host.programs import perform
from compose2quadlet.kinds import Place, unit_of

VALUE = re.compile(r"^(Image|ContainerName|PublishPort)=(.*)$", re.M)
HEALTH = re.compile(r"\((healthy|unhealthy|starting)\)")


@dataclass(slots=True)
class Service:
    """A service: its unit, what systemd says of it, its health if it has a check, and what its unit asks for."""

    project: str
    unit: str
    state: str
    since: str
    restarts: int
    health: str
    image: str
    ports: list[str]


def services(work: Work, projects: Collection[str] = ()) -> list[Service]:
    """The services of all projects in place, or of some. Raises RefusedError and OSError."""
    root = work.where[Place.QUADLETS]
    units: dict[str, tuple[str, dict[str, list[str]]]] = {}
    for key, entry in sorted(states.recorded(root).files.items()):
        if not key.endswith(".container") or (projects and entry.project not in projects):
            continue
        values: dict[str, list[str]] = {}
        for name, value in VALUE.findall(states.text_of(root / key) or ""):
            values.setdefault(name, []).append(value)
        units[unit_of(key.rpartition("/")[2])] = entry.project, values
    shown = work.manager.show(unit for unit in units if "@" not in unit)
    health = _health() if units else {}
    out = []
    for unit, (project, values) in units.items():
        says = shown.get(unit, {})
        active, sub = says.get("ActiveState", "unknown"), says.get("SubState", "")
        state = active if sub in ("", "dead", active, "running") else f"{active} ({sub})"
        container = values.get("ContainerName", [f"systemd-{unit.removesuffix('.service')}"])[-1]
        since = says.get("ActiveEnterTimestamp", "") if active == "active" else ""
        restarts = int(says["NRestarts"]) if says.get("NRestarts", "").isdigit() else 0
        image, ports = values.get("Image", [""])[-1], values.get("PublishPort", [])
        out.append(Service(project, unit, state, since, restarts, health.get(container, ""), image, ports))
    return sorted(out, key=lambda one: (one.project, one.unit))


def _health() -> dict[str, str]:
    """The health of containers that have a check, by name."""
    did = perform(["podman", "ps", "--all", "--format", "{{.Names}}\t{{.Status}}"], seconds=60)
    rows = (line.partition("\t") for line in did.output.splitlines())
    return {name: found[1] for name, _, status in rows if (found := HEALTH.search(status))}
