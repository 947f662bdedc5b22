"""Reads trees of files into manifests. Nothing of a tree changes by it, not even the time of the last access."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from compose2quadlet.migrate.idmap import IDENTITY, IdMap
from compose2quadlet.migrate.tree import Difference, Entry, Totals, differences, parsed

KINDS = {
    stat.S_IFDIR: "d",
    stat.S_IFREG: "f",
    stat.S_IFLNK: "l",
    stat.S_IFIFO: "p",
    stat.S_IFSOCK: "s",
    stat.S_IFCHR: "c",
    stat.S_IFBLK: "b",
}
CHUNK = 1024 * 1024
BLOCK = 512
"""The unit of ``st_blocks``. Source: stat(2)."""

SHOWN = 20
"""The most differences that are kept; more are counted."""

Progress = Callable[[int], None]
"""Told how many bytes were read."""


def scan(root: str, progress: Progress | None = None, contents: bool = True) -> Iterator[Entry]:
    """The entries of a tree, the root first, in the order of a manifest. Without ``contents``, nothing is hashed.

    Raises OSError for what cannot be read, and where files come or go meanwhile.
    """
    firsts: dict[tuple[int, int], str] = {}
    reader = _Reader(firsts, progress, contents)
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        yield reader.entry(top, "", "", os.fstat(top))
        yield from _inside(reader, top, "")
    finally:
        os.close(top)


def _inside(reader: _Reader, at: int, path: str) -> Iterator[Entry]:
    """What is in the open directory ``at``, by the bytes of the names."""
    for name in sorted(os.listdir(at), key=os.fsencode):
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        here = f"{path}/{name}" if path else name
        yield reader.entry(at, name, here, found)
        if stat.S_ISDIR(found.st_mode):
            fd = _opened(name, at, os.O_DIRECTORY)
            try:
                yield from _inside(reader, fd, here)
            finally:
                os.close(fd)


def _opened(name: str, at: int, more: int = 0) -> int:
    """A file opened to be read, without a trace where that is allowed: to its owner, and to root."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | more
    with suppress(PermissionError):
        return os.open(name, flags | os.O_NOATIME, dir_fd=at)
    return os.open(name, flags, dir_fd=at)


class _Reader:
    """Makes entries of what is in open directories, and remembers files with several hard links."""

    def __init__(self, firsts: dict[tuple[int, int], str], progress: Progress | None, contents: bool) -> None:
        self.firsts, self.progress, self.contents = firsts, progress, contents

    def entry(self, at: int, name: str, path: str, found: os.stat_result) -> Entry:
        """The entry of ``name`` in the directory ``at``, or of that directory itself."""
        kind = KINDS[stat.S_IFMT(found.st_mode)]
        # A path through /proc works for a name in an open directory, however deep that is.
        where = f"/proc/self/fd/{at}/{name}" if name else at
        first = ""
        if kind != "d" and found.st_nlink > 1:
            first = self.firsts.setdefault((found.st_dev, found.st_ino), path)
        content = kind == "f" and self.contents and first in ("", path)
        return Entry(
            path=path,
            kind=kind,
            uid=found.st_uid,
            gid=found.st_gid,
            mode=stat.S_IMODE(found.st_mode),
            mtime=found.st_mtime_ns,
            size=found.st_size if kind in "fl" else 0,
            space=found.st_blocks * BLOCK if kind != "d" else 0,
            hash=self.hash(name, at) if content else "",
            target=os.readlink(name, dir_fd=at) if kind == "l" else "",
            device=found.st_rdev if kind in "cb" else 0,
            first=first,
            xattrs=_xattrs(where),
        )

    def hash(self, name: str, at: int) -> str:
        """The hash of a file's content; progress is told on the way."""
        digest = hashlib.blake2b(digest_size=32)
        fd = _opened(name, at)
        try:
            while chunk := os.read(fd, CHUNK):
                digest.update(chunk)
                if self.progress:
                    self.progress(len(chunk))
        finally:
            os.close(fd)
        return digest.hexdigest()


def _xattrs(where: str | int) -> dict[str, str]:
    """The extended attributes of a file, by name; none where the file system has none."""
    follow = isinstance(where, int)
    try:
        names = os.listxattr(where, follow_symlinks=follow)
    except OSError:
        return {}
    found = {}
    for name in sorted(names):
        # An attribute can go between the two calls, or be listed and not be readable.
        with suppress(OSError):
            found[name] = os.getxattr(where, name, follow_symlinks=follow).hex()
    return found


def write_manifest(root: str, path: Path, progress: Progress | None = None) -> Totals:
    """Write the manifest of a tree to a file of mode 0600, and return its sums. The file is whole or not there.

    Raises OSError.
    """
    totals, part = Totals(), path.with_name(f"{path.name}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as f:
        for entry in scan(root, progress):
            totals.add(entry)
            f.write(entry.line())
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, path)
    return totals


def read_manifest(path: Path) -> Iterator[Entry]:
    """The entries of a manifest that was written. Raises OSError and ValueError."""
    with open(path, encoding="ascii") as f:
        for line in f:
            yield parsed(line)


def totals(root: str) -> Totals:
    """The sums over a tree, of which no content is read. Raises OSError."""
    found = Totals()
    for entry in scan(root, contents=False):
        found.add(entry)
    return found


def compared(
    manifest: Path, root: str, ids: IdMap = IDENTITY, progress: Progress | None = None
) -> tuple[int, list[Difference]]:
    """How many differences there are between a manifest and a tree, seen through a map, and the first of them. Raises
    OSError and ValueError."""
    return _counted(differences(read_manifest(manifest), scan(root, progress), ids))


def _counted(found: Iterable[Difference]) -> tuple[int, list[Difference]]:
    count, first = 0, []
    for difference in found:
        count += 1
        if count <= SHOWN:
            first.append(difference)
    return count, first
