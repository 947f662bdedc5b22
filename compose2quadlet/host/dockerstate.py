"""What Docker knows, in the form of its API: asked of the engine or, if that does not run, read from its files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compose2quadlet.host.docker import Docker, DockerError
from compose2quadlet.host.files import read

MOST = 16 * 2**20
"""The most bytes of one of Docker's files. That of a container takes about 5 KiB."""

KINDS = {0: "C", 1: "A", 2: "D"}
"""Kinds of changes in a container, as numbers of the API."""


@dataclass(slots=True)
class State:
    """Answers of the API: ``info``, and what ``inspect`` says of each object. ``written`` has the bytes that a
    container wrote outside of its mounts, ``changed`` the paths, ``sizes`` those of volumes. ``unknown`` says what
    could not be found out, and ``asleep`` that Docker is stopped, but starts when something connects to its socket."""

    source: str
    info: Mapping[str, Any]
    version: str = ""
    api: str = ""
    containers: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    networks: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    written: dict[str, int] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    asleep: bool = False


def asked(docker: Docker, thorough: bool = True) -> State:
    """The state of an engine that runs. ``thorough`` also asks what containers have written. Raises DockerError."""
    state = State(docker.path, docker.get("info"), str(docker.about.get("Version", "")), docker.api)
    size = {"size": "true"} if thorough else {}
    listed = docker.get("containers", "json", all="true", **size)
    for one in listed:
        if (container := _one(docker, "containers", one["Id"])) is None:
            continue  # it ended meanwhile, and was removed
        state.containers.append(container)
        if thorough:
            state.written[one["Id"]] = int(one.get("SizeRw") or 0)
            state.changed[one["Id"]] = _changes(docker, one["Id"], state)
    answer = docker.get("volumes")
    state.volumes = answer.get("Volumes") or []
    state.unknown += answer.get("Warnings") or []
    networks = (_one(docker, "networks", one["Id"], json=False) for one in docker.get("networks"))
    state.networks = [n for n in networks if n]
    images = (_one(docker, "images", image) for image in dict.fromkeys(c["Image"] for c in state.containers))
    state.images = [i for i in images if i]
    return state


def sizes(docker: Docker) -> dict[str, int]:
    """What Docker says of the sizes of volumes, in bytes; it may take a minute to count. Raises DockerError."""
    found = docker.get("system", "df").get("Volumes") or []
    return {v["Name"]: v["UsageData"]["Size"] for v in found if (v.get("UsageData") or {}).get("Size", -1) >= 0}


def _one(docker: Docker, kind: str, name: str, json: bool = True) -> dict[str, Any] | None:
    """What the engine says of an object; None if it is gone."""
    try:
        found: dict[str, Any] = docker.get(kind, name, *(["json"] if json else []))
    except DockerError as e:
        if e.status == 404:
            return None
        raise
    return found


def _changes(docker: Docker, name: str, state: State) -> list[str]:
    """The changed paths of a container, each after a letter for what happened to it, as in ``docker diff``."""
    try:
        found = docker.get("containers", name, "changes") or []
    except DockerError as e:
        state.unknown.append(f"what {name[:12]} has written: {e}")
        return []
    return [f"{KINDS.get(one['Kind'], 'C')} {one['Path']}" for one in found]


def stored(root: str, daemon: str = "/etc/docker/daemon.json") -> State:
    """The state of an engine that does not run, from the files in its directory. Raises DockerError if there are none
    or they cannot be read."""
    settings = _json(Path(daemon)) or {}
    folder = Path(settings.get("data-root") or root)
    info = {
        "DockerRootDir": str(folder),
        "LiveRestoreEnabled": bool(settings.get("live-restore")),
        "SecurityOptions": ["name=userns"] if settings.get("userns-remap") else [],
        "Swarm": {"LocalNodeState": "active" if (folder / "swarm" / "docker-state.json").exists() else "inactive"},
    }
    try:
        names = sorted(os.listdir(folder / "containers"))
    except PermissionError as e:
        raise DockerError(f"only root may read {folder}", "Run this as root.") from e
    except OSError as e:
        message = f"Docker does not run here, and {folder} has no containers"
        raise DockerError(message, "Name its socket with DOCKER_HOST=unix://PATH.") from e
    state = State(str(folder), info)
    for name in names:
        try:
            if found := _container(folder, name):
                state.containers.append(found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
            state.unknown.append(f"the container {name[:12]}: {e}")
    state.info = {**info, "Driver": next((c["Driver"] for c in state.containers if c.get("Driver")), "")}
    state.images = _images(folder, state.containers)
    state.volumes = [*_volumes(folder / "volumes")]
    state.networks = _networks(state.containers)
    state.unknown.append("Docker does not run: labels of volumes and networks, and unused networks, are unknown")
    return state


def _json(path: Path) -> Any:
    """The value in one of Docker's files; None if it is not there. Raises OSError, and ValueError."""
    try:
        data = read(path, MOST)
    except FileNotFoundError:
        return None
    return json.loads(data) if data else None


def _container(root: Path, name: str) -> dict[str, Any] | None:
    """What ``inspect`` would say of a container; None where its directory has none."""
    folder = root / "containers" / name
    kept, host = _json(folder / "config.v2.json"), _json(folder / "hostconfig.json")
    if not kept:
        return None
    names = ("Name", "Created", "Image", "Config", "Driver", "NetworkSettings", "RestartCount")
    mounts = []
    for one in (kept.get("MountPoints") or {}).values():
        kind = one.get("Type") or ("volume" if one.get("Name") else "bind")
        source = one.get("Source") or (str(root / "volumes" / one["Name"] / "_data") if kind == "volume" else "")
        mounts.append({**one, "Type": kind, "Source": source})
    state = {**(kept.get("State") or {}), "Running": False, "Pid": 0, "Status": "exited"}
    said = {name: kept.get(name) for name in names}
    return {**said, "Id": kept["ID"], "State": state, "HostConfig": host or {}, "Mounts": mounts}


def _images(folder: Path, containers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The images of containers. Docker's own store has them as files; containerd's has not."""
    found = []
    repositories = (_json(folder / "image" / "overlay2" / "repositories.json") or {}).get("Repositories") or {}
    for name in dict.fromkeys(c["Image"] for c in containers):
        content = folder / "image" / "overlay2" / "imagedb" / "content" / "sha256" / name.removeprefix("sha256:")
        if image := _json(content):
            names = [ref for group in repositories.values() for ref, image_id in group.items() if image_id == name]
            layers = (image.get("rootfs") or {}).get("diff_ids") or []
            parts = {"RepoTags": [n for n in names if "@" not in n], "RepoDigests": [n for n in names if "@" in n]}
            found.append({"Id": name, **parts, "RootFS": {"Layers": layers}, "Config": image.get("config") or {}})
    return found


def _volumes(folder: Path) -> Iterable[dict[str, Any]]:
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (entry / "_data").is_dir():
            options = _json(entry / "opts.json") or {}
            given = {key: text for key, name in OPTIONS.items() if (text := options.get(name))}
            yield {"Name": entry.name, "Driver": "local", "Mountpoint": str(entry / "_data"), "Options": given}


OPTIONS = {"type": "MountType", "o": "MountOpts", "device": "MountDevice"}
"""Options of a volume, with their names in Docker's file."""


def _networks(containers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The networks that containers name."""
    found: dict[str, dict[str, Any]] = {}
    for one in containers:
        for name, end in ((one.get("NetworkSettings") or {}).get("Networks") or {}).items():
            found.setdefault(name, {"Name": name, "Id": end.get("NetworkID") or ""})
    return list(found.values())
