"""Names for volumes without one.

Docker Compose keeps an anonymous volume as long as there is a container, and passes it on to the next one. Podman
deletes it with the container, which a unit removes at each stop. With a name, it stays.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from compose2quadlet.model import Project, Volume

Place = tuple[str, int, str]
"""A service, the number of one of its containers from 0, and a path in it."""


def volumes(project: Project, counts: Mapping[str, int]) -> dict[Place, tuple[str, Volume]]:
    """The keys and volumes for the anonymous volumes of a project; ``counts`` has the number of each service's
    containers, each of which has its own."""
    found: dict[Place, tuple[str, Volume]] = {}
    taken = set(project.volumes)
    for name, service in project.services.items():
        targets = [m.target for m in service.volumes if m.type == "volume" and not m.source]
        for number in range(counts[name]) if targets else ():
            for target in targets:
                key = _free(f"{name}-{_slug(target)}{f'-{number + 1}' if number else ''}", taken)
                taken.add(key)
                found[name, number, target] = (key, Volume(name=f"{project.name}_{key}"))
    return found


def _slug(path: str) -> str:
    return re.sub("[^A-Za-z0-9_.]+", "-", path).strip("-.")[:60] or "root"


def _free(key: str, taken: Container[str]) -> str:
    number = 1
    while key in taken:
        number += 1
        key = f"{key}-{number}"
    return key
