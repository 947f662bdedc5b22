"""What Podman and systemd say of the units of a run, as diagnostics at the lines that the units come from."""

from __future__ import annotations

from collections.abc import Callable

from compose2quadlet.backend.unit import Unit
from compose2quadlet.diagnostics import Diagnostic, Path, Severity
from compose2quadlet.host.verify import Complaint, verify
from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.run import Outcome, Run

Mask = Callable[[Unit, str], str]
"""Hides values of a unit in a text about it."""


def verified(run: Run, mask: Mask) -> tuple[Run, tuple[str, ...]]:
    """The run with what this host's programs say of its units, and what they could not be asked, as sentences."""
    options = run.options
    verdict = verify(run.files(Place.QUADLETS), run.files(Place.SYSTEMD), options.scope, options.podman)
    owners = _owners(run)
    for c in verdict.complaints:
        number, unit = owners.get(c.file, (0, None))
        path = _path(run.outcomes[number], unit, c.key) if unit else ()
        run = run.add(number, diagnostic(c, mask(unit, c.sentence) if unit else c.sentence, path))
    return run, verdict.skipped


def diagnostic(c: Complaint, sentence: str, path: Path = ()) -> Diagnostic:
    """The diagnostic of a complaint, whose sentence may have been shortened."""
    if c.program == "systemd":
        message = f"systemd says of {c.file}: {sentence}"
        hint = "systemd ignores what it does not know, and starts nothing without what it misses."
        return Diagnostic("systemd-complaint", Severity.WARNING, message, hint, path)
    if c.fatal:
        message = f"Podman's generator refuses {c.file}: {sentence}"
        hint = "Podman makes no service of this file. Change what is written here, or below x-quadlet."
        return Diagnostic("generator-complaint", Severity.ERROR, message, hint, path)
    return Diagnostic("generator-complaint", Severity.WARNING, f"Podman's generator: {sentence}", "", path)


def _owners(run: Run) -> dict[str, tuple[int, Unit]]:
    """The units of a run, with the numbers of their projects: by file, and by the service that Podman makes of it."""
    found: dict[str, tuple[int, Unit]] = {}
    for number, outcome in enumerate(run.outcomes):
        for unit in outcome.conversion.units if outcome.conversion else ():
            found.setdefault(unit.name, (number, unit))
            found.setdefault(unit_of(unit.name), (number, unit))
    return found


def _path(outcome: Outcome, unit: Unit, key: str) -> Path:
    """The compose attribute that a directive comes from; that of the whole unit if it comes from none."""
    written = next((d.path for d in unit.directives if d.key == key and d.path), ())
    units = outcome.conversion.plan.units() if outcome.conversion else {}
    return written or next((path for path, name in units.items() if name.file == unit.name), ())
