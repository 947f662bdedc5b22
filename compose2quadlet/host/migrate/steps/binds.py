"""Keeps who owns what in bind mounts, since images and Podman change that when they start."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.migrate.plan import BindMove

MOST_OWNERS = 500_000
"""The most files of a bind mount whose owners are kept."""


def step() -> Step:
    """Record the owners before the first start, and put them back."""
    return Step("bind mounts", "record the owners of bind mounts", _record, _restore, lambda w: _owners(w).is_file())


def _owners(work: Work) -> Path:
    return work.journal.directory / f"owners-{work.group.name}"


def _record(work: Work) -> None:
    place = _owners(work)
    work.machine.note(f"# keep the owners of {len(work.group.binds)} bind mounts in {place}")
    if work.machine.dry or work.reached("start"):
        return
    part = place.with_name(f"{place.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as f:
        for bind in work.group.binds:
            for path in _paths(bind):
                found = os.lstat(path)
                f.write(json.dumps([path, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)]) + "\n")
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, place)


def _paths(bind: BindMove) -> Iterable[str]:
    """The top of a bind mount and, where services may write, all below it."""
    if not os.path.lexists(bind.path):
        return
    yield bind.path
    if not bind.writable or not os.path.isdir(bind.path):
        return
    count = 0
    for where, folders, files in os.walk(bind.path):
        for name in (*folders, *files):
            count += 1
            if count > MOST_OWNERS:
                return
            yield os.path.join(where, name)


def _restore(work: Work) -> None:
    place, count = _owners(work), 0
    if work.machine.dry:
        work.machine.note(f"# put the owners back that {place} has, where they have changed")
        return
    if not work.reached("start") or not place.is_file():
        return
    with open(place) as f:
        for line in f:
            path, uid, gid, mode = json.loads(line)
            count += _put_back(path, uid, gid, mode)
    if count:
        work.say(f"{count} files of bind mounts have their owners back")


def _put_back(path: str, uid: int, gid: int, mode: int) -> bool:
    """Give a file its owner and mode back, without following a link; whether that was needed."""
    try:
        fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # it is gone
        return False
    try:
        found = os.fstat(fd)
        if (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (uid, gid, mode):
            return False
        where = f"/proc/self/fd/{fd}"  # the file itself, whatever its path leads to by now
        os.chown(where, uid, gid)
        if not stat.S_ISLNK(found.st_mode):
            os.chmod(where, mode)
        return True
    finally:
        os.close(fd)
