"""What each run of ``apply`` found and did: what ``rollback`` puts back, and what an interrupted run had begun.

A record has whole units, so it is a file for its owner only, in the state directory of the scope. It is replaced as
a whole, so that a run that is killed leaves that of its last step.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from compose2quadlet.applying import FileChange, Kind
from compose2quadlet.diagnostics import refuse
from compose2quadlet.host.changes import File
from compose2quadlet.options import Scope

KEPT = 20
"""The records that are kept."""

UNFINISHED = ("begun", "written", "undoing")


@dataclass(slots=True)
class Record:
    """One run. ``state`` is ``begun``, ``written`` (the files are in place), ``done``, ``undoing`` or ``undone``.
    ``manifest`` has the old entries of the files: project, hash and size; ``active`` the units that ran before;
    ``failed`` those that did not start, ``touched`` those that were to restart, stop or start."""

    number: int
    when: str
    title: str
    files: list[dict[str, Any]]
    manifest: dict[str, dict[str, Any]]
    options: dict[str, dict[str, Any]]
    active: list[str]
    touched: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    state: str = "begun"

    @property
    def changes(self) -> list[FileChange]:
        """The changes of files."""
        return [FileChange(**{**one, "kind": Kind(one["kind"])}) for one in self.files]

    def before(self) -> tuple[dict[Path, File], list[Path]]:
        """The files as they were, and those that did not exist."""
        files = {}
        for one in self.changes:
            if one.before is None:
                continue
            entry = self.manifest.get(one.path)
            # What the manifest knew stays known: a file that was edited still counts as edited.
            written = (entry["sha256"], entry["size"]) if entry else ()
            project = entry["project"] if entry else one.project
            private = entry["private"] if entry else one.private
            files[Path(one.path)] = File(one.before, project, private, bool(entry), written)
        return files, [Path(one.path) for one in self.changes if one.before is None]


def folder(scope: Scope) -> Path:
    """The state directory of a scope."""
    if scope is Scope.SYSTEM:
        return Path("/var/lib/compose2quadlet/applied")
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(home, "compose2quadlet/applied")


@contextlib.contextmanager
def locked(at: Path) -> Iterator[None]:
    """Hold the lock: only one run at a time changes what is in place. Raises RefusedError if another one holds it."""
    at.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(at / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            hint = "Wait until it has ended, and run this again. Nothing was changed."
            raise refuse("another-run", "another run of this tool is applying units", hint) from e
        yield
    finally:
        os.close(fd)


def numbers(at: Path) -> list[int]:
    """The numbers of the records, the latest one first."""
    names = os.listdir(at) if at.is_dir() else []
    return sorted((int(n[:-5]) for n in names if n.endswith(".json") and n[:-5].isdigit()), reverse=True)


def load(at: Path, number: int) -> Record:
    """A record. Raises RefusedError for one that cannot be used."""
    path = at / f"{number}.json"
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as e:
        raise refuse("bad-manifest", f"the record {path} cannot be read", f"Move it away: {path}") from e


def latest(at: Path) -> Record | None:
    """The latest record that was not undone."""
    return next((r for n in numbers(at) if (r := load(at, n)).state != "undone"), None)


def save(at: Path, record: Record) -> None:
    """Write a record, and remove the oldest ones. Raises OSError."""
    path, new = at / f"{record.number}.json", at / f".{record.number}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    data = json.dumps(asdict(record)).encode()
    try:
        while data:
            data = data[os.write(fd, data) :]
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(new, path)
    for number in numbers(at)[KEPT:]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(at / f"{number}.json")


def begun(at: Path, title: str) -> Record:
    """A new record, which is not yet on disk."""
    number = max(numbers(at), default=0) + 1
    return Record(number, time.strftime("%Y-%m-%d %H:%M:%S"), title, [], {}, {}, [])


def merged(record: Record, earlier: Record | None) -> Record:
    """The record of a run that takes over from one that was interrupted: what was there before that one counts."""
    if not earlier:
        return record
    olds = {one["path"]: one for one in earlier.files}
    files = [{**one, "before": olds[one["path"]]["before"]} if one["path"] in olds else one for one in record.files]
    known = {one["path"] for one in files}
    files += [one for path, one in olds.items() if path not in known]
    manifest = {**record.manifest, **earlier.manifest}
    for path in olds:
        if path not in earlier.manifest:
            manifest.pop(path, None)
    active = sorted({*record.active, *earlier.active})
    touched = sorted({*record.touched, *earlier.touched})
    return replace(record, files=files, manifest=manifest, active=active, touched=touched, number=earlier.number)


def written(at: Path, path: str) -> str | None:
    """What the last run wrote into a file, if it is on record."""
    for number in numbers(at):
        record = load(at, number)
        found = next((one for one in record.files if one["path"] == path and record.state == "done"), None)
        if found:
            return str(found["after"]) if found["after"] is not None else None
    return None
