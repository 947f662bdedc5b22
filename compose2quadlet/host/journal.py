"""The journal of a run: what it is about to write, so that the next run can complete it or undo it.

It is a hidden file in the output directory. It exists only while a run writes, or after a run was killed, and serves
as the lock, too. Its first line is the plan, its second one says that all new files are ready; each starts with its
hash, so that a partial line does not count.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host.directories import Tree, VanishedError
from compose2quadlet.host.files import Identity, found
from compose2quadlet.host.signals import deferred

NAME = ".compose2quadlet.journal"

PREFIX = ".compose2quadlet-"
"""The start of the names of files that are ready to be renamed, and of old files until the run is over. No reader of
units takes them for one."""

PATIENCE = 10.0
"""Seconds to wait for another run, which usually takes less than one."""

PAUSE = 0.02
LIMIT = 64 * 2**20
"""The most bytes to read from a journal; 300 projects need half a million."""

VERSION = 1
"""The version of the journal's format."""


@frozen()
class Step:
    """A file to write, or to remove if ``sha256`` is empty. ``path`` is relative to the output directory, or absolute;
    ``name`` is that of the files beside it: the new one (``.new``) and the old one (``.old``)."""

    path: str
    name: str
    sha256: str
    size: int
    old: Identity | None

    def at(self, root: Path) -> Path:
        """The absolute path."""
        return root / self.path


def new_name() -> str:
    """A unique start for the names of a run's files."""
    return PREFIX + secrets.token_hex(4)


# ---------------------------------------------------------------- the file


def there(tree: Tree, directory: Path) -> bool:
    """Whether a run is writing into a directory, or was interrupted. Raises RefusedError and OSError."""
    with tree.directory(directory) as at:
        return found(at, NAME) is not None


@contextlib.contextmanager
def locked(at: int, directory: Path) -> Iterator[int]:
    """Hold the lock of a directory, and yield the descriptor of its journal. An empty journal is removed at the end.

    Raises RefusedError if another run holds the lock too long, VanishedError, and OSError.
    """
    fd = _lock(at, directory)
    try:
        yield fd
    finally:
        with deferred(), contextlib.suppress(OSError):  # an empty journal does no harm
            if os.fstat(fd).st_size == 0:
                os.unlink(NAME, dir_fd=at)
        os.close(fd)


@contextlib.contextmanager
def all_locked(directories: Mapping[Path, int], held: Iterable[int] = ()) -> Iterator[None]:
    """Hold the locks of open directories, except those already ``held``. Raises the same errors as ``locked``."""
    there = [os.fstat(fd) for fd in held]
    with contextlib.ExitStack() as stack:
        for path, fd in sorted(directories.items()):
            here = os.fstat(fd)
            if not any(os.path.samestat(here, other) for other in there):  # one directory with two paths
                there.append(here)
                stack.enter_context(locked(fd, path))
        yield


def _lock(at: int, directory: Path) -> int:
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(FileNotFoundError, BlockingIOError):  # just removed; held by another run
            fd = _opened(at, directory)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.stat(NAME, dir_fd=at, follow_symlinks=False), os.fstat(fd)):
                    return fd
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
        if time.monotonic() > end:
            raise busy(directory)
        time.sleep(PAUSE)


def _opened(at: int, directory: Path) -> int:
    """The journal, created if it is missing. A journal of another user must not decide what is done."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(NAME, flags | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=at)
    except FileNotFoundError as e:
        raise VanishedError from e
    except FileExistsError:
        fd = os.open(NAME, flags, dir_fd=at)
    there = os.fstat(fd)
    if stat.S_ISREG(there.st_mode) and (there.st_uid == os.geteuid() or not there.st_size):
        return fd
    os.close(fd)
    raise refuse(
        "unsafe-directory",
        f"{directory / NAME} belongs to another user",
        "Find out why, and remove it; or choose another directory with -o. Nothing was changed.",
        position=Position(str(directory)),
    )


def busy(directory: Path) -> RefusedError:
    """The error if another run holds a directory."""
    return refuse(
        "another-run",
        f"another run of this tool is writing into {directory}",
        "Wait until it has ended, and convert again. Nothing was changed.",
        position=Position(str(directory)),
    )


def append(fd: int, record: Any) -> None:
    """Add a record to a journal, and wait until it is on the disk. Raises OSError."""
    body = json.dumps(record).encode()
    line = hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"
    place = os.fstat(fd).st_size
    while line:
        done = os.pwrite(fd, line, place)
        place, line = place + done, line[done:]
    os.fsync(fd)


def records(fd: int) -> list[Any]:
    """The records that were completely written."""
    found = []
    for line in os.pread(fd, min(os.fstat(fd).st_size, LIMIT), 0).splitlines(keepends=True):
        checksum, _, body = line.partition(b" ")
        if hashlib.sha256(body.removesuffix(b"\n")).hexdigest().encode() != checksum or not body.endswith(b"\n"):
            break
        found.append(json.loads(body))
    return found


def plan(fd: int, steps: Sequence[Step]) -> None:
    """Record what is about to happen. Raises OSError."""
    append(fd, {"version": VERSION, "steps": [asdict(step) for step in steps]})


def ready(fd: int) -> None:
    """Record that all new files are ready: from now on, the next run would complete this one. Raises OSError."""
    append(fd, "ready")


def clear(fd: int) -> None:
    """Record that the run is over. Raises OSError."""
    if os.fstat(fd).st_size:
        os.ftruncate(fd, 0)


def noted(fd: int, directory: Path) -> tuple[list[Step], bool]:
    """The plan of an interrupted run, empty if there was none, and whether its files were ready. Raises RefusedError
    for the journal of another version of this tool."""
    match records(fd):
        case []:
            clear(fd)  # a partial line
            return [], False
        case [{"version": 1, "steps": steps}, *more]:
            return [Step(**{**s, "old": tuple(s["old"]) if s["old"] else None}) for s in steps], bool(more)
    raise refuse(
        "another-run",
        f"another version of this tool was interrupted while it wrote into {directory}",
        "Run that version again to complete it. Nothing was changed.",
        position=Position(str(directory)),
    )
