"""The findings of ``check``: as text for people, as JSON, and as commands of GitHub's workflows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compose2quadlet.diagnostics import Diagnostic, Line, Position, Severity, Styled, lines
from compose2quadlet.frozen import frozen
from compose2quadlet.report.missing import Show
from compose2quadlet.run import Run
from compose2quadlet.run.allow import Found

VERSION = 1
"""The version of the JSON document. It increases with changes that an older reader would misunderstand."""

GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
"""The commands of GitHub's workflows. Source: docs.github.com, "Workflow commands for GitHub Actions"."""


@frozen()
class Checked:
    """A run with the findings of each project. ``skipped`` has what could not be checked, as sentences."""

    run: Run
    found: tuple[Found, ...]
    skipped: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(d.severity is severity for one in self.found for d in one.counted)

    @property
    def crashed(self) -> bool:
        """Whether a project could not be checked at all."""
        return any(
            outcome.crash or any(d.code == "no-compose-file" for d in one.counted)
            for outcome, one in zip(self.run.outcomes, self.found, strict=True)
        )

    def status(self, strict: bool) -> int:
        """The exit status: 1 for errors, and with ``strict`` for warnings; 2 if a project could not be checked."""
        if self.crashed:
            return 2
        return int(bool(self.count(Severity.ERROR) or (strict and self.count(Severity.WARNING))))


def told(checked: Checked, quiet: bool, show: Show) -> Iterator[Line]:
    """The lines for people, by project; with ``quiet``, without notes."""
    for outcome, one in zip(checked.run.outcomes, checked.found, strict=True):
        if shown := [d for d in one.counted if not (quiet and d.severity is Severity.NOTE)]:
            yield ()
            yield (Styled(outcome.title),)
            yield from lines(shown, show)
    if not quiet:
        yield ()
        yield from ((f"Not checked: {text}.",) for text in checked.skipped)
        yield (summary(checked),)


def summary(checked: Checked) -> str:
    """One line: how many projects, and findings of each severity."""
    allowed = sum(len(one.allowed) for one in checked.found)
    parts = [counted(s.label, n) for s in sorted(Severity, reverse=True) if (n := checked.count(s))]
    parts += [f"{allowed} allowed"] if allowed else []
    return f"{counted('project', len(checked.found))}: {', '.join(parts) or 'nothing found'}"


def counted(level: str, count: int) -> str:
    """``2 errors``, ``1 note``, ``3 allowed``."""
    return f"{count} {level}" if count == 1 or level == "allowed" else f"{count} {level}s"


def document(checked: Checked) -> dict[str, Any]:
    """The JSON document. Its keys are part of this tool's stable interface."""
    return {
        "version": VERSION,
        "podman": ".".join(map(str, checked.run.options.podman)),
        "scope": checked.run.options.scope.value,
        "projects": [
            {
                "project": outcome.title,
                "diagnostics": [d.as_dict() for d in one.counted],
                "allowed": [{**d.as_dict(), "reason": reason} for d, reason in one.allowed],
            }
            for outcome, one in zip(checked.run.outcomes, checked.found, strict=True)
        ],
        "not_checked": list(checked.skipped),
    }


def github(checked: Checked, show: Show) -> Iterator[str]:
    """A workflow command for each finding, which GitHub shows at its line."""
    for outcome, one in zip(checked.run.outcomes, checked.found, strict=True):
        for d in one.counted:
            place = _github_place(d.position, show)
            title = _escaped(f"{outcome.title}: {d.code}", ",:")
            yield f"::{GITHUB[d.severity]} {place}title={title}::{_escaped(_text(d))}"


def _text(d: Diagnostic) -> str:
    return f"{d.message}\n{d.hint}" if d.hint else d.message


def _github_place(position: Position | None, show: Show) -> str:
    if position is None:
        return ""
    file = f"file={_escaped(show(position.file), ',:')},"
    return f"{file}line={position.line},col={position.column}," if position.line else file


def _escaped(text: str, further: str = "") -> str:
    """Text for a workflow command; in its properties, ``further`` characters end a value."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{further}" else c for c in text)
