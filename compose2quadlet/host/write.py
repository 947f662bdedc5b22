"""Writing units into a folder: all of them or none, and never over something of somebody else."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, Severity, refuse

MARK = b"# Made by compose2quadlet "
"""How a file starts that may be overwritten, because it was made by an earlier run."""

NAME = re.compile(r"([^/]+\.d/)?(?!\.{1,2}$)[^/\0]+")
"""Of a file, which may be a drop-in in the directory of a unit."""

SUFFIXES = (".container", ".network", ".volume", ".build", ".image", ".pod", ".service", ".target")
"""The kinds of files that are written."""

HEAD = re.compile(MARK.decode() + r"\S+ (?:from the compose project (\S+), |for all projects\.)")


def placed(folder: Path, files: Mapping[str, str]) -> dict[Path, str]:
    """``files`` (name to text) with their paths in ``folder``. Raises RefusedError for a name that leaves it."""
    for name in files:
        if not NAME.fullmatch(name):
            raise refuse("bad-name", f"the file name {name!r} would leave the output folder", "Rename the service.")
    return {folder / name: text for name, text in files.items()}


def _in_the_way(files: Mapping[Path, str], force: bool) -> Iterator[Diagnostic]:
    """What is there already where ``files`` are to be written, and must not be overwritten."""
    for path, text in files.items():
        if not os.path.lexists(path):
            continue
        name, old, new = path.name, made_from(path), HEAD.match(text)
        if path.is_dir() and not path.is_symlink():
            message, hint = f"{name} is there already, and a folder", "Move it away, or choose another with -o."
            yield Diagnostic("file-exists", Severity.ERROR, message, hint, position=Position(str(path)))
        elif old is None and not force:
            message = f"{name} is there already, and not made by this tool"
            hint = "Move it away, choose another folder with -o, or overwrite it with --force."
            yield Diagnostic("file-exists", Severity.ERROR, message, hint, position=Position(str(path)))
        elif old and new and old != new[1] and not force:
            message = f"{name} is there already, made from another project: {old}"
            hint = "Give one of the projects another --project-name, or overwrite the unit with --force."
            yield Diagnostic("unit-clash", Severity.ERROR, message, hint, position=Position(str(path)))


def made_from(path: Path) -> str | None:
    """The compose project that a unit was made from, empty where it serves all of them; None where this tool did
    not make it. Raises OSError for a file that cannot be read."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("r", encoding="utf-8", errors="replace") as f:
        match = HEAD.match(f.readline())
    return (match[1] or "") if match else None


def stale(folder: Path, files: Mapping[Path, str]) -> dict[str, list[Path]]:
    """Units in ``folder`` that an earlier run made and that are none of ``files``, by compose project."""
    found: dict[str, list[Path]] = {}
    with contextlib.suppress(OSError):  # a folder that cannot be listed; writing into it will say so
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if path in files or path.suffix not in SUFFIXES:
                continue
            with contextlib.suppress(OSError):  # somebody else's, who does not let us read it
                if project := made_from(path):
                    found.setdefault(project, []).append(path)
    return found


def write(files: Mapping[Path, str], force: bool = False) -> int:
    """Write ``files`` (path to text); folders are made where they are missing.

    Returns how many have changed. Each file is written under a temporary name and then renamed; when anything
    fails, all folders are left as they were. Raises RefusedError where a file is there that somebody else or
    another project made, unless ``force``, or where a folder cannot be written.
    """
    folders = list(dict.fromkeys(path.parent for path in files))
    try:
        if found := list(_in_the_way(files, force)):
            raise RefusedError(*found)
        changed = {path: text for path, text in files.items() if _differs(path, text)}
        with contextlib.ExitStack() as stack:
            for folder in folders:
                stack.enter_context(_folder(folder))
            _replace_all(changed)
    except OSError as e:
        at = next((f for f in folders if e.filename and str(f).startswith(str(e.filename))), folders[0])
        raise refuse(
            "output-unwritable",
            f"cannot write into {at}: {(e.strerror or str(e)).lower()}",
            "Choose another folder with -o, or mend its permissions. Nothing was changed.",
            position=Position(str(at)),
        ) from e
    return len(changed)


def _differs(path: Path, text: str) -> bool:
    try:
        return path.is_symlink() or path.read_bytes() != text.encode()
    except OSError:
        return True


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make the folder; when the work in it fails, remove those that were made."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir()
            made.append(path)
        yield
    except BaseException:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def _replace_all(files: Mapping[Path, str]) -> None:
    """Put all files into place, or put back what was there."""
    with contextlib.ExitStack() as stack:
        # One in each folder, since a rename cannot leave a file system.
        staging = {
            folder: stack.enter_context(tempfile.TemporaryDirectory(prefix=".compose2quadlet-", dir=folder))
            for folder in dict.fromkeys(path.parent for path in files)
        }
        # Numbers, not names: Podman's generator reads subfolders too, and must not find half a unit.
        staged = {
            path: (Path(staging[path.parent], f"{i}.new"), Path(staging[path.parent], f"{i}.old"))
            for i, path in enumerate(files)
        }
        for path, text in files.items():
            staged[path][0].write_bytes(text.encode())
        placed: list[Path] = []
        try:
            for path, (new, old) in staged.items():
                placed.append(path)
                if os.path.lexists(path):
                    os.rename(path, old)
                os.rename(new, path)
        except BaseException:
            for path in reversed(placed):
                new, old = staged[path]
                if os.path.lexists(old):
                    os.replace(old, path)
                elif not new.exists():
                    path.unlink(missing_ok=True)
            raise
