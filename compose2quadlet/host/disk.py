"""Looks at data on the disk: owners, modes and bytes. It follows no links and reads no file."""

from __future__ import annotations

import os
import stat

from compose2quadlet.inventory import Data

BLOCK = 512
"""Bytes of a block in ``st_blocks``. Source: stat(3type)."""

KINDS = {
    stat.S_IFDIR: "directory",
    stat.S_IFREG: "file",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "FIFO",
    stat.S_IFBLK: "device",
    stat.S_IFCHR: "device",
}

MOST_OWNERS = 20
"""Owners that are listed; of more, only the largest is known."""


def looked_at(path: str) -> Data | None:
    """The owner and the mode of a path, which may be a link; None where it cannot be looked at."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    return Data(found.st_uid, found.st_gid, mode, KINDS.get(stat.S_IFMT(found.st_mode), "file"))


def counted(path: str) -> Data | None:
    """All that is in a directory, without other file systems mounted below it; None where it cannot be read.

    A file with several names counts once. What goes away meanwhile is left out.
    """
    top = looked_at(path)
    if top is None or top.kind != "directory":
        return top
    device = os.stat(path).st_dev
    uids, gids, seen = {top.uid}, {top.gid}, set[int]()
    size, entries, waiting = os.stat(path).st_blocks, 0, [path]
    for folder in waiting:  # grows meanwhile
        try:
            with os.scandir(folder) as names:
                for entry in names:
                    found = entry.stat(follow_symlinks=False)
                    if found.st_dev != device:
                        continue
                    entries += 1
                    uids.add(found.st_uid)
                    gids.add(found.st_gid)
                    if found.st_nlink == 1 or found.st_ino not in seen:
                        size += found.st_blocks
                    if stat.S_ISDIR(found.st_mode):
                        waiting.append(entry.path)
                    elif found.st_nlink > 1:
                        seen.add(found.st_ino)
        except FileNotFoundError:
            continue
        except OSError:
            return top
    owners = tuple(sorted(uids)) if len(uids) <= MOST_OWNERS else ()
    return Data(top.uid, top.gid, top.mode, top.kind, size * BLOCK, entries, max(uids), max(gids), owners)
