"""Takes the inventory of this host's Docker. It changes nothing, and starts nothing."""

from __future__ import annotations

import glob
import os
import pwd
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compose2quadlet.host import disk, docker, dockerstate
from compose2quadlet.host.dockerstate import State
from compose2quadlet.inventory import (
    Bind,
    Container,
    Engine,
    Image,
    Inventory,
    Mount,
    Network,
    Port,
    Project,
    Trap,
    Volume,
)

LABEL = "com.docker.compose."
ANONYMOUS = "com.docker.volume.anonymous"
UNNAMED = re.compile("[0-9a-f]{64}")
"""Names of volumes that nobody named."""

NOISE = re.compile(
    r"/(run|var/run|tmp|var/tmp|dev|proc|sys|var/lock)(/|$)|/etc/(hosts|hostname|resolv\.conf|mtab|\.pwd\.lock)$"
    r"|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|\.(pid|sock|lock)$|_history$|/\.(cache|npm)(/|$)"
    r"|^/sbin/docker-init$"
)
"""Paths that a container writes without data in them: what is set up at each start, and users that images add."""

MOST_CHANGES = 20
"""Changed paths of a container that are listed."""


def current(root: str = "/var/lib/docker", thorough: bool = True) -> State:
    """What Docker knows: asked where it runs, and read from its files where it does not. ``thorough`` also asks how
    much data there is, which takes longer. Raises DockerError."""
    path = docker.place()
    if docker.awake(path):
        engine = docker.connect(path)
        state = dockerstate.asked(engine, thorough)
        if not thorough:
            return state
        where = [v.get("Mountpoint", "") for v in state.volumes if v.get("Driver") == "local"]
        if where and not any(map(disk.looked_at, where)):
            state.sizes = dockerstate.sizes(engine)
        return state
    state = dockerstate.stored(root)
    state.asleep = os.path.exists(path)
    return state


def taken(state: State, count: bool = True) -> Inventory:
    """The inventory. With ``count``, the data on this host's disks is looked at."""
    containers = tuple(sorted((container(one, state) for one in state.containers), key=_order))
    by_id = {c.id: c.name for c in containers}
    volumes = tuple(_volume(v, containers, state, count) for v in sorted(state.volumes, key=lambda v: str(v["Name"])))
    info = state.info
    engine = Engine(state.source, state.version, state.api, str(info.get("DockerRootDir", "")), _store(info))
    return Inventory(
        engine,
        tuple(_projects(state.containers, by_id)),
        containers,
        volumes,
        tuple(_binds(containers)),
        tuple(sorted((_image(i, containers) for i in state.images), key=lambda i: (i.names, i.id))),
        tuple(_network(n, containers) for n in sorted(state.networks, key=lambda n: str(n["Name"]))),
        (*_traps(info, engine), *_plugins(volumes), *_rootless(engine), *([ASLEEP] if state.asleep else [])),
        tuple(state.unknown),
    )


def _order(one: Container) -> tuple[bool, str, str, int, str]:
    return not one.project, one.project, one.service, one.number, one.name


def container(given: Mapping[str, Any], state: State) -> Container:
    """A container, from ``docker inspect``."""
    config, host, now = given["Config"], given.get("HostConfig") or {}, given.get("State") or {}
    labels: Mapping[str, str] = config.get("Labels") or {}
    oneoff = labels.get(f"{LABEL}oneoff") == "True"
    mode = host.get("NetworkMode") or ""
    number = labels.get(f"{LABEL}container-number", "")
    mounts = tuple(sorted((_mount(m) for m in given.get("Mounts") or ()), key=lambda m: m.target))
    return Container(
        id=given["Id"],
        name=given["Name"].lstrip("/"),
        image=config.get("Image") or given["Image"],
        image_id=given["Image"],
        state=now.get("Status") or ("running" if now.get("Running") else "exited"),
        health=(now.get("Health") or {}).get("Status", ""),
        restart=policy(host.get("RestartPolicy") or {}),
        user=config.get("User") or "",
        removed=bool(host.get("AutoRemove")),
        project="" if oneoff else labels.get(f"{LABEL}project", ""),
        service=labels.get(f"{LABEL}service", ""),
        number=int(number) if number.isdecimal() else 1,
        needs=tuple(n for text in labels.get(f"{LABEL}depends_on", "").split(",") if (n := text.partition(":")[0])),
        config_hash=labels.get(f"{LABEL}config-hash", ""),
        variables=tuple(sorted(text.partition("=")[0] for text in config.get("Env") or ())),
        mounts=mounts,
        ports=tuple(sorted(ports(host.get("PortBindings") or {}), key=lambda p: (p.number, p.protocol, p.address))),
        networks=tuple(sorted((given.get("NetworkSettings") or {}).get("Networks") or ())),
        beside=mode.partition(":")[2] if mode.startswith("container:") else "",
        written=state.written.get(given["Id"]),
        changed=tuple(_telling(state.changed.get(given["Id"], ()), mounts))[:MOST_CHANGES],
    )


def policy(given: Mapping[str, Any]) -> str:
    """A restart policy as ``docker update --restart`` takes it."""
    name, count = given.get("Name") or "no", given.get("MaximumRetryCount") or 0
    return f"{name}:{count}" if name == "on-failure" and count else name


def _mount(given: Mapping[str, Any]) -> Mount:
    kind, target = given.get("Type", ""), given.get("Destination", "")
    return Mount(kind, target, given.get("Name") or "", given.get("Source") or "", bool(given.get("RW", True)))


def ports(given: Mapping[str, Any]) -> Iterator[Port]:
    """The published ports of ``PortBindings``."""
    for key, bindings in given.items():
        target, _, protocol = key.partition("/")
        for one in bindings or ():
            address, number = one.get("HostIp") or "", one.get("HostPort") or ""
            address = "" if address in ("0.0.0.0", "::") else address  # noqa: S104
            yield Port(address, int(number) if number.isdecimal() else 0, int(target), protocol or "tcp")


def _telling(changes: Iterable[str], mounts: tuple[Mount, ...]) -> Iterator[str]:
    """The changes that may be data, of nested ones only the innermost."""
    paths = [change[2:] for change in changes]
    parents = {"/".join(p.split("/")[:n]) for p in paths for n in range(1, p.count("/") + 1)}
    targets = [m.target.rstrip("/") for m in mounts]
    for change, path in zip(changes, paths, strict=True):
        mounted = any(path == t or path.startswith(f"{t}/") or t.startswith(f"{path}/") for t in targets)
        if not mounted and path not in parents and not NOISE.search(path):
            yield change


def _projects(containers: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[Project]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in containers:
        labels = one["Config"].get("Labels") or {}
        if labels.get(f"{LABEL}project") and labels.get(f"{LABEL}oneoff") != "True":
            found.setdefault(labels[f"{LABEL}project"], []).append(one)
    for name, members in sorted(found.items()):
        latest = max(members, key=lambda c: str(c.get("Created", "")))["Config"]["Labels"]
        yield Project(
            name,
            latest.get(f"{LABEL}project.working_dir", ""),
            _listed(latest.get(f"{LABEL}project.config_files", "")),
            _listed(latest.get(f"{LABEL}project.environment_file", "")),
            containers=tuple(sorted(names[c["Id"]] for c in members)),
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _volume(given: Mapping[str, Any], containers: Iterable[Container], state: State, count: bool) -> Volume:
    name, labels, path = given["Name"], given.get("Labels") or {}, given.get("Mountpoint") or ""
    options = {str(k): str(v) for k, v in (given.get("Options") or {}).items()}
    return Volume(
        name,
        given.get("Driver") or "local",
        path,
        options,
        ANONYMOUS in labels or bool(UNNAMED.fullmatch(name)),
        labels.get(f"{LABEL}project", ""),
        tuple(c.name for c in containers if any(m.type == "volume" and m.name == name for m in c.mounts)),
        disk.counted(path) if count and path and not options else None,
        state.sizes.get(name),
    )


def _binds(containers: Iterable[Container]) -> Iterator[Bind]:
    users: dict[str, list[str]] = {}
    for one in containers:
        for mount in one.mounts:
            if mount.type == "bind":
                users.setdefault(mount.source, []).append(one.name)
    for path in sorted(users):
        yield Bind(path, tuple(dict.fromkeys(users[path])), disk.looked_at(path))


def _image(given: Mapping[str, Any], containers: Iterable[Container]) -> Image:
    names, digests = tuple(given.get("RepoTags") or ()), tuple(given.get("RepoDigests") or ())
    built = ((given.get("Config") or {}).get("Labels") or {}).get(f"{LABEL}project", "")
    users = tuple(c.name for c in containers if c.image_id == given["Id"])
    layers = tuple((given.get("RootFS") or {}).get("Layers") or ())
    # containerd's store gives a digest to built images, too
    local = True if built or not digests else None if given.get("Descriptor") else False
    return Image(given["Id"], names, digests, layers, int(given.get("Size") or 0), local, users)


def _network(given: Mapping[str, Any], containers: Iterable[Container]) -> Network:
    options, name, key = given.get("Options") or {}, given["Name"], given.get("Id") or ""
    subnets = [c["Subnet"] for c in (given.get("IPAM") or {}).get("Config") or () if c.get("Subnet")]
    driver = given.get("Driver") or "bridge"
    bridge = options.get("com.docker.network.bridge.name") or (f"br-{key[:12]}" if driver == "bridge" and key else "")
    users = tuple(c.name for c in containers if name in c.networks)
    project = (given.get("Labels") or {}).get(f"{LABEL}project", "")
    if not project and not given.get("IPAM"):  # read from files, which have no labels
        project = next((c.project for c in containers if c.project and name.startswith(f"{c.project}_")), "")
    return Network(name, key, driver, bool(given.get("Internal")), tuple(subnets), bridge, project, users)


def _store(info: Mapping[str, Any]) -> str:
    return str(info.get("Driver") or "")


ASLEEP = Trap(
    "socket-activation",
    "Docker is stopped, but systemd listens for it: one 'docker ps' starts it, and all containers that restart always",
    "systemctl disable --now docker.socket docker.service",
)


def _traps(info: Mapping[str, Any], engine: Engine) -> Iterator[Trap]:
    """What about an engine makes a move fail. Source: measured; see 'help migration'."""
    options = " ".join(map(str, info.get("SecurityOptions") or ()))
    if info.get("LiveRestoreEnabled"):
        yield Trap(
            "live-restore",
            "with live-restore, containers go on writing when Docker is stopped",
            'set "live-restore": false in /etc/docker/daemon.json, then: systemctl reload docker',
        )
    if (info.get("Swarm") or {}).get("LocalNodeState", "inactive") not in ("inactive", ""):
        message = "Docker is part of a swarm, whose services and secrets are not in compose projects of this host"
        yield Trap(
            "swarm", message, "run the services with docker compose first, then: docker swarm leave --force", True
        )
    if "name=userns" in options:
        message = "Docker maps user IDs (userns-remap), so owners on its disk are shifted"
        remedy = "move the data by hand, and change its owners back; this tool has not been tried with it"
        yield Trap("userns-remap", message, remedy, True)
    if "name=rootless" in options:
        message = "this Docker is rootless, so owners on its disk are subordinate IDs of its user"
        yield Trap("rootless", message, "move the data by hand; this tool has not been tried with it", True)
    if engine.store == "overlayfs":
        message = "Docker keeps images in containerd's store: the IDs of images are not those that Podman gives"
        yield Trap("image-store", message, "compare the layers of images, not their IDs")


def _plugins(volumes: Iterable[Volume]) -> Iterator[Trap]:
    for volume in volumes:
        if volume.driver != "local" and volume.users:
            message = f"a plugin, {volume.driver}, keeps the volume {volume.name}; Podman does not have it"
            yield Trap("volume-plugin", message, "mount the storage on the host, and use a bind mount", True)


def _rootless(engine: Engine) -> Iterator[Trap]:
    """Engines of login users, which are not in this inventory."""
    for path in glob.glob("/run/user/*/docker.sock"):
        if path != engine.source:
            uid = path.split("/")[3]
            try:
                user = pwd.getpwuid(int(uid)).pw_name
            except (KeyError, ValueError):
                user = uid
            message = f"{user} has a rootless Docker, which is not in this inventory"
            yield Trap("other-docker", message, f"DOCKER_HOST=unix://{path} compose2quadlet inventory")
