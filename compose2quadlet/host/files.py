"""Looking at files that somebody else may have put there: nothing is followed, waited for, or read without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

Identity = tuple[int, int, int]
"""Inode, time of the last change and size: whether a file is still the one that it was."""


def identity(found: os.stat_result) -> Identity:
    """What tells a file from one that was there before."""
    return found.st_ino, found.st_mtime_ns, found.st_size


def found(at: int, name: str) -> os.stat_result | None:
    """What is there under a name in a directory, a link itself and not its target; None for nothing."""
    try:
        return os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None


def read(name: str | Path, limit: int, at: int | None = None) -> bytes | None:
    """The first ``limit`` bytes of a file, in a directory where ``at`` is given; None for what is no regular file.

    A FIFO does not make it wait, and a link is not followed. Raises OSError.
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
