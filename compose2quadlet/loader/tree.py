"""The YAML tree: plain mappings, sequences and scalars that remember their places in a file.

Values are ordinary Python data, and every stage can treat them as such; only the two containers
carry marks. A position is looked up when a diagnostic is printed, by walking the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from compose2quadlet.diagnostics import Path, Position


class Mark(Protocol):
    """A place in a file as PyYAML gives it: ``line`` and ``column`` count from zero."""

    name: str
    line: int
    column: int


class Map(dict[str, Any]):
    """A mapping; ``marks`` has the place of each key."""

    __slots__ = ("mark", "marks")

    def __init__(self, items: Any = (), mark: Mark | None = None, marks: dict[str, Mark] | None = None):
        super().__init__(items)
        self.mark = mark
        self.marks = marks if marks is not None else {}

    def put(self, key: str, value: Any, source: Map | None = None) -> None:
        """Set ``key``, with its place in ``source``."""
        self[key] = value
        if source is not None and key in source.marks:
            self.marks[key] = source.marks[key]


class Seq(list[Any]):
    """A sequence; ``marks`` has the place of each item, in step with the items."""

    __slots__ = ("mark", "marks")

    def __init__(self, items: Iterable[Any] = (), mark: Mark | None = None, marks: list[Mark | None] | None = None):
        super().__init__(items)
        self.mark = mark
        self.marks = marks if marks is not None else [mark] * len(self)

    def marked(self) -> Iterator[tuple[Any, Mark | None]]:
        """The items, each with its place."""
        return zip(self, self.marks, strict=True)

    def add(self, item: Any, mark: Mark | None) -> None:
        self.append(item)
        self.marks.append(mark)

    def joined(self, other: Seq) -> Seq:
        """A new sequence of the items of both."""
        return Seq([*self, *other], self.mark, [*self.marks, *other.marks])


class Timestamp(str):
    """An unquoted date. YAML reads it as a time, which no compose key accepts."""


def to_position(mark: Mark | None) -> Position | None:
    """A YAML mark (counting from zero) as a position (counting from one)."""
    return Position(mark.name, mark.line + 1, mark.column + 1) if mark is not None else None


def locate(root: Map, path: Path) -> Position | None:
    """The place of ``path`` in the tree, or of its nearest parent that has one."""
    mark: Mark | None = root.mark
    node: Any = root
    for step in path:
        found: Mark | None = None
        if isinstance(node, Map) and isinstance(step, str):
            found, below = node.marks.get(step), node.get(step)
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node):
            found, below = node.marks[step], node[step]
        else:
            break
        mark = found or getattr(below, "mark", None) or mark
        node = below
    return to_position(mark)


def size(value: Any) -> int:
    """The number of values in a tree."""
    if isinstance(value, Map):
        return 1 + sum(map(size, value.values()))
    return 1 + sum(map(size, value)) if isinstance(value, Seq) else 1


def copy(value: Any) -> Any:
    """A deep copy that shares the marks."""
    if isinstance(value, Map):
        return Map(((k, copy(v)) for k, v in value.items()), value.mark, dict(value.marks))
    if isinstance(value, Seq):
        return Seq((copy(v) for v in value), value.mark, list(value.marks))
    return value


OUTLINE = 3
"""The levels of a compose file down to the keys of its services."""


def outline(value: Map, levels: int = OUTLINE) -> Map:
    """A copy of a tree's upper levels; loading changes the tree, and what is below."""
    below = ((k, outline(v, levels - 1) if levels > 1 and isinstance(v, Map) else v) for k, v in value.items())
    return Map(below, value.mark, dict(value.marks))
