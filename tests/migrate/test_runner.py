"""Steps are done, gone on with and undone, whenever the program ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet.host.migrate.journal import JOURNAL, Event, Journal, glance, migrations, opened
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.host.migrate.moving import status
from compose2quadlet.host.migrate.runner import Result, Step, Work, back, forward
from compose2quadlet.migrate.plan import PlanError
from tests.migrate.values import GROUP, PLAN

NAMES = ("one", "two", "three")


class KilledError(BaseException):
    """As if the program ended here."""


class World:
    """What steps change: a set of what is done. ``fails`` is a step that cannot be done, ``stuck`` one that cannot be
    undone."""

    def __init__(self, fails: str = "", stuck: str = "") -> None:
        self.there: list[str] = []
        self.fails, self.stuck = fails, stuck

    def steps(self) -> list[Step]:
        return [Step(n, n, self._do(n), self._undo(n), lambda _w, n=n: n in self.there) for n in NAMES]  # type: ignore[misc]

    def _do(self, name: str) -> Callable[[Work], dict[str, str]]:
        def do(_work: Work) -> dict[str, str]:
            if name == self.fails:
                raise FailedError(f"{name} is broken", "mend it")
            if name not in self.there:
                self.there.append(name)
            return {"did": name}

        return do

    def _undo(self, name: str) -> Callable[[Work], None]:
        def undo(_work: Work) -> None:
            if name == self.stuck:
                raise OSError(5, "stuck", name)
            if name in self.there:
                self.there.remove(name)

        return undo


def work(journal: Journal) -> Work:
    return Work(Machine(), journal, GROUP, lambda _line: None)


def run(state: Path, world: World, act: Callable[..., Result] = forward) -> Result:
    with opened(state, PLAN) as journal:
        return act(work(journal), world.steps())


def test_all_steps_once(tmp_path: Path) -> None:
    world = World()
    assert run(tmp_path, world).event is Event.DONE
    assert world.there == list(NAMES)
    assert run(tmp_path, world).event is Event.DONE
    with opened(tmp_path) as journal:
        assert journal.data("shop", "two") == {"did": "two"}


def test_a_failure_undoes_what_was_done(tmp_path: Path) -> None:
    world = World(fails="three")
    result = run(tmp_path, world)
    assert (result.event, result.reason, result.hint) == (Event.UNDONE, "three is broken", "mend it")
    assert world.there == []
    world.fails = ""
    assert run(tmp_path, world).event is Event.DONE, "what failed can be tried again"


def test_the_rest_is_undone_though_one_step_cannot_be(tmp_path: Path) -> None:
    world = World(fails="three", stuck="two")
    result = run(tmp_path, world)
    assert result.event is Event.FAILED
    assert result.left == ["two: two: stuck"]
    assert world.there == ["two"]
    world.stuck = ""
    assert run(tmp_path, world, back).event is Event.UNDONE
    assert world.there == []


def killed(monkeypatch: pytest.MonkeyPatch, at: int, act: Callable[[], object]) -> None:
    """Do something that ends right behind a record of the journal, by its number."""
    count, record = 0, Journal.record

    def dying(self: Journal, *words: object, **more: object) -> None:
        nonlocal count
        record(self, *words, **more)  # type: ignore[arg-type]
        count += 1
        if count == at:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "record", dying)
        with pytest.raises(KilledError):
            act()


@pytest.mark.parametrize("act", [forward, back])
@pytest.mark.parametrize("at", range(1, 8))
def test_killed_after_each_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[..., Result], at: int
) -> None:
    world = World()
    killed(monkeypatch, at, lambda: run(tmp_path, world))
    result = run(tmp_path, world, act)
    assert result.event is (Event.DONE if act is forward else Event.UNDONE)
    assert world.there == (list(NAMES) if act is forward else [])


@pytest.mark.parametrize("at", range(1, 8))
def test_killed_while_it_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    world = World()
    run(tmp_path, world)
    killed(monkeypatch, at, lambda: run(tmp_path, world, back))
    assert run(tmp_path, world).event is Event.UNDONE, "to run again goes on with going back"
    assert world.there == []


def test_what_no_longer_holds_is_done_again(tmp_path: Path) -> None:
    world = World()
    with opened(tmp_path, PLAN) as journal:
        for name in NAMES[:2]:
            journal.record(Event.BEGUN, "shop", name)
            journal.record(Event.DONE, "shop", name)
    assert run(tmp_path, world).event is Event.DONE
    assert world.there == list(NAMES)


def test_half_a_line_does_not_count(tmp_path: Path) -> None:
    run(tmp_path, World())
    place = tmp_path / JOURNAL
    whole = place.read_bytes()
    place.write_bytes(whole[:-20])
    with opened(tmp_path) as journal:
        assert journal.mark("shop") is None
        journal.record(Event.DONE, "shop")
    assert glance(tmp_path).mark("shop")
    assert place.stat().st_mode & 0o777 == 0o600


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path, PLAN), pytest.raises(FailedError, match="another run"), opened(tmp_path):
        pass


def test_the_state_needs_the_journal_only(tmp_path: Path) -> None:
    assert status(tmp_path / "none") == []
    directory = tmp_path / PLAN.id
    run(directory, World(fails="two"))
    assert migrations(tmp_path) == [directory]
    found = status(tmp_path)[0]
    states = {g["name"]: (g["state"], g["reason"]) for g in found["groups"]}
    assert states == {"shop": ("undone", "two is broken"), "media": ("", "")}


def test_a_plan_that_is_none(tmp_path: Path) -> None:
    run(tmp_path, World())
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(PlanError), opened(tmp_path):
        pass
    with pytest.raises(FailedError, match="no migration"), opened(tmp_path / "none"):
        pass
    assert not os.path.exists(tmp_path / "none")
