"""Paths of the host: one spelling for each, and which directories are the system's own.

Two paths are only ever compared in the spelling that ``normalised`` gives: the same socket may be written
``/var/run/docker.sock``, ``//var/run/docker.sock`` or ``/var/run/../run/docker.sock``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

KERNEL = ("/dev", "/proc", "/run", "/sys")
"""Directories of the kernel and of running services: nothing in them outlives the machine."""

SYSTEM = (*KERNEL, "/boot", "/etc", "/snap", "/var/lib/containers", "/var/lib/docker")
"""Directories whose file systems are mounted for the system or for a container engine, not for anybody's data."""

REMOVABLE = "/run/media"
"""Where desktops mount disks that somebody plugs in."""


def normalised(path: str) -> str:
    """The shortest spelling of an absolute path, under its present name: /run for /var/run.

    Anything else than an absolute path stays as it is. Source: POSIX.1-2017, 4.13, leaves the meaning of exactly two
    slashes at the start to the system; on Linux, they mean one.
    """
    if not path.startswith("/"):
        return path
    clean = "/" + posixpath.normpath(path).lstrip("/")
    return clean.removeprefix("/var") if f"{clean}/".startswith("/var/run/") else clean


def parents(path: str) -> Iterator[str]:
    """A normalised absolute path and the directories that it is in, from the inside out, down to ``/``."""
    while path not in ("", "/"):
        yield path
        path = path.rpartition("/")[0]
    yield "/"


def inside(path: str, directories: Iterable[str]) -> bool:
    """Whether a normalised path is one of some directories, or is in one of them."""
    return f"{path}/".startswith(tuple(f"{directory.rstrip('/')}/" for directory in directories))


def holds_data(target: str) -> bool:
    """Whether a service may keep data on what is mounted at a normalised path."""
    return inside(target, (REMOVABLE,)) or not inside(target, SYSTEM)
