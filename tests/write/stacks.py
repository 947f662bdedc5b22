"""A stack on disk, before and after: what tests of writing have in common."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from compose2quadlet.host.changes import File
from compose2quadlet.host.manifest import NAME as MANIFEST
from compose2quadlet.host.write import Written, write

HIDDEN = ".compose2quadlet"


def text(project: str, body: str) -> str:
    return f"# Made by compose2quadlet 0.1.0 from the compose project {project}, service x.\n{body}\n"


def files(project: str = "shop", **bodies: str) -> dict[str, File]:
    """Files by their names, in which ``_`` stands for a dot and ``__`` for a slash; those with a password are
    private."""
    names = {name: name.replace("__", "/").replace("_", ".") for name in bodies}
    return {names[n]: File(text(project, body), project, "PASSWORD" in body) for n, body in bodies.items()}


@dataclass(frozen=True)
class Place:
    """Directories to write into: the output directory, a directory in it, and one beside it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "units"

    @property
    def beside(self) -> Path:
        return self.folder / "systemd"

    def path(self, name: str) -> Path:
        """``beside/…`` is in the directory beside the output directory."""
        return self.beside / name.removeprefix("beside/") if name.startswith("beside/") else self.root / name

    def write(self, wanted: dict[str, File], removals: tuple[str, ...] = (), force: bool = False) -> Written:
        paths = {self.path(name): file for name, file in wanted.items()}
        options = {file.project: {"podman": "5.4"} for file in wanted.values()}
        gone = [self.path(name) for name in removals]
        return write(paths, (self.root, self.beside), removals=gone, options=options, force=force)

    def everything(self) -> Iterator[Path]:
        """All that is there and is no directory."""
        for directory, directories, names in os.walk(self.folder):
            links = [name for name in directories if os.path.islink(os.path.join(directory, name))]
            yield from (Path(directory, name) for name in sorted([*names, *links]))

    def contents(self) -> dict[str, str]:
        """What is there, but for what this tool has for itself."""
        out = {}
        for path in self.everything():
            if not path.name.startswith(HIDDEN):
                name = str(path.relative_to(self.root)) if path.is_relative_to(self.root) else f"beside/{path.name}"
                mode = path.lstat().st_mode
                out[name] = path.read_text() if stat.S_ISREG(mode) else stat.filemode(mode)
        return out

    def hidden(self) -> list[str]:
        """What this tool has for itself, but for the manifest."""
        return [p.name for p in self.everything() if p.name.startswith(HIDDEN) and p.name != MANIFEST]

    def modes(self) -> dict[str, int]:
        return {p.name: stat.S_IMODE(p.lstat().st_mode) for p in self.everything()}


def texts(wanted: dict[str, File]) -> dict[str, str]:
    return {name: file.text for name, file in wanted.items()}


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """All there is to know of a tree: names, kinds, modes, times, contents."""
    out: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        found = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(found.st_mode) else b""
        times = () if stat.S_ISDIR(found.st_mode) else (found.st_mtime_ns,)
        out[os.path.relpath(path, folder)] = (found.st_mode, found.st_ino, content, *times)
    return out


OLD = files(
    web_container="old PASSWORD", db_container="same", old_volume="old", sub__a_target="old", beside__s_target="old"
)
NEW = files(
    web_container="new PASSWORD", db_container="same", new_volume="new", sub__a_target="new", beside__s_target="new"
)
GONE = ("old.volume",)
"""Units before and after: some are replaced, in three directories, one stays, one is new, and one goes."""


def nothing(_place: Place) -> None:
    """Nothing is there, not even the directories."""


def earlier(place: Place) -> None:
    """An earlier run wrote other units, and the user closed one to others."""
    place.write(OLD)
    place.path("sub/a.target").chmod(0o640)


def foreign(place: Place) -> None:
    """Files of others are in the way, of kinds that must not be opened."""
    place.root.mkdir()
    place.path("web.container").symlink_to("/dev/zero")
    place.path("new.volume").write_text("mine\n")
    os.mkfifo(place.path("db.container"))


STATES = [nothing, earlier, foreign]


def new_run(place: Place) -> Written:
    """Write the new units, over whatever is there."""
    return place.write(NEW, GONE if place.path("old.volume").exists() else (), force=True)


def places(folder: Path, state: Callable[[Place], None]) -> Callable[[int], Place]:
    """Makes a place in that state for each of the numbers."""

    def make(number: int) -> Place:
        place = Place(folder / str(number))
        place.folder.mkdir()
        state(place)
        return place

    return make


def check_old_or_new(place: Place, before: dict[str, str]) -> None:
    """Every file is the old or the new one, and nobody else can read a password."""
    now, new = place.contents(), texts(NEW)
    for name in before.keys() | new.keys() | now.keys():
        known = {before.get(name), new.get(name)}
        if name not in new and name not in GONE:
            known = {before[name]}
        assert now.get(name) in known, name
    for path in place.everything():
        if path.is_file() and not path.is_symlink() and "PASSWORD" in path.read_text():
            assert path.stat().st_mode & 0o077 == 0, path


def check_all_new(place: Place, before: dict[str, str]) -> None:
    """Every file is the new one, nothing is left over, and a further run changes nothing."""
    kept = {name: text for name, text in before.items() if name not in GONE}
    assert place.contents() == kept | texts(NEW)
    assert place.hidden() == []
    again = place.write(NEW)
    assert len(again.unchanged) == len(NEW), again
