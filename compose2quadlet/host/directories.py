"""The directories that files are written into: opened once, without following links that others may have planted.

Everything in them happens through their descriptors, so that nobody can swap a directory in between.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from compose2quadlet.diagnostics import Position, RefusedError, command, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host.signals import deferred

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
MODE = 0o755
"""The mode of new directories. Names are not secret; files with values have a stricter mode themselves."""

LINKS = 40
"""The most symbolic links in a path. Source: path_resolution(7)."""


class VanishedError(Exception):
    """Another run that failed has removed a directory that it had created. It is worth another try."""


@frozen()
class Tree:
    """Open directories, by their absolute paths; none is below another. ``made`` has the new ones, in the order of
    their creation."""

    bases: dict[Path, int] = field(default_factory=dict)
    made: list[Path] = field(default_factory=list)

    def base(self, path: Path) -> Path | None:
        """The open directory that a path is, or is below."""
        return path if path in self.bases else next((p for p in path.parents if p in self.bases), None)

    def has(self, path: Path) -> bool:
        """Whether a directory exists below an open one. Raises the same errors as ``directory``."""
        if self.base(path) is None:
            return False
        try:
            with self.directory(path):
                return True
        except FileNotFoundError:
            return False

    def unmake(self, keep: int = 0) -> None:
        """Remove the new directories, except for the first ones, and those that somebody else already uses."""
        with deferred():
            while len(self.made) > keep:
                with contextlib.suppress(OSError):
                    self.made.pop().rmdir()

    @contextlib.contextmanager
    def directory(self, path: Path, make: bool = False) -> Iterator[int]:
        """The descriptor of a directory in the tree. Raises RefusedError if a link leads to it, and OSError, with the
        whole path as its file name; for failures in the block, too."""
        base = self.base(path)
        assert base, f"{path} is outside the directories that were opened"
        fd, here = os.dup(self.bases[base]), base
        try:
            for name in path.parts[len(base.parts) :]:
                here = here / name
                fd = _exchanged(fd, _entered(fd, name, here, self.made if make else None))
            yield fd
        except OSError as e:
            if not (isinstance(e.filename, str) and os.path.isabs(e.filename)):
                e.filename = os.path.join(path, e.filename or "")
            raise
        finally:
            os.close(fd)


def apart(paths: Sequence[Path]) -> list[Path]:
    """The absolute paths of directories, without those that are below another."""
    absolute = list(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))
    return [p for p in absolute if not any(p != other and p.is_relative_to(other) for other in absolute)]


@contextlib.contextmanager
def opened(paths: Sequence[Path], make: bool = False) -> Iterator[Tree]:
    """Open directories, and create missing ones if ``make`` is set; if the block fails, remove the new ones.

    Links in the paths themselves are followed, since the user chose them, but root only follows links that root made.
    Raises RefusedError if root would write where somebody else can change files, VanishedError, and OSError.
    """
    tree = Tree()
    try:
        for path in apart(paths):
            try:
                tree.bases[path] = _opened(path, tree.made if make else None)
            except OSError as e:
                e.filename = str(path)
                if isinstance(e, FileNotFoundError):
                    raise VanishedError from e
                raise
        yield tree
    except BaseException:
        tree.unmake()
        raise
    finally:
        for fd in tree.bases.values():
            os.close(fd)


def _opened(path: Path, made: list[Path] | None) -> int:
    if os.geteuid() == 0:
        return _opened_by_root(path, made)
    here, missing = path, list[str]()
    while made is not None and not here.exists():
        missing.append(here.name)
        here = here.parent
    fd = os.open(here, (OPEN | os.O_PATH) if missing else OPEN)
    try:
        for name in reversed(missing):
            here = here / name
            fd = _exchanged(fd, _entered(fd, name, here, made))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _opened_by_root(path: Path, made: list[Path] | None) -> int:
    """Walk from the root directory, to check each link and each directory on the way."""
    fd, here, todo, links = os.open("/", OPEN), Path("/"), list(reversed(path.parts[1:])), 0
    try:
        while todo:
            name = todo.pop()
            if (target := _link_of_root(fd, name)) is None:
                here = here.parent if name == ".." else here / name
                fd = _exchanged(fd, _entered(fd, name, here, made))
                continue
            links += 1
            if links > LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if os.path.isabs(target):
                fd, here = _exchanged(fd, os.open("/", OPEN)), Path("/")
            todo += [part for part in reversed(Path(target).parts) if part != "/"]
    except BaseException:
        os.close(fd)
        raise
    return fd


def _exchanged(old: int, new: int) -> int:
    os.close(old)
    return new


def _link_of_root(fd: int, name: str) -> str | None:
    """The target of a link that root made, in a directory of root; None for anything else."""
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode) and {found.st_uid, os.fstat(fd).st_uid} <= _roots():
            return os.readlink(name, dir_fd=fd)
    return None


def _roots() -> set[int]:
    """The users who may change everything anyway: root and, in a user namespace without the host's root, the apparent
    owner of the root directory."""
    return {0, os.stat("/").st_uid}


def _entered(fd: int, name: str, path: Path, made: list[Path] | None) -> int:
    """The descriptor of the directory ``name``, which is ``path``. If it is missing and there is a list to note it in,
    it is created. Raises RefusedError for a link, and for root if somebody else may write there."""
    try:
        try:
            new = os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=fd)
        except FileNotFoundError:
            if made is None:
                raise
            with contextlib.suppress(FileExistsError):  # another run was faster
                os.mkdir(name, MODE, dir_fd=fd)
                made.append(path)
            new = os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=fd)
    except OSError as e:
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                raise _refused_link(path) from e
        raise
    try:
        if os.geteuid() == 0:
            _check_owner(new, path)
    except BaseException:
        os.close(new)
        raise
    return new


def _refused_link(path: Path) -> RefusedError:
    return refuse(
        "unsafe-directory",
        f"{path} is a symbolic link, so the files would be written to another place",
        "Name the directory that it leads to, with -o or --systemd-dir, or remove the link. Nothing was changed.",
        position=Position(str(path)),
    )


def _check_owner(fd: int, path: Path) -> None:
    """Refuse to write as root where somebody else may create or swap files: in a directory that belongs neither to root
    nor to the user who called sudo(8), or that others may write to, unless they can only change their own files."""
    found = os.fstat(fd)
    mine = found.st_uid in _roots() | _number("SUDO_UID")
    writable = found.st_mode & stat.S_IWOTH or (
        found.st_mode & stat.S_IWGRP and found.st_gid not in {0} | _number("SUDO_GID")
    )
    if mine and (not writable or found.st_mode & stat.S_ISVTX):
        return
    if mine:
        message, hint = (
            "users other than its owner may write there",
            f"Run {command('chmod', 'go-w', str(path))}, or choose another",
        )
    else:
        message, hint = f"it belongs to the user {_user(found.st_uid)}", "Run this as that user, or choose another"
    raise refuse(
        "unsafe-directory",
        f"root does not write into {path}: {message}",
        f"{hint} directory with -o. Nothing was changed.",
        position=Position(str(path)),
    )


def _number(variable: str) -> set[int]:
    value = os.environ.get(variable, "")
    return {int(value)} if value.isdecimal() else set()


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
