"""Clashes between two projects of a run: the same name, unit, container or host port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compose2quadlet.diagnostics import Diagnostic, Severity
from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner import ports

Found = Iterator[tuple[int, Diagnostic]]
"""Diagnostics, each with the number of the project that it is about."""


def between(projects: Sequence[tuple[str, Conversion | None]]) -> Found:
    """The clashes between projects, each given by its directory and its conversion, if there is one."""
    distinct: list[tuple[int, Conversion]] = []
    folders: dict[str, str] = {}
    for number, (folder, made) in enumerate(projects):
        if made is None:
            continue
        name = made.project.name
        if twin := folders.get(name):
            message = f"the projects in {twin} and {folder} are both called {name}"
            hint = "Give one of them a 'name:', or convert it separately, with --project-name."
            yield number, Diagnostic("unit-clash", Severity.ERROR, message, hint)
            continue
        folders[name] = folder
        distinct.append((number, made))
    yield from _units(distinct)
    yield from _containers(distinct)
    yield from _ports(distinct)


def units_of(made: Conversion) -> dict[str, str]:
    """The units of a project by file name, including native units."""
    return {**made.files[Place.QUADLETS], **made.files[Place.SYSTEMD]}


def _units(projects: Sequence[tuple[int, Conversion]]) -> Found:
    files: dict[str, str] = {}
    shared: set[str] = set()
    for number, made in projects:
        for name, text in units_of(made).items():
            unit = unit_of(name)
            if unit in files and text not in shared:
                message = (
                    f"the projects {files[unit]} and {made.project.name} both have the unit {unit}, here from {name}"
                )
                hint = "Convert one of them with another --project-name."
                yield number, Diagnostic("unit-clash", Severity.ERROR, message, hint)
            files[unit] = made.project.name
            shared.add(text)


def _containers(projects: Sequence[tuple[int, Conversion]]) -> Found:
    seen: dict[str, str] = {}
    for number, made in projects:
        for service, container in ((name, s.container) for name, s in made.plan.services.items()):
            if other := seen.get(container):
                message = f"the container name {container} is also used by {other}"
                hint = "Starting one deletes the container of the other. Rename one of them, or do not start both."
                path = ("services", service, "container_name")
                yield number, Diagnostic("container-clash", Severity.WARNING, message, hint, path)
            seen[container] = f"{made.project.name}/{service}"


def _ports(projects: Sequence[tuple[int, Conversion]]) -> Found:
    numbers = {made.project.name: number for number, made in projects}
    published = [port for _, made in projects for port in made.plan.ports]
    for clash in ports.clashes(published, lambda p: p.project):
        hint = "Only one of the two can run at a time."
        d = Diagnostic("port-clash", Severity.WARNING, clash.message, hint, clash.ports.path)
        yield numbers[clash.ports.project], d
