"""What writing would change: the files that are wanted beside those that are there and those that were written."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from compose2quadlet.host.directories import Tree, apart, opened
from compose2quadlet.host.files import Identity, found, identity, read
from compose2quadlet.host.manifest import Entry, Manifest, key, load

MARK = b"# Made by compose2quadlet "
"""How a file starts that was made by this tool."""

HEAD = re.compile(MARK.decode() + r"(?:\d\S* )?(?:from the compose project (\S+), |for all projects\.)")

HEADER = 4096
"""Bytes that are read of a file to see who made it."""

PRIVATE, PUBLIC = 0o600, 0o644
"""The modes of files that hold values, and of others."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is wanted. ``project`` is the one that it belongs to, empty for all; ``private`` says that others
    may not read it, because it holds values."""

    text: str
    project: str = ""
    private: bool = True


class State(StrEnum):
    """What is there where a file is wanted."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    EDITED = "edited since it was written"
    OTHERS = "of another project"
    FOREIGN = "not made by this tool"
    DIRECTORY = "a directory"


NOT_JUST_SO = (State.EDITED, State.OTHERS, State.FOREIGN, State.DIRECTORY)
"""What is overwritten only when the user says so, and a directory never."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file: ``mode`` is what it is to have, ``group`` whose it is to stay; ``old`` is what is there now, made
    from the project ``owner``."""

    path: Path
    file: File | None
    state: State
    mode: int = PRIVATE
    group: int | None = None
    old: Identity | None = None
    owner: str = ""

    @property
    def outcome(self) -> State:
        """What has become of the file once it was written."""
        if self.state not in NOT_JUST_SO:
            return self.state
        return State.CHANGED if self.file else State.REMOVED


def changes(files: Mapping[Path, File], directories: Iterable[Path]) -> list[Change]:
    """What writing ``files`` would change. ``directories`` are those of the output, the first of which has the
    manifest. Nothing is written or made. Raises RefusedError for a manifest or a directory that cannot be used, and
    OSError."""
    paths = [Path(os.path.abspath(path)) for path in directories]
    wanted = {Path(os.path.abspath(path)): file for path, file in files.items()}
    with opened([path for path in apart(paths) if path.is_dir()]) as tree:
        return compare(tree, paths[0], load(tree, paths[0]), wanted)


def compare(
    tree: Tree, root: Path, written: Manifest, files: Mapping[Path, File], remove: Iterable[Path] = ()
) -> list[Change]:
    """The changes that ``files``, and the removal of others, would be in an open tree; paths are absolute. Raises
    RefusedError and OSError."""
    found = [_change(tree, path, file, written.files.get(key(path, root))) for path, file in files.items()]
    gone = [_change(tree, path, None, written.files.get(key(path, root))) for path in remove]
    return found + [change for change in gone if change.state is not State.NEW]


def made_from(path: Path) -> str | None:
    """The compose project that a file was made from, empty where it serves all of them; None where this tool did not
    make it. Raises OSError for a file that cannot be read."""
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
        except PermissionError:  # of somebody else, most likely
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
    """The mode of a file: tighter than usual where somebody made it so."""
    usual = PRIVATE if file is None or file.private else PUBLIC
    if now is None or (entry and now == (PRIVATE if entry.private else PUBLIC)):
        return usual
    return usual & now
