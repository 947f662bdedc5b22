"""The plan of a migration: a value that is a file, to be read in a review and run later.

It has all that ``run``, ``rollback`` and ``status`` need, the text of the units too. Its file is readable for its owner
only, because units may contain passwords.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, ClassVar

from compose2quadlet.frozen import frozen
from compose2quadlet.migrate.idmap import IDENTITY, IdMap

VERSION = 1
"""The version of the file format."""

STRICT = {"extra": "forbid"}


@frozen()
class Old:
    """A container of Docker as it was when the plan was made. ``stop`` is in seconds."""

    id: str
    name: str
    project: str
    service: str
    image: str
    running: bool
    health: str
    policy: str
    config_hash: str
    stop: int


@frozen()
class ImageMove:
    """An image that Podman gets. ``names`` are those in full that it has there; ``size`` is in bytes. ``there`` says
    that Podman had it under these names when the plan was made."""

    id: str
    names: tuple[str, ...]
    layers: tuple[str, ...]
    size: int
    there: bool = False


@frozen()
class VolumeMove:
    """A volume whose data is copied from the directory ``source`` into Podman's volume ``into``.

    ``unit`` is the service that creates it, empty if a command does. ``files``, ``size`` and ``space`` (in bytes) and
    the largest IDs were counted while Docker ran. ``reflink`` says that the copy takes no space. ``why`` says how the
    map was chosen; ``guards`` are names at its top, one of which has to be there when a service starts.
    ``replaces`` is an earlier migration whose copy is written over.
    """

    name: str
    source: str
    into: str
    unit: str
    file: str
    ids: IdMap = IDENTITY
    why: str = ""
    services: tuple[str, ...] = ()
    users: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    files: int = 0
    size: int = 0
    space: int = 0
    reflink: bool = False
    guards: tuple[str, ...] = ()
    unnamed: bool = False
    replaces: str = ""


@frozen()
class BindMove:
    """A directory or file of the host that stays where it is. ``uid`` and ``gid`` own it; ``seen`` is its owner inside
    the container. ``problem`` says what its owner means for the service, empty for nothing."""

    path: str
    uid: int
    gid: int
    mode: int
    writable: bool
    services: tuple[str, ...]
    seen: str = ""
    problem: str = ""


@frozen()
class PortMove:
    """A port of the host that changes hands."""

    address: str
    number: int
    protocol: str
    service: str
    running: bool


@frozen()
class NetworkMove:
    """A network that units use and do not create, and a command does."""

    name: str
    internal: bool
    there: bool


@frozen()
class UnitFile:
    """A file that is put into place: ``path`` is absolute, ``project`` empty for a file of all projects."""

    path: str
    text: str
    project: str
    private: bool


@frozen()
class Service:
    """A unit that runs afterwards, and the containers that it stands for; ``needed`` says that one of them ran."""

    unit: str
    container: str
    old: str
    needed: bool
    health: bool


@frozen()
class StepText:
    """A step for people: its commands as a shell takes them, and those of the way back."""

    id: str
    title: str
    commands: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


@frozen()
class Group:
    """Projects that move together. ``containers`` are in the order in which they start. ``seconds`` is the estimated
    downtime; ``blockers`` say why they cannot move, and ``notes`` what else to know."""

    name: str
    projects: tuple[str, ...]
    containers: tuple[Old, ...]
    images: tuple[ImageMove, ...]
    volumes: tuple[VolumeMove, ...]
    binds: tuple[BindMove, ...]
    ports: tuple[PortMove, ...]
    networks: tuple[NetworkMove, ...]
    bridges: tuple[tuple[str, str], ...]
    files: tuple[UnitFile, ...]
    targets: tuple[str, ...]
    services: tuple[Service, ...]
    sources: tuple[tuple[str, str], ...]
    seconds: int = 0
    blockers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[StepText, ...] = ()


@frozen()
class Plan:
    """The plan. ``id`` names the migration, ``made`` is when it was made (UTC). ``user`` is the login user whose
    service manager runs the units, empty for the system's. ``store`` is where Podman keeps its volumes. With ``whole``,
    nothing of Docker stays, and it is switched off at the end. ``beside`` says that Docker's firewall has to let
    Podman's networks through. ``options`` are those of the conversion. ``stays`` is what does not move, and why;
    ``left_alone`` are the IDs of containers among it.
    """

    id: str
    made: str
    scope: str
    user: str
    uid: int
    gid: int
    home: str
    store: str
    docker: str
    podman: str
    whole: bool
    beside: bool
    docker_units: tuple[str, ...]
    options: dict[str, Any]
    groups: tuple[Group, ...]
    stays: tuple[tuple[str, str], ...] = ()
    left_alone: tuple[str, ...] = ()
    version: int = VERSION

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def blocked(self) -> bool:
        """Whether nothing of it can be run."""
        return all(group.blockers for group in self.groups)


class PlanError(Exception):
    """A file is not a plan that can be used. The text says why."""


def dump(plan: Plan) -> str:
    """The plan as JSON."""
    return json.dumps(asdict(plan), indent=1, ensure_ascii=True) + "\n"


def load(text: str, file: str) -> Plan:
    """The plan of a file. Raises PlanError for another file."""
    from pydantic import TypeAdapter, ValidationError

    try:
        whole = json.loads(text)
        if whole.get("version") != VERSION:
            raise _refused(file, f"it has version {whole.get('version')!r}, and this tool knows version {VERSION}")
        return TypeAdapter(Plan).validate_python(whole)
    except (ValueError, AttributeError, RecursionError) as e:
        count = f" ({e.error_count()} places)" if isinstance(e, ValidationError) else ""
        raise _refused(file, f"it is not a plan of a migration{count}") from e


def _refused(file: str, reason: str) -> PlanError:
    return PlanError(f"{file} cannot be used as a plan: {reason}")


COPY_SPEED, HASH_SPEED = 80_000_000, 150_000_000
"""Bytes a second, on a slow disk; each copy is read three times for its manifests."""

FILE_SECONDS, START_SECONDS = 0.0005, 3.0


def downtime(volumes: Iterable[VolumeMove], containers: Iterable[Old], services: int) -> int:
    """How long services are away, in seconds: a guess on the slow side."""
    seconds = max((c.stop for c in containers if c.running), default=0) + services * START_SECONDS
    for one in volumes:
        seconds += (0 if one.reflink else one.size / COPY_SPEED) + 3 * one.size / HASH_SPEED + one.files * FILE_SECONDS
    return round(seconds)
