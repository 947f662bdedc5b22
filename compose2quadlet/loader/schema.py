"""Validates against the pinned compose schema, with messages that say what to do.

The schema is the one of Docker Compose 2.40.3 (compose-spec.json, Apache-2.0, The Compose Specification
Authors). jsonschema-rs does the work, or ``jsonschema`` where it has no wheel; here their findings are chosen and
worded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path as File
from typing import Any

from compose2quadlet.diagnostics import WORDS, Diagnostic, Path, RefusedError, Severity, dotted, shown
from compose2quadlet.loader.scalars import SURROGATE, kind, text
from compose2quadlet.loader.tree import Map, Seq, Timestamp

COMPOSE_VERSION = "2.40.3"

NEWER = {
    "build.no_cache_filter": "build without the cache for these stages",
    "pre_start": "containers that run to completion before the service starts",
    "pre_start.image": "the image of a hook",
    "pre_start.per_replica": "whether a hook runs for each replica",
}
"""Keys of a service that were added to the compose specification later, and what they mean."""

KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number"}
KINDS |= {"number": "a number", "boolean": "true or false", "null": "nothing"}


@cache
def schema() -> dict[str, Any]:
    """The pinned schema as JSON."""
    loaded: dict[str, Any] = json.loads(File(__file__).with_name("compose-spec.json").read_bytes())
    return loaded


@cache
def _validator() -> Any:
    try:
        import jsonschema_rs
    except ImportError:
        from compose2quadlet.loader.jsonschema import Validator

        return Validator(schema())
    # The schema has no back-references, so the linear engine suffices, and it is quicker to build.
    return jsonschema_rs.Draft7Validator(schema(), pattern_options=jsonschema_rs.RegexOptions())


def validate(tree: Map) -> None:
    """Raise RefusedError with every place where ``tree`` does not follow the schema."""
    try:
        if not list(_validator().iter_errors(tree)):
            return
    except ValueError as e:
        if dates := list(_dates(tree, ())):
            raise RefusedError(*dates) from e
    # The library takes what is infinite or not a number for null, and stops at a date in an extension and at text that
    # is not in UTF-8. Few files deserve a second look.
    errors = list(_validator().iter_errors(_plain(tree)))
    found = [d for error in errors for d in _worded(_best(error))]
    if found:
        raise RefusedError(*sorted(set(found), key=lambda d: (tuple(map(str, d.path)), d.message)))


def _plain(value: Any) -> Any:
    """``value`` with an ordinary number or text for each that JSON does not have, and texts that are in UTF-8."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, Timestamp):
        return str(value)
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value)
    return 0.5 if isinstance(value, float) and not math.isfinite(value) else value


def _dates(value: Any, path: Path) -> Iterable[Diagnostic]:
    """Unquoted dates, which YAML reads as times; no key accepts a time."""
    if isinstance(value, Timestamp):
        message = f"{dotted(path)}: YAML reads the unquoted date as a time, which no key accepts"
        yield Diagnostic("wrong-type", Severity.ERROR, message, "Put it in quotes.", path)
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Map):
        items = value.items()
    elif isinstance(value, Seq):
        items = enumerate(value)
    for key, item in items:
        if not str(key).startswith("x-"):
            yield from _dates(item, (*path, key))


def _best(error: Any) -> list[Any]:
    """From the alternatives of a ``oneOf``, the errors that got furthest: they are closest to what was meant."""
    if error.kind.name not in ("oneOf", "anyOf") or not getattr(error.kind, "context", None):
        return [error]
    branches = [[e for error in branch for e in _best(error)] for branch in error.kind.context]
    ranks = [(max(map(_depth, branch)), any(e.kind.name != "type" for e in branch)) for branch in branches]
    if max(ranks) == (len(error.instance_path), False):
        return [e for branch in branches for e in branch]
    return branches[ranks.index(max(ranks))]


def _depth(error: Any) -> int:
    """How deep an error is; an unknown key counts as one deeper than its mapping."""
    return len(error.instance_path) + int(error.kind.name == "additionalProperties")


def _worded(errors: list[Any]) -> Iterable[Diagnostic]:
    types = [e for e in errors if e.kind.name == "type"]
    if types and len(types) == len(errors) and len({tuple(e.instance_path) for e in types}) == 1:
        yield _wrong_type(types)
        return
    for error in errors:
        if error.kind.name == "type":
            yield _wrong_type([error])
        elif error.kind.name == "additionalProperties":
            yield from _unknown_keys(error)
        else:
            yield _other(error)


def _place(path: Path) -> str:
    return dotted(path) or "the file"


def _wrong_type(errors: list[Any]) -> Diagnostic:
    path = tuple(errors[0].instance_path)
    wanted: list[str] = []
    for e in errors:
        for name in e.kind.types if hasattr(e.kind, "types") else [e.kind.value]:
            wanted += [KINDS.get(name, name)] if KINDS.get(name, name) not in wanted else []
    value = errors[0].instance
    expected = " or ".join([", ".join(wanted[:-1]), wanted[-1]] if len(wanted) > 1 else wanted)
    hint = "Put it in quotes." if "a text" in wanted and isinstance(value, int | float) else f"Write {expected} here."
    message = f"{_place(path)} must be {expected}, not {_kind(value)}"
    return Diagnostic("wrong-type", Severity.ERROR, message, hint, path)


def _kind(value: Any) -> str:
    """What a value is; a number that is wrong where numbers are taken has a fraction."""
    return "a number with a fraction" if isinstance(value, float) else kind(value)


def _unknown_keys(error: Any) -> Iterable[Diagnostic]:
    path = tuple(error.instance_path)
    known = _known_keys(list(error.schema_path))
    for key in error.kind.unexpected:
        at = (*path, key)
        below = ".".join(str(p) for p in at[2:] if not isinstance(p, int))
        if path[:1] == ("services",) and below in NEWER:
            yield Diagnostic(
                "key-too-new",
                Severity.ERROR,
                f"{_place(path)}: '{key}' ({NEWER[below]}) is newer than Docker Compose {COMPOSE_VERSION}, which"
                " refuses it",
                "Remove it. If you need what it does, write your own unit, and let the service's unit require it.",
                at,
            )
            continue
        if not known:
            yield Diagnostic(
                "bad-name",
                Severity.ERROR,
                f"{_place(path)}: {shown(key, WORDS, 'one of the keys')} is not a valid name",
                "Names can contain letters, digits, '.', '_' and '-'.",
                at,
            )
            continue
        yield Diagnostic(
            "unknown-key",
            Severity.ERROR,
            f"{_place(path)} has an unknown key" + (f": {shown(key, WORDS)}" if WORDS.fullmatch(key) else ""),
            _nearest(key, path, known),
            at,
        )


def _nearest(key: str, path: Path, known: list[str]) -> str:
    import difflib

    if close := difflib.get_close_matches(key, known, 1, 0.6):
        return f"Did you mean '{close[0]}'?"
    if not path and key not in known:
        return "Services belong below 'services:'. Your own keys must start with 'x-'."
    return "Remove it. Your own keys must start with 'x-'."


def _known_keys(schema_path: list[str | int]) -> list[str]:
    """The keys that the mapping at the error may have; empty where any name of a pattern is allowed."""
    node: Any = schema()
    for step in schema_path[:-1]:
        node = node[step]
    return list(node.get("properties", ()))


def _other(error: Any) -> Diagnostic:
    path, rule = tuple(error.instance_path), error.kind
    value = error.instance
    match rule.name:
        case "enum":
            options = ", ".join(map(str, rule.options))
            message, hint = "it is not an allowed value", f"Choose one of: {options}."
        case "required":
            message, hint = f"the key '{rule.property}' is missing", f"Add '{rule.property}:'."
        case "uniqueItems":
            first, second = next(((value.index(v), i) for i, v in enumerate(value) if v in value[:i]), (0, 0))
            message, hint = f"the items {first} and {second} are the same", "Remove one of the two."
        case "minimum" | "maximum":
            bound = "at least" if rule.name == "minimum" else "at most"
            message = f"it must be {bound} {text(rule.limit)}"
            hint = f"Write a number of {bound} {text(rule.limit)}."
        case "pattern":
            message, hint = "it does not have the required form", f"It must match {rule.pattern}"
        case _:
            # The library's own words quote the value.
            message, hint = f"it breaks the rule '{rule.name}' of the schema", "See the compose specification."
    return Diagnostic("bad-value", Severity.ERROR, f"{_place(path)}: {message}", hint, path)
