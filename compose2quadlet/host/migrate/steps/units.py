"""Puts units into place, starts them, and looks whether they run as the containers did."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path

from compose2quadlet.diagnostics import command
from compose2quadlet.host.changes import File
from compose2quadlet.host.layout import directories
from compose2quadlet.host.migrate.machine import FailedError, Runner
from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.host.migrate.user import acting_as
from compose2quadlet.host.write import write
from compose2quadlet.kinds import KINDS, Place, unit_of
from compose2quadlet.migrate.plan import PortMove, Service, UnitFile
from compose2quadlet.options import Scope

START_SECONDS = 300
"""Seconds in which all services have to be active."""

RESTARTS = 5
"""How often a service may try before it counts as one that does not start."""

SETTLE = 8.0
"""Seconds for which they have to stay so."""

HEALTHY_SECONDS = 180
LINES = 15


def _write(work: Work, files: Iterable[UnitFile], remove: Iterable[UnitFile] = ()) -> None:
    runner, gone = work.machine.runner, [Path(f.path) for f in remove]
    wanted = {Path(f.path): File(f.text, f.project, f.private) for f in files}
    for path in sorted(map(str, wanted)):
        work.machine.note(f"# write {path}")
    for path in sorted(map(str, gone)):
        work.machine.note(f"# remove {path}")
    if not work.machine.dry:
        places = [directories(Scope(work.plan.scope), runner.home)[place] for place in Place]
        options = dict.fromkeys(work.group.projects, work.plan.options)
        with acting_as(runner):
            write(wanted, places, removals=gone, options=options, force=bool(gone))
    work.machine.change(*runner.systemctl("daemon-reload"))


def volumes() -> Step:
    """The units of volumes come first: they create what the data is copied into. Nothing starts them by itself."""
    return Step("volume units", "put the units of volumes into place", lambda w: _write(w, _volumes(w)), _take_away)


def _volumes(work: Work) -> list[UnitFile]:
    return [f for f in work.group.files if f.path.endswith(".volume")]


def place() -> Step:
    """All other units."""
    return Step("units", "put the units into place", lambda w: _write(w, w.group.files), _take_away)


def _take_away(work: Work) -> None:
    """Remove the units of the projects, of which copies are kept; those for all projects stay."""
    own = [f for f in work.group.files if f.project and (work.machine.dry or os.path.lexists(f.path))]
    kept = work.journal.directory / f"units-{work.group.name}"
    if own and not work.machine.dry:
        kept.mkdir(mode=0o700, exist_ok=True)
        for file in own:
            name = file.path.strip("/").replace("/", "-")
            with acting_as(work.machine.runner):
                data = Path(file.path).read_bytes()
            (kept / name).write_bytes(data)
    if own:
        _write(work, (), own)


def start() -> Step:
    """Start the stacks, and stop them."""
    return Step("start", "start the services", _start, _stop, lambda work: not _waiting(work))


def _start(work: Work) -> None:
    machine, units = work.machine, [s.unit for s in work.group.services if s.needed]
    machine.change(*machine.runner.systemctl("start", "--no-block", *work.group.targets, *dict.fromkeys(units)))
    if machine.dry:
        return
    end = time.monotonic() + START_SECONDS
    while waiting := _waiting(work):
        counts = _states(work, "NRestarts")
        failed = [unit for unit, state in waiting.items() if state == "failed" or int(counts[unit]) >= RESTARTS]
        if failed or time.monotonic() > end:
            unit = failed[0] if failed else next(iter(waiting))
            raise FailedError(f"{unit} does not start: {_last_words(work.machine.runner, work, unit)}", "")
        time.sleep(0.5)


def _states(work: Work, name: str) -> dict[str, str]:
    """A property of the services' units."""
    units = list(dict.fromkeys(s.unit for s in work.group.services if s.needed))
    if not units:
        return {}
    text = work.machine.ask(*work.machine.runner.systemctl("show", "--property", f"Id,{name}", *units))
    blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    return {block["Id"]: block[name] for block in blocks}


def _waiting(work: Work) -> dict[str, str]:
    return {unit: state for unit, state in _states(work, "ActiveState").items() if state != "active"}


def _last_words(runner: Runner, work: Work, unit: str) -> str:
    manager = ["--user"] if runner.user else []
    words = ["journalctl", *manager, "--unit", unit, "--lines", str(LINES), "--output", "cat", "--no-pager"]
    return " | ".join(work.machine.look(*runner.command(*words)).output.splitlines()) or "its journal is empty"


def _stop(work: Work) -> None:
    machine = work.machine
    units = dict.fromkeys(unit_of(os.path.basename(f.path)) for f in work.group.files if _runs(f))
    machine.attempt(*machine.runner.systemctl("stop", *work.group.targets, *units))
    machine.attempt(*machine.runner.systemctl("reset-failed", *units))
    names = [s.container for s in work.group.services]
    did = machine.look(*machine.runner.podman("ps", "--format", "{{.Names}}"))
    running = set(did.output.split()) & set(names)
    if running and not machine.dry:
        raise FailedError(
            f"the container {min(running)} does not stop", f"Look why: {command('podman', 'logs', min(running))}"
        )


def _runs(file: UnitFile) -> bool:
    name = os.path.basename(file.path)
    kind = name.rpartition(".")[2]
    return bool(file.project) and kind in KINDS and kind not in ("conf", "slice") and "@" not in name


def observe() -> Step:
    """Look whether all of it runs, stays so, is healthy, and answers."""
    return Step("observe", "look whether the services run as before", _observe)


def _observe(work: Work) -> None:
    services = [s for s in work.group.services if s.needed]
    work.machine.note(f"# look for {SETTLE:.0f} s whether {len(services)} services run, are healthy, and answer")
    if work.machine.dry:
        return
    before = _states(work, "NRestarts")
    time.sleep(SETTLE)
    after = _states(work, "NRestarts")
    for unit, count in after.items():
        if count != before[unit] or unit in _waiting(work):
            raise FailedError(f"{unit} ends again and again: {_last_words(work.machine.runner, work, unit)}")
    for service in services:
        if service.health:
            _healthy(work, service)
    for port in (p for p in work.group.ports if p.running and p.protocol == "tcp"):
        _answers(port)


def _healthy(work: Work, service: Service) -> None:
    end = time.monotonic() + HEALTHY_SECONDS
    while True:
        words = work.machine.runner.podman("inspect", "--format", "{{.State.Health.Status}}", service.container)
        state = work.machine.look(*words).output.strip()
        if state in ("healthy", "", "<no value>"):
            return
        if time.monotonic() > end:
            raise FailedError(
                f"{service.unit} is not healthy: {state}",
                f"Look why: {command('podman', 'inspect', service.container)}",
            )
        time.sleep(0.5)


def _answers(port: PortMove) -> None:
    address = port.address or "127.0.0.1"
    end = time.monotonic() + 10
    while True:
        try:
            with socket.create_connection((address, port.number), 3):
                return
        except OSError as e:
            if time.monotonic() > end:
                reason = (e.strerror or str(e)).lower()
                raise FailedError(f"the port {port.number} of '{port.service}' does not answer: {reason}") from e
            time.sleep(0.5)
