"""Signals that end the program: clean-up runs, and the caller sees which one it was."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet import cli
from compose2quadlet.host import parallel
from compose2quadlet.host.signals import ENDING
from tests.support.conversion import FIXTURES, converted
from tests.write.processes import Child, Ended, Shim
from tests.write.stacks import Place

COMPOSE = "services: {web: {image: nginx, environment: {PASSWORD: x}}, db: {image: db}}\n"


def convert(place: Place, act: Callable[[int, str], None], ignored: int = 0) -> tuple[Ended, str]:
    """The program as a user starts it, in a process of its own; how it ended, and the last that it said."""
    (place.folder / "compose.yaml").write_text(COMPOSE)
    said = place.folder / "said"

    def run() -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN if number == ignored else signal.SIG_DFL)
        sys.argv = ["compose2quadlet", "convert", str(place.folder), "-p", "shop", "-o", str(place.root)]
        sys.stderr = said.open("w")
        with contextlib.suppress(SystemExit):
            cli.run()

    ended = Child(run, Shim(act)).end()
    last = said.read_text().splitlines()[-1]
    said.unlink()
    (place.folder / "compose.yaml").unlink()
    return ended, last


def at(wanted: str, number: int, times: int = 1) -> Callable[[int, str], None]:
    """Sends a signal to the own process at the first call of a name."""
    calls = []

    def act(count: int, name: str) -> None:
        if name == wanted and count > 0:
            calls.append(name)
            if len(calls) <= times:
                os.kill(os.getpid(), number)

    return act


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PATH", "/nonexistent")  # no podman
    converted(FIXTURES / "keys" / "image")  # imports here what each of the processes would import
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("call", "threads", "number"),
    [
        *((call, threads, signal.SIGTERM) for call in ("mkdir", "write", "fchmod", "fsync") for threads in (1, 16)),
        *(("write", 1, number) for number in ENDING),
    ],
)
def test_stopped_before_anything_is_in_place(
    place: Place, monkeypatch: pytest.MonkeyPatch, call: str, threads: int, number: int
) -> None:
    monkeypatch.setattr(parallel, "THREADS", threads)
    ended, last = convert(place, at(call, number))
    assert ended.signal == number
    assert last == f"Stopped by {signal.Signals(number).name}."
    assert list(place.folder.iterdir()) == []


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("call", ["rename", "unlink"])
def test_stopped_while_files_are_put_into_place(place: Place, call: str, number: int) -> None:
    """That takes no time; so it is done to the end, and nothing is left over."""
    ended, _ = convert(place, at(call, number))
    assert ended.signal == number
    assert sorted(place.contents()) == [
        "containers.conf.d/50-names-as-docker.conf",
        "shop-db.container",
        "shop-default.network",
        "shop-web.container",
        "systemd/shop-is-up.service",
        "systemd/shop.target",
    ]
    assert place.hidden() == []


def test_stopped_twice(place: Place) -> None:
    """Somebody who is impatient does not interrupt the clean-up."""
    once, again = at("write", signal.SIGINT), at("unlink", signal.SIGINT, times=100)
    ended, _ = convert(place, lambda count, name: once(count, name) or again(count, name))
    assert ended.signal == signal.SIGINT
    assert list(place.folder.iterdir()) == []


def test_an_ignored_signal_stays_ignored(place: Place) -> None:
    """As SIGHUP is under nohup(1)."""
    ended, last = convert(place, at("write", signal.SIGHUP), ignored=signal.SIGHUP)
    assert (ended.code, ended.signal) == (0, 0)
    assert last.startswith("Next: review")
    assert len(list(place.root.rglob("shop*.*"))) >= 5
