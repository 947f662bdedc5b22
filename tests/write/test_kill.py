"""Killed after each system call that changes something: every file is old or new, and the next run cleans up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.write.processes import KILLED, in_child, killing
from tests.write.stacks import STATES, Place, check_all_new, check_old_or_new, earlier, new_run, places

pytestmark = pytest.mark.usefixtures("no_disk")


@pytest.mark.parametrize("state", STATES)
def test_killed_after_each_call(folder: Path, state: Callable[[Place], None]) -> None:
    make = places(folder, state)
    before = make(0).contents()
    said = set()
    for number in range(1, 1000):
        place = make(number)
        ended = in_child(lambda: new_run(place), killing(number))  # noqa: B023
        if ended.code != KILLED:
            break
        check_old_or_new(place, before)
        said |= {d.message.partition(":")[0] for d in new_run(place).diagnostics}
        check_all_new(place, before)
    assert ended.code == 0
    check_all_new(place, before)
    assert number > 30
    assert said == {
        "an interrupted earlier run had not changed anything yet; its temporary files are removed",
        "an interrupted earlier run is now complete",
    }


@pytest.mark.parametrize("first", ["write", "rename", "unlink"])
def test_killed_again_while_cleaning_up(folder: Path, first: str) -> None:
    """The run that works off the journal of one that was killed may be killed as well, after each of its calls."""
    make = places(folder, earlier)
    before = make(0).contents()
    for second in range(1, 25):
        place = make(second + 1)
        assert in_child(lambda: new_run(place), killing(3, first)).code == KILLED  # noqa: B023
        ended = in_child(lambda: new_run(place), killing(second))  # noqa: B023
        if ended.code != KILLED:
            break
        check_old_or_new(place, before)
        new_run(place)
        check_all_new(place, before)
    assert second > 10
