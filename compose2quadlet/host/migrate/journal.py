"""The journal of a migration: what was begun, done and undone, on the disk before and after each step.

With the plan beside it, it is all that is needed to go on after any end of this program, or to go back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from compose2quadlet.frozen import frozen
from compose2quadlet.host.journal import append, records
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.migrate.plan import Plan, dump, load

STATE = Path("/var/lib/compose2quadlet/migrations")
"""Where migrations are kept, each in a directory with the name of its ID."""

JOURNAL, PLAN = "journal", "plan.json"


class Event(StrEnum):
    """What is said of a step, or of a group if the step is empty."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


@frozen()
class Mark:
    """The last event of a step, when it was (UTC), and what it left to know."""

    event: Event
    at: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Journal:
    """An open journal; ``marks`` has the last event of each step by group and step, ``begun`` all that were ever
    begun."""

    directory: Path
    fd: int
    plan: Plan
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    begun: set[tuple[str, str]] = field(default_factory=set)

    def record(self, event: Event, group: str, step: str = "", data: dict[str, Any] | None = None) -> None:
        """Add an event, and wait until it is on the disk. Raises OSError."""
        mark = Mark(event, now(), data or {})
        append(self.fd, {"event": event, "at": mark.at, "group": group, "step": step, "data": mark.data})
        self._keep(event, group, step, mark)

    def _keep(self, event: Event, group: str, step: str, mark: Mark) -> None:
        self.marks[group, step] = mark
        if event is Event.BEGUN:
            self.begun.add((group, step))

    def adopt(self, found: Iterable[dict[str, Any]]) -> None:
        """Take over the records of a file."""
        for one in found:
            event = Event(one["event"])
            self._keep(event, one["group"], one["step"], Mark(event, one["at"], one["data"]))

    def mark(self, group: str, step: str = "") -> Mark | None:
        """The last event of a step, or of a group."""
        return self.marks.get((group, step))

    def data(self, group: str, step: str) -> dict[str, Any]:
        """What a step left to know; nothing if it was not done."""
        mark = self.mark(group, step)
        return mark.data if mark else {}


def now() -> str:
    """The time (UTC), to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def opened(directory: Path, plan: Plan | None = None) -> Iterator[Journal]:
    """Open the journal of a migration, for nobody else at the same time. With a ``plan``, it is begun if it is new.

    Raises FailedError if another run holds it, PlanError for a plan that cannot be used, and OSError.
    """
    if plan:
        _begin(directory, plan)
    elif not (directory / PLAN).is_file():
        raise FailedError(f"there is no migration {directory.name} in {directory.parent}", "See: migrate status")
    fd = os.open(directory / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise FailedError(f"another run works on the migration {directory.name}", "Wait until it has ended.") from e
        yield _read(directory, fd)
    finally:
        os.close(fd)


def _begin(directory: Path, plan: Plan) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = directory / PLAN
    if place.exists():
        return
    part = directory / f"{PLAN}.part"
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w") as f:
        f.write(dump(plan))
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, place)
    at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(at)
    os.close(at)


def _read(directory: Path, fd: int) -> Journal:
    plan = load((directory / PLAN).read_text(), str(directory / PLAN))
    found = Journal(directory, fd, plan)
    whole = records(fd)
    found.adopt(whole)
    _cut(fd, len(whole))
    return found


def _cut(fd: int, lines: int) -> None:
    """Remove a line that was not completely written, so that the next one can be read."""
    data = os.pread(fd, os.fstat(fd).st_size, 0)
    whole = b"".join(data.splitlines(keepends=True)[:lines])
    if len(whole) != len(data):
        os.ftruncate(fd, len(whole))


def glance(directory: Path) -> Journal:
    """A journal to look at, while another run may write it. Raises PlanError and OSError."""
    fd = os.open(directory / JOURNAL, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        found = Journal(directory, -1, load((directory / PLAN).read_text(), str(directory / PLAN)))
        found.adopt(records(fd))
        return found
    finally:
        os.close(fd)


def migrations(state: Path) -> list[Path]:
    """The directories of all migrations, the oldest first."""
    if not state.is_dir():
        return []
    return sorted(p for p in state.iterdir() if (p / PLAN).is_file() and (p / JOURNAL).is_file())
