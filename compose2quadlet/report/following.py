"""What a conversion did to files, what to run next, and how to undo it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from compose2quadlet.diagnostics import Line, Styled, command
from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.options import Scope
from compose2quadlet.pipeline import Conversion
from compose2quadlet.report.missing import Show
from compose2quadlet.run import Run
from compose2quadlet.run.clashes import stop

MANY = 12
"""The most files of one state that are listed."""


def following(run: Run, written: Mapping[str, Collection[Path]], output: str | None, show: Show) -> Iterator[Line]:
    """The lines; ``written`` are the files by what happened to them, and ``output`` is the output directory if the
    files are not where Podman reads them. There are none if nothing changed."""
    touched = {state: list(written.get(state, ())) for state in ("new", "changed", "removed")}
    if not any(touched.values()):
        return
    for state, paths in touched.items():
        if paths:
            more = f" and {len(paths) - MANY} more" if len(paths) > MANY else ""
            yield f"{state.capitalize()}: ", f"{', '.join(path.name for path in paths[:MANY])}{more}"
    if output:
        yield (
            Styled("Next: "),
            f"review {show(output)}. Then convert without -o, or copy it to where Podman reads units.",
        )
        return
    names = {path.name for state in ("new", "changed") for path in touched[state]}
    projects = [made for made in run.conversions if names & _files(made)]
    changed = [unit_of(p.name) for p in touched["changed"] if p.suffix == ".container"]
    yield Styled("Next: "), "; ".join(_next(changed, projects, run.options.scope))
    yield Styled("Undo: "), _undo(run, touched, projects, show)


def _files(made: Conversion) -> set[str]:
    return {Path(name).name for place in Place for name in made.files[place]}


def _next(changed: list[str], projects: Iterable[Conversion], scope: Scope) -> Iterator[str]:
    yield _systemctl(scope, "daemon-reload")
    if changed:
        yield _systemctl(scope, "try-restart", *changed)
    if targets := [made.plan.target for made in projects]:
        yield _systemctl(scope, "start", *targets)


def _undo(run: Run, touched: Mapping[str, Collection[Path]], projects: Iterable[Conversion], show: Show) -> str:
    """How to get back to what was there: new projects go as a whole, others are what an earlier compose file says."""
    old = {Path(name).name for state in ("changed", "removed") for name in touched[state]}
    new = [made for made in projects if not old & _files(made)]
    names = {name for made in new for name in _files(made)}
    steps = [stop(made.project.name, run.options.scope) for made in new]
    paths = [show(str(path)) for path in touched["new"] if path.name in names]
    steps += [command("rm", *paths), _systemctl(run.options.scope, "daemon-reload")] if paths else []
    again = "convert the earlier compose file again"
    if not steps:
        return again
    return "; ".join(steps) + (f". For what changed, {again}" if touched["changed"] or touched["removed"] else "")


def _systemctl(scope: Scope, *words: str) -> str:
    return command("systemctl", *(("--user",) if scope is Scope.USER else ()), *words)
