"""Two runs at a time: one waits for the other, and the result is of one of them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host import journal
from compose2quadlet.host.changes import File, State, changes
from tests.write.processes import KILLED, NEED_SPACE, Child, Ended, Shim, failing, killing
from tests.write.stacks import Place, files, texts

RACES = 150
NAMES = ("a_container", "b_container", "c_volume", "sub__d_container", "e_network", "beside__f_target")


def stack(who: str) -> dict[str, File]:
    return files(**{name: f"{who} {name}" for name in NAMES})


ONE, TWO = stack("one"), stack("two")


@pytest.fixture(autouse=True)
def _no_long_waits(no_disk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAUSE", 0.002)


@contextlib.contextmanager
def gate() -> Iterator[Callable[[], None]]:
    """What processes wait at, until the block ends."""
    reading, writing = os.pipe()

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.close(writing)
        os.read(reading, 1)

    try:
        yield wait
    finally:
        os.close(writing)
        os.close(reading)


def race(place: Place, *shims: Shim | None) -> list[Ended]:
    """Both write at the same time, while somebody reads."""

    def run(wanted: dict[str, File], wait: Callable[[], None]) -> object:
        wait()
        return place.write(wanted)

    there = bool(place.contents())
    with gate() as wait:
        runs = [partial(run, wanted, wait) for wanted in (ONE, TWO)]
        children = [Child(run, shim) for run, shim in zip_longest(runs, shims)]
    check_whole(place, there)
    return [child.end() for child in children]


def check_whole(place: Place, there: bool) -> None:
    """What a reader finds, at any time, is whole files; all of them, if they were ``there`` before."""
    for _ in range(5):
        for name, one in ONE.items():
            try:
                assert place.path(name).read_text() in (one.text, TWO[name].text)
            except FileNotFoundError:
                assert not there, name


def test_races(folder: Path) -> None:
    """Both are well, and all files are those of the one that was later."""
    winners = set()
    for number in range(RACES):
        place = Place(folder / str(number // 3))  # the first one finds nothing, others find what is there
        place.folder.mkdir(exist_ok=True)
        ended = race(place)
        assert [e.code for e in ended] == [0, 0]
        assert [e.said for e in ended] == ["", ""]
        now = place.contents()
        assert now in (texts(ONE), texts(TWO))
        winner = ONE if now == texts(ONE) else TWO
        winners.add(id(winner))
        assert place.hidden() == []
        paths = {place.path(name): file for name, file in winner.items()}
        assert {c.state for c in changes(paths, (place.root, place.beside))} == {State.UNCHANGED}
    assert len(winners) == 2


@pytest.mark.parametrize("at", [8, 20])
def test_one_fails_where_nothing_was(folder: Path, at: int) -> None:
    """It removes the directories that it made, which the other may be about to write into."""
    for number in range(10):
        place = Place(folder / str(number))
        place.folder.mkdir()
        failed, well = race(place, failing(at, errno.ENOSPC, only=NEED_SPACE))
        assert well.said == ""
        assert place.contents() == texts(TWO)
        assert place.hidden() == []
        assert "no space left on device" in failed.said


def test_directories_are_removed_before_another_run_begins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it may find one, and write into it while it is removed."""
    place = Place(folder)
    place.root.mkdir()
    rmdir = os.rmdir
    locked = []

    def look(path: Path) -> None:
        locked.append((place.root / journal.NAME).exists())
        rmdir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", look)
        with failing(6, errno.ENOSPC, only=["write"]).installed(), pytest.raises(RefusedError):
            place.write(ONE)
    assert locked == [True, False]  # the one in the output directory, and the one beside it
    assert list(folder.rglob("*")) == [place.root]


def test_a_lock_that_is_removed_while_we_wait_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is not the one that the next run finds, so it keeps nobody away."""
    flock = fcntl.flock
    waited: list[int] = []

    def late(fd: int, operation: int) -> None:
        if not waited:
            os.unlink(folder / journal.NAME)
        waited.append(fd)
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    at = os.open(folder, os.O_RDONLY)
    try:
        with journal.locked(at, folder) as fd:
            assert os.path.samestat(os.fstat(fd), os.stat(folder / journal.NAME))
    finally:
        os.close(at)
    assert len(waited) == 2


def test_another_run_takes_too_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.1)
    place = Place(folder)
    place.write(ONE)
    fd = os.open(place.root / journal.NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(RefusedError, match=f"another run of this tool is writing into {place.root}"):
            place.write(TWO)
        assert place.contents() == texts(ONE)
    finally:
        os.close(fd)
    place.write(TWO)
    assert place.contents() == texts(TWO)
    assert place.hidden() == []


def test_output_directories_that_share_another(folder: Path) -> None:
    """What a run that was killed left in a directory is still there for its next one, whoever wrote in between."""
    one, two = Place(folder / "one"), Place(folder / "two")
    for place in (one, two):
        place.folder.mkdir()
    (folder / "systemd").mkdir()
    for place in (one, two):
        (place.folder / "systemd").symlink_to(folder / "systemd")
    a, b = files(a_container="a", beside__a_target="a"), files("other", b_container="b", beside__b_target="b")
    assert Child(partial(one.write, a), killing(1, "rename")).end().code == KILLED
    assert not (folder / "systemd" / "a.target").exists()
    two.write(b)
    done = one.write(a)
    assert "is now complete" in done.diagnostics[0].message
    assert sorted(os.listdir(folder / "systemd")) == ["a.target", "b.target"]
    assert one.hidden() == two.hidden() == []
