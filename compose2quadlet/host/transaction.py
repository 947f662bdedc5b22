"""Puts files into place, all or none.

First, every new file is written beside its place, and every old one gets a second name. Then, each new file is renamed
over the old one, so that a reader always finds one or the other. The names show how far a run got, so an interrupted
run can be completed, or undone, without further records.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, Severity, refuse
from compose2quadlet.host import journal
from compose2quadlet.host.changes import Change
from compose2quadlet.host.directories import Tree, opened
from compose2quadlet.host.files import found, identity, read
from compose2quadlet.host.journal import Step
from compose2quadlet.host.manifest import NAME as MANIFEST
from compose2quadlet.host.manifest import key, sha256
from compose2quadlet.host.parallel import each
from compose2quadlet.host.signals import deferred

NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""Errors of link(2) if a file system has no hard links, or does not allow one for this file."""

NO_MODES = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of fchmod(2) if a file system has no modes, such as FAT."""

NO_SYNC = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of fsync(2) if a file system cannot sync a directory."""


def replace_all(fd: int, tree: Tree, root: Path, changes: Sequence[Change]) -> list[Diagnostic]:
    """Make all changes, or none; ``fd`` is the journal. Returns diagnostics. Raises RefusedError if only some changes
    were made, and OSError if none were."""
    name = journal.new_name()
    steps = [_step(change, root, f"{name}-{i}") for i, change in enumerate(changes)]
    by_name = {step.name: change for step, change in zip(steps, changes, strict=True)}
    loose: list[str] = []
    with contextlib.ExitStack() as stack:
        try:
            journal.plan(fd, steps)
            _sync(tree, [root])
            each(lambda step: _make_ready(tree, step, by_name[step.name], loose), steps)
            _sync(tree, _directories(root, steps))
            stack.enter_context(deferred())
            journal.ready(fd)
        except BaseException as e:
            with deferred():
                _clean_up(fd, tree, root, steps, e)
            raise
        try:
            if changed := finish(tree, root, steps):
                raise OSError(errno.EAGAIN, "a file was changed in the meantime", str(changed[0]))
        except OSError as e:
            try:
                lost = undo(tree, root, steps)
            except OSError:
                lost = _directories(root, steps)
            if lost:
                raise _half_done(root, e) from e
            _clean_up(fd, tree, root, steps, e)
            raise
        return [*_clean_up(fd, tree, root, steps), *_open_to_others(root, loose)]


def _step(change: Change, root: Path, name: str) -> Step:
    data = change.file.text.encode() if change.file else b""
    return Step(key(change.path, root), name, sha256(data) if change.file else "", len(data), change.old)


def _directories(root: Path, steps: Sequence[Step]) -> list[Path]:
    return list(dict.fromkeys(step.at(root).parent for step in steps))


def _clean_up(
    fd: int, tree: Tree, root: Path, steps: Sequence[Step], failed: BaseException | None = None
) -> list[Diagnostic]:
    """Remove the temporary files and the plan. If that fails, the next run does it: a note on the exception with which
    the run ``failed`` says so, or a warning if it succeeded."""
    try:
        discard(tree, root, steps)
        journal.clear(fd)
    except OSError as e:
        if failed:
            failed.add_note("Temporary files may remain there; the next run removes them.")
            return []
        message = f"all files are written, but temporary ones may remain in {root}: {(e.strerror or str(e)).lower()}"
        hint = "They may contain passwords. The next run removes them."
        return [Diagnostic("left-over", Severity.WARNING, message, hint, position=Position(str(root)))]
    return []


def _open_to_others(root: Path, names: Sequence[str]) -> list[Diagnostic]:
    if not names:
        return []
    message = f"other users can read {', '.join(sorted(names))}: the file system of {root} does not store permissions"
    hint = "The files contain values, which may be passwords. Choose a directory on another file system with -o."
    return [Diagnostic("open-file", Severity.WARNING, message, hint, position=Position(str(root)))]


def _half_done(root: Path, e: OSError) -> RefusedError:
    return refuse(
        "half-written",
        f"some files in {root} were replaced, others were not: {(e.strerror or str(e)).lower()}",
        "Solve the problem, and run this again to complete it.",
        position=Position(str(root)),
    )


def _make_ready(tree: Tree, step: Step, change: Change, loose: list[str]) -> None:
    """Write a file beside its place, and sync it; give the old one a second name, under which it stays until the run is
    over. Adds files that others can read, but should not, to ``loose``. Raises OSError."""
    with tree.directory(change.path.parent) as at:
        found(at, change.path.name)  # fails for a name that is too long for this file system, while nothing is replaced
        if change.file:
            mode = _write_file(at, f"{step.name}.new", change.file.text.encode(), change.mode, change.group)
            if change.file.private and mode & 0o077 and change.path.name != MANIFEST:
                loose.append(change.path.name)
        if change.old:
            try:
                os.link(change.path.name, f"{step.name}.old", src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
            except OSError as e:
                if e.errno not in NO_LINKS:
                    raise


def _write_file(at: int, name: str, data: bytes, mode: int, group: int | None) -> int:
    """Write a file, sync it, and return the mode that it got. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(name, flags, 0o600, dir_fd=at)
    try:
        if group is not None and os.fstat(fd).st_gid != group:
            try:
                os.fchown(fd, -1, group)
            except PermissionError:
                mode &= ~0o070  # only the old group was allowed to read it
        while data:
            data = data[os.write(fd, data) :]
        if os.fstat(fd).st_mode & 0o777 != mode:
            try:
                os.fchmod(fd, mode)
            except OSError as e:
                if e.errno not in NO_MODES:
                    raise
        os.fsync(fd)
        return os.fstat(fd).st_mode & 0o777
    finally:
        os.close(fd)


def _sync(tree: Tree, directories: Sequence[Path]) -> None:
    """Sync directories to disk. Raises OSError."""

    def one(directory: Path) -> None:
        with tree.directory(directory) as at:
            try:
                os.fsync(at)
            except OSError as e:
                if e.errno not in NO_SYNC:
                    raise

    each(one, directories)


def finish(tree: Tree, root: Path, steps: Sequence[Step]) -> list[Path]:
    """Put all remaining files into place. Returns those that somebody changed in the meantime, which stay as they are.
    Raises OSError."""
    changed = []
    for step in steps:
        path = step.at(root)
        with tree.directory(path.parent) as at:
            state = _state(at, path.name, step)
            if state == "else":
                changed.append(path)
            elif state == "old" and step.sha256:
                os.rename(f"{step.name}.new", path.name, src_dir_fd=at, dst_dir_fd=at)
            elif state == "old":
                os.unlink(path.name, dir_fd=at)
    _sync(tree, _directories(root, steps))
    return changed


def undo(tree: Tree, root: Path, steps: Sequence[Step]) -> list[Path]:
    """Put the old files back. Returns those that were not kept, because the file system has no hard links. Raises
    OSError."""
    lost = []
    for step in reversed(steps):
        path = step.at(root)
        with tree.directory(path.parent) as at:
            if _state(at, path.name, step) != "new":
                continue
            if found(at, f"{step.name}.old"):
                os.rename(f"{step.name}.old", path.name, src_dir_fd=at, dst_dir_fd=at)
            elif step.old is None:
                os.unlink(path.name, dir_fd=at)
            else:
                lost.append(path)
    _sync(tree, _directories(root, steps))
    return lost


def discard(tree: Tree, root: Path, steps: Sequence[Step]) -> None:
    """Remove the temporary files. Raises OSError, after it has tried all of them."""
    failed: list[OSError] = []
    for step in steps:
        try:
            with tree.directory(step.at(root).parent) as at:
                for name in (f"{step.name}.new", *([f"{step.name}.old"] if step.old else [])):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=at)
        except OSError as e:
            failed.append(e)
    if failed:
        raise failed[0]


def recover(fd: int, tree: Tree, root: Path) -> list[Diagnostic]:
    """Complete an interrupted run, or undo it; ``fd`` is its journal. Returns notes about it. Raises RefusedError,
    VanishedError and OSError."""
    noted, ready = journal.noted(fd, root)
    if not noted:
        return []
    with _everywhere(tree, root, noted) as all_directories:
        steps = [step for step in noted if step.at(root).parent.is_dir()]
        if not ready:
            text = "had not changed anything yet; its temporary files are removed"
        elif _can_finish(all_directories, root, steps):
            changed = finish(all_directories, root, steps)
            but = f", except those that were changed since: {_names(changed)}" if changed else ""
            text = f"is now complete: its files are in place{but}"
        elif lost := undo(all_directories, root, steps):
            text = f"is undone, except for {_names(lost)}"
        else:
            text = "is undone: the previous files are in place"
        discard(all_directories, root, steps)
        journal.clear(fd)
    message = f"an interrupted earlier run {text}"
    return [Diagnostic("interrupted-run", Severity.NOTE, message, position=Position(str(root)))]


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


@contextlib.contextmanager
def _everywhere(tree: Tree, root: Path, steps: Sequence[Step]) -> Iterator[Tree]:
    """The tree with the directories of an earlier run, which may be different ones."""
    paths = {step.at(root).parent for step in steps}
    others = [path for path in sorted(paths) if path.is_dir() and not tree.base(path)]
    with opened(others) as more, journal.all_locked(more.bases, tree.bases.values()):
        yield Tree(tree.bases | more.bases)


def _can_finish(tree: Tree, root: Path, steps: Sequence[Step]) -> bool:
    for step in steps:
        path = step.at(root)
        with tree.directory(path.parent) as at:
            ready = not step.sha256 or found(at, f"{step.name}.new")
            if not ready and _state(at, path.name, step) == "old":
                return False
    return True


def _state(at: int, name: str, step: Step) -> str:
    """Whether a file is ``old``, ``new``, or something ``else``."""
    now = found(at, name)
    if (identity(now) if now else None) == step.old:
        return "old"
    if now is None or not step.sha256:
        return "else" if step.sha256 or now else "new"
    if now.st_size != step.size:
        return "else"
    data = read(name, step.size, at)
    return "new" if data is not None and sha256(data) == step.sha256 else "else"
