"""What applying units would do, as a value: the files that change, and the units that start, restart or stop, and why.

Three states decide about a file: what was written, what is there, and what would be written. The services that Podman's
generator makes before and after decide about a unit, so that a comment or a description restarts nothing. Nothing here
reads a disk or asks a program: a dry run prints the same plan that a run carries out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from compose2quadlet.frozen import frozen
from compose2quadlet.kinds import KINDS, unit_of

Services = Mapping[str, str]
"""The texts of services, targets and other units of systemd, by name."""

SKIPPED = ("Unit", "Install", "X-")
"""The start of the names of sections that restart nothing: ``daemon-reload`` applies them, or nobody reads them."""

ENGINE = ("network", "volume")
"""Kinds whose objects Podman keeps as they are, whatever their units say."""


class Kind(StrEnum):
    """What happens to a file. EDITED is one that somebody changed since it was written, FOREIGN one that this tool did
    not write; both are replaced, or removed, only if the user says so."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    EDITED = "edited"
    FOREIGN = "foreign"


class Action(StrEnum):
    """What happens to a unit, in the order in which it happens. RECREATE is for networks and volumes."""

    STOP = "stop"
    RESTART = "restart"
    START = "start"
    RECREATE = "recreate"


@frozen()
class FileChange:
    """A file that changes: its absolute path, its text before and after, None where it does not exist."""

    path: str
    kind: Kind
    before: str | None
    after: str | None
    project: str = ""
    private: bool = True

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@frozen()
class UnitChange:
    """A unit that something happens to, and why."""

    unit: str
    action: Action
    why: str


@frozen()
class Plan:
    """All that applying would do."""

    files: tuple[FileChange, ...] = ()
    units: tuple[UnitChange, ...] = ()

    def of(self, action: Action) -> list[str]:
        """The units with this action."""
        return [change.unit for change in self.units if change.action is action]

    @property
    def empty(self) -> bool:
        return not self.files and not [u for u in self.units if u.action is not Action.RECREATE]


@frozen()
class World:
    """Units before or after: the texts of services by name, and the kinds of the files that they are made from."""

    services: Services
    kinds: Mapping[str, str]


def plan(
    files: Iterable[FileChange],
    before: World,
    after: World,
    active: Collection[str],
    failed: Collection[str] = (),
    unread: Collection[str] = (),
) -> Plan:
    """The plan for changes of files. ``active`` are the units that run now or did when a run began that was
    interrupted; ``failed`` those that did not start last time; ``unread`` those whose files somebody changed since the
    service manager read them, so that they run without that change."""
    changes = tuple(files)
    return Plan(changes, tuple(sorted(_units(changes, before, after, active, failed, unread), key=_order)))


def _order(change: UnitChange) -> tuple[int, bool, str]:
    return list(Action).index(change.action), change.unit.endswith(".target"), change.unit


def _units(
    files: Collection[FileChange],
    before: World,
    after: World,
    active: Collection[str],
    failed: Collection[str],
    unread: Collection[str],
) -> Iterator[UnitChange]:
    for unit in before.services.keys() - after.services.keys():
        if unit in active:
            yield UnitChange(unit, Action.STOP, "it is removed")
    starting = set(_starting(before, after, active))
    for unit, text in after.services.items():
        old = before.services.get(unit)
        kind = after.kinds.get(unit, "")
        if old is None:
            if unit in starting and unit not in active:
                yield UnitChange(unit, Action.START, "it is new")
            continue
        why = _why(unit, old, text, files, unit in unread)
        if why and kind in ENGINE:
            yield UnitChange(unit, Action.RECREATE, why)
        elif why and unit in active and not unit.endswith((".target", ".slice")):
            yield UnitChange(unit, Action.RESTART, why)
        elif unit in failed and unit not in active:
            yield UnitChange(unit, Action.START, "it did not start last time")


def _starting(before: World, after: World, active: Collection[str]) -> Iterator[str]:
    """The new targets, and what targets want that are new or active."""
    for unit, text in after.services.items():
        if unit.endswith(".target") and (unit not in before.services or unit in active):
            yield unit
            yield from re.findall(r"^Wants=(\S+)$", text, re.M)


def _why(unit: str, old: str, new: str, files: Iterable[FileChange], unread: bool) -> str:
    """Why a unit must restart; empty if it need not."""
    keys = {key for change in files if _makes(change.path, unit) for key in _keys(change)}
    if _words(old) != _words(new) or (keys and (unread or essence(old) != essence(new))):
        return f"{', '.join(sorted(keys))} changed" if keys else "its service changed"
    for change in files:
        differs = change.before is not None and change.after != change.before and not _is_unit(change.path)
        if differs and re.search(rf"{re.escape(change.path)}(?![\w.-])", new):
            return f"it reads {change.name}, which changed"
    return ""


def _words(text: str) -> list[list[str]]:
    """The words of each line, in any order: Podman's generator writes labels and variables in another one each time."""
    return [sorted(line.split()) for line in essence(text)]


def essence(text: str) -> list[str]:
    """The lines of a service whose change needs a restart."""
    out, skip = [], False
    for line in text.splitlines():
        if line.startswith("["):
            skip = line[1:].startswith(SKIPPED)
        if not skip and line.strip() and not line.startswith(("#", ";")):
            out.append(line)
    return out


def _keys(change: FileChange) -> set[str]:
    """The directives that differ."""
    old, new = (set(essence(text or "")) for text in (change.before, change.after))
    return {line.partition("=")[0] for line in old ^ new if "=" in line}


def _is_unit(path: str) -> bool:
    return path.rpartition(".")[2] in KINDS


def _makes(path: str, unit: str) -> bool:
    """Whether a file, or a drop-in of it, becomes a unit."""
    parts = path.split("/")
    name = parts[-2].removesuffix(".d") if parts[-2].endswith(".d") else parts[-1]
    return _is_unit(name) and unit_of(name) == unit


def kinds_of(names: Iterable[str]) -> dict[str, str]:
    """The kinds of unit files, by the names of their units."""
    return {unit_of(name): name.rpartition(".")[2] for name in names if _is_unit(name) and not name.endswith(".conf")}
