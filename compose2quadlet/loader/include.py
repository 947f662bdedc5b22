"""``include``: adds other compose projects to this one, each with its own directory and env files.

Source: compose specification "include"; compose-go ``loader/include.go``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from compose2quadlet.diagnostics import Path, Position, dotted, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import files, paths
from compose2quadlet.loader.extends import local_only
from compose2quadlet.loader.limits import Budget
from compose2quadlet.loader.tree import Map, Seq, locate, to_position

MAX_DEPTH = 20
"""How deep includes may be nested."""

SECTIONS = ("services", "volumes", "networks", "secrets", "configs", "models")


@frozen()
class Included:
    """One entry of ``include``, resolved.

    ``files`` and ``folder`` are absolute; the including project puts ``prefix`` before the relative
    paths of this one; ``env_files`` are absolute, read before interpolating. ``position`` is where it is named.
    """

    files: list[str]
    folder: str
    prefix: str
    env_files: list[str]
    position: Position


ReadModel = Callable[[Included], Map]


def apply(tree: Map, folder: str, chain: Sequence[str], budget: Budget, read: ReadModel) -> None:
    """Import into ``tree`` what it includes; changes ``tree``.

    Paths in ``include`` are relative to ``folder``; ``chain`` has the files that are being read. Raises
    RefusedError for cycles, conflicts, remote files, and more files than ``budget`` allows.
    """
    entries = tree.pop("include", None)
    if entries is None:
        return
    if not isinstance(entries, Seq):
        raise refuse("wrong-type", "include must be a list", "Write '- PATH' below 'include:'.", ("include",))
    for i, (entry, mark) in enumerate(entries.marked()):
        position = to_position(mark) or Position(chain[-1])
        included = _resolve(entry, ("include", i), folder, position)
        if not included.files:
            continue  # Compose accepts it, without effect
        if included.files[0] in chain:
            shown = " → ".join([*chain[-3:], included.files[0]])
            raise refuse("cycle", f"the files include each other: {shown}", "Remove one.", position=position)
        if len(chain) > MAX_DEPTH:
            raise refuse(
                "include-too-deep",
                f"includes go deeper than {MAX_DEPTH} files",
                "Nest fewer includes.",
                position=position,
            )
        budget.add_include(position)
        _import(read(included), tree)


def _resolve(entry: Any, path: Path, folder: str, position: Position) -> Included:
    value = Map({"path": entry}) if isinstance(entry, str) else entry
    if not isinstance(value, Map):
        raise refuse("wrong-type", "an include is a path or a mapping", "Write '- path: PATH'.", path, position)
    names = _texts(value.get("path"), (*path, "path"), position)
    for name in names:
        local_only(name, position)
    found = [_join(folder, name) for name in names]
    directory = value.get("project_directory") or ""
    if not isinstance(directory, str):
        raise refuse("wrong-type", f"{dotted((*path, 'project_directory'))} must be a path", "", path, position)
    home = _join(folder, directory) if directory or not found else os.path.dirname(found[0])
    prefix = directory
    if not directory.startswith("/"):
        # If project_directory does not exist, Compose prepends its parent to the paths.
        prefix = os.path.relpath(home if os.path.isdir(home) else os.path.dirname(home), folder)
    env_files = [_join(folder, f) for f in _texts(value.get("env_file"), (*path, "env_file"), position)]
    default = os.path.join(home, ".env")
    if not env_files and files.exists(default):
        env_files = [default]
    return Included(found, home, prefix, env_files, position)


def _join(folder: str, path: str) -> str:
    return path if path.startswith("/") else paths.join(folder, path)


def _texts(value: Any, path: Path, position: Position) -> list[str]:
    texts = list(value) if isinstance(value, Seq) else [] if value is None else [value]
    if any(not isinstance(t, str) for t in texts):
        raise refuse("wrong-type", f"{dotted(path)} is a path or a list of paths", "", path, position)
    return texts


def _import(source: Map, target: Map) -> None:
    """Add the resources of ``source``. If one is already there, it must be the same."""
    for section in SECTIONS:
        new = source.get(section)
        if not isinstance(new, Map):
            continue
        if not isinstance(target.get(section), Map):
            target[section] = Map((), new.mark)
        for name, value in new.items():
            if name not in target[section]:
                target[section].put(name, value, new)
            elif target[section][name] != value:
                here, other = locate(target, (section, name)), locate(source, (section, name))
                how = f"is defined here and, differently, in the included {other}"
                if here == other:
                    how = "is included twice, with different variables or paths"
                raise refuse(
                    "conflict",
                    f"{dotted((section, name))} {how}",
                    "Rename one of the two. To override an included one, put it into a separate file, and list"
                    " both files below 'path:'.",
                    position=here,
                )
