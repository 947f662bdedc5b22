"""Hostile texts at every position of the schema: what comes out is what was meant, or the text is refused.

A small share of what ``python -m tests.property.many`` tries.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Diagnostic, Severity
from tests.property.many import shown
from tests.property.observing import Place, yaml_text
from tests.property.positions import ANY, ITEM, Position, positions
from tests.property.surroundings import FILES, forms, project
from tests.property.values import WORD, Tally, run
from tests.support.conversion import converted
from tests.support.generators import Generator, generators

COUNT = 200
OPEN: tuple[str, ...] = ()
"""What faults say that are known, and wait to be mended."""


def check(place: Place, seed: int) -> None:
    tally = Tally()
    run(seed, range(COUNT), place, tally)
    assert [shown(f) for f in tally.faults if not any(known in f.detail for known in OPEN)] == []
    assert 0 < tally.refused < COUNT * 3 // 4, "hardly any text gets through, or none is refused"


@pytest.mark.parametrize(("podman", "scope"), [("5.4", "user"), ("4.4", "system")])
def test_quadlets_say_what_was_meant(podman: str, scope: str) -> None:
    check(Place(podman, scope, "none", None), 1)


@pytest.mark.podman
@pytest.mark.parametrize("scope", ["user", "system"])
@pytest.mark.parametrize("generator", generators() or [None], ids=str)
def test_podman_runs_what_was_meant(generator: Generator | None, scope: str) -> None:
    if generator is None:
        pytest.skip("there is no Podman here, nor a lab host (tests/boot/lab)")
    check(Place(generator.podman, scope, "auto", generator), 2)
    check(Place("4.4", scope, "none", generator), 3)


def test_all_positions_are_known() -> None:
    found = positions()
    assert len(found) > 370
    assert Position(("services", ANY, "ports", ITEM, "published")) in found
    assert Position(("services", ANY, "environment", ANY), key=True) in found


def test_only_the_text_itself_is_refused() -> None:
    """What stands around a position is sound: where the word is refused, it is because of the word."""
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in FILES.items():
            (folder / file).write_text(text)
        for position, form in ((p, f) for p in positions() for f in forms(p)):
            if str(position) == "services.*.ports.[].published":
                continue  # OPEN: it breaks down
            (folder / "compose.yaml").write_text(yaml_text(project(position, form.replace("{}", WORD))))
            _, log = converted(folder, podman="5.8")
            errors = [d for d in log.items if d.severity is Severity.ERROR]
            wrong += [f"{position} as {form}: {d.message}" for d in errors if not about(d, position)]
    assert wrong == []


def about(found: Diagnostic, position: Position) -> bool:
    """Whether a diagnostic is about the word, or about its position."""
    if WORD in found.message:
        return True
    steps = [step for step in found.path if not isinstance(step, int)]
    wanted = [step for step in position.steps if step != ITEM]
    return bool(steps) and all(b in (a, ANY) for a, b in zip(steps, wanted, strict=False))
