"""Every place of a compose file that takes text, from the compose schema: values and the keys of mappings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import compose2quadlet.loader

SCHEMA = Path(compose2quadlet.loader.__file__).parent / "compose-spec.json"
ANY, ITEM = "*", "[]"
"""Steps of a position beside the names of attributes: a key that the file's author chooses, and an item of a list."""

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """``steps`` lead from the project to the value; with ``key``, the last of them is itself what is meant."""

    steps: tuple[str, ...]
    key: bool = False

    def __str__(self) -> str:
        return ".".join(self.steps) + (" (key)" if self.key else "")


@cache
def schema() -> Schema:
    found: Schema = json.loads(SCHEMA.read_text())
    return found


@cache
def positions() -> tuple[Position, ...]:
    """All positions, in the order of the alphabet."""
    return tuple(sorted(set(_walk(schema(), ()))))


def _walk(node: Schema, steps: tuple[str, ...]) -> Iterator[Position]:
    node = resolved(node)
    for alternative in node.get("oneOf", ()):
        yield from _walk(alternative, steps)
    if "string" in types(node):
        yield Position(steps)
    for name, child in node.get("properties", {}).items():
        yield from _walk(child, (*steps, name))
    for pattern, child in node.get("patternProperties", {}).items():
        if pattern != "^x-":
            yield Position((*steps, ANY), key=True)
            yield from _walk(child, (*steps, ANY))
    if "items" in node:
        yield from _walk(node["items"], (*steps, ITEM))


def resolved(node: Schema) -> Schema:
    """A node of the schema, or the definition that it refers to."""
    while "$ref" in node:
        node = schema()["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def types(node: Schema) -> list[str]:
    """The types that a node names itself."""
    kinds = node.get("type", ())
    return [kinds] if isinstance(kinds, str) else list(kinds)
