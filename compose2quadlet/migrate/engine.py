"""What runs under Docker, as far as a migration has to know it: read from ``docker inspect``.

Source: the Engine API's ContainerInspect, VolumeInspect and NetworkInspect; labels of Docker Compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compose2quadlet.frozen import frozen

LABEL = "com.docker.compose."
ANONYMOUS = "com.docker.volume.anonymous"
UNNAMED = re.compile("[0-9a-f]{64}")
"""Names of volumes that nobody named."""


@frozen()
class Mount:
    """A mount of a container: ``name`` is that of a volume, ``source`` a path of the host, ``target`` one inside."""

    type: str
    name: str
    source: str
    target: str
    writable: bool


@frozen()
class Port:
    """A port that the host publishes; ``address`` is empty for all of them."""

    address: str
    number: int
    protocol: str


@frozen()
class Container:
    """A container. ``needs`` are the services that it starts after, ``beside`` the ID of the container whose network it
    shares, ``policy`` its restart policy as ``docker update`` takes it. ``files``, ``folder`` and ``env_files`` are
    what Docker Compose was run with."""

    id: str
    name: str
    image: str
    image_name: str
    running: bool
    health: str
    policy: str
    removed: bool
    user: str
    created: str
    pid: int
    stop_seconds: int
    mounts: tuple[Mount, ...] = ()
    networks: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    beside: str = ""
    project: str = ""
    service: str = ""
    number: int = 1
    needs: tuple[str, ...] = ()
    config_hash: str = ""
    files: tuple[str, ...] = ()
    folder: str = ""
    env_files: tuple[str, ...] = ()


@frozen()
class Volume:
    """A volume. ``options`` are those of its driver: with any, it may be a mount of something else."""

    name: str
    driver: str
    path: str
    options: Mapping[str, str]
    unnamed: bool


@frozen()
class Network:
    """A network; ``project`` is empty for one that was made by hand. ``bridge`` is its interface."""

    name: str
    id: str
    driver: str
    internal: bool
    subnets: tuple[str, ...]
    bridge: str
    project: str


@frozen()
class Image:
    """An image, with its names in full, as they are written, and the digests of its layers."""

    id: str
    names: tuple[str, ...]
    layers: tuple[str, ...]
    size: int
    user: str


@frozen()
class Engine:
    """A Docker Engine. ``traps`` are the reasons why nothing of it can move, as sentences."""

    version: str
    root: str
    live_restore: bool
    traps: tuple[str, ...]
    containers: tuple[Container, ...]
    volumes: Mapping[str, Volume]
    networks: Mapping[str, Network]
    images: Mapping[str, Image]

    @property
    def projects(self) -> dict[str, list[Container]]:
        """The containers of each compose project, without those of ``docker compose run``."""
        found: dict[str, list[Container]] = {}
        for container in self.containers:
            if container.project:
                found.setdefault(container.project, []).append(container)
        return dict(sorted(found.items()))


def traps(info: Mapping[str, Any], root: str) -> tuple[str, ...]:
    """Why nothing of an engine can move, from ``docker info``, as sentences."""
    options = " ".join(map(str, info.get("SecurityOptions") or ()))
    found = []
    if (info.get("Swarm") or {}).get("LocalNodeState", "inactive") not in ("inactive", ""):
        found.append("Docker is part of a swarm: its services and secrets are not those of this machine alone")
    if "name=userns" in options:
        found.append("Docker maps user IDs (userns-remap), which was not tried: the owners on its disk are shifted")
    if "name=rootless" in options or not root.startswith("/"):
        found.append("Docker runs rootless, which was not tried: the owners on its disk are shifted")
    return tuple(found)


def container(given: Mapping[str, Any]) -> Container:
    """A container of ``docker inspect``."""
    config, host, state = given["Config"], given["HostConfig"], given["State"]
    labels: Mapping[str, str] = config.get("Labels") or {}
    policy = host.get("RestartPolicy") or {}
    oneoff = labels.get(f"{LABEL}oneoff", "") == "True"
    mode = host.get("NetworkMode") or ""
    return Container(
        id=given["Id"],
        name=given["Name"].lstrip("/"),
        image=given["Image"],
        image_name=config["Image"],
        running=bool(state["Running"]),
        health=(state.get("Health") or {}).get("Status", ""),
        policy=_policy(policy),
        removed=bool(host.get("AutoRemove")),
        user=config.get("User") or "",
        created=given["Created"],
        pid=int(state.get("Pid") or 0),
        stop_seconds=int(config.get("StopTimeout") or 10),
        mounts=tuple(_mount(m) for m in given.get("Mounts") or ()),
        networks=tuple(sorted((given.get("NetworkSettings") or {}).get("Networks") or ())),
        ports=tuple(_ports(host.get("PortBindings") or {})),
        beside=mode.partition(":")[2] if mode.startswith("container:") else "",
        project="" if oneoff else labels.get(f"{LABEL}project", ""),
        service=labels.get(f"{LABEL}service", ""),
        number=_number(labels.get(f"{LABEL}container-number", "1")),
        needs=tuple(n for text in labels.get(f"{LABEL}depends_on", "").split(",") if (n := text.partition(":")[0])),
        config_hash=labels.get(f"{LABEL}config-hash", ""),
        files=_listed(labels.get(f"{LABEL}project.config_files", "")),
        folder=labels.get(f"{LABEL}project.working_dir", ""),
        env_files=_listed(labels.get(f"{LABEL}project.environment_file", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _policy(given: Mapping[str, Any]) -> str:
    name = given.get("Name") or "no"
    count = given.get("MaximumRetryCount") or 0
    return f"{name}:{count}" if name == "on-failure" and count else name


def _mount(given: Mapping[str, Any]) -> Mount:
    return Mount(
        given.get("Type", ""),
        given.get("Name", ""),
        given.get("Source", ""),
        given.get("Destination", ""),
        bool(given.get("RW", True)),
    )


def _ports(given: Mapping[str, Any]) -> Iterable[Port]:
    for key, bindings in given.items():
        protocol = key.partition("/")[2] or "tcp"
        for one in bindings or ():
            if (number := one.get("HostPort") or "").isdecimal():
                address = one.get("HostIp") or ""
                yield Port("" if address in ("0.0.0.0", "::") else address, int(number), protocol)  # noqa: S104


def volume(given: Mapping[str, Any]) -> Volume:
    """A volume of ``docker volume inspect``."""
    unnamed = ANONYMOUS in (given.get("Labels") or {}) or bool(UNNAMED.fullmatch(given["Name"]))
    return Volume(
        given["Name"], given.get("Driver", ""), given.get("Mountpoint", ""), given.get("Options") or {}, unnamed
    )


def network(given: Mapping[str, Any]) -> Network:
    """A network of ``docker network inspect``."""
    options = given.get("Options") or {}
    subnets = [c["Subnet"] for c in (given.get("IPAM") or {}).get("Config") or () if c.get("Subnet")]
    return Network(
        given["Name"],
        given["Id"],
        given.get("Driver", ""),
        bool(given.get("Internal")),
        tuple(subnets),
        options.get("com.docker.network.bridge.name") or f"br-{given['Id'][:12]}",
        (given.get("Labels") or {}).get(f"{LABEL}project", ""),
    )


def image(given: Mapping[str, Any]) -> Image:
    """An image of ``docker image inspect``."""
    layers = (given.get("RootFS") or {}).get("Layers") or ()
    user = (given.get("Config") or {}).get("User") or ""
    return Image(given["Id"], tuple(given.get("RepoTags") or ()), tuple(layers), int(given.get("Size") or 0), user)


def started(containers: Sequence[Container]) -> list[Container]:
    """Containers in the order in which they start: each after those that it needs, or whose network it shares."""
    by_service: dict[tuple[str, str], list[Container]] = {}
    by_id = {c.id: c for c in containers}
    for one in containers:
        by_service.setdefault((one.project, one.service), []).append(one)
    found: dict[str, Container] = {}
    open_ones: set[str] = set()

    def visit(one: Container) -> None:
        if one.id in found or one.id in open_ones:
            return
        open_ones.add(one.id)
        if one.beside in by_id:
            visit(by_id[one.beside])
        for name in one.needs:
            for other in by_service.get((one.project, name), ()):
                visit(other)
        found[one.id] = one

    for one in sorted(containers, key=lambda c: (c.project, c.service, c.number, c.name)):
        visit(one)
    return list(found.values())


def groups(engine: Engine, wanted: Iterable[str]) -> list[tuple[str, ...]]:
    """Projects that have to move together, since they share volumes or networks; each group is sorted."""
    names = sorted(set(wanted) & set(engine.projects))
    leader = {name: name for name in names}

    def top(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    seen: dict[tuple[str, str], str] = {}
    for name in names:
        for one in engine.projects[name]:
            shared = [("volume", m.name) for m in one.mounts if m.type == "volume"]
            shared += [("network", n) for n in one.networks if n not in ("bridge", "host", "none")]
            for thing in shared:
                other = seen.setdefault(thing, name)
                leader[top(name)] = top(other)
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(top(name), []).append(name)
    return sorted(tuple(sorted(members)) for members in found.values())
