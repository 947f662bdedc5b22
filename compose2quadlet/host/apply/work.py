"""Applies a plan, and takes it back.

The order is that of least harm: images are pulled while everything runs; then a record of what is there is kept; then
what is removed stops, files are replaced, all or none, and the service manager reads them; then units start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compose2quadlet.applying import Action, FileChange, Kind, Plan, World, plan
from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.host.apply import records, states, worlds
from compose2quadlet.host.apply.manager import Failed, Manager, lost
from compose2quadlet.host.apply.records import Record
from compose2quadlet.host.changes import File
from compose2quadlet.host.layout import Layout, layout
from compose2quadlet.host.manifest import key
from compose2quadlet.host.migrate.machine import FailedError
from compose2quadlet.host.programs import perform
from compose2quadlet.host.write import write
from compose2quadlet.kinds import Place
from compose2quadlet.options import Scope

IMAGE = re.compile(r"^Image=(\S+)$", re.M)
NAMES = re.compile(r"^(?:Network|Volume)Name=(\S+)$", re.M)


@dataclass(slots=True)
class Work:
    """Where units are in place, who runs them, and whom to tell what is done."""

    scope: Scope
    where: Layout
    manager: Manager
    at: Path
    tell: Callable[[str], None] = lambda _: None
    tick: Callable[[str], None] = lambda _: None


def work_of(scope: Scope, timeout: float = 300.0) -> Work:
    """The work for a scope of this host."""
    where = states.absolute(layout(None, None, scope))
    return Work(scope, where, Manager(scope, timeout), records.folder(scope))


@dataclass(slots=True)
class Prepared:
    """What is about to happen: the plan, the record that can undo it, and the files to write and to remove."""

    plan: Plan
    record: Record
    files: Mapping[Path, File]
    leave: Sequence[Path]
    options: Mapping[str, Mapping[str, Any]]
    before: World
    after: World
    interrupted: Record | None = None
    quadlets: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self.plan.empty and not self.interrupted


def prepare(
    work: Work,
    files: Mapping[Path, File],
    leave: Sequence[Path],
    options: Mapping[str, Mapping[str, Any]],
    title: str,
    undoing: bool = False,
) -> Prepared:
    """The plan to write files and to remove others. Nothing is changed. Raises RefusedError and OSError."""
    changes = states.changes(work.where, files, leave)
    states.readable(changes)
    there = worlds.present(work.where)
    last = records.latest(work.at)
    interrupted = last if last and last.state in records.UNFINISHED and not undoing else None
    olds = {one.path: one.before for one in interrupted.changes} if interrupted else {}
    before = worlds.world(worlds.overlaid(there, work.where, olds), work.where, work.scope)
    news = worlds.overlaid(there, work.where, {one.path: one.after for one in changes})
    after = worlds.world(news, work.where, work.scope, changes)
    active = work.manager.active({*before.services, *after.services} if changes or last else ())
    ran = active | set(interrupted.active if interrupted else ())
    unread = work.manager.unread(active) if changes else ()
    made = plan(changes, before, after, ran, last.failed if last and not undoing else (), unread)
    record = records.merged(_record(work, changes, ran, title, made), interrupted)
    return Prepared(made, record, files, leave, options, before, after, interrupted, news[Place.QUADLETS])


def _record(work: Work, changes: Iterable[FileChange], active: Collection[str], title: str, made: Plan) -> Record:
    root = work.where[Place.QUADLETS]
    written = states.recorded(root)
    record = records.begun(work.at, title)
    for one in changes:
        kept = {name: getattr(one, name) for name in ("path", "before", "after", "project", "private")}
        record.files.append({**kept, "kind": one.kind.value})
        entry = written.files.get(key(Path(one.path), root))
        if entry:
            fields = ("project", "sha256", "size", "private")
            record.manifest[one.path] = {name: getattr(entry, name) for name in fields}
    record.options = {name: dict(project.options) for name, project in written.projects.items()}
    record.active = sorted(active)
    record.touched = sorted({one.unit for one in made.units if one.action is not Action.RECREATE})
    return record


def foreign(changes: Iterable[FileChange]) -> None:
    """Raise RefusedError for files of others that would be replaced."""
    found = [change for change in changes if change.kind is Kind.FOREIGN]
    hint = "Move it away, or replace it with --force; 'rollback' brings it back."
    errors = [
        refuse("file-exists", f"{one.name} is there, and this tool did not write it", hint, position=Position(one.path))
        for one in found
    ]
    if errors:
        raise RefusedError(*(d for e in errors for d in e.diagnostics))


def pull(work: Work, p: Prepared) -> None:
    """Get the images of what is about to start, while everything still runs. Raises FailedError."""
    names = {*p.plan.of(Action.RESTART), *p.plan.of(Action.START)}
    for name, text in sorted(p.quadlets.items()):
        unit = f"{name.rpartition('/')[2].removesuffix('.container')}.service"
        found = IMAGE.search(text) if name.endswith(".container") and unit in names else None
        if not found or found[1].endswith((".image", ".build")) or "\nPull=never" in text:
            continue
        if perform(["podman", "image", "exists", found[1]], seconds=60).ok:
            continue
        work.tell(f"Pulling {found[1]}")
        did = perform(["podman", "pull", "--quiet", found[1]], lambda: work.tick("pulling"))
        if not did.ok:
            last = did.errors.splitlines()[-1] if did.errors else f"exit status {did.status}"
            raise FailedError(f"cannot pull {found[1]}: {last}", "Nothing was changed.")


def execute(work: Work, p: Prepared, recreate: Collection[str] = ()) -> list[Failed]:
    """Carry out a plan; the units that did not start. Raises RefusedError if no file could be changed, and
    FailedError."""
    record = p.record
    record.state = "begun"
    records.save(work.at, record)
    stopping = p.plan.of(Action.STOP)
    if stopping:
        work.tell(f"Stopping {', '.join(stopping)}")
        work.manager.systemctl("stop", "--", *stopping, seconds=None)
    try:
        replaced = {one.path for one in p.plan.files}
        files = {path: file for path, file in p.files.items() if str(path) in replaced or not replaced}
        force = any(one.kind in (Kind.EDITED, Kind.FOREIGN) for one in p.plan.files)
        _write(work, files or p.files, p.leave, p.options, force)
    except RefusedError:
        work.manager.launch([], stopping)
        record.state = "undone" if not p.interrupted else "written"
        records.save(work.at, record)
        raise
    record.state = "written"
    records.save(work.at, record)
    _reload(work)
    failed = _recreate(work, p, recreate) if recreate else []
    failed += work.manager.launch(p.plan.of(Action.RESTART), p.plan.of(Action.START), work.tick)
    names = {one.unit for one in failed}
    kept = {unit for unit in record.active if unit in p.after.services} - names
    failed += work.manager.launch([], lost(work.manager, kept), work.tick)
    record.failed = [one.unit for one in failed]
    record.state = "done"
    records.save(work.at, record)
    return failed


def _write(
    work: Work, files: Mapping[Path, File], leave: Iterable[Path], options: Mapping[str, Any], force: bool
) -> None:
    write(files, [work.where[place] for place in Place], removals=leave, options=options, force=force)


def _reload(work: Work) -> None:
    did = work.manager.systemctl("daemon-reload", seconds=None)
    if not did.ok:
        hint = "The files are in place. Mend this, and run the same again; or: compose2quadlet rollback"
        raise FailedError(f"systemd does not read its units again: {did.errors or did.status}", hint)


def _recreate(work: Work, p: Prepared, wanted: Collection[str]) -> list[Failed]:
    """Delete networks and volumes, and let their units create them again, without the services that use them."""
    units = [unit for unit in p.plan.of(Action.RECREATE) if _object(p, unit)[1] in wanted]
    users = {
        name
        for name, text in p.after.services.items()
        for unit in units
        if re.search(rf"^After=.*\b{unit}", text, re.M)
    }
    running = sorted(work.manager.active(users))
    if running:
        work.manager.systemctl("stop", "--", *running, seconds=None)
    for unit in units:
        kind, name = _object(p, unit)
        work.tell(f"Creating the {kind} {name} again")
        perform(["podman", kind, "rm", name], seconds=60)
    return work.manager.launch(units, running, work.tick)


def _object(p: Prepared, unit: str) -> tuple[str, str]:
    """The kind and the name of what the unit of a network or a volume creates."""
    kind = p.after.kinds.get(unit, "")
    file = f"{unit.removesuffix(f'-{kind}.service')}.{kind}"
    text = next((text for name, text in p.quadlets.items() if name.rpartition("/")[2] == file), "")
    found = NAMES.search(text)
    return kind, found[1] if found else f"systemd-{file.rpartition('.')[0]}"


def objects(p: Prepared) -> dict[str, tuple[str, str]]:
    """The networks and volumes that must be deleted and created again, by their units: kind and name."""
    return {unit: _object(p, unit) for unit in p.plan.of(Action.RECREATE)}


# ---------------------------------------------------------------- back


def unready(work: Work) -> tuple[Record, Prepared]:
    """What ``rollback`` would do. Raises RefusedError if there is nothing to go back to."""
    record = records.latest(work.at)
    if record is None:
        raise FailedError("there is nothing to roll back: no 'apply' is on record")
    files, gone = record.before()
    return record, prepare(work, files, gone, record.options, f"rollback of {record.title}", undoing=True)


def undo(work: Work, record: Record, p: Prepared) -> list[str]:
    """Put back what was there before a run, and start what ran; the units that ran then and do not run now."""
    record.state = "undoing"
    records.save(work.at, record)
    stopping = p.plan.of(Action.STOP)
    if stopping:
        work.manager.systemctl("stop", "--", *stopping, seconds=None)
    if p.plan.files:
        _write(work, p.files, p.leave, p.options, force=True)
    _reload(work)
    wanted = {unit for unit in record.active if unit in p.after.services}
    restart = [unit for unit in p.plan.of(Action.RESTART) if unit in wanted]
    work.manager.launch(restart, sorted(wanted - work.manager.active(wanted)), work.tick)
    work.manager.launch([], lost(work.manager, wanted), work.tick)
    left = lost(work.manager, wanted)
    record.state = "undone"
    records.save(work.at, record)
    return left
