"""Whether everybody may read a file of this host, as its mode says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice

from compose2quadlet.hostpaths import parents

MOST = 1000
"""Files below a directory that are looked at; of more, the rest is not known."""


def readable(path: str) -> bool:
    """Whether everybody may read an absolute path, and all that is below it. Not so where that cannot be found out."""
    try:
        above = (os.stat(parent).st_mode for parent in parents(os.path.dirname(path)))
        if not all(mode & stat.S_IXOTH for mode in above):
            return False
        found = list(islice(_modes(path), MOST + 1))
    except (OSError, ValueError):
        return False
    return len(found) <= MOST and all(map(_open, found))


def _open(mode: int) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
    return stat.S_ISLNK(mode) or mode & wanted == wanted


def _modes(path: str) -> Iterator[int]:
    """The mode of a path, and those of all that is below it. Raises OSError where they cannot be read."""
    mode = os.stat(path).st_mode
    yield mode
    if stat.S_ISDIR(mode):
        waiting = [path]
        for directory in waiting:  # grows meanwhile
            with os.scandir(directory) as entries:
                for entry in entries:
                    yield entry.stat(follow_symlinks=False).st_mode
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
