"""YAML of trees, most of whose scalars need no thought: those are written directly, for PyYAML takes 50 µs for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

EASY = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9_./=@+-]|[: ](?=[A-Za-z0-9_/]))*", re.ASCII)
"""Texts that YAML holds without quotes, unless they look like a number, a boolean or the like."""

LONGEST_KEY = 128
DEEP = 8
"""From this level on, nothing is written directly: no tree is looked at more often than this."""

Text = Callable[[Any], str]
"""Gives a scalar, or a whole tree, as YAML."""


class _HardError(Exception):
    """A scalar needs thought."""


def emit(tree: Any, scalar: Text, thorough: Text) -> str:
    """YAML of a tree, to the letter as ``thorough`` writes it, which is asked for what is not easy. ``scalar`` gives
    an easy text, a whole number, a boolean or None, with the quotes that it needs."""
    if not isinstance(tree, dict) or not tree:
        return thorough(tree)
    return "".join(_mapping(tree, 0, scalar, thorough))


def _mapping(tree: dict[Any, Any], depth: int, scalar: Text, thorough: Text) -> Iterator[str]:
    def parted(item: tuple[Any, Any]) -> bool:
        key, value = item
        return depth < DEEP and isinstance(value, dict) and bool(value) and _easy_key(key)

    for apart, group in groupby(tree.items(), parted):
        items = dict(group)
        try:
            rows: list[str] = []
            for key, value in items.items():
                _direct(value, f"{'  ' * depth}{_key(key, scalar)}:", "  " * depth, scalar, rows)
            yield "".join(rows)
        except _HardError:
            if not apart:
                yield _below(items, depth, thorough)
                continue
            for key, value in items.items():
                yield f"{'  ' * depth}{scalar(key)}:\n"
                yield from _mapping(value, depth + 1, scalar, thorough)


def _below(tree: dict[Any, Any], depth: int, thorough: Text) -> str:
    """A mapping so many levels down."""
    for _ in range(depth):
        tree = {"x": tree}
    return thorough(tree).split("\n", depth)[depth]


def _easy(value: Any) -> bool:
    if type(value) is str:
        return EASY.fullmatch(value) is not None
    return value is None or type(value) in (bool, int)


def _easy_key(key: Any) -> bool:
    return _easy(key) and len(str(key)) <= LONGEST_KEY


def _key(key: Any, scalar: Text) -> str:
    if not _easy_key(key):
        raise _HardError
    return scalar(key)


def _direct(value: Any, start: str, pad: str, scalar: Text, rows: list[str]) -> None:
    """Append the rows of a value behind a key or a dash. Raises _HardError."""
    if isinstance(value, dict | list):
        if not value:
            rows.append(f"{start} {value}\n")
            return
        inner = pad + "  "
        before = inner
        if start.endswith("-"):
            before = f"{start} "
        else:
            rows.append(f"{start}\n")
        named = isinstance(value, dict)
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            name = f"{_key(key, scalar)}:" if named else "-"
            _direct(child, before + name, inner, scalar, rows)
            before = inner
    elif _easy(value):
        rows.append(f"{start} {scalar(value)}\n")
    else:
        raise _HardError
