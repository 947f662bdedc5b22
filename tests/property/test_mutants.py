"""Damaged projects through the whole command line: a small share of what ``python -m tests.property.mutants`` tries."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from compose2quadlet.backend.render import Written, _environment
from tests.property.mutants import tried
from tests.property.mutating import mutant, projects
from tests.support.conversion import ROOT

COUNT = 101


def test_nothing_breaks_down() -> None:
    """In a process of its own, whose memory is that of the command line alone."""
    command = [sys.executable, "-m", "tests.property.mutants", str(COUNT), "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{COUNT} mutants from seed 1, 0 faults" in done.stdout


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
