"""Reads input files: only regular ones, and only up to a size limit."""

from __future__ import annotations

import os
import stat
import sys

from compose2quadlet.diagnostics import PATH, Position, refuse, told

MAX_BYTES = 16 * 1024 * 1024
"""The largest file that is read, in bytes. Compose files with thousands of services are much smaller."""

NULL = os.makedev(1, 3)
"""``/dev/null``, which people use for "no file"."""


def read(path: str, what: str, position: Position | None = None) -> bytes:
    """The bytes of a regular file; ``-`` is standard input.

    ``what`` is the file's role in messages ("compose file"), ``position`` is where it is named.
    Raises RefusedError if it is missing, unreadable, too large, or a FIFO, a device or a directory: those
    could block forever or never end.
    """
    if path == "-" and sys.stdin is None:
        raise refuse(
            "file-unreadable", "standard input is closed", "Name a file, or pipe the output of a program into this one."
        )
    if path == "-":
        return _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), path, what, position)
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as e:  # a NUL, which no path has
        problem = f"cannot read {_named(what, path)}: its path has a NUL character"
        raise refuse("file-unreadable", problem, "Correct the path.", position=position) from e
    except OSError as e:
        raise refuse(
            "file-not-found" if isinstance(e, FileNotFoundError) else "file-unreadable",
            f"cannot read {_named(what, path)}: {(e.strerror or str(e)).lower()}",
            "Check the path and its permissions. Relative paths start at the project directory.",
            position=position or _place(path),
        ) from e
    status = os.fstat(fd)
    mode = status.st_mode
    if stat.S_ISCHR(mode) and status.st_rdev == NULL:
        os.close(fd)
        return b""
    if not stat.S_ISREG(mode):
        os.close(fd)
        kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise refuse(
            "file-unreadable",
            f"cannot read {_named(what, path)}: it is {kind}",
            "Name a regular file. To read a compose file from standard input, use '-f -'.",
            position=position or _place(path),
        )
    with open(fd, "rb") as f:
        return _bounded(f.read(MAX_BYTES + 1), path, what, position)


def _place(path: str) -> Position:
    """A file by its name; one that may be a value by mistake by its directory."""
    return Position(path if PATH.fullmatch(path) else os.path.dirname(path) or ".")


def _named(what: str, path: str) -> str:
    return f"{what} {told(path, PATH, '')}".rstrip()


def _bounded(data: bytes, path: str, what: str, position: Position | None) -> bytes:
    if len(data) > MAX_BYTES:
        raise refuse(
            "file-too-large",
            f"{_named(what, path)} is larger than {MAX_BYTES // (1024 * 1024)} MiB",
            "Compose files and env files are small. Is this the right file?",
            position=position or _place(path),
        )
    return data


def exists(path: str) -> bool:
    """Whether ``path`` is there and not a directory."""
    return os.path.exists(path) and not os.path.isdir(path)
