"""Diagnostics: the messages of the tool, the log that collects them, and how they are printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from compose2quadlet.frozen import frozen

Path = tuple[str | int, ...]
"""The place of a value in a compose project: ``("services", "web", "ports", 0)``."""


KEY = re.compile(r"[A-Za-z0-9_./-]{1,100}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,63}")
WORDS = re.compile(r"[A-Za-z0-9_./ -]{1,63}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
PORT = re.compile(r"[0-9a-fA-F.:\[\]-]{1,50}(/(tcp|udp|sctp))?")
IMAGE = re.compile(r"[A-Za-z0-9._/:-]{1,200}(@sha256:[0-9a-f]{64})?")
PATH = re.compile(r"(/|\./|\.\./|~/)[^\x00-\x1f\x7f:;'\"`$!#&|<>*?\\(){}\[\]]{0,200}")
"""What keys, names, names with blanks, names of variables, ports and addresses, images, and paths look like in
messages; see ``shown``."""


def dotted(path: Path) -> str:
    """A place as text: ``services.web.ports.0``. A step that does not look like a key is not shown: it may be a whole
    list item, including a value."""
    return ".".join(step if KEY.fullmatch(step) else "…" for step in map(str, path))


def shown(value: str, form: re.Pattern[str], otherwise: str = "the value") -> str:
    """A value for a message: in quotes if it is harmless, otherwise ``otherwise``.

    Any value may be a password, through a mixed-up variable or wrong indentation. So messages name keys and places, not
    values. This function is for places where a value is a name or a number, and so harmless; ``form`` is the pattern of
    what belongs there, and values that do not match it are not shown.
    """
    return f"'{value}'" if form.fullmatch(value) else otherwise


def told(value: str, form: re.Pattern[str], otherwise: str = "the value") -> str:
    """As ``shown``, without quotes: for paths, and names of things that are there."""
    return value if form.fullmatch(value) else otherwise


def command(*words: str) -> str:
    """A command line, quoted so that it is safe to paste into a shell."""
    return shlex.join(words)


class Severity(IntEnum):
    """How much a diagnostic matters. An error means that no correct unit is possible, a warning that
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


@frozen()
class Diagnostic:
    """One finding.

    ``code`` is a stable slug, ``message`` a sentence, and ``hint`` says what to do about it.
    ``path`` is the place in the compose project; ``position`` is filled in from it when
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
            "path": dotted(self.path),
            "file": where.file if where else None,
            "line": where.line if where else None,
            "column": where.column if where else None,
        }


class RefusedError(Exception):
    """The conversion cannot continue; the diagnostics say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics


def refuse(code: str, message: str, hint: str = "", path: Path = (), position: Position | None = None) -> RefusedError:
    """An error to raise: ``raise refuse("not-yaml", …)``."""
    return RefusedError(Diagnostic(code, Severity.ERROR, message, hint, path, position))


@dataclass(slots=True)
class Log:
    """Collects the diagnostics of one project, in order.

    ``locate`` finds the position of a path; the loader sets it once there is a tree to look in.
    """

    items: list[Diagnostic] = field(default_factory=list)
    locate: Callable[[Path], Position | None] = lambda _path: None
    unset: dict[str, list[Position | None]] = field(default_factory=dict)
    """Variables that are used but not set, each with the places that use it."""
    seen: set[Diagnostic] = field(default_factory=set, repr=False)

    def copy(self) -> Log:
        """A log with the same content, for what may turn out not to count."""
        unset = {name: list(places) for name, places in self.unset.items()}
        return Log(list(self.items), self.locate, unset, set(self.seen))

    def adopt(self, trial: Log) -> None:
        """Take over the messages of a trial, which began as a copy of this log and succeeded."""
        self.items, self.seen = trial.items, trial.seen
        self.unset = trial.unset

    def add(self, diagnostic: Diagnostic) -> None:
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
        """The diagnostics with their positions, in the order of the file; those without a position come last."""
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

    Names come from other people's files. An escape sequence in a name must not reach the terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if c <= "\uffff" else f"\\U{ord(c):08x}" for c in text)


@frozen()
class Styled:
    """A part of a line, with its style if there is one."""

    text: str
    colour: str = ""


Line = tuple[str | Styled, ...]
"""A line of text for people, in parts; it stays one line, whatever the parts contain."""

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def lines(diagnostics: Iterable[Diagnostic], show: Callable[[str], str] = str) -> Iterator[Line]:
    """Text for people: a line ``file:line:col: severity[slug] sentence`` for each diagnostic, and its hint below.

    ``show`` shortens a file name, typically to one relative to the working directory.
    """
    for d in diagnostics:
        where = f"{replace(d.position, file=show(d.position.file))}: " if d.position else ""
        yield Styled(where), Styled(f"{d.severity.label}[{d.code}]", COLOURS[d.severity]), f" {d.message}"
        if d.hint:
            yield (f"    {d.hint}",)


def plain(line: Line) -> str:
    """A line without styles."""
    return "".join(printable(part.text if isinstance(part, Styled) else part) for part in line)


def render(diagnostics: Iterable[Diagnostic], show: Callable[[str], str] = str) -> str:
    """The lines of diagnostics as one text, without styles."""
    return "\n".join(map(plain, lines(diagnostics, show)))
