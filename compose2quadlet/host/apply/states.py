"""The states that a plan is made from: what a directory or a conversion has, what is there, and what was written."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from compose2quadlet.applying import FileChange, Kind
from compose2quadlet.diagnostics import Position, RefusedError, command, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host import manifest as manifests
from compose2quadlet.host.changes import File, State, compare
from compose2quadlet.host.directories import apart, opened
from compose2quadlet.host.files import read
from compose2quadlet.host.layout import Layout
from compose2quadlet.host.manifest import LIMIT, Manifest
from compose2quadlet.host.write import stale
from compose2quadlet.kinds import KINDS, Place
from compose2quadlet.options import Scope

KIND = {
    State.NEW: Kind.NEW,
    State.CHANGED: Kind.CHANGED,
    State.REMOVED: Kind.REMOVED,
    State.EDITED: Kind.EDITED,
    State.OTHERS: Kind.FOREIGN,
    State.FOREIGN: Kind.FOREIGN,
    State.DIRECTORY: Kind.FOREIGN,
}


@frozen()
class Source:
    """A directory that ``convert -o`` wrote: its files by their places, the options of its projects, and its scope."""

    folder: Path
    files: Mapping[tuple[Place, str], File]
    projects: Mapping[str, Mapping[str, Any]]
    scope: Scope

    def placed(self, where: Layout) -> dict[Path, File]:
        """The files with their paths in other directories."""
        return {where[place] / name: file for (place, name), file in self.files.items()}

    def options(self, where: Layout) -> dict[str, dict[str, Any]]:
        """The options for the manifest there, where the compose files have other relative names."""
        root, out = where[Place.QUADLETS], {}
        for name, options in self.projects.items():
            files = [os.path.relpath(os.path.join(self.folder, file), root) for file in options.get("files", ())]
            out[name] = {**options, "files": files}
        return out


def recorded(root: Path) -> Manifest:
    """The manifest of a directory; an empty one if there is none. Raises RefusedError and OSError."""
    with opened([root] if root.is_dir() else []) as tree:
        return manifests.load(tree, root)


def absolute(where: Layout) -> Layout:
    """The same directories with absolute paths."""
    return Layout({place: Path(os.path.abspath(path)) for place, path in where.directories.items()})


def source(folder: str) -> Source:
    """What a directory has that ``convert -o`` wrote. Raises RefusedError for another one, and OSError."""
    root = Path(os.path.abspath(folder))
    written = recorded(root)
    if not written.projects:
        hint = f"Write it first: {command('compose2quadlet', 'convert', 'PATH', '-o', folder)}"
        raise refuse("bad-manifest", "this directory has no units that 'convert -o' wrote", hint, position=_at(root))
    scopes = {str(project.options.get("scope", "")) for project in written.projects.values()}
    if len(scopes) != 1 or not scopes <= {*Scope}:
        hint = "Convert the projects of each scope into a directory of their own."
        raise refuse("bad-manifest", "its units are for both scopes, or for none", hint, position=_at(root))
    files = {}
    for key, entry in written.files.items():
        text = text_of(root / key)
        if text is not None:
            files[_place(key)] = File(text, entry.project, entry.private)
    return Source(root, files, {n: p.options for n, p in written.projects.items()}, Scope(scopes.pop()))


def _at(root: Path) -> Position:
    return Position(str(root))


def _place(key: str) -> tuple[Place, str]:
    """Who reads a file, by its key in a manifest, and its name there."""
    for place in (Place.SYSTEMD, Place.PODMAN):
        if key.startswith(f"{place}/"):
            return place, key.removeprefix(f"{place}/")
    if not os.path.isabs(key):
        return Place.QUADLETS, key
    kind = KINDS.get(key.rpartition(".")[2])  # it was written with --systemd-dir
    return (kind.place if kind else Place.QUADLETS), key.rpartition("/")[2]


def text_of(path: Path) -> str | None:
    """The text of a file; None if there is none, or no regular one. Raises OSError."""
    try:
        data = read(path, LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return data.decode("utf-8", "surrogateescape") if data is not None else None


def leaving(where: Layout, wanted: Collection[Path], projects: Collection[str]) -> list[Path]:
    """What is there of projects, and is no longer wanted. ``where`` is absolute. Raises RefusedError and OSError."""
    root = where[Place.QUADLETS]
    ours = [root / key for key, entry in recorded(root).files.items() if entry.project in projects]
    for place in (Place.QUADLETS, Place.SYSTEMD):
        ours += [path for name, found in stale(where[place], wanted).items() if name in projects for path in found]
    return sorted({path for path in ours if os.path.lexists(path)} - {*wanted})


def changes(where: Layout, wanted: Mapping[Path, File], leave: Iterable[Path]) -> list[FileChange]:
    """The files that differ from what is wanted; ``where`` is absolute. Nothing is written. Raises RefusedError for a
    manifest or directory that cannot be used, and OSError."""
    root = where[Place.QUADLETS]
    places = [path for path in apart([*where.directories.values()]) if path.is_dir()]
    with opened(places) as tree:
        found = compare(tree, root, manifests.load(tree, root), wanted, leave)
    out = []
    for one in found:
        if one.state is State.UNCHANGED:
            continue
        before = None if one.state is State.NEW else text_of(one.path)
        after = one.file.text if one.file else None
        project = one.file.project if one.file else one.owner
        private = one.file.private if one.file else True
        out.append(FileChange(str(one.path), KIND[one.state], before, after, project, private))
    return sorted(out, key=lambda change: (change.project, change.path))


def readable(found: Iterable[FileChange]) -> None:
    """Raise RefusedError for a file that could not be put back as it was, because it is not text."""
    for change in found:
        try:
            (change.before or "").encode()
        except UnicodeEncodeError:
            at = Position(change.path)
            raise refuse("file-exists", "this file is not text", "Move it away.", position=at) from None
        if change.kind is Kind.FOREIGN and change.before is None:
            raise RefusedError(*refuse("file-exists", "something else is there", "Move it away.").diagnostics)
