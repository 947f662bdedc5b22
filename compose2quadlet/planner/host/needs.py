"""What services need from their host, as data. The rules that find it are listed in ``rules``."""

from __future__ import annotations

from compose2quadlet.diagnostics import Diagnostic, Path
from compose2quadlet.facts import Facts
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.host import unitnames
from compose2quadlet.planner.index import HostPath, Index


@frozen()
class Need:
    """One thing that a service needs from its host. ``why`` is for people; ``path`` is the attribute behind it.

    ``unit`` is a unit of the system's service manager; with ``everywhere``, the user's has it, too. It is
    required where it is ``certain``, else wanted. ``mounted`` is a directory that must be a mount point, ``exists`` a
    path that must exist, before the container may start. ``said`` replaces the usual message;
    with ``suggested``, the message is the only effect, and with ``quiet``, there is none.
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
    quiet: bool = False


@frozen()
class HostNeeds:
    """What a unit needs from its host, in terms of its scope.

    It starts after the units in ``requires`` and ``wants``; the units in ``wanted_by`` start it. ``mounted``
    and ``exists`` are paths to check before each start. ``sockets`` are the sources of bind mounts that are
    replaced with Podman's socket, and ``api_socket`` says whether ``use_api_socket`` adds it. ``unmade`` are the
    sources that are not created if they are missing. ``unlabelled`` turns off SELinux separation.
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
        """Whether a user unit waits for units of the system."""
        return any(unit.startswith(unitnames.BRIDGE) for unit in (*self.requires, *self.wants))

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the host that the service waits for, by the names that the host has for them."""
        return tuple(dict.fromkeys(map(unitnames.unbridged, (*self.requires, *self.wants))))


@frozen()
class Subject:
    """A service, what is known about its host, and the host units that the user named for it."""

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
        """The host's paths in its containers."""
        return self.index.paths[self.name]

    def at(self, *below: str | int) -> Path:
        """The compose path of an attribute of the service."""
        return ("services", self.name, *below)


def first(facts: Facts, candidates: tuple[str, ...]) -> str | None:
    """The first of several units that runs on the host or, if none does, the first that exists there."""
    units = facts.units or {}
    running = (unit for unit in candidates if unit in units and units[unit].state == "active")
    return next(running, None) or next((unit for unit in candidates if facts.has(unit)), None)
