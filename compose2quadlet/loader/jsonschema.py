"""JSON Schema in plain Python, as far as the compose schema uses it, for machines without jsonschema-rs.

Errors have the attributes that those of jsonschema-rs have and ``schema`` reads, so both give the same diagnostics.
Source: JSON Schema draft 7; https://json-schema.org/draft-07/json-schema-validation
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any

from compose2quadlet.frozen import frozen
from compose2quadlet.loader.tree import Timestamp

Steps = tuple[str | int, ...]
Schema = dict[str, Any]

TYPES = ("null", "boolean", "number", "integer", "string", "array", "object")
"""In the order in which jsonschema-rs names them."""


@frozen()
class Kind:
    """What kind of error it is: ``name`` is the keyword, the rest is what that keyword has to say."""

    name: str
    context: tuple[list[Error], ...] = ()
    types: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    options: tuple[Any, ...] = ()
    property: str = ""
    limit: float = 0
    pattern: str = ""


@frozen()
class Error:
    """One place at which a value does not follow the schema."""

    kind: Kind
    instance: Any
    instance_path: Steps
    schema_path: Steps
    message: str = ""


@frozen()
class Validator:
    """Validates against one schema, whose references all lead to its ``definitions``."""

    root: Schema

    def iter_errors(self, value: Any) -> Iterator[Error]:
        """The errors of a value. Raises ValueError for a value that JSON does not have, in the same places as
        jsonschema-rs: where the schema says something about it, or inside what an error is about."""
        for error in self._errors(value, self.root, (), ()):
            _check_values(error.instance)
            yield error

    def _errors(self, value: Any, schema: Schema, at: Steps, path: Steps) -> Iterator[Error]:
        """``at`` is where the value stands, ``path`` where the schema does."""
        if reference := schema.get("$ref"):
            name = reference.removeprefix("#/definitions/")
            yield from self._errors(value, self.root["definitions"][name], at, ("definitions", name))
            return
        for kind in _simple(value, schema):
            yield Error(kind, value, at, (*path, kind.name))
        if "oneOf" in schema:
            yield from self._alternatives(value, schema["oneOf"], at, (*path, "oneOf"))
        if isinstance(value, dict):
            yield from self._members(value, schema, at, path)
        elif isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self._errors(item, schema["items"], (*at, i), (*path, "items"))

    def _alternatives(self, value: Any, schemas: list[Schema], at: Steps, path: Steps) -> Iterator[Error]:
        branches = tuple(list(self._errors(value, schema, at, (*path, i))) for i, schema in enumerate(schemas))
        fitting = sum(not errors for errors in branches)
        if not fitting:
            yield Error(Kind("oneOf", context=branches), value, at, path)
        elif fitting > 1:
            shown = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
            message = f"{shown} is valid under more than one of the schemas listed in the 'oneOf' keyword"
            yield Error(Kind("oneOf"), value, at, path, message)

    def _members(self, value: dict[str, Any], schema: Schema, at: Steps, path: Steps) -> Iterator[Error]:
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        more = schema.get("additionalProperties", True)
        unexpected = []
        for key, item in value.items():
            matching = [pattern for pattern in patterns if _expression(pattern).search(key)]
            if key in named:
                yield from self._errors(item, named[key], (*at, key), (*path, "properties", key))
            for pattern in matching:
                yield from self._errors(item, patterns[pattern], (*at, key), (*path, "patternProperties", pattern))
            if key in named or matching:
                continue
            if more is False:
                unexpected.append(key)
            elif more is not True:
                yield from self._errors(item, more, (*at, key), (*path, "additionalProperties"))
        if unexpected:
            kind = Kind("additionalProperties", unexpected=tuple(unexpected))
            yield Error(kind, value, at, (*path, kind.name))


def _simple(value: Any, schema: Schema) -> Iterator[Kind]:
    """What the keywords say that look at the value itself."""
    if schema and isinstance(value, Timestamp):
        _check_values(value)
    if wanted := schema.get("type"):
        types = (wanted,) if isinstance(wanted, str) else tuple(sorted(wanted, key=TYPES.index))
        if not any(_is(value, kind) for kind in types):
            yield Kind("type", types=types)
    if "enum" in schema and all(_key(value) != _key(option) for option in schema["enum"]):
        yield Kind("enum", options=tuple(schema["enum"]))
    if isinstance(value, str):
        if "pattern" in schema and not _expression(schema["pattern"]).search(value):
            yield Kind("pattern", pattern=schema["pattern"])
    elif isinstance(value, dict):
        yield from (Kind("required", property=key) for key in schema.get("required", ()) if key not in value)
    elif isinstance(value, list):
        if schema.get("uniqueItems") and len(set(map(_key, value))) < len(value):
            yield Kind("uniqueItems")
    elif _is(value, "number"):
        if "minimum" in schema and value < schema["minimum"]:
            yield Kind("minimum", limit=schema["minimum"])
        if "maximum" in schema and value > schema["maximum"]:
            yield Kind("maximum", limit=schema["maximum"])


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a type of JSON Schema."""
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    if isinstance(value, float):
        return kind == "number" or value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _key(value: Any) -> Hashable:
    """Equal for values that are equal in JSON, where true is not 1."""
    if isinstance(value, dict):
        return "object", frozenset((k, _key(v)) for k, v in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_key, value))
    return ("number" if _is(value, "number") else type(value).__name__), value


def _check_values(value: Any) -> None:
    """Raise ValueError for a value that JSON does not have, and for one that contains it."""
    if isinstance(value, Timestamp):
        raise ValueError("a time is no value of JSON")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_values(item)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern whose ``$`` is the end of the text, and not a line break before it."""
    return re.compile(f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern)
