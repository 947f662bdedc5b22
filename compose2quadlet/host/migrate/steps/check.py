"""Looks whether the world is still as the plan has it, and whether all will fit, before anything is touched."""

from __future__ import annotations

import hashlib
import os

from compose2quadlet.diagnostics import command
from compose2quadlet.host.migrate import copying, docker
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.host.migrate.steps import images
from compose2quadlet.host.programs import find

TOOLS = ("docker", "podman", "systemctl", "cp", "mount", "sync", "unshare", "setpriv", "sh")
AGAIN = "Make a new one: compose2quadlet migrate plan -o DIR"


def step() -> Step:
    """Once it has passed and the containers are stopped, it is not repeated: then the world is a different one."""
    return Step("check", "check that the plan still holds", _check, holds=lambda work: work.reached("freeze"))


def file_hash(path: str) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _check(work: Work) -> None:
    work.machine.note("# compare what runs with the plan; look for free space and free names")
    if work.group.blockers and not work.machine.dry:
        raise FailedError(f"{work.group.name} cannot move: {work.group.blockers[0]}", AGAIN)
    if os.geteuid() != 0:
        raise FailedError("a migration needs root", "Run it with sudo.")
    if missing := [tool for tool in TOOLS if find(tool) is None]:
        raise FailedError(f"{missing[0]} is not installed")
    _same(work)
    if not work.machine.dry:
        _room(work)
        _names(work)


def _same(work: Work) -> None:
    """Raises FailedError if something has changed since the plan was made."""
    planned = {old.id: old for old in work.group.containers}
    ids = set(work.machine.ask("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}}").split())
    if gone := [old.name for old in planned.values() if old.id not in ids]:
        raise FailedError(f"the plan is out of date: the container {gone[0]} was removed or created anew", AGAIN)
    for now in docker.containers(work.machine, list(planned)):
        old = planned[now.id]
        same = (old.name, old.image, old.policy, old.running, old.config_hash)
        if same != (now.name, now.image_id, now.restart, now.running, now.config_hash):
            raise FailedError(f"the plan is out of date: the container {now.name} has changed", AGAIN)
    for project in work.group.projects:
        label = f"label=com.docker.compose.project={project}"
        found = work.machine.ask(
            "docker", "ps", "--all", "--no-trunc", "--filter", label, "--format", "{{.ID}}"
        ).split()
        if more := set(found) - set(planned) - set(work.plan.left_alone):
            name = work.machine.ask("docker", "inspect", "--format", "{{.Name}}", min(more)).strip().lstrip("/")
            raise FailedError(f"the plan is out of date: the container {name} is new", AGAIN)
    for file, digest in work.group.sources:
        if not os.path.isfile(file) or file_hash(file) != digest:
            raise FailedError(f"the plan is out of date: {file} has changed", AGAIN)
    for volume in work.group.volumes:
        if not os.path.isdir(volume.source):
            raise FailedError(f"the data of the volume {volume.name} is gone: {volume.source}", AGAIN)


def _room(work: Work) -> None:
    """Raises FailedError if the copies and the images do not fit."""
    new = [image.size for image in work.group.images if not images.there(work.machine, image)]
    copies = [v.space for v in work.group.volumes if not v.reflink]
    copying.check_room(existing(work.plan.store), sum(new) + sum(copies))


def existing(path: str) -> str:
    """The nearest directory above a path that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _names(work: Work) -> None:
    """Raises FailedError if a volume or container of Podman is in the way."""
    podman = work.machine.runner.podman
    for volume in work.group.volumes:
        path = work.machine.look(
            *podman("volume", "inspect", "--format", "{{.Mountpoint}}", volume.into)
        ).output.strip()
        if path and os.path.isdir(path) and os.listdir(path):
            mark = copying.mark_of(path)
            if not mark or mark not in (work.plan.id, volume.replaces):
                raise FailedError(f"Podman already has a volume {volume.into} with data: {path}", AGAIN)
    there = set(work.machine.ask(*podman("ps", "--all", "--format", "{{.Names}}")).split())
    for service in work.group.services:
        if service.container in there:
            hint = f"Remove it: {command('podman', 'rm', service.container)}"
            raise FailedError(f"Podman already has a container {service.container}", hint)
