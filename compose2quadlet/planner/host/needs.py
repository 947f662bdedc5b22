"""What services need of their host, as data. The rules that find it are in ``rules`` and what it lists."""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Diagnostic, Path
from compose2quadlet.facts import Facts
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.host import unitnames
from compose2quadlet.planner.index import HostPath, Index


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a service needs of its host, and ``why``, for people; ``path`` is what it was concluded from.

    ``unit`` is a unit of the system's manager; with ``everywhere``, the user's manager has it as well. It is
    required where it is ``certain``, else wanted. ``mounted`` is a directory that must be a mount point, ``exists`` a
    path that must be there, before the container may start. ``said`` is what to say instead of why it was concluded;
    with ``suggested``, that is all that comes of it.
    """

    unit: str = ""
    why: str = ""
    path: Path = ()
    certain: bool = False
    everywhere: bool = False
    mounted: str = ""
    exists: str = ""
    said: Diagnostic | None = None
    suggested: bool = False


@dataclass(frozen=True, slots=True)
class HostNeeds:
    """What a unit says about its host, in the words of its scope.

    ``requires`` and ``wants`` are units, after which it starts; ``wanted_by`` are units that start it. ``mounted``
    and ``exists`` are paths to look at before each start. ``sockets`` are the sources of bind mounts that are
    replaced by Podman's socket, and ``api_socket`` says whether ``use_api_socket`` adds it. ``unmade`` are the
    sources that are not made where they are missing. ``unlabelled`` turns off SELinux's separation.
    """

    requires: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()
    mounted: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    sockets: frozenset[str] = frozenset()
    api_socket: bool = False
    unmade: tuple[str, ...] = ()
    unlabelled: bool = False

    @property
    def bridge(self) -> bool:
        """Whether units of the system are waited for by the user's manager."""
        return any(unit.startswith(unitnames.BRIDGE) for unit in (*self.requires, *self.wants))


@dataclass(frozen=True, slots=True)
class Subject:
    """A service, what is known of the host that it is to run on, and the units that it is said to need."""

    index: Index
    name: str
    scope: Scope
    facts: Facts | None
    said: tuple[str, ...] = ()

    @property
    def project(self) -> Project:
        return self.index.project

    @property
    def service(self) -> Service:
        return self.index.project.services[self.name]

    @property
    def paths(self) -> tuple[HostPath, ...]:
        """The paths of the host that its containers have."""
        return self.index.paths[self.name]

    def at(self, *below: str | int) -> Path:
        """The compose path of an attribute of the service."""
        return ("services", self.name, *below)


def first(facts: Facts, candidates: tuple[str, ...]) -> str | None:
    """The first of several units that the host runs, else the first that it has."""
    units = facts.units or {}
    running = (unit for unit in candidates if unit in units and units[unit].state == "active")
    return next(running, None) or next((unit for unit in candidates if facts.has(unit)), None)
