"""A run as text for people: the diagnostics of each project, its unset variables, and a summary line."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from compose2quadlet.diagnostics import Line, Severity, Styled, lines
from compose2quadlet.kinds import Place
from compose2quadlet.report.missing import Show, missing_lines
from compose2quadlet.run import Run


def told(run: Run, written: Mapping[str, Collection[Path]], quiet: bool, show: Show) -> Iterator[Line]:
    """The lines about a run; ``written`` are the files by what happened to them."""
    for outcome, found in zip(run.outcomes, run.said, strict=True):
        # Notes are about units. If there are none, they would only hide the errors.
        notes = not quiet and not run.failed
        if shown := [d for d in found if notes or d.severity is not Severity.NOTE]:
            yield ()
            yield (Styled(outcome.title),)
            yield from lines(shown, show)
    for outcome in run.outcomes:
        if outcome.log.unset:
            yield ()
            yield from missing_lines(outcome.title, outcome.log.unset, outcome.folder, show)
    if not quiet or run.failed:
        yield ()
        yield (_summary(run, written),)


def _summary(run: Run, written: Mapping[str, Collection[Path]]) -> str:
    services = sum(len(made.project.services) for made in run.conversions)
    counts = {s: sum(d.severity is s for found in run.said for d in found) for s in Severity}
    counts[Severity.WARNING] += sum(len(o.log.unset) for o in run.outcomes)
    states = {state: sum(path.suffix != ".conf" for path in paths) for state, paths in written.items()}
    became = ", ".join(f"{count} {state}" for state, count in states.items() if count)
    units = _plural(unit_count(run), "unit") + (f" ({became})" if became else "")
    parts = [units] if not run.failed else ["nothing written"]
    parts += [_plural(counts[s], s.label) for s in sorted(Severity, reverse=True) if counts[s]]
    return f"{_plural(len(run.outcomes), 'project')}, {_plural(services, 'service')}: {', '.join(parts)}"


def unit_count(run: Run) -> int:
    """How many units a run makes; drop-ins and configuration do not count."""
    names = {**run.files(Place.QUADLETS), **run.files(Place.SYSTEMD)}
    return sum(not name.endswith(".conf") for name in names)


def all_units(run: Run) -> str:
    """All files as one text, each after a line with its name."""
    texts = {os.path.join(place, name): text for place in Place for name, text in run.files(place).items()}
    return "".join(f"# {name}\n{text}\n" for name, text in texts.items())


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
