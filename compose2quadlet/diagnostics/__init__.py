"""What the tool has to say: diagnostics, the log they are collected in, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

Path = tuple[str | int, ...]
"""Where a value stands in a compose project: ``("services", "web", "ports", 0)``."""


class Severity(IntEnum):
    """How much a diagnostic matters: an error means no correct unit is possible, a warning that
    behaviour differs, a note that a decision is worth knowing."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; ``line`` and ``column`` count from one, zero means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``code`` is a stable slug, ``message`` a sentence, ``hint`` says what to do about it.
    ``path`` is where in the compose project it is about; ``position`` is filled in from it when
    the diagnostic is printed, or given directly where there is no tree yet.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    path: Path = ()
    position: Position | None = None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: a flat object, stable across releases."""
        where = self.position
        return {
            "code": self.code,
            "severity": self.severity.label,
            "message": self.message,
            "hint": self.hint,
            "path": ".".join(map(str, self.path)),
            "file": where.file if where else None,
            "line": where.line if where else None,
            "column": where.column if where else None,
        }


class RefusedError(Exception):
    """The input cannot be carried on with; holds the diagnostics that say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


def refuse(code: str, message: str, hint: str = "", path: Path = (), position: Position | None = None) -> RefusedError:
    """An error to raise: ``raise refuse("not-yaml", …)``."""
    return RefusedError(Diagnostic(code, Severity.ERROR, message, hint, path, position))


@dataclass(slots=True)
class Log:
    """Collects the diagnostics of one project, in the order in which they arise.

    ``locate`` finds the position of a path; the loader sets it once there is a tree to look in.
    """

    items: list[Diagnostic] = field(default_factory=list)
    locate: Callable[[Path], Position | None] = lambda _path: None
    unset: dict[str, list[Position | None]] = field(default_factory=dict)
    """Variables that were wanted but not set, each with the places that wanted it."""
    seen: set[Diagnostic] = field(default_factory=set, repr=False)

    def copy(self) -> Log:
        """A log with the same content, for what may turn out not to count."""
        return Log(list(self.items), self.locate, {name: list(places) for name, places in self.unset.items()})

    def adopt(self, trial: Log) -> None:
        """Take over what was said during a trial, which began as a copy of this log and has worked out."""
        self.items[:], self.seen = trial.items, trial.seen
        self.unset = trial.unset

    def add(self, diagnostic: Diagnostic) -> None:
        if len(self.seen) != len(self.items):  # somebody has taken some away
            self.seen = set(self.items)
        if diagnostic not in self.seen:
            self.seen.add(diagnostic)
            self.items.append(diagnostic)

    def note(self, code: str, message: str, hint: str = "", path: Path = ()) -> None:
        self.add(Diagnostic(code, Severity.NOTE, message, hint, path))

    def warn(self, code: str, message: str, hint: str = "", path: Path = ()) -> None:
        self.add(Diagnostic(code, Severity.WARNING, message, hint, path))

    def error(self, code: str, message: str, hint: str = "", path: Path = ()) -> None:
        self.add(Diagnostic(code, Severity.ERROR, message, hint, path))

    def placed(self) -> list[Diagnostic]:
        """The diagnostics with their positions looked up, in file order, the unplaced ones last."""
        found = [self.place(d) for d in self.items]
        return sorted(found, key=lambda d: (d.position is None, d.position or Position("")))

    def raise_errors(self) -> None:
        """Raise RefusedError, with the errors that were logged, if there are any."""
        if errors := [d for d in self.items if d.severity is Severity.ERROR]:
            raise RefusedError(*errors)

    def place(self, d: Diagnostic) -> Diagnostic:
        return d if d.position else replace(d, position=self.locate(d.path))

    def count(self, severity: Severity) -> int:
        return sum(d.severity is severity for d in self.items)


def printable(text: str) -> str:
    """``text`` with control and direction-changing characters shown as ``\\uXXXX``.

    Names come from files of other people: an escape sequence in one must not reach the terminal.
    """
    if text.isprintable() and text.isascii():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def render(
    diagnostics: Iterable[Diagnostic], style: Callable[..., str] | None = None, show: Callable[[str], str] = str
) -> str:
    """Text for people: one paragraph per diagnostic, ``file:line:col: severity[slug] sentence``.

    ``style`` colours a text (``click.style``) and is None where there is no terminal; ``show``
    shortens a file name, typically to one relative to the working directory.
    """
    paint = style or (lambda text, **_: text)
    out = []
    for d in diagnostics:
        where = ""
        if d.position:
            where = str(replace(d.position, file=show(d.position.file))) + ": "
        head = paint(f"{d.severity.label}[{d.code}]", fg=COLOURS[d.severity], bold=True)
        out.append(f"{paint(printable(where), bold=True)}{head} {printable(d.message)}")
        out += [f"    {line}" for line in printable(d.hint).splitlines()]
    return "\n".join(out)
