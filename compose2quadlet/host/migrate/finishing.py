"""What of Docker nobody needs after a migration. Nothing is removed that is not named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compose2quadlet.host.migrate.journal import Event, Journal, opened
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.host.migrate.moving import Teller, runner
from compose2quadlet.host.migrate.steps.images import short
from compose2quadlet.migrate import guard
from compose2quadlet.migrate.plan import Group

Thing = tuple[str, list[list[str]]]
"""What can be removed, and the commands for that."""


def finish(directory: Path, wanted: Sequence[str], days: int, teller: Teller) -> list[dict[str, Any]]:
    """The things that can go, as JSON values; those that are ``wanted`` are removed, if they moved ``days`` ago.

    Raises FailedError for others, and where a command fails; and OSError.
    """
    with opened(directory) as journal:
        machine = Machine(runner(journal.plan))
        groups = [g for g in journal.plan.groups if (m := journal.mark(g.name)) and m.event is Event.DONE]
        if not groups:
            raise FailedError("nothing of it runs under systemd", "See: compose2quadlet migrate status")
        found = {name: (group, commands) for group in groups for name, commands in _things(group, machine)}
        if unknown := [name for name in wanted if name not in found]:
            raise FailedError(f"{unknown[0]} is not among what can go", "List it: compose2quadlet migrate finish")
        for name in wanted:
            _old_enough(journal, found[name][0], days)
        for name in wanted:
            for command in found[name][1]:
                machine.change(*command)
            teller.line(f"removed {name}")
        return [
            {"thing": name, "command": " && ".join(" ".join(c) for c in commands), "removed": name in wanted}
            for name, (_, commands) in found.items()
        ]


def _old_enough(journal: Journal, group: Group, days: int) -> None:
    mark = journal.mark(group.name)
    assert mark
    moved = datetime.strptime(mark.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) - moved < timedelta(days=days):
        raise FailedError(
            f"{group.name} moved less than {days} days ago ({mark.at}), and without Docker's data there is no way back",
            "Wait, or remove it anyway with --force.",
        )


def _things(group: Group, machine: Machine) -> Iterator[Thing]:
    """What is there of a group, first what the rest depends on."""
    for old in group.containers:
        if machine.look("docker", "container", "inspect", old.name).ok:
            yield f"container:{old.name}", [["docker", "rm", old.name]]
    for volume in group.volumes:
        if machine.look("docker", "volume", "inspect", volume.name).ok:
            yield f"volume:{volume.name}", [["docker", "volume", "rm", volume.name]]
    for image in group.images:
        if machine.look("docker", "image", "inspect", image.id).ok:
            yield f"image:{short(image.id)}", [["docker", "image", "rm", "--force", image.id]]
    guards = [f.path for f in group.files if os.path.basename(f.path) == guard.NAME and os.path.lexists(f.path)]
    if guards:
        yield f"guards:{group.name}", [["rm", *guards], machine.runner.systemctl("daemon-reload")]
