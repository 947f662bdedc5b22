"""What writing would change: compares the new files with the existing ones, and with what was written before."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from compose2quadlet.frozen import frozen
from compose2quadlet.host.directories import Tree, apart, opened
from compose2quadlet.host.files import Identity, found, identity, read
from compose2quadlet.host.manifest import Entry, Manifest, key, load

MARK = b"# Made by compose2quadlet "
"""The start of a file that this tool wrote."""

HEAD = re.compile(MARK.decode() + r"(?:\d\S* )?(?:from the compose project (\S+), |for all projects\.)")

HEADER = 4096
"""How many bytes of a file to read to see who made it."""

PRIVATE, PUBLIC = 0o600, 0o644
"""The modes of files with values, and of others."""


@frozen()
class File:
    """A file to write. ``project`` is the project that it belongs to, or empty for all; ``private`` says that others
    may not read it, because it contains values. The manifest has those that are ``ours``; ``written`` is the hash and
    size that it has for a file that is put back as somebody edited it."""

    text: str
    project: str = ""
    private: bool = True
    ours: bool = True
    written: tuple[str, int] | tuple[()] = ()


class State(StrEnum):
    """What exists in the place of a file to write."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    EDITED = "edited since it was written"
    OTHERS = "of another project"
    FOREIGN = "not made by this tool"
    DIRECTORY = "a directory"


NOT_JUST_SO = (State.EDITED, State.OTHERS, State.FOREIGN, State.DIRECTORY)
"""What is overwritten only if the user says so; a directory never is."""


@frozen()
class Change:
    """One file: ``mode`` is its new mode, ``group`` the group that it keeps; ``old`` is the present content, made from
    the project ``owner``."""

    path: Path
    file: File | None
    state: State
    mode: int = PRIVATE
    group: int | None = None
    old: Identity | None = None
    owner: str = ""

    @property
    def outcome(self) -> State:
        """What writing does to the file."""
        if self.state not in NOT_JUST_SO:
            return self.state
        return State.CHANGED if self.file else State.REMOVED


def changes(files: Mapping[Path, File], directories: Iterable[Path]) -> list[Change]:
    """What writing ``files`` would change. ``directories`` are those of the output; the first one has the manifest.
    Nothing is written or created. Raises RefusedError for a manifest or a directory that cannot be used, and
    OSError."""
    paths = [Path(os.path.abspath(path)) for path in directories]
    wanted = {Path(os.path.abspath(path)): file for path, file in files.items()}
    with opened([path for path in apart(paths) if path.is_dir()]) as tree:
        return compare(tree, paths[0], load(tree, paths[0]), wanted)


def compare(
    tree: Tree, root: Path, written: Manifest, files: Mapping[Path, File], remove: Iterable[Path] = ()
) -> list[Change]:
    """The changes in an open tree to write ``files`` and to remove others; paths are absolute. Raises RefusedError and
    OSError."""
    found = [_change(tree, path, file, written.files.get(key(path, root))) for path, file in files.items()]
    gone = [_change(tree, path, None, written.files.get(key(path, root))) for path in remove]
    return found + [change for change in gone if change.state is not State.NEW]


def made_from(path: Path) -> str | None:
    """The compose project that a file was made from; empty if it is for all projects, None if this tool did not write
    it. Raises OSError for a file that cannot be read."""
    return _project(read(path, HEADER))


def _project(data: bytes | None) -> str | None:
    head = HEAD.match((data or b"")[:HEADER].decode(errors="replace"))
    return (head[1] or "") if head else None


def _change(tree: Tree, path: Path, file: File | None, entry: Entry | None) -> Change:
    if not tree.has(path.parent):
        return Change(path, file, State.NEW, _mode(file))
    with tree.directory(path.parent) as at:
        now = found(at, path.name)
        if now is None:
            return Change(path, file, State.NEW, _mode(file))
        if stat.S_ISDIR(now.st_mode):
            return Change(path, file, State.DIRECTORY)
        if not stat.S_ISREG(now.st_mode):
            return Change(path, file, State.FOREIGN, _mode(file), old=identity(now))
        text = file.text.encode() if file else b""
        try:
            data = read(path.name, max(len(text) + 1, entry.size + 1 if entry else 0, HEADER), at)
        except PermissionError:  # probably of another user
            data = None
    mode = _mode(file, entry, now.st_mode & 0o777)
    owner = entry.project if entry else _project(data)
    if file and data == text:
        state = State.UNCHANGED if now.st_mode & 0o777 == mode else State.CHANGED
    elif owner is None:
        state = State.FOREIGN
    elif file and owner and owner != file.project:
        state = State.OTHERS
    elif entry and (data is None or not entry.has(data)):
        state = State.EDITED
    else:
        state = State.CHANGED if file else State.REMOVED
    return Change(path, file, state, mode, now.st_gid, identity(now), owner or "")


def _mode(file: File | None, entry: Entry | None = None, now: int | None = None) -> int:
    """The mode of a file: stricter than usual if somebody made it so."""
    usual = PRIVATE if file is None or file.private else PUBLIC
    if now is None or (entry and now == (PRIVATE if entry.private else PUBLIC)):
        return usual
    return usual & now
