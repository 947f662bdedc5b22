"""Takes a project out: its units and its networks, never its data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from compose2quadlet.diagnostics import command
from compose2quadlet.host.apply import states
from compose2quadlet.host.apply.work import Prepared, Work, prepare
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.host.programs import perform
from compose2quadlet.kinds import Place

BIND = re.compile(r"^Volume=(/[^:\s]*)", re.M)
NETWORK = re.compile(r"^NetworkName=(\S+)$", re.M)
VOLUME = re.compile(r"^VolumeName=(\S+)$", re.M)


def prepared(work: Work, project: str) -> Prepared:
    """The plan to remove a project; with the last one go the files that are for all. Raises FailedError for a project
    that is not there."""
    root = work.where[Place.QUADLETS]
    written = states.recorded(root)
    if project not in {entry.project for entry in written.files.values()}:
        known = ", ".join(sorted(written.projects)) or "none"
        raise FailedError(f"no units of a project {project} are in place", f"These projects are: {known}.")
    last = {entry.project for entry in written.files.values()} <= {project, ""}
    leave = states.leaving(work.where, (), {project, ""} if last else {project})
    return prepare(work, {}, leave, {}, f"remove {project}")


def _texts(work: Work, project: str) -> dict[str, str]:
    root = work.where[Place.QUADLETS]
    keys = [key for key, entry in states.recorded(root).files.items() if entry.project == project]
    return {key: text for key in keys if (text := states.text_of(root / key)) is not None}


def data(work: Work, project: str) -> list[str]:
    """What stays: volumes and bind mounts, with their places."""
    found = []
    for key, text in sorted(_texts(work, project).items()):
        if key.endswith(".volume") and (name := VOLUME.search(text)):
            did = perform(["podman", "volume", "inspect", "--format", "{{.Mountpoint}}", name[1]], seconds=60)
            place = f" in {did.output.strip()}" if did.ok and did.output.strip() else ", not created yet"
            found.append(f"volume {name[1]}{place}; to delete it: {command('podman', 'volume', 'rm', name[1])}")
    mounts = {
        path for key, text in _texts(work, project).items() if key.endswith(".container") for path in BIND.findall(text)
    }
    return found + [f"{path}, which is mounted" for path in sorted(mounts) if Path(path).exists()]


def networks(work: Work, p: Prepared) -> Iterator[str]:
    """Remove the networks that the project's units made; a sentence for each that is still in use."""
    for change in p.plan.files:
        name = NETWORK.search(change.before or "") if change.name.endswith(".network") else None
        if name and perform(["podman", "network", "exists", name[1]], seconds=60).ok:
            did = perform(["podman", "network", "rm", name[1]], seconds=60)
            if not did.ok:
                yield f"The network {name[1]} stays: {(did.errors or 'podman failed').splitlines()[-1]}"
