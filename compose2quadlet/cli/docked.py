"""The projects that Docker has, for commands that convert them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compose2quadlet.diagnostics import Diagnostic, Severity
from compose2quadlet.loader import Request
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.inventory import Inventory, Project
    from compose2quadlet.run import Run

ELSEWHERE = ("files", "project_name", "project_directory", "env_files", "profiles")
"""Options that say what Docker says, too."""


def chosen(project: dict[str, Any], file: str | None) -> list[Project]:
    """The projects that PATHs name, or all, from the inventory in a file, or of this host.

    Raises click.UsageError for other options that name a project, and for one that Docker does not have. Exits with 2
    if Docker cannot be read.
    """
    from compose2quadlet.cli.inventory import fresh, saved

    if any(project[name] for name in ELSEWHERE):
        raise click.UsageError("With --from-docker, the names of projects are the only other choice.")
    inventory = saved(file) if file else fresh(thorough=False)[0]
    known = {p.name: p for p in inventory.projects}
    for name in project["paths"]:
        if name not in known:
            there = ", ".join(known) or "none"
            raise click.UsageError(f"Docker has no compose project {name!r}. With --from-docker, there are: {there}.")
    found = [known[name] for name in dict.fromkeys(project["paths"] or known)]
    if not found:
        raise click.UsageError("Docker has no compose project. 'compose2quadlet inventory' shows what it has.")
    _say(inventory)
    return found


def _say(inventory: Inventory) -> None:
    """What of an inventory is in no compose project, and what makes a move fail."""
    if names := [c.name for c in inventory.of("")]:
        few = f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}"
        output.say(
            f"Not of a compose project: {few}; draft compose files with 'compose2quadlet inventory --drafts DIR'."
        )
    for trap in inventory.traps:
        output.say(f"Before the move: {trap.message}. What to do: {trap.remedy}")


def requests(projects: list[Project]) -> list[Request]:
    """What Docker Compose was given for each project."""
    from compose2quadlet.run.found import request

    return [request(p) for p in projects]


def drifted(run: Run, projects: list[Project]) -> Run:
    """The run with warnings about containers that are not as their files, and so the units, say."""
    for number, project in enumerate(projects):
        for drift in project.drift:
            message = f"{drift.container}, which runs, is not as the compose files say" if drift.container else ""
            message = f"{message}: {drift.what}" if message else drift.what
            hint = f"The units follow the files. Compare them: {project.command('config')}"
            run = run.add(number, Diagnostic("drift", Severity.WARNING, message, hint))
    return run
