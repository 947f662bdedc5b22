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

HEAD = re.compile(MARK.decode() + r"\S+ from the compose project (\S+), ")


def _in_the_way(folder: Path, files: Mapping[str, str], force: bool) -> Iterator[Diagnostic]:
    """What is there already where ``files`` are to be written, and must not be overwritten."""
    for name, text in files.items():
        path = folder / name
        if not os.path.lexists(path):
            continue
        old, new = _project(path), HEAD.match(text)
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


def _project(path: Path) -> str | None:
    """The compose project that a unit was made from; None where it was not made by this tool."""
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("r", encoding="utf-8", errors="replace") as f:
        match = HEAD.match(f.readline())
    return match[1] if match else None


def stale(folder: Path, files: Mapping[str, str]) -> dict[str, list[Path]]:
    """Units in ``folder`` that an earlier run made and that are none of ``files``, by compose project."""
    found: dict[str, list[Path]] = {}
    with contextlib.suppress(OSError):  # a folder that cannot be listed; writing into it will say so
        for name in sorted(os.listdir(folder)):
            path = folder / name
            if name in files or path.suffix not in (".container", ".network", ".volume", ".build"):
                continue
            with contextlib.suppress(OSError):  # somebody else's, who does not let us read it
                if project := _project(path):
                    found.setdefault(project, []).append(path)
    return found


def write(folder: Path, files: Mapping[str, str], force: bool = False) -> int:
    """Write ``files`` (name to text) into ``folder``, which is made where it is missing.

    Returns how many have changed. Each file is written under a temporary name and then renamed; when anything
    fails, the folder is left as it was. Raises RefusedError where a file is there that somebody else or another
    project made, unless ``force``, or where the folder cannot be written.
    """
    for name in files:
        if Path(name).name != name or name in ("", ".", ".."):
            raise refuse("bad-name", f"the file name {name!r} would leave the output folder", "Rename the service.")
    try:
        if found := list(_in_the_way(folder, files, force)):
            raise RefusedError(*found)
        changed = {n: text for n, text in files.items() if _differs(folder / n, text)}
        with _folder(folder):
            _replace_all(folder, changed)
    except OSError as e:
        raise refuse(
            "output-unwritable",
            f"cannot write into {folder}: {(e.strerror or str(e)).lower()}",
            "Choose another folder with -o, or mend its permissions. Nothing was changed.",
            position=Position(str(folder)),
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


def _replace_all(folder: Path, files: Mapping[str, str]) -> None:
    """Put all files into place, or put back what was there."""
    # Numbers, not names: Podman's generator reads subfolders too, and must not find half a unit.
    with tempfile.TemporaryDirectory(prefix=".compose2quadlet-", dir=folder) as staging:
        staged = {name: (Path(staging, f"{i}.new"), Path(staging, f"{i}.old")) for i, name in enumerate(files)}
        for name, text in files.items():
            staged[name][0].write_bytes(text.encode())
        placed: list[str] = []
        try:
            for name, (new, old) in staged.items():
                placed.append(name)
                if os.path.lexists(folder / name):
                    os.rename(folder / name, old)
                os.rename(new, folder / name)
        except BaseException:
            for name in reversed(placed):
                old = staged[name][1]
                if os.path.lexists(old):
                    os.replace(old, folder / name)
                elif not staged[name][0].exists():
                    (folder / name).unlink(missing_ok=True)
            raise
