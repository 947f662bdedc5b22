"""Clashes between two projects: the same name, unit, container or host port. Both are of a run, or one is there
already, as Quadlet units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compose2quadlet.diagnostics import NAME, Diagnostic, Path, Severity, command, told
from compose2quadlet.facts import Installed
from compose2quadlet.kinds import Place, is_unit, unit_of
from compose2quadlet.options import Options, Scope
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner import ports
from compose2quadlet.planner.targets import slice_of

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


def with_installed(
    options: Options, projects: Sequence[Conversion | None], there: Mapping[Any, Mapping[str, Installed]]
) -> Found:
    """The clashes of projects with units that are there, by scope and the names of their files, except for their own
    ones: one diagnostic of a kind for each pair of projects. Both scopes share the ports of the host."""
    own = {made.project.name for made in projects if made}
    others = {
        scope: {file: unit for file, unit in units.items() if is_unit(file) and unit.project not in own}
        for scope, units in there.items()
    }
    here = others.get(options.scope, {})
    for number, made in enumerate(projects):
        if made and any(others.values()):
            found = [*_same_units(made, here), *_same_containers(made, here, options.scope)]
            for units in others.values():
                found += _same_ports(made, units, options.scope)
            yield from ((number, d) for d in found)


def _same_units(made: Conversion, others: Mapping[str, Installed]) -> Iterator[Diagnostic]:
    units = {unit_of(file): (file, unit) for file, unit in others.items()}
    for name in units_of(made):
        file, unit = units.get(unit_of(name), ("", None))
        if unit and unit.project:
            message = f"this host already has a unit {unit_of(name)}, from {file} of {_owner(file, unit)}"
            hint = "Convert the project with another --project-name, or remove the host's unit first."
            yield Diagnostic("unit-of-the-host", Severity.WARNING, message, hint)


def _same_containers(made: Conversion, others: Mapping[str, Installed], scope: Scope) -> Iterator[Diagnostic]:
    owners: dict[str, dict[str, None]] = {}
    for file, unit in others.items():
        owners.setdefault(unit.container, {})[_owner(file, unit)] = None
    found: dict[str, dict[str, Path]] = {}
    for name, service in made.plan.services.items():
        for each in service.each():
            for other in owners.get(each.container, ()):
                found.setdefault(other, {}).setdefault(each.container, ("services", name, "container_name"))
    for other, names in found.items():
        which = "the container name" if len(names) == 1 else "the container names"
        yield _clash("container-clash", which, names, f"used by {other}", _advice(other, scope))


def _same_ports(made: Conversion, others: Mapping[str, Installed], scope: Scope) -> Iterator[Diagnostic]:
    claims = (ports.claimed(value, _owner(file, u), file) for file, u in others.items() for value in u.ports)
    found: dict[str, dict[str, Path]] = {}
    for clash in ports.clashes([*filter(None, claims), *made.plan.ports], lambda p: p.project):
        if clash.ports.project == made.project.name:
            found.setdefault(clash.other.project, {}).setdefault(clash.shown, clash.ports.path)
    for other, numbers in found.items():
        which = "the host port" if len(numbers) == 1 else "the host ports"
        yield _clash("port-clash", which, numbers, f"published by {other}", _advice(other, scope))


def _clash(code: str, which: str, what: Mapping[str, Path], how: str, hint: str) -> Diagnostic:
    verb = "is" if len(what) == 1 else "are"
    message = f"{which} {', '.join(what)} {verb} also {how}, whose units are there already"
    return Diagnostic(code, Severity.WARNING, message, hint, next(iter(what.values())))


def _owner(file: str, unit: Installed) -> str:
    return told(unit.project, NAME, "another project") if unit.project else file


def _advice(other: str, scope: Scope) -> str:
    hint = "Only one of the two can run at a time."
    if is_unit(other):  # it is a file of nobody's project
        return hint
    return f"{hint} If {other} is an earlier name of this project, stop it and remove its units: {stop(other, scope)}"


def stop(project: str, scope: Scope) -> str:
    """The command that stops all services of a project, and waits until they are gone."""
    return command("systemctl", *(("--user",) if scope is Scope.USER else ()), "stop", slice_of(project))


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
