"""Paths of the host: one spelling for each, and the directories of the system.

Paths are only compared in the spelling that ``normalised`` returns: the same socket may be written
``/var/run/docker.sock``, ``//var/run/docker.sock`` or ``/var/run/../run/docker.sock``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

KERNEL = ("/dev", "/proc", "/run", "/sys")
"""Directories of the kernel and of running services: nothing in them survives a reboot."""

SYSTEM = (*KERNEL, "/boot", "/etc", "/snap", "/var/lib/containers", "/var/lib/docker")
"""Directories whose file systems are mounted for the system or for a container engine, not for user data."""

REMOVABLE = "/run/media"
"""Where desktops mount removable disks."""


def normalised(path: str) -> str:
    """The shortest spelling of an absolute path, under its current name: /run instead of /var/run.

    Other texts stay as they are. Source: POSIX.1-2017, 4.13, lets the system decide what exactly two slashes at the
    start mean; on Linux, they mean one.
    """
    if not path.startswith("/"):
        return path
    clean = "/" + posixpath.normpath(path).lstrip("/")
    return clean.removeprefix("/var") if f"{clean}/".startswith("/var/run/") else clean


def parents(path: str) -> Iterator[str]:
    """A normalised absolute path and the directories above it, up to ``/``."""
    while path not in ("", "/"):
        yield path
        path = path.rpartition("/")[0]
    yield "/"


def inside(path: str, directories: Iterable[str]) -> bool:
    """Whether a normalised path is one of the directories, or below one of them."""
    return f"{path}/".startswith(tuple(f"{directory.rstrip('/')}/" for directory in directories))


def holds_data(target: str) -> bool:
    """Whether a service may keep data on the mount at a normalised path."""
    return inside(target, (REMOVABLE,)) or not inside(target, SYSTEM)
