"""System calls that fail, disks that are full: all is as it was, or all is new, and what is said is true."""

from __future__ import annotations

import errno
import os
import re
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError, Severity
from compose2quadlet.host.changes import File
from compose2quadlet.host.write import Written, placed, write
from tests.write.processes import NEED_SPACE, Shim, failing, in_child
from tests.write.stacks import (
    GONE,
    NEW,
    STATES,
    Place,
    check_all_new,
    check_old_or_new,
    earlier,
    foreign,
    new_run,
    nothing,
    places,
    snapshot,
    texts,
)

pytestmark = pytest.mark.usefixtures("no_disk")

NOTHING = "Nothing was changed."


def attempt(place: Place, shim: Shim) -> tuple[Written | None, str]:
    """What a run has done where calls fail, or what it was refused with."""
    try:
        with shim.installed():
            return new_run(place), ""
    except RefusedError as e:
        return None, " ".join(f"{d.message} {d.hint}" for d in e.diagnostics)


def check_said(place: Place, before: dict[str, tuple[object, ...]], done: Written | None, said: str) -> None:
    """What was said is true, whatever it is."""
    # Directories that were made, and are empty, may stay where they cannot be removed.
    now = {
        n: s
        for n, s in snapshot(place.folder).items()
        if (not re.search("quadlet[-]|journal$", n) and s[2]) or n in before
    }
    left = [p for p in place.everything() if p.name in place.hidden() and p.stat().st_size]
    if done is None and NOTHING in said:
        assert now == before
        assert "Temporary files may remain" in said or not left
    elif done is None:
        assert "some files in" in said
    else:
        warned = any(d.code == "left-over" for d in done.diagnostics)
        assert {d.code for d in done.diagnostics if d.severity is Severity.WARNING} <= {"left-over"}
        assert warned or not left
        assert len(done.new + done.changed + done.unchanged) == len(NEW)


@pytest.mark.parametrize(
    ("state", "for_good", "error"),
    [
        *((state, False, errno.EIO) for state in (nothing, earlier)),
        *((state, True, errno.EIO) for state in (earlier, foreign)),
        (earlier, False, errno.EPERM),  # may mean that there are no hard links, which is no failure
    ],
)
def test_a_call_fails(folder: Path, state: Callable[[Place], None], for_good: bool, error: int) -> None:
    """Each call in turn, alone or with all that come after it."""
    make = places(folder, state)
    before = make(0).contents()
    outcomes = set()
    for number in range(1, 1000):
        place = make(number)
        there = snapshot(place.folder)
        shim = failing(number, error, None if for_good else number)
        done, said = attempt(place, shim)
        if number > len(shim.names):
            break
        check_old_or_new(place, before)
        check_said(place, there, done, said)
        outcomes.add("done" if done else "nothing" if NOTHING in said else "half")
        new_run(place)
        check_all_new(place, before)
    assert number > 30
    assert {"done", "nothing"} <= outcomes
    # What fails once is taken back. Where nothing works any more, that cannot be, and it is said.
    assert ("half" in outcomes) == for_good


@pytest.mark.parametrize("state", STATES)
def test_disk_full_at_each_call(folder: Path, state: Callable[[Place], None]) -> None:
    """From some call on nothing fits any more, and what removes something still works."""
    make = places(folder, state)
    before = make(0).contents()
    for number in range(1, 1000):
        place = make(number)
        there = snapshot(place.folder)
        done, said = attempt(place, failing(number, errno.ENOSPC, only=NEED_SPACE))
        if done:
            break
        assert "no space left on device" in said
        assert f"Free some space there, or choose another directory with -o. {NOTHING}" in said
        assert snapshot(place.folder) == there
    assert number > 15
    check_all_new(place, before)


def sized(place: Place, size: int) -> Written:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return new_run(place)


@pytest.mark.parametrize("state", [nothing, earlier])
def test_no_file_may_be_larger(folder: Path, state: Callable[[Place], None]) -> None:
    """The kernel itself lets writes fail, from each size on: in the middle of a file, or of the journal."""
    make = places(folder, state)
    before = make(0).contents()
    for size in [*range(0, 100, 7), *range(100, 4000, 200)]:
        place = make(size + 1)
        there = snapshot(place.folder)
        ended = in_child(lambda: sized(place, size))  # noqa: B023
        if ended.result:
            break
        assert "output-unwritable: cannot write into" in ended.said
        assert "file too large" in ended.said
        assert NOTHING in ended.said
        assert snapshot(place.folder) == there
    assert size > 500
    check_all_new(place, before)


def test_short_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """write(2) may write less than it was given."""
    place = Place(folder)
    write, pwrite = os.write, os.pwrite
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:7], at))
    new_run(place)
    check_all_new(place, {})


def test_a_file_system_without_hard_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old files cannot be kept there: what was written before a failure stays, that is said, and the next run ends
    it."""
    place = Place(folder)
    earlier(place)
    before = place.contents()

    def refused(*_args: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    rename = os.rename
    calls = []

    def failing_rename(*args: str, **kwargs: int) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise OSError(errno.EIO, "Input/output error")
        rename(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", failing_rename)
    with pytest.raises(RefusedError) as refusal:
        new_run(place)
    assert "some files in" in str(refusal.value)
    check_old_or_new(place, before)
    monkeypatch.setattr(os, "rename", rename)
    new_run(place)
    check_all_new(place, before)


def test_a_file_system_without_modes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As FAT, where all files are open: they are written, and it is said which of them others can read."""

    def refused(_fd: int, _mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    fstat = os.fstat

    def open_to_all(fd: int) -> os.stat_result:
        there = fstat(fd)
        return os.stat_result([there.st_mode | 0o755, *there[1:]])

    monkeypatch.setattr(os, "fchmod", refused)
    monkeypatch.setattr(os, "fstat", open_to_all)
    place = Place(folder)
    done = new_run(place)
    assert place.contents() == texts(NEW)
    (diagnostic,) = done.diagnostics
    assert diagnostic.code == "open-file"
    assert "other users can read web.container:" in diagnostic.message


def test_removals_alone(folder: Path) -> None:
    place = Place(folder)
    earlier(place)
    done = place.write({}, GONE)
    assert done.removed == (place.path("old.volume"),)
    assert "old.volume" not in place.contents()
    assert not place.write({}, GONE).removed


def test_a_name_that_is_too_long_for_the_file_system(folder: Path) -> None:
    """It is found while nothing is replaced, also in a directory that this run creates: a file system may allow less
    than others do."""
    out = folder / "units"
    short = placed(out, {"p-a.container": "# Made by compose2quadlet 0.1.0 from the compose project p, service a.\n"})
    with pytest.raises(RefusedError) as caught:
        write({**short, out / "systemd" / f"{'p' * 300}.target": File("")}, [out, out / "systemd"])
    assert [d.code for d in caught.value.diagnostics] == ["output-unwritable"]
    assert NOTHING in caught.value.diagnostics[0].hint
    assert not list(folder.rglob("*"))
