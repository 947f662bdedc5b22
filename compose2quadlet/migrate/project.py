"""The compose project behind running containers: how to load it, and what has to be added for the move.

Two things are not in the compose files. A volume that an image declares has no name, and Podman deletes it whenever the
service stops: it gets one. An image that Docker Compose built is brought over, so nothing is built before the first
start. Both are an override file, which can be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from compose2quadlet.inventory import Container
from compose2quadlet.model import Service
from compose2quadlet.planner.images import built

Numbers = tuple[int, int, bool]
"""A user and a group in a container, and whether it starts as root and becomes that user by itself."""


def override(
    containers: Sequence[Container], services: Mapping[str, Service], project: str, kept: Mapping[str, Numbers]
) -> str:
    """The text of an override file; empty if nothing has to be added.

    ``kept`` has for services which user in them is to be the login user.
    """
    unnamed: dict[str, list[str]] = {}
    for one in containers:
        service = services.get(one.service)
        known = {m.target for m in service.volumes} if service else set()
        for mount in one.mounts:
            targets = unnamed.setdefault(one.service, [])
            if mount.type == "volume" and mount.target not in {*known, *targets}:
                targets.append(mount.target)
    lines = []
    for name in sorted({c.service for c in containers} & services.keys()):
        if body := list(_added(name, services[name], unnamed.get(name, ()), project, kept.get(name))):
            lines += [f"  {_json(name)}:", *body]
    head = "# What the move to Podman adds to the project: names for volumes without one, and images as they are.\n"
    return head + "\n".join(["services:", *lines, ""]) if lines else ""


def _added(name: str, service: Service, unnamed: Sequence[str], project: str, kept: Numbers | None) -> Iterable[str]:
    if unnamed:
        yield "    volumes:"
        yield from (f"      - {_json({'type': 'volume', 'target': target})}" for target in unnamed)
    if service.build is not None:
        yield "    build: !reset null"
        yield f"    image: {_json(service.image or built(project, name))}"
        yield "    pull_policy: never"
    if kept:
        user, group, starts_as_root = kept
        yield f"    userns_mode: {_json(f'keep-id:uid={user},gid={group}')}"
        if starts_as_root:
            yield '    user: "0:0"'


def _json(value: object) -> str:
    """A value as YAML, with dollar signs that stay dollar signs."""
    return json.dumps(value).replace("$", "$$")
