"""What services need of their host, as data. The rules that find it are in ``hostmounts`` and ``hostrules``."""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Path
from compose2quadlet.facts import Facts
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a service needs of its host, and ``why``, for people; ``path`` is what it was concluded from.

    ``unit`` is a unit of the system's manager; with ``everywhere``, the user's manager has it as well. It is
    required where it is ``certain``, else wanted. ``mounted`` is a folder that must be a mount point, ``exists`` a
    path that must be there, before the container may start.
    """

    unit: str = ""
    why: str = ""
    path: Path = ()
    certain: bool = False
    everywhere: bool = False
    mounted: str = ""
    exists: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A service, and what is known of the host that it is to run on."""

    project: Project
    name: str
    scope: Scope
    facts: Facts | None

    @property
    def service(self) -> Service:
        return self.project.services[self.name]

    def at(self, *below: str | int) -> Path:
        """The compose path of an attribute of the service."""
        return ("services", self.name, *below)

    def sources(self) -> list[tuple[str, Path]]:
        """The paths of the host that are mounted into the container, each with the attribute that says so."""
        found = [
            (m.source, self.at("volumes", i))
            for i, m in enumerate(self.service.volumes)
            if m.type == "bind" and m.source.startswith("/")
        ]
        for i, m in enumerate(self.service.volumes):
            volume = self.project.volumes.get(m.source) if m.type == "volume" else None
            device = volume.driver_opts.get("device", "") if volume else ""
            if volume and device.startswith("/") and "bind" in volume.driver_opts.get("o", "").split(","):
                found.append((device, self.at("volumes", i)))
        for key, objects in (("configs", self.project.configs), ("secrets", self.project.secrets)):
            for i, given in enumerate(getattr(self.service, key)):
                file = objects[given.source].file if given.source in objects else ""
                if file.startswith("/"):
                    found.append((file, self.at(key, i)))
        return found


def first(facts: Facts, candidates: tuple[str, ...]) -> str | None:
    """The first of several units that the host runs, else the first that it has."""
    units = facts.units or {}
    running = (unit for unit in candidates if unit in units and units[unit].state == "active")
    return next(running, None) or next((unit for unit in candidates if facts.has(unit)), None)
