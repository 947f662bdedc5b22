"""The compose project behind running containers: how to load it, and what has to be added for the move.

Two things are not in the compose files. A volume that an image declares has no name, and Podman deletes it whenever the
service stops: it gets one. An image that Docker Compose built is brought over, so nothing is built before the first
start. Both are an override file, which can be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from compose2quadlet.loader import Request
from compose2quadlet.migrate.engine import Container
from compose2quadlet.model import Service
from compose2quadlet.planner.images import built


def request(containers: Sequence[Container], profiles: Iterable[str] = (), more: Iterable[str] = ()) -> Request:
    """What Docker Compose was given, by the labels of the containers; ``more`` are override files."""
    one = containers[0]
    return Request(
        one.folder,
        (*one.files, *more),
        project_name=one.project,
        project_directory=one.folder,
        env_files=one.env_files,
        profiles=tuple(profiles),
        environ={"HOME": "/root", "PWD": one.folder},
    )


def profiles(containers: Iterable[Container], disabled: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[str, ...]:
    """The profiles that were on, by the services that have containers; ``disabled`` are those of inactive profiles."""
    names = dict.fromkeys(c.service for c in containers)
    return tuple(dict.fromkeys(disabled[name]["profiles"][0] for name in names if name in disabled))


def override(containers: Iterable[Container], services: Mapping[str, Service], project: str) -> str:
    """The text of an override file; empty if nothing has to be added."""
    unnamed: dict[str, list[str]] = {}
    for one in containers:
        service = services.get(one.service)
        known = {m.target for m in service.volumes} if service else set()
        for mount in one.mounts:
            targets = unnamed.setdefault(one.service, [])
            if service and mount.type == "volume" and mount.target not in {*known, *targets}:
                targets.append(mount.target)
    lines = []
    for name in sorted({c.service for c in containers} & services.keys()):
        body = [f"      - {_json({'type': 'volume', 'target': target})}" for target in unnamed.get(name, ())]
        if body:
            body.insert(0, "    volumes:")
        if services[name].build is not None:
            image = services[name].image or built(project, name)
            body += ["    build: !reset null", f"    image: {_json(image)}", "    pull_policy: never"]
        if body:
            lines += [f"  {_json(name)}:", *body]
    head = "# What the move to Podman adds to the project: names for volumes without one, and images as they are.\n"
    return head + "\n".join(["services:", *lines, ""]) if lines else ""


def _json(value: object) -> str:
    """A value as YAML, with dollar signs that stay dollar signs."""
    return json.dumps(value).replace("$", "$$")
