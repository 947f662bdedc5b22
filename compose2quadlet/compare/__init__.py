"""Compares a container under Docker with the one under Podman that replaces it.

Both are seen in three ways: by ``inspect`` (``rows``), by the kernel (``kernel``), and as something that answers
(``living``). A row of a table says how one value is read as the other, and which differences are on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from compose2quadlet.frozen import frozen

Values = Mapping[str, str]
"""What is compared: values by name. A single value has an empty name."""

MASK = "•••"
"""Stands for a value that is not shown."""

SHOWN = 60
"""Characters of a value that are shown."""


class Outcome(Enum):
    """What a comparison found."""

    EQUAL = "equal"
    ON_PURPOSE = "on purpose"
    DIFFERENT = "different"


@frozen()
class Finding:
    """The result for one field of a container, or for some of its values. ``view`` is inspect, kernel or live;
    ``reason`` says why a difference is on purpose, or what to do about it."""

    container: str
    view: str
    field: str
    outcome: Outcome
    old: str = ""
    new: str = ""
    reason: str = ""


@frozen()
class Verified:
    """The findings about a project, and what could not be compared, as sentences."""

    project: str
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """1 if something is different, and nobody meant it."""
        return int(any(f.outcome is Outcome.DIFFERENT for f in self.findings))


@frozen()
class Side:
    """A container on one side: what ``inspect`` says of it and of its image, what the kernel says of its first process
    by area, the properties of its unit, and the names of containers by ID."""

    inspect: Mapping[str, Any]
    image: Mapping[str, Any] = field(default_factory=dict)
    kernel: Mapping[str, Values] = field(default_factory=dict)
    unit: Values = field(default_factory=dict)
    names: Values = field(default_factory=dict)

    @property
    def config(self) -> Mapping[str, Any]:
        return self.inspect.get("Config") or {}

    @property
    def host(self) -> Mapping[str, Any]:
        return self.inspect.get("HostConfig") or {}

    @property
    def name(self) -> str:
        return str(self.inspect.get("Name") or "").lstrip("/")


@frozen()
class Pair:
    """A container under Docker, and the one under Podman."""

    old: Side
    new: Side


Purpose = Callable[[Pair, str, str | None, str | None], str]
"""Why a value is another one on purpose, from its name and both values, of which one may be None; else empty."""


@frozen()
class Row:
    """How a field is read on both sides. ``always`` shows it even if it is equal, ``secret`` never shows values."""

    field: str
    old: Callable[[Side], Values]
    new: Callable[[Side], Values]
    purposes: tuple[Purpose, ...] = ()
    always: bool = False
    secret: bool = False


def same(field: str, read: Callable[[Side], Values], *purposes: Purpose, always: bool = False) -> Row:
    """A row that reads both sides in the same way."""
    return Row(field, read, read, purposes, always)


def compared(rows: Iterable[Row], pair: Pair, view: str) -> Iterator[Finding]:
    """What the rows of a table find; of what is equal, only what is always shown."""
    for row in rows:
        old, new = row.old(pair.old), row.new(pair.new)
        names = [n for n in {**old, **new} if old.get(n) != new.get(n)]
        reasons: dict[str, list[str]] = {}
        for name in names:
            why = next((r for p in row.purposes if (r := p(pair, name, old.get(name), new.get(name)))), "")
            reasons.setdefault(why, []).append(name)
        for why, group in sorted(reasons.items()):
            outcome = Outcome.ON_PURPOSE if why else Outcome.DIFFERENT
            was, now = (_told({n: v[n] for n in group if n in v}, row.secret) for v in (old, new))
            yield Finding(pair.new.name, view, row.field, outcome, was or "-", now or "-", why)
        equal = {n: v for n, v in old.items() if n not in names}
        if row.always and (equal or not names):
            told = _told(equal, row.secret) or "none"
            yield Finding(pair.new.name, view, row.field, Outcome.EQUAL, told, told)


def _told(values: Values, secret: bool) -> str:
    """Values for people; those of a secret row are masked."""
    parts = []
    for name, value in values.items():
        shown = MASK if secret and value else value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
        parts.append(f"{name}={shown}" if name and (shown or secret) else name or shown)
    return ", ".join(parts)
