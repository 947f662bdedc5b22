"""The data of volumes: its manifest, the copy, and the proof that the source has not changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from compose2quadlet.host.migrate import copying
from compose2quadlet.host.migrate.journal import now
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.host.migrate.trees import write_manifest
from compose2quadlet.migrate.idmap import IDENTITY
from compose2quadlet.migrate.plan import VolumeMove


def _manifest(work: Work, volume: VolumeMove) -> Path:
    return work.journal.directory / f"{volume.name}.manifest"


def manifest(volume: VolumeMove) -> Step:
    """Read the whole source, which nobody writes to any more."""
    return Step(
        f"manifest {volume.name}",
        f"read the data of the volume {volume.into}",
        lambda work: _read(work, volume),
        holds=lambda work: _manifest(work, volume).is_file(),
    )


def _read(work: Work, volume: VolumeMove) -> dict[str, Any]:
    place = _manifest(work, volume)
    work.machine.note(f"# write a manifest of {volume.source} to {place}")
    if work.machine.dry:
        return {}
    if work.reached("start"):  # from now on only the first one tells what the source was like
        raise FailedError(f"the manifest of {volume.name} is gone: {place}")
    sums = write_manifest(volume.source, place, work.progress)
    if outside := volume.ids.outside(sums.users, sums.groups):
        raise FailedError(
            f"the volume {volume.name} has files of {outside[0]}, which the container would not have",
            "Make a new plan, with another --isolation for its service.",
        )
    return {"files": sums.files, "size": sums.size, "space": sums.space}


def copy(volume: VolumeMove) -> Step:
    """Copy the data into Podman's volume, and compare."""
    return Step(
        f"copy {volume.name}",
        f"copy the volume {volume.into}",
        lambda work: _copy(work, volume),
        lambda work: _discard(work, volume),
        lambda work: work.reached("start") or copying.mark_of(_where(work, volume)) == work.plan.id,
    )


def _where(work: Work, volume: VolumeMove) -> str:
    """The directory of Podman's volume; empty if there is none."""
    podman = work.machine.runner.podman
    return work.machine.look(*podman("volume", "inspect", "--format", "{{.Mountpoint}}", volume.into)).output.strip()


def _copy(work: Work, volume: VolumeMove) -> dict[str, Any]:
    machine = work.machine
    if work.reached("start"):  # the services may have written there
        raise FailedError(f"the copy of the volume {volume.name} is gone, though its services were started")
    _create(work, volume)
    path = _where(work, volume)
    if machine.dry:
        path = f"{work.plan.store}/{volume.into}/_data"
    else:
        copying.check_destination(path, work.plan.store, volume.into)
    machine.note(f"# check that {path} is empty, or the copy of this migration")
    space = 0 if volume.reflink else work.known(f"manifest {volume.name}").get("space", volume.space)
    if not machine.dry:
        copying.claim(path, work.plan.id, volume.replaces)
        copying.check_room(path, space)
    mount = work.journal.directory / "mount"
    copying.copy(machine, volume.source, path, volume.ids, _manifest(work, volume), mount, work.progress)
    machine.note(f"# compare {path} with the manifest")
    if not machine.dry:
        copying.verify(_manifest(work, volume), path, volume.ids, work.progress)
    return {"path": path, "at": now()}


def _create(work: Work, volume: VolumeMove) -> None:
    """Podman's volume, by its unit. A unit that created one which was removed is still active: it has to stop first."""
    machine, runner = work.machine, work.machine.runner
    there = machine.look(*runner.podman("volume", "exists", volume.into)).ok
    if volume.unit:
        if not there:
            machine.change(*runner.systemctl("stop", volume.unit))
        machine.change(*runner.systemctl("start", volume.unit))
    elif not there:
        machine.change(*runner.podman("volume", "create", volume.into))


def _discard(work: Work, volume: VolumeMove) -> None:
    """Remove the copy. What services have written to since stays where it is."""
    machine, runner = work.machine, work.machine.runner
    path = _where(work, volume)
    if work.reached("start") and not machine.dry:
        if path:
            since = work.known(f"copy {volume.name}").get("at", "the copy")
            work.say(f"what was written to the volume {volume.into} since {since} stays there; Docker does not see it")
        return
    if volume.unit:
        machine.attempt(*runner.systemctl("stop", volume.unit))
    if machine.dry or (path and copying.mark_of(path) == work.plan.id):
        if not machine.dry:
            copying.check_destination(path, work.plan.store, volume.into)
            copying.empty(path)
        machine.change(*runner.podman("volume", "rm", volume.into))
    elif path and not os.listdir(path):
        machine.attempt(*runner.podman("volume", "rm", volume.into))


def proof() -> Step:
    """Compare the sources with what they were before the copy."""
    return Step("proof", "check that nothing of Docker's data has changed", _prove)


def _prove(work: Work) -> None:
    for volume in work.group.volumes:
        work.machine.note(f"# compare {volume.source} with its manifest")
        if work.machine.dry:
            continue
        place = _manifest(work, volume)
        try:
            copying.verify(place, volume.source, IDENTITY, work.progress)
        except FailedError as e:
            raise FailedError(
                f"the source has changed since it was copied: {e}", "Something still writes there. Find out what."
            ) from e
