"""An inventory of Docker as tables: what runs, where its data is, and what to know before it moves."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.diagnostics import command
from compose2quadlet.inventory import Container, Data, Inventory, Volume
from compose2quadlet.report.tables import Table, joined, size

COLOURS = (("running", "green"), ("healthy", "green"), ("unhealthy", "red"), ("restarting", "red"))


def tables(inventory: Inventory) -> list[Table]:
    """All tables; empty ones too."""
    return [
        Table("Projects", ("PROJECT", "CONTAINERS", "FILES", "PROFILES", "DRIFT"), tuple(_projects(inventory))),
        Table(
            "Containers",
            ("NAME", "PROJECT", "STATE", "RESTART", "IMAGE", "USER", ">WRITTEN"),
            tuple(map(_container, inventory.containers)),
            COLOURS,
        ),
        Table("Data in containers, lost with them", ("CONTAINER", ">BYTES", "PATHS"), tuple(_written(inventory))),
        Table(
            "Volumes",
            ("NAME", "KIND", "USED BY", ">ON DISK", "OWNER", "MODE", ">LARGEST ID"),
            tuple(map(_volume, inventory.volumes)),
            (("unused", "yellow"), ("anonymous", "yellow")),
        ),
        Table("Bind mounts", ("PATH", "USED BY", "OWNER", "MODE"), tuple(_binds(inventory))),
        Table("Images", ("NAME", "FROM", ">SIZE", "USED BY"), tuple(_images(inventory)), (("only here", "yellow"),)),
        Table("Networks", ("NAME", "MADE BY", "DRIVER", "SUBNETS", "USED BY"), tuple(_networks(inventory))),
        Table("Drift: not as the files say today", ("PROJECT", "CONTAINER", "WHAT"), tuple(_drift(inventory))),
        Table("Before a move", ("TRAP", "WHAT", "WHAT TO DO"), tuple(_traps(inventory))),
        Table("Unknown", ("WHAT",), tuple((text,) for text in inventory.unknown)),
    ]


def _projects(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for one in inventory.projects:
        members = inventory.of(one.name)
        count = f"{sum(c.running for c in members)} of {len(members)} running"
        drift = "files cannot be read" if one.problem else str(len(one.drift)) if one.drift else "no"
        yield one.name, count, joined(one.files), joined(one.profiles), drift


def _container(one: Container) -> tuple[str, ...]:
    state = one.health if one.health not in ("", "none") and one.running else one.state
    return one.name, one.project or "by hand", state, one.restart, one.image, one.user or "image's", size(one.written)


def _written(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for one in inventory.containers:
        if one.changed:
            yield one.name, size(one.written), joined([path[2:] for path in one.changed])


def _kind(one: Volume) -> str:
    if not one.users:
        return "unused"
    return "anonymous" if one.anonymous and one.holds_data else "anonymous, empty" if one.anonymous else "named"


def _volume(one: Volume) -> tuple[str, ...]:
    data = one.data
    largest = "?" if data is None or data.largest_uid is None else str(max(data.largest_uid, data.largest_gid or 0))
    name = f"{one.name[:12]}…" if one.anonymous and len(one.name) > 40 else one.name
    return name, _kind(one), joined(one.users), size(data.bytes if data else one.size), *_owner(data), largest


def _owner(data: Data | None) -> tuple[str, str]:
    return (f"{data.uid}:{data.gid}", data.mode) if data else ("?", "?")


def _binds(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for one in inventory.binds:
        yield one.path, joined(one.users), *_owner(one.data)


def _images(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    words = {True: "only here", False: "a registry", None: "unknown"}
    for one in inventory.images:
        yield joined(one.names, 2) or one.id[:19], words[one.local], size(one.size or None), joined(one.users)


def _networks(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for one in inventory.networks:
        if one.by_hand or one.project:
            yield one.name, one.project or "hand", one.driver, joined(one.subnets), joined(one.users)


def _drift(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for one in inventory.projects:
        if one.problem:
            yield one.name, "", one.problem
        yield from ((one.name, d.container, d.what) for d in one.drift)


def _traps(inventory: Inventory) -> Iterator[tuple[str, ...]]:
    for trap in inventory.traps:
        yield trap.name, trap.message, trap.remedy
    for one in inventory.volumes:
        if one.anonymous and one.users and one.holds_data:
            message = f"{one.name[:12]}… of {joined(one.users)} has data, and Podman removes such volumes at each stop"
            yield "anonymous-volume", message, "give it a name in the compose file"
        elif not one.users and one.holds_data:
            yield "unused-volume", f"no container uses {one.name}, and it has data", "keep a copy before Docker goes"
    for container in inventory.containers:
        if container.changed:
            message = f"{container.name} has written outside of its mounts"
            yield (
                "container-data",
                message,
                command("docker", "cp", f"{container.name}:{container.changed[0][2:]}", "."),
            )
    if restarting := [c.name for c in inventory.containers if c.restart == "always"]:
        message = f"{joined(restarting)} come back whenever Docker starts, even when they were stopped"
        yield "restart-always", message, command("docker", "update", "--restart=no", *restarting)
