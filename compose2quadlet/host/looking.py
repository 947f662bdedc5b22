"""What is at a path of this host: its mode and owner, and whether the user of this process may read and write it."""

from __future__ import annotations

import os
import stat

from compose2quadlet.facts import Seen
from compose2quadlet.hostpaths import KERNEL

NOT_LISTED = (*KERNEL, "/bin", "/boot", "/lib", "/lib32", "/lib64", "/lost+found", "/sbin", "/snap", "/tmp", "/usr")  # noqa: S108
"""Directories that hold no data of services, at the top of a host."""

DEEPER = ("/var/lib/docker",)
"""Paths further down that are worth knowing."""

MOST = 400
"""The most entries of a directory to list."""


def look(path: str) -> Seen | None:
    """What is at an absolute path, behind symbolic links; None if that cannot be found out."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Seen()
    except (OSError, ValueError):
        return None
    enter = os.X_OK if stat.S_ISDIR(found.st_mode) else 0
    may = [os.access(path, right | enter) for right in (os.R_OK, os.W_OK)]
    return Seen(found.st_mode, found.st_uid, found.st_gid, *may)


def upper(root: str) -> tuple[dict[str, Seen], tuple[str, ...]]:
    """What is in the upper directories of the host at ``root``, and which directories were listed as a whole: those
    where people keep data, two levels deep. Directories on demand, and those of others, are not opened."""
    found: dict[str, Seen] = {}
    listed = []
    for directory in ["/", *sorted(_directories(root, "/"))]:
        names = _names(root, directory)
        if names is None:
            continue
        listed.append(directory)
        for name in names:
            path = f"{directory.rstrip('/')}/{name}"
            if seen := look(os.path.join(root, path.lstrip("/"))):
                found[path] = seen
    for path in DEEPER:
        if (seen := look(os.path.join(root, path.lstrip("/")))) and seen.mode:
            found[path] = seen
    top = look(root)
    return ({"/": top, **dict(sorted(found.items()))} if top and listed else {}), tuple(listed)


def _directories(root: str, directory: str) -> list[str]:
    """The directories in the topmost one that may hold data of services; no mount points, which may not answer."""
    device = os.lstat(root).st_dev if os.path.isdir(root) else 0
    found = []
    for name in _names(root, directory) or ():
        path = f"/{name}"
        try:
            there = os.lstat(os.path.join(root, name))
        except OSError:
            continue
        if path not in NOT_LISTED and stat.S_ISDIR(there.st_mode) and there.st_dev == device:
            found.append(path)
    return found


def _names(root: str, directory: str) -> list[str] | None:
    """The names in a directory; None if it cannot be listed, or has too many."""
    try:
        names = os.listdir(os.path.join(root, directory.lstrip("/")))
    except OSError:
        return None
    return sorted(names) if len(names) <= MOST else None
