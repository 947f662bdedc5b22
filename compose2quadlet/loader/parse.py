"""Parses YAML into trees: documents, anchors and merge keys, ``!reset`` and ``!override``, with limits.

It works on the parser's events, not on PyYAML's nodes, so that nesting and alias expansion are
bounded while they happen. Sources: YAML 1.2, go-yaml v3 (merge keys), the compose
specification's "Merge" section (reset, override).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from compose2quadlet.diagnostics import WORDS, Path, Position, dotted, refuse, shown
from compose2quadlet.loader import scalars
from compose2quadlet.loader.tree import Map, Mark, Seq, Timestamp, copy, to_position

MAX_DEPTH = 200
"""The most nesting levels. Real files have fewer than 20."""

MAX_ALIASED = 250_000
"""How many values aliases may repeat in one file, in total: about 100 MB. Docker Compose has no limit."""

MERGE = "<<"


class _Dropped:
    """A value tagged ``!reset``."""


DROPPED = _Dropped()


@dataclass(slots=True)
class Document:
    """One YAML document, and the paths that it resets in the documents merged before it."""

    value: Any
    resets: list[Path]


_Event = tuple[Path, int | None, Mark]
"""Where an override (None) or the use of an anchor (its ID) happened. It happens again with each alias around it."""


@dataclass(slots=True)
class _Anchor:
    """What an alias repeats: the value, its size in values, and the events inside it."""

    path: Path
    value: Any = None
    size: int = 0
    events: list[_Event] = field(default_factory=list)
    open: bool = True


class _Named(io.BytesIO):
    """Bytes with a file name, which the parser puts into its marks."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def documents(data: bytes, file: str) -> Iterator[Document]:
    """The documents of a YAML stream, one after the other.

    Raises RefusedError on text that is not YAML, duplicate or non-text keys, excessive nesting or alias
    expansion. ``file`` is the name that positions get.
    """
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = loader_class(_Named(data, file))
        composer = _Composer(loader)
        try:
            yield from composer.documents()
        finally:
            loader.dispose()
    except yaml.YAMLError as e:
        raise _syntax_error(e, file) from e


def _too_deep(position: Position | None) -> Exception:
    message = f"the file has more than {MAX_DEPTH} levels of nesting"
    hint = "No compose key is this deep. Is the file generated or damaged?"
    return refuse("nested-too-deep", message, hint, position=position)


def _syntax_error(error: yaml.YAMLError, file: str) -> Exception:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    position = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file)
    if "nesting depth" in problem:  # libyaml 0.2.6 and later has its own limit
        return _too_deep(position)
    hint = "Check the indentation and the quotes around here."
    if "\\t" in problem or "cannot start any token" in problem:
        hint = "Indent YAML with spaces, never with tabs, and quote texts that start with @ ` % & * ! | >."
    elif "mapping values are not allowed" in problem:
        hint = "Quote a text that contains ': ', or check the indentation of the line above."
    elif "control characters" in problem or "UTF-8" in problem or ("invalid" in problem and not mark):
        hint = "Is this a UTF-8 text file?"
    return refuse("not-yaml", f"not valid YAML: {problem}", hint, position=position)


class _Composer:
    """Builds trees from the parser's events, depth first."""

    def __init__(self, loader: Any) -> None:
        self.next = loader.get_event
        self.anchors: dict[str, _Anchor] = {}
        self.resets: list[Path] = []
        self.events: list[_Event] = []
        self.dotted = False
        self.count = self.aliased = self.overriding = 0

    def documents(self) -> Iterator[Document]:
        while (event := self.next()) is not None and not isinstance(event, yaml.StreamEndEvent):
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            self.events, self.resets = [], []
            value = self.value(self.next(), ())
            if self.dotted:
                self.check_nesting()
            yield Document(None if value is DROPPED else value, self.resets)

    def value(self, event: Any, path: Path) -> Any:
        """The value that starts with ``event``, or DROPPED."""
        if len(path) > MAX_DEPTH:
            raise _too_deep(to_position(event.start_mark))
        # Keys reached through a merge belong to the mapping that merges them.
        if MERGE in path[1:]:
            at = path.index(MERGE, 1)
            path = path[:at] + path[at + 1 :]
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        self.count += 1
        anchor = None
        if event.anchor:
            anchor = _Anchor(path)
            self.anchors[event.anchor] = anchor
        first_event, first_count = len(self.events), self.count - 1
        # Compose does not look for tags inside an overriding value.
        tag = None if self.overriding else event.tag
        self.overriding += tag == "!override"
        value = self.tagless(event, path)
        self.overriding -= tag == "!override"
        if tag in ("!reset", "!override"):
            self.resets.append(path)
        if tag == "!reset":
            value = DROPPED
        if tag == "!override":
            self.events.append((path, None, event.start_mark))
        if anchor:
            anchor.value, anchor.open = value, False
            anchor.size = self.count - first_count
            anchor.events = self.events[first_event:]
        return value

    def tagless(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, path)
        return self.mapping(event, path)

    def scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag is None or tag in ("!", "!override", "!reset"):
            return scalars.plain(event.value) if event.implicit[0] else event.value
        try:
            return scalars.tagged(tag, event.value)
        except ValueError as e:
            short = tag.replace(scalars.TAG, "!!")
            raise refuse(
                "not-yaml",
                f"the value does not fit its tag {short}: {e}",
                "Remove the tag, or correct the value.",
                position=to_position(event.start_mark),
            ) from e

    def sequence(self, event: Any, path: Path) -> Seq:
        out = Seq((), event.start_mark)
        index = 0
        while not isinstance(child := self.next(), yaml.SequenceEndEvent):
            item = self.value(child, (*path, str(index)))
            if item is not DROPPED:
                out.add(item, child.start_mark)
            index += 1
        return out

    def mapping(self, event: Any, path: Path) -> Map:
        out = Map((), event.start_mark)
        merges: list[tuple[Any, Mark]] = []
        seen: dict[str, Mark] = {}
        merged: list[str] = []
        while not isinstance(child := self.next(), yaml.MappingEndEvent):
            key, merge = self.key(child, path)
            item = self.next()
            if merge:
                merged.append(f"*{item.anchor}" if isinstance(item, yaml.AliasEvent) else "…")
            if key in seen:
                raise refuse(
                    "duplicate-key",
                    f"the key {shown(key, WORDS, 'here')} is already set on line {seen[key].line + 1}",
                    _once(merged if merge else []),
                    position=to_position(child.start_mark),
                )
            seen[key] = child.start_mark
            self.dotted = self.dotted or "." in key
            value = self.value(item, (*path, key))
            if value is DROPPED:
                continue
            if merge:
                merges.append((value, child.start_mark))
            else:
                out[key] = value
                out.marks[key] = child.start_mark
        for value, mark in merges:
            self.merge(out, value, mark)
        return out

    def key(self, event: Any, path: Path) -> tuple[str, bool]:
        """The text of a mapping key, and whether it is the merge key ``<<``."""
        key: Any = None
        if isinstance(event, yaml.AliasEvent):
            key = self.alias(event, path)
        elif isinstance(event, yaml.ScalarEvent):
            key = self.scalar(event)
            if event.anchor:
                self.anchors[event.anchor] = _Anchor(path, key, 1, open=False)
            if key == MERGE and (event.implicit[0] or event.tag == scalars.TAG + "merge"):
                return MERGE, True
        if not isinstance(key, str) or isinstance(key, Timestamp):
            plain = isinstance(event, yaml.ScalarEvent)
            raise refuse(
                "key-not-text",
                f"a key is {scalars.kind(key) if plain else 'a list or a mapping'}, not a text",
                "Put it in quotes." if plain else "Write the key as text.",
                position=to_position(event.start_mark),
            )
        return key, False

    def merge(self, out: Map, value: Any, mark: Mark) -> None:
        """Add what ``<<`` brings. Keys that are already there win, and earlier mappings win over later ones."""
        for source in value if isinstance(value, Seq) else [value]:
            if not isinstance(source, Map):
                raise refuse(
                    "not-yaml",
                    "'<<' needs a mapping, or a list of mappings",
                    "Write an alias of a mapping: '<<: *name'.",
                    position=to_position(mark),
                )
            for key, item in source.items():
                if key not in out:
                    out.put(key, item, source)

    def alias(self, event: Any, path: Path) -> Any:
        """A copy of the anchor's value, whose overrides happen here as well."""
        anchor = self.anchors.get(event.anchor)
        if anchor is None or anchor.open:
            problem = "is not defined before it" if anchor is None else "contains itself"
            raise refuse(
                "not-yaml",
                f"the anchor '{event.anchor}' {problem}",
                f"Define it with '&{event.anchor}' further up, not inside itself.",
                position=to_position(event.start_mark),
            )
        self.grow(anchor.size, event.start_mark)
        self.events.append((path, id(anchor), event.start_mark))
        if anchor.value is DROPPED:
            self.resets.append(path)
        for inner, use, mark in list(anchor.events):
            at = path + inner[len(anchor.path) :]
            self.events.append((at, use, mark))
            if use is None:
                self.resets.append(at)
        self.count += anchor.size
        return copy(anchor.value)

    def check_nesting(self) -> None:
        """Refuse an anchor that is used inside its own use, going by the names of the two places.

        An anchor cannot really contain itself. But Docker Compose compares dotted paths, so the services ``a``
        and ``a.b`` count as nested, which is why only keys with dots ask for this check.
        """
        visits: dict[int, set[str]] = {}
        above: dict[int, set[str]] = {}
        for path, anchor, mark in self.events:
            if anchor is None:
                continue
            place = ".".join(map(str, path))
            prefixes = [place[:i] for i, char in enumerate(place) if char == "."]
            if place in above.get(anchor, ()) or not visits.get(anchor, set()).isdisjoint(prefixes):
                raise refuse(
                    "alias-cycle",
                    f"the anchor used at {dotted(path)} is also used at a place whose name is the start of this one's",
                    "Write out one of the two, or rename the service: Docker Compose reads the dot as nesting.",
                    position=to_position(mark),
                )
            visits.setdefault(anchor, set()).add(place)
            above.setdefault(anchor, set()).update(prefixes)

    def grow(self, by: int, mark: Mark) -> None:
        """Count the values that aliases repeat, and refuse too many of them ("billion laughs")."""
        self.aliased += by
        if self.aliased > MAX_ALIASED:
            raise refuse(
                "alias-bomb",
                f"the aliases in the file repeat more than {MAX_ALIASED} values",
                "Use fewer aliases of aliases, or use 'extends'.",
                position=to_position(mark),
            )


def _once(merged: list[str]) -> str:
    """What to do about a key that is there twice; ``merged`` are the values of merge keys."""
    if merged:
        return f"Write both as one list, or you lose what one of them brings: '<<: [{', '.join(merged)}]'."
    return "Keep one of them: a YAML mapping can have a key only once."
