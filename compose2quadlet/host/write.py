"""Writes units into directories: all of them or none, and never over files of others."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, Severity, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host import journal, transaction
from compose2quadlet.host import manifest as manifests
from compose2quadlet.host.changes import HEAD, Change, File, State, compare, made_from
from compose2quadlet.host.directories import Tree, VanishedError, apart, opened
from compose2quadlet.host.leftovers import leftovers, remove
from compose2quadlet.host.manifest import Entry, Manifest, Project

SUFFIXES = (".container", ".network", ".volume", ".build", ".image", ".pod", ".service", ".target")
"""The kinds of units that are written."""

NAME = re.compile(r"([^/]+\.d/)?(?!\.{1,2}$)[^/\0]+")
"""A valid file name, which may be that of a drop-in in the directory of a unit."""

ATTEMPTS = 100
"""How often to start over if another run removes a directory that it had created."""

REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "Free some space there"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Change its permissions"),
    errno.EAGAIN: "Run this again",
}
"""What helps, by error number."""

Options = Mapping[str, Any]
"""The options that a project's files were made with, as JSON values."""


@frozen()
class Written:
    """The result of a run: the paths that it was given, and diagnostics about it and about earlier runs."""

    new: tuple[Path, ...] = ()
    changed: tuple[Path, ...] = ()
    unchanged: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def by_state(self) -> dict[str, tuple[Path, ...]]:
        """The paths by what happened to them."""
        return {"new": self.new, "changed": self.changed, "unchanged": self.unchanged, "removed": self.removed}


@frozen()
class Job:
    """The task of a run. All paths are absolute; the first of ``directories`` is the output directory."""

    directories: tuple[Path, ...]
    files: Mapping[Path, File]
    removals: tuple[Path, ...]
    options: Mapping[str, Options]
    force: bool

    @property
    def root(self) -> Path:
        return self.directories[0]

    @property
    def places(self) -> list[Path]:
        """All directories of files, and those of the output."""
        return list(dict.fromkeys([*self.directories, *(path.parent for path in (*self.files, *self.removals))]))


Done = tuple[list[Change], list[Diagnostic]]


def placed(directory: Path, files: Mapping[str, str], private: Collection[str] = ()) -> dict[Path, File]:
    """``files`` (name to text) with their paths in ``directory``; those that are ``private`` contain values. Raises
    RefusedError for a name that leaves it."""
    out = {}
    for name, text in files.items():
        if not NAME.fullmatch(name):
            raise refuse("bad-name", f"the file name {name!r} would leave the output directory", "Rename the service.")
        head = HEAD.match(text)
        out[directory / name] = File(text, (head[1] or "") if head else "", name in private)
    return out


def stale(directory: Path, files: Collection[Path]) -> dict[str, list[Path]]:
    """Units in ``directory`` that an earlier run wrote and that are not among ``files``, by compose project."""
    out: dict[str, list[Path]] = {}
    with contextlib.suppress(OSError):  # the directory cannot be listed; writing into it will report that
        for path in sorted([*directory.iterdir(), *directory.glob("*.target.d/*.conf")]):
            if path in files or path.suffix not in (*SUFFIXES, ".conf"):
                continue
            with contextlib.suppress(OSError):  # the file of another user cannot be read
                if project := made_from(path):
                    out.setdefault(project, []).append(path)
    return out


def write(
    files: Mapping[Path, File],
    directories: Sequence[Path],
    *,
    removals: Iterable[Path] = (),
    options: Mapping[str, Options] | None = None,
    force: bool = False,
) -> Written:
    """Write ``files`` and remove others, all or none. They are in ``directories`` or below; missing directories are
    created. The first is the output directory, which has the manifest. ``options`` is what the manifest records for
    each project.

    At any time, a file is either the old or the new one. If anything fails, all files stay as they were; if the program
    is killed, the next run completes or undoes what it had begun. Raises RefusedError if a file exists that this tool
    did not write, that is from another project, or that was edited since, unless ``force`` is set; if a directory
    cannot be used; and if another run holds it.
    """
    given = {Path(os.path.abspath(path)): path for path in (*files, *removals)}
    wanted = {Path(os.path.abspath(path)): file for path, file in files.items()}
    root, *others = (Path(os.path.abspath(directory)) for directory in directories)
    used = [other for other in others if any(path.is_relative_to(other) for path in given)]
    gone = tuple(path for path in given if path not in wanted)
    job = Job((root, *used), wanted, gone, options or {}, force)
    before = os.umask(0o022)
    try:
        done, said = (_as_they_are(job) or _locked(job)) if given else ([], [])
    except OSError as e:
        raise _unwritable(e, job) from e
    finally:
        os.umask(before)

    def those(state: State) -> tuple[Path, ...]:
        return tuple(given[change.path] for change in done if change.outcome is state)

    changed, unchanged = those(State.CHANGED), those(State.UNCHANGED)
    return Written(those(State.NEW), changed, unchanged, those(State.REMOVED), tuple(said))


def _as_they_are(job: Job) -> Done | None:
    """The result if everything is already as it should be: then nothing is touched, not even a directory."""
    try:
        with opened([path for path in apart(job.directories) if path.is_dir()]) as tree:
            if not all(map(tree.has, job.directories)) or any(journal.there(tree, path) for path in job.directories):
                return None
            done = _compare(tree, job)
            if any(leftovers(tree, job.root, job.places)):
                return None
    except VanishedError:
        return None
    return None if any(change.state is not State.UNCHANGED for change in done) else (done[:-1], [])


def _locked(job: Job) -> Done:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with (
                opened(job.directories, make=True) as tree,
                tree.directory(job.root, make=True) as at,
                journal.locked(at, job.root) as fd,
                journal.all_locked(tree.bases, held=[at]),
            ):
                made = len(tree.made)
                try:
                    return _run(job, tree, fd)
                except BaseException:
                    tree.unmake(keep=made)  # as long as nobody else can write there
                    raise
        except VanishedError as e:
            if attempt == ATTEMPTS and isinstance(e.__cause__, OSError):
                raise e.__cause__ from None
    raise journal.busy(job.root)


def _run(job: Job, tree: Tree, fd: int) -> Done:
    said = transaction.recover(fd, tree, job.root)
    for leftover in list(leftovers(tree, job.root, job.places)):
        remove(tree, leftover)
        message = f"temporary files of an interrupted earlier run are removed: {leftover.name}"
        said.append(Diagnostic("interrupted-run", Severity.NOTE, message, position=Position(str(leftover.directory))))
    done = _compare(tree, job)
    todo = [change for change in done if change.state is not State.UNCHANGED]
    if refused := [d for change in todo if (d := _in_the_way(change, job))]:
        raise RefusedError(*said, *refused)
    for directory in dict.fromkeys(change.path.parent for change in todo):
        with tree.directory(directory, make=True):
            pass
    if todo:
        said += transaction.replace_all(fd, tree, job.root, todo)
    return done[:-1], said


# ---------------------------------------------------------------- what is there


def _compare(tree: Tree, job: Job) -> list[Change]:
    """The changes to all files and, last, to the manifest."""
    try:
        written = manifests.load(tree, job.root)
    except RefusedError:
        if not job.force:
            raise
        written = Manifest()
    done = compare(tree, job.root, written, job.files, job.removals)
    text = _next(written, job, done).text()
    return [*done, *compare(tree, job.root, Manifest(), {job.root / manifests.NAME: File(text)})]


def _next(written: Manifest, job: Job, done: Iterable[Change]) -> Manifest:
    """The manifest after the changes."""
    files = {key: entry for key, entry in written.files.items() if os.path.lexists(job.root / key)}
    touched = set()
    for change in done:
        key = manifests.key(change.path, job.root)
        if change.state is not State.UNCHANGED:
            touched |= {change.owner, change.file.project if change.file else ""}
        if change.file and change.file.ours:
            data = change.file.text.encode()
            digest, size = change.file.written or (manifests.sha256(data), len(data))
            files[key] = Entry(change.file.project, digest, size, change.file.private)
        else:
            files.pop(key, None)
    projects = {}
    for name in {entry.project for entry in files.values()} - {""}:
        known = written.projects.get(name, Project())
        options = json.loads(json.dumps(job.options[name])) if name in job.options else known.options
        same = name in written.projects and name not in touched and known.options == options
        projects[name] = known if same else Project(options=options)
    return Manifest(projects, files)


def _in_the_way(change: Change, job: Job) -> Diagnostic | None:
    """Why a file must not be overwritten, if there is a reason."""
    name, position = change.path.name, Position(str(change.path))
    if change.path == job.root / manifests.NAME and change.state is not State.DIRECTORY:
        return None
    match change.state:
        case State.DIRECTORY:
            message, hint = f"{name} already exists, and is a directory", "Move it away, or choose another with -o."
            return Diagnostic("file-exists", Severity.ERROR, message, hint, position=position)
        case State.FOREIGN if not job.force:
            message = f"{name} already exists, and this tool did not write it"
            hint = "Move it away, choose another directory with -o, or overwrite it with --force."
            return Diagnostic("file-exists", Severity.ERROR, message, hint, position=position)
        case State.OTHERS if not job.force:
            message = f"{name} already exists, made from another project: {change.owner}"
            hint = "Give one of the projects another --project-name, or overwrite the unit with --force."
            return Diagnostic("unit-clash", Severity.ERROR, message, hint, position=position)
        case State.EDITED if not job.force:
            message = f"{name} was edited since it was written"
            keep = f"Keep your edit in {change.path}.d/50-local.conf or under x-quadlet in the compose file, then"
            hint = f"{keep if change.path.suffix in SUFFIXES else 'Keep a copy, then'} overwrite the file with --force."
            return Diagnostic("edited-file", Severity.ERROR, message, hint, position=position)
    return None


def _unwritable(e: OSError, job: Job) -> RefusedError:
    """The error for a failure that left everything as it was."""
    places = [path for path in job.places if str(e.filename or "").startswith(f"{path}{os.sep}")]
    at = max(places, key=lambda path: len(path.parts), default=Path(e.filename or job.root))
    hint = REMEDIES.get(e.errno or 0, "Solve the problem")
    notes = " ".join(("Nothing was changed.", *getattr(e, "__notes__", ())))
    return refuse(
        "output-unwritable",
        f"cannot write into {at}: {(e.strerror or str(e)).lower()}",
        f"{hint}, or choose another directory with -o. {notes}",
        position=Position(str(at)),
    )
