"""Damaged projects through the whole command line: a small share of what ``python -m tests.property.mutants`` tries."""

from __future__ import annotations

import sys
from random import Random

import pytest

from compose2quadlet.backend.render import Written, _environment
from tests.property.mutants import many, tried
from tests.property.mutating import mutant, projects

COUNT = 101
OPEN: tuple[str, ...] = ()
"""What faults say that are known, and wait to be mended."""


def test_nothing_breaks_down() -> None:
    found = [fault for faults in many(1, range(COUNT), 2) for fault in faults]
    assert [f for f in found if not any(known in f.detail for known in OPEN)] == []


def test_a_mutant_is_the_same_again() -> None:
    assert [mutant(5, number) for number in range(20)] == [mutant(5, number) for number in range(20)]
    assert projects()


def test_faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A breakdown, a hang, and a line that nobody meant: each is a fault."""
    made = {"compose.yaml": b"services: {app: {image: a}}"}

    def seen() -> str:
        return " ".join(fault.detail for fault in tried(0, made, Random(0)))

    assert seen() == ""
    with monkeypatch.context() as patch:
        patch.setattr("compose2quadlet.run.convert", lambda *_: 1 // 0)
        assert "ZeroDivisionError" in seen()
    with monkeypatch.context() as patch:
        patch.setattr("compose2quadlet.run.convert", lambda *_: [0 for _ in iter(int, 1)])
        patch.setattr("tests.property.mutants.SECONDS", 0.1)
        assert "hang" in seen()
    with monkeypatch.context() as patch:
        writer = sys.modules["compose2quadlet.backend.render"]
        patch.setattr(writer, "check", lambda *_: None)
        patch.setattr(writer, "_heading", lambda s: Written(f"[{s}]\nForged=yes"))
        patch.setattr(writer, "_environment", _environment.__wrapped__)
        assert "Forged" in seen()
