"""Stops the containers of a group under Docker so that they stay stopped, and starts them again.

Measured: ``restart: always`` comes back after a stop when the daemon restarts, so the policies go first; ``docker
compose up`` would create containers anew from files that were edited since, so ``docker start`` is the way back.
"""

from __future__ import annotations

import json
import os
import socket
import time

from compose2quadlet.diagnostics import command
from compose2quadlet.host.migrate import docker
from compose2quadlet.host.migrate.journal import now
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.inventory import Container
from compose2quadlet.migrate.plan import Old, PortMove

HEALTHY_SECONDS = 120
PATIENCE = 5.0
"""Seconds for processes to let go of a directory, and for ports to become free."""


def record() -> Step:
    """Keep what Docker says of the containers, as it is before anything changes."""
    return Step("record", "record the containers as they are", _record)


def _record(work: Work) -> None:
    place = work.journal.directory / f"before-{work.group.name}.json"
    work.machine.note(f"# keep 'docker inspect' in {place}")
    if work.machine.dry or place.exists():
        return
    found = docker.inspected(work.machine, "container", [c.id for c in work.group.containers])
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w") as f:
        json.dump(found, f, indent=1)
        f.flush()
        os.fsync(f.fileno())


def step() -> Step:
    """Stop the containers, and start them again."""
    return Step("freeze", "stop the containers under Docker", _freeze, _thaw, _frozen)


def _present(work: Work) -> dict[str, Container]:
    """The containers of the group that are there, by their names, as they are now."""
    names = set(work.machine.ask("docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}}").split())
    ids = [old.id for old in work.group.containers if old.id in names]
    return {c.name: c for c in docker.containers(work.machine, ids)}


def _frozen(work: Work) -> bool:
    if not work.machine.look("docker", "version").ok:
        return True  # Docker was switched off, or cannot start anything
    return not any(c.running or c.restart != "no" for c in _present(work).values())


def _freeze(work: Work) -> dict[str, str]:
    machine, there = work.machine, _present(work)
    dry = machine.dry
    if names := [c.name for c in there.values() if c.restart != "no" or dry]:
        machine.change("docker", "update", "--restart=no", *names)
    for old in reversed(work.group.containers):
        if old.name in there and there[old.name].running:
            machine.change("docker", "stop", old.name)
    if dry:
        return {}
    if running := [c.name for c in _present(work).values() if c.running]:
        raise FailedError(
            f"the container {running[0]} does not stop", f"Look why: {command('docker', 'logs', running[0])}"
        )
    _nobody_writes(work)
    for port in (p for p in work.group.ports if p.running):
        _free(port)
    return {"at": work.known("freeze").get("at") or now()}


def _nobody_writes(work: Work) -> None:
    sources = [volume.source for volume in work.group.volumes]
    end = time.monotonic() + PATIENCE
    while found := docker.holders(sources):
        if time.monotonic() > end:
            raise FailedError(
                f"the process {found[0]} still uses the data of a volume, though all containers are stopped",
                f"Find out what it is, and end it: ps -o pid,cgroup,args -p {found[0]}",
            )
        time.sleep(0.2)


def _free(port: PortMove) -> None:
    """Raises FailedError if something else already listens on a port that Docker has given back."""
    end = time.monotonic() + PATIENCE
    while (problem := taken(port)) is not None:
        if time.monotonic() > end:
            where = f"{port.address or '*'}:{port.number}/{port.protocol}"
            raise FailedError(
                f"the port {where} of '{port.service}' is in use by something else: {problem}",
                f"Find out what it is: ss -lnp 'sport = :{port.number}'",
            )
        time.sleep(0.2)


def taken(port: PortMove) -> str | None:
    """Why a port cannot be listened on; None if it can."""
    kind = socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in port.address else socket.AF_INET
    with socket.socket(family, kind) as s:
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((port.address, port.number))
        except OSError as e:
            return (e.strerror or str(e)).lower()
    return None


def _thaw(work: Work) -> None:
    machine, there = work.machine, _present(work)
    for policy in sorted({old.policy for old in work.group.containers}):
        names = [c.name for c in work.group.containers if c.policy == policy and c.name in there]
        if names and (policy != "no" or not machine.dry):
            machine.change("docker", "update", f"--restart={policy}", *names)
    for old in work.group.containers:
        if old.running and old.name in there and (machine.dry or not there[old.name].running):
            machine.change("docker", "start", old.name)
            _wait(work, old)
    gone = [old.name for old in work.group.containers if old.name not in there]
    if gone:
        raise FailedError(f"Docker no longer has {', '.join(gone)}", "Create it again: docker compose up -d")


def _wait(work: Work, old: Old) -> None:
    """Wait until a container is as healthy as it was, since others may need it."""
    if old.health != "healthy" or work.machine.dry:
        return
    end = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < end:
        if work.machine.ask("docker", "inspect", "--format", "{{.State.Health.Status}}", old.name).strip() == "healthy":
            return
        time.sleep(0.5)
    work.say(f"the container {old.name} is not healthy after {HEALTHY_SECONDS} s")
