"""The lines of compose files: which of them say something about a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from compose2quadlet.diagnostics import Position
from compose2quadlet.frozen import frozen

MOST_LINES = 60
"""The most lines of one key. More of them, such as of a long text, say little in a review."""


@frozen()
class Excerpt:
    """Lines of a file, the first of which has the number ``first``; ``more`` lines are left out at the end."""

    file: str
    first: int
    lines: tuple[str, ...]
    more: int = 0


@dataclass(slots=True)
class Sources:
    """Compose files, each read once. ``read`` gives the text of a file, empty if it cannot be read."""

    read: Callable[[str], str]
    lines: dict[str, list[str]] = field(default_factory=dict)

    def of(self, file: str) -> list[str]:
        if file not in self.lines:
            self.lines[file] = self.read(file).splitlines()
        return self.lines[file]

    def excerpt(self, position: Position) -> Excerpt:
        """The line of a key, and those below it that belong to it, without blank lines and comments at the end."""
        lines = self.of(position.file)
        start = position.line - 1
        if not 0 <= start < len(lines):
            return Excerpt(position.file, position.line, ())
        column = position.column - 1
        end = start + 1
        for i in range(start + 1, len(lines)):
            text = lines[i].lstrip()
            indent = len(lines[i]) - len(text)
            item = text.startswith("- ") or text == "-"
            if text and not text.startswith("#"):
                if indent < column or (indent == column and not item):
                    break
                end = i + 1
        kept = lines[start : min(end, start + MOST_LINES)]
        return Excerpt(position.file, position.line, tuple(_dedented(kept)), end - start - len(kept))


def _dedented(lines: list[str]) -> list[str]:
    """The lines without the indentation of the first one."""
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    return [line[indent:] if not line[:indent].strip() else line for line in lines]
