"""Reads files that somebody else may have planted: follows no links, never blocks, and limits what it reads."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

Identity = tuple[int, int, int]
"""Inode, time of the last change and size, which tell whether a file is still the same."""


def identity(found: os.stat_result) -> Identity:
    """What distinguishes a file from an earlier one."""
    return found.st_ino, found.st_mtime_ns, found.st_size


def found(at: int, name: str) -> os.stat_result | None:
    """The status of a name in a directory, of a link itself and not of its target; None if nothing exists."""
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def read(name: str | Path, limit: int, at: int | None = None) -> bytes | None:
    """The first ``limit`` bytes of a file, in the directory ``at`` if it is given; None if it is not a regular file.

    It does not wait for a FIFO, and does not follow a link. Raises OSError.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=at)
    except OSError as e:
        if e.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            return None
        raise
    try:
        now = os.fstat(fd)
        return os.read(fd, min(limit, now.st_size)) if stat.S_ISREG(now.st_mode) else None
    finally:
        os.close(fd)
