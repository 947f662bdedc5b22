"""Writes the files of a run to disk, and compares them with what is already there."""

from __future__ import annotations

from pathlib import Path

from compose2quadlet.diagnostics import Diagnostic, RefusedError, Severity, command
from compose2quadlet.host.changes import File, made_from
from compose2quadlet.host.layout import Layout
from compose2quadlet.host.manifest import recorded
from compose2quadlet.host.others import sources
from compose2quadlet.host.systemd import own_units
from compose2quadlet.host.write import Written, placed, stale, write
from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.run import Run
from compose2quadlet.run.clashes import units_of


def compared(run: Run) -> Run:
    """The run with warnings about units that would be mixed up with units of this host."""
    hint = "Convert the project with another --project-name, or remove the host's unit first."
    for number, outcome in enumerate(run.outcomes):
        names = [*map(unit_of, units_of(outcome.conversion))] if outcome.conversion else []
        for name, path in own_units(names, run.options.scope):
            if made_from(path) is None:
                message = f"this host already has a unit {name}: {path}"
                run = run.add(number, Diagnostic("unit-of-the-host", Severity.WARNING, message, hint))
    return run


def put(run: Run, where: Layout, force: bool) -> tuple[Run, Written | None]:
    """Write all files of a run or, if that fails, none; then the run has the reason."""
    options = {
        o.conversion.project.name: {**recorded(run.options.of(o.folder)), "files": sources(o.conversion, where)}
        for o in run.outcomes
        if o.conversion
    }
    try:
        files = files_of(run, where)
        written = write(files, [where[place] for place in Place], options=options, force=force)
    except RefusedError as e:
        return run.add(0, *e.diagnostics), None
    run = run.add(0, *written.diagnostics)
    left = [stale(where[place], files) for place in (Place.QUADLETS, Place.SYSTEMD)]
    for number, outcome in enumerate(run.outcomes):
        name = outcome.conversion.project.name if outcome.conversion else ""
        run = run.add(number, *(_stale(path) for found in left for path in found.get(name, ())))
    return run, written


def files_of(run: Run, where: Layout) -> dict[Path, File]:
    """The files of a run with their paths. Raises RefusedError for a name that leaves its directory."""
    private = {name for made in run.conversions for name in made.private}
    return {path: file for place in Place for path, file in placed(where[place], run.files(place), private).items()}


def _stale(path: Path) -> Diagnostic:
    message = f"{path.name} is from an earlier run; the project no longer has it"
    hint = f"Stop its service and remove it: {command('rm', str(path))}"
    return Diagnostic("stale-unit", Severity.WARNING, message, hint)
