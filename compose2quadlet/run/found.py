"""The compose projects of an inventory: how they are loaded, which profiles were on, and what is not as their files say
today.

Source: Docker Compose's labels of containers. Its own hash of a service tells whether the service has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from compose2quadlet.diagnostics import Log, RefusedError
from compose2quadlet.frozen import frozen
from compose2quadlet.inventory import Container, Drift, Image, Inventory, Project
from compose2quadlet.loader import Loaded, Request, load
from compose2quadlet.loader.dump import service_hash

BESIDE = "service:"
"""How a compose file names the container whose network is shared. Docker Compose's hash has its ID instead."""

HASHED = "2.40."
"""The Docker Compose whose hash is known. 2.26.1 was seen to hash some services differently, so that the hash of
another version only says where to look for a difference."""


def request(project: Project, environ: Mapping[str, str] | None = None) -> Request:
    """What Docker Compose was given for a project."""
    return Request(
        project.folder or "/",
        project.files,
        project_name=project.name,
        project_directory=project.folder,
        env_files=project.env_files,
        profiles=project.profiles,
        environ={**(os.environ if environ is None else environ), "PWD": project.folder},
    )


def completed(inventory: Inventory, inspects: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Inventory:
    """The inventory with profiles and drift, for which the files of the projects are read. ``inspects`` has what
    ``docker inspect`` says of containers, by ID."""
    return replace(inventory, projects=tuple(_read(p, inventory, inspects, environ) for p in inventory.projects))


def _read(
    project: Project, inventory: Inventory, inspects: Mapping[str, Any], environ: Mapping[str, str] | None
) -> Project:
    containers = inventory.of(project.name)
    try:
        loaded = load(request(project, environ), Log())
        if profiles := _profiles(containers, loaded):
            project = replace(project, profiles=profiles)
            loaded = load(request(project, environ), Log())
    except RefusedError as e:
        first = e.diagnostics[0]
        return replace(project, problem=f"{first.position}: {first.message}" if first.position else first.message)
    images = {image.id: image for image in inventory.images}
    drift = tuple(d for c in containers for d in _drift(c, loaded, inspects.get(c.id) or {}, images.get(c.image_id)))
    return replace(project, drift=drift + tuple(_absent(containers, loaded)))


def _profiles(containers: list[Container], loaded: Loaded) -> tuple[str, ...]:
    """The profiles of services that have containers, though nothing activated them."""
    names = dict.fromkeys(c.service for c in containers)
    return tuple(dict.fromkeys(loaded.disabled[name]["profiles"][0] for name in names if name in loaded.disabled))


def _absent(containers: list[Container], loaded: Loaded) -> Iterator[Drift]:
    there = {c.service for c in containers}
    for name, service in loaded.project["services"].items():
        wanted = (service.get("deploy") or {}).get("replicas", service.get("scale", 1))
        if name not in there and wanted != 0:
            yield Drift("", f"the service {name} has no container")


def _drift(one: Container, loaded: Loaded, inspected: Mapping[str, Any], image: Image | None) -> Iterator[Drift]:
    service = loaded.project["services"].get(one.service)
    if service is None:
        yield Drift(one.name, f"its files no longer have the service {one.service}")
        return
    if not str(service.get("network_mode") or "").startswith(BESIDE):
        if one.config_hash and one.config_hash != _hash(service):
            what = list(_differences(service, inspected, loaded)) if inspected else []
            if not what and _version(inspected).startswith(HASHED):
                what = ["its service was changed after it was created"]
            yield from (Drift(one.name, text) for text in what)
    elif inspected:
        yield from (Drift(one.name, text) for text in _differences(service, inspected, loaded))
    if image and image.names and not _named(one.image, image):
        yield Drift(one.name, f"{one.image} is a newer image than the one that runs")


def _version(inspected: Mapping[str, Any]) -> str:
    """The version of the Docker Compose that made a container."""
    labels = (inspected.get("Config") or {}).get("Labels") or {}
    return str(labels.get("com.docker.compose.version") or "")


def _hash(service: dict[str, Any]) -> str:
    try:
        return service_hash(service)
    except ValueError:  # it has a number that JSON lacks
        return ""


def _named(name: str, image: Image) -> bool:
    """Whether a name that was typed still means an image."""
    if "@" in name or name.removeprefix("sha256:") in image.id:
        return True
    wanted = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    wanted = wanted.removeprefix("docker.io/").removeprefix("library/")
    return any(n.removeprefix("docker.io/").removeprefix("library/") == wanted for n in image.names)


@frozen()
class _Row:
    """A key of compose, and what it says in both; ``some`` says that a container may have more."""

    key: str
    wanted: Callable[[dict[str, Any], Loaded], Any]
    there: Callable[[Mapping[str, Any]], Any]
    some: bool = False


def _pairs(texts: list[str] | None) -> dict[str, str]:
    return {name: value for name, _, value in (text.partition("=") for text in texts or ())}


def _mounts(service: dict[str, Any], loaded: Loaded) -> dict[str, str]:
    names = {key: volume.get("name", key) for key, volume in (loaded.project.get("volumes") or {}).items()}
    found = {}
    for mount in service.get("volumes") or ():
        if mount["type"] in ("bind", "volume") and mount.get("source"):
            source = mount["source"]
            found[mount["target"]] = names.get(source, source) if mount["type"] == "volume" else source
    return found


def _networks(service: dict[str, Any], loaded: Loaded) -> dict[str, str]:
    names = loaded.project.get("networks") or {}
    return {names[key].get("name", key): "" for key in service.get("networks") or () if key in names}


def _ports(service: dict[str, Any], _: Loaded) -> dict[str, str]:
    found = {}
    for port in service.get("ports") or ():
        found[f"{port.get('host_ip', '')}:{port.get('published', '')}"] = f"{port['target']}/{port['protocol']}"
    return found


def _bindings(inspected: Mapping[str, Any]) -> dict[str, str]:
    bindings = (inspected.get("HostConfig") or {}).get("PortBindings") or {}
    return {f"{b.get('HostIp', '')}:{b.get('HostPort', '')}": key for key, bound in bindings.items() for b in bound}


def _image(service: dict[str, Any], loaded: Loaded) -> str | None:
    return service.get("image") or None


ROWS = (
    _Row("image", _image, lambda c: c["Config"].get("Image")),
    _Row("command", lambda s, _: s.get("command") or None, lambda c: c["Config"].get("Cmd")),
    _Row("entrypoint", lambda s, _: s.get("entrypoint") or None, lambda c: c["Config"].get("Entrypoint")),
    _Row("user", lambda s, _: s.get("user") or None, lambda c: c["Config"].get("User")),
    _Row("hostname", lambda s, _: s.get("hostname") or None, lambda c: c["Config"].get("Hostname")),
    _Row("environment", lambda s, _: s.get("environment") or {}, lambda c: _pairs(c["Config"].get("Env")), True),
    _Row("labels", lambda s, _: s.get("labels") or {}, lambda c: c["Config"].get("Labels") or {}, True),
    _Row(
        "volumes",
        _mounts,
        lambda c: {m["Destination"]: m.get("Name") or m.get("Source") for m in c.get("Mounts") or ()},
        True,
    ),
    _Row("ports", _ports, _bindings),
    _Row(
        "networks", _networks, lambda c: dict.fromkeys((c.get("NetworkSettings") or {}).get("Networks") or (), ""), True
    ),
    _Row(
        "restart",
        lambda s, _: str(s.get("restart") or "no").partition(":")[0],
        lambda c: ((c.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "no",
    ),
)
"""What is compared to say which part of a service was changed."""


def _differences(service: dict[str, Any], inspected: Mapping[str, Any], loaded: Loaded) -> Iterator[str]:
    """The keys of a service that a container does not follow; of pairs, the names, but no values."""
    for row in ROWS:
        wanted, there = row.wanted(service, loaded), row.there(inspected)
        if isinstance(wanted, dict):
            names = [
                n
                for n, value in wanted.items()
                if n not in there or (there[n] or "") != ("" if value is None else str(value))
            ]
            names += [] if row.some else [n for n in there if n not in wanted]
            if names:
                yield f"{row.key}: {', '.join(names)}"
        elif wanted is not None and wanted != (list(there) if isinstance(there, list) else there):
            yield row.key
