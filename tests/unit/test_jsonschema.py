"""The schema in plain Python against jsonschema-rs: the same diagnostics for the same files."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.diagnostics import Diagnostic, RefusedError
from compose2quadlet.loader import parse, schema
from compose2quadlet.loader.jsonschema import Validator
from compose2quadlet.loader.tree import Map, Seq, Timestamp

FIXTURES = Path(__file__).parents[2] / "fixtures"
WRONG: list[Any] = [
    *(None, True, False, -1, 0, 1, 1.0, 0.5, 101, 2**70, float("inf"), float("nan"), "", "x", "1", "every_1d\n", "a b"),
    *(Seq(), Seq(["a", "a"]), Seq([1, 1.0]), Seq([True, 1]), Seq([None]), Seq([Seq(["a"])])),
    *(Map(), Map({"x-own": 1}), Map({"nothing": 1}), Map({"": "a"}), Map({"a\n": "a"}), Map({"a": None})),
    *(Map({"source": 1, "target": 2}), Timestamp("2001-01-01")),
]
"""Values that are wrong in most places, and right in some."""


def _trees() -> Iterator[tuple[str, Map]]:
    for file in sorted(FIXTURES.rglob("*.y*ml")):
        if file.name == "golden.yml":
            continue
        try:
            found = [document.value for document in parse.documents(file.read_bytes(), str(file))]
        except RefusedError:
            continue
        yield from ((str(file.relative_to(FIXTURES)), tree) for tree in found if isinstance(tree, Map))


TREES = list(_trees())


def _found(tree: Map, validator: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Diagnostic, ...]:
    monkeypatch.setattr(schema, "_validator", lambda: validator)
    try:
        schema.validate(tree)
    except RefusedError as e:
        return e.diagnostics
    return ()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container of a tree with each of its keys or indices."""
    for key, item in value.items() if isinstance(value, Map) else enumerate(value):
        yield value, key
        if isinstance(item, Map | Seq):
            yield from _places(item)


RUST = schema._validator()
PYTHON = Validator(schema.schema())


def test_files_get_the_same_diagnostics(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(TREES) > 200
    for name, tree in TREES:
        assert (name, _found(tree, PYTHON, monkeypatch)) == (name, _found(tree, RUST, monkeypatch))


def test_wrong_values_get_the_same_diagnostics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third place of the fixtures holds a wrong value once."""
    wrong = itertools.cycle(WRONG)
    refused = 0
    for name, tree in TREES:
        for container, key in list(_places(tree))[::3]:
            kept, value = container[key], next(wrong)
            container[key] = value
            expected = _found(tree, RUST, monkeypatch)
            assert (name, key, value, _found(tree, PYTHON, monkeypatch)) == (name, key, value, expected)
            container[key] = kept
            refused += bool(expected)
    assert refused > 500


def test_a_date_in_an_extension_beside_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Map({"image": "x", "x-since": Timestamp("2001-01-01"), "nonsense": 1})
    tree = Map({"services": Map({"a": service})})
    for validator in (RUST, PYTHON):
        assert [d.code for d in _found(tree, validator, monkeypatch)] == ["unknown-key"]


def test_without_jsonschema_rs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    assert schema._validator.__wrapped__() == PYTHON
