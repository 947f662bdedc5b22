"""Leftovers of killed runs: files that may contain passwords, and that no journal knows any more."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from compose2quadlet.frozen import frozen
from compose2quadlet.host.directories import Tree
from compose2quadlet.host.files import found
from compose2quadlet.host.journal import PREFIX


@frozen()
class Leftover:
    """A temporary file or directory."""

    directory: Path
    name: str


def leftovers(tree: Tree, root: Path, directories: Iterable[Path]) -> Iterator[Leftover]:
    """The temporary files that no run uses any more. The caller holds the lock of ``root``, and has completed its
    journal. Outside ``root``, files may belong to runs with another output directory, so they stay. Raises RefusedError
    and OSError."""
    for directory in dict.fromkeys(directories):
        if not tree.has(directory):
            continue
        with tree.directory(directory) as at:
            for name in os.listdir(at):
                if not name.startswith(PREFIX):
                    continue
                now = found(at, name)
                if now is None or now.st_uid != os.geteuid():
                    continue
                if stat.S_ISDIR(now.st_mode) or (stat.S_ISREG(now.st_mode) and directory.is_relative_to(root)):
                    yield Leftover(directory, name)


def remove(tree: Tree, leftover: Leftover) -> None:
    """Remove a leftover file, or directory with its files, but without subdirectories. Raises OSError."""
    with tree.directory(leftover.directory) as at:
        with contextlib.suppress(IsADirectoryError):
            os.unlink(leftover.name, dir_fd=at)
            return
        with tree.directory(leftover.directory / leftover.name) as inside:
            for name in os.listdir(inside):
                os.unlink(name, dir_fd=inside)
        os.rmdir(leftover.name, dir_fd=at)
