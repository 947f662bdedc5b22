"""Tables of path patterns, and the one walk that applies them.

A stage of the loader says what it does as a table, ``{"services.*.ports.*": verb}``. ``*`` stands for any
key or index. The walk goes down only where a pattern can still match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from compose2quadlet.diagnostics import Path
from compose2quadlet.loader.tree import Map, Seq

T = TypeVar("T")


@dataclass(slots=True)
class Rules(Generic[T]):
    """A table compiled into a trie: the verb at this point, and what may follow."""

    verb: T | None = None
    below: dict[str, Rules[T]] = field(default_factory=dict)

    def step(self, key: str | int) -> Rules[T] | None:
        """The rules below ``key``; None if no pattern continues there."""
        return (self.below.get(key) if isinstance(key, str) else None) or self.below.get("*")

    def at(self, path: Path) -> T | None:
        """The verb at ``path``, if any."""
        node = self
        for key in path:
            below = node.step(key)
            if below is None:
                return None
            node = below
        return node.verb


def table(patterns: Mapping[str, T]) -> Rules[T]:
    """Compile dotted patterns."""
    root: Rules[T] = Rules()
    for pattern, verb in patterns.items():
        node = root
        for part in pattern.split("."):
            node = node.below.setdefault(part, Rules())
        node.verb = verb
    return root


Verb = Callable[[Any, Path, "Rules[Any]"], Any]
"""Takes the value at a path, and returns what replaces it. The rules are those below the path."""


def rewrite(value: Any, rules: Rules[Verb], path: Path = ()) -> Any:
    """Apply ``rules`` to a tree in place, and return it.

    A verb that matches decides alone. If it wants to go below, it calls ``descend``.
    """
    if rules.verb is not None:
        return rules.verb(value, path, rules)
    return descend(value, path, rules)


def descend(value: Any, path: Path, rules: Rules[Verb]) -> Any:
    """Apply the rules below ``path`` to the children of ``value``."""
    if not rules.below:
        return value
    if isinstance(value, Map):
        for key in list(value):
            if (rule := rules.step(key)) is not None:
                value[key] = rewrite(value[key], rule, (*path, key))
    elif isinstance(value, Seq) and (rule := rules.step(0)) is not None:
        for i, item in enumerate(value):
            value[i] = rewrite(item, rule, (*path, i))
    return value
