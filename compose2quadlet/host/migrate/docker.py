"""Asks the Docker Engine of this machine, and changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from compose2quadlet.host.dockerstate import State
from compose2quadlet.host.inventory import container
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.inventory import Container

MANY = 50
"""Objects that one command is asked about."""


def inspected(machine: Machine, kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """What ``docker inspect`` says of objects. Raises FailedError if one of them is gone."""
    wanted, found = list(names), []
    for at in range(0, len(wanted), MANY):
        found += _json(machine, "docker", kind, "inspect", *wanted[at : at + MANY])
    return found


def containers(machine: Machine, ids: Sequence[str]) -> list[Container]:
    """Containers as they are now, in the order of their IDs. Raises FailedError if one is gone."""
    nothing = State("", {})
    return [container(one, nothing) for one in inspected(machine, "container", ids)]


def _json(machine: Machine, *words: str) -> Any:
    text = machine.ask(*words)
    try:
        return json.loads(text)
    except ValueError as e:
        raise FailedError(f"'{' '.join(words[:3])}' prints no JSON") from e


def holders(paths: Iterable[str]) -> list[int]:
    """The processes that may still write below one of some directories of the host: those in other mount namespaces
    that have it mounted, and those that have a file open there. Source: proc(5), proc_pid_mountinfo(5)."""
    places = [_place(os.path.realpath(path)) for path in paths]
    roots = [os.path.realpath(path) for path in paths]
    here = os.readlink("/proc/self/ns/mnt")
    processes = [name for name in os.listdir("/proc") if name.isdecimal() and int(name) != os.getpid()]
    return sorted(int(name) for name in processes if _holds(name, roots, places, here))


def _place(path: str) -> tuple[str, str]:
    """The device of a path, and the path on it."""
    best = ("", "", "/")
    for device, root, mounted in _mounts("self"):
        if (path == mounted or path.startswith(f"{mounted.rstrip('/')}/")) and len(mounted) >= len(best[2]):
            best = (device, root, mounted)
    device, root, mounted = best
    return device, os.path.normpath(f"{root}/{path[len(mounted) :]}")


def _mounts(pid: str) -> list[tuple[str, str, str]]:
    """For each mount of a process, the device, what of it is mounted, and where."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
        lines = [line.split(" ", 5) for line in f]
    return [(fields[2], fields[3], fields[4]) for fields in lines]


def _holds(pid: str, roots: Sequence[str], places: Sequence[tuple[str, str]], here: str) -> bool:
    try:
        if os.readlink(f"/proc/{pid}/ns/mnt") == here:
            files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            return any(f == root or f.startswith(f"{root}/") for f in files for root in roots)
        seen = {(device, root) for device, root, _ in _mounts(pid)}
    except OSError:  # it has ended, or is one of the kernel
        return False
    return any(
        device == d and (root == place or root.startswith(f"{place}/")) for d, place in places for device, root in seen
    )
