"""Differences between the files that are there and those that would be written: for people, and for ``patch``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from compose2quadlet.applying import FileChange, Kind
from compose2quadlet.diagnostics import Line, Styled
from compose2quadlet.lowering.privacy import MASK
from compose2quadlet.report.masked import file_line
from compose2quadlet.report.missing import Show

WORDS = {
    Kind.NEW: "new",
    Kind.CHANGED: "changed",
    Kind.REMOVED: "removed: the project no longer has it",
    Kind.EDITED: "edited since it was written",
    Kind.FOREIGN: "made by somebody else",
}
COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def unified(changes: Iterable[FileChange], show: Show, reveal: bool) -> Iterator[Line]:
    """A unified diff. Before the header of each file, a line says what happens to it, which ``patch`` skips. Values
    that may be credentials are hidden, unless ``reveal`` is set; those that differ are marked."""
    for change in changes:
        name = show(change.path)
        what = "removed, and edited since it was written" if _edited_away(change) else WORDS[change.kind]
        yield (Styled(f"{name}: {what}"),)
        lines = [*_lines(change, name)]
        if not lines:
            yield ("only its permissions change",)
        hidden = {_shown(line[1:], change, reveal) for line in lines[2:] if line.startswith("-")}
        for number, line in enumerate(lines):
            text = line if number < 2 or line.startswith("@@") else line[0] + _shown(line[1:], change, reveal)
            if number > 1 and line.startswith("+") and MASK in text and text[1:] in hidden:
                text += " (changed)"
            yield (Styled(text, COLOURS[text[0]]),) if number > 1 and text[0] in COLOURS else (text,)


def _edited_away(change: FileChange) -> bool:
    return change.kind is Kind.EDITED and change.after is None


def _shown(line: str, change: FileChange, reveal: bool) -> str:
    return line if reveal or line.startswith("\\") else file_line(change.name, line)


def _lines(change: FileChange, name: str) -> Iterator[str]:
    old, new = ((text or "").split("\n") for text in (change.before, change.after))
    before = "/dev/null" if change.before is None else f"a/{name.lstrip('/')}"
    after = "/dev/null" if change.after is None else f"b/{name.lstrip('/')}"
    for text in (old, new):
        if text[-1] == "":
            text.pop()
    yield from difflib.unified_diff(old, new, before, after, lineterm="")


def stat(changes: Sequence[FileChange], show: Show) -> Iterator[Line]:
    """How many lines each file gains and loses."""
    counts = [_count(change) for change in changes]
    names = [show(change.path) for change in changes]
    width = max(map(len, names), default=0)
    for change, name, (gained, lost) in zip(changes, names, counts, strict=True):
        yield (
            f" {name.ljust(width)} | ",
            Styled(f"+{gained}", "green"),
            " ",
            Styled(f"-{lost}", "red"),
            f" {change.kind}",
        )


def _count(change: FileChange) -> tuple[int, int]:
    lines = [*_lines(change, "")][2:]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def summary(changes: Sequence[FileChange], warnings: int | None = None) -> str:
    """How many files are new, changed, removed and edited, and how many warnings there are."""
    counts = [(sum(change.kind is kind for change in changes), kind) for kind in Kind]
    parts = [f"{count} {kind}" for count, kind in counts if count] or ["no difference"]
    said = [] if warnings is None else [f"{warnings} warning{'' if warnings == 1 else 's'}"]
    return ", ".join([*parts, *said])
