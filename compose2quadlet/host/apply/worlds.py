"""The services that exist before and after: what Podman's generator makes of both trees of unit files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from compose2quadlet.applying import FileChange, World, kinds_of
from compose2quadlet.diagnostics import Position, refuse
from compose2quadlet.host.apply.states import recorded, text_of
from compose2quadlet.host.layout import Layout
from compose2quadlet.host.verify import generated
from compose2quadlet.kinds import KINDS, Place, unit_of
from compose2quadlet.options import Scope

Texts = dict[Place, dict[str, str]]
"""Texts of files by their paths below the directory of their reader."""

MOST = 20_000
"""The most files below the directory of units that are read."""


def present(where: Layout) -> Texts:
    """All that Podman's generator reads, and the native units that this tool wrote. Raises RefusedError and OSError."""
    root, native = where[Place.QUADLETS], where[Place.SYSTEMD]
    found: Texts = {Place.QUADLETS: {}, Place.SYSTEMD: {}}
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".") and Path(folder, f) not in where.directories.values()]
        for name in names[: MOST - len(found[Place.QUADLETS])]:
            text = None if name.startswith(".") else text_of(Path(folder, name))
            if text is not None:
                found[Place.QUADLETS][os.path.relpath(os.path.join(folder, name), root)] = text
    for key in recorded(root).files:
        path = root / key
        text = text_of(path) if path.parent == native else None
        if text is not None:
            found[Place.SYSTEMD][path.name] = text
    return found


def overlaid(texts: Mapping[Place, Mapping[str, str]], where: Layout, files: Mapping[str, str | None]) -> Texts:
    """The texts with others in place; ``files`` are by absolute paths, None for one that is not there."""
    out = {place: dict(found) for place, found in texts.items()}
    for path, text in files.items():
        for place in (Place.SYSTEMD, Place.QUADLETS):
            if Path(path).is_relative_to(where[place]):
                name = os.path.relpath(path, where[place])
                if place is Place.QUADLETS or "/" not in name:
                    out[place].pop(name, None)
                    if text is not None:
                        out[place][name] = text
                break
    return out


def world(texts: Texts, where: Layout, scope: Scope, changed: Iterable[FileChange] = ()) -> World:
    """The units that files become. Without Podman's generator, the files stand for their services. Raises RefusedError
    if Podman makes no service of a file that ``changed``."""
    quadlets = texts[Place.QUADLETS]
    made = generated(quadlets, scope, str(where[Place.QUADLETS]))
    kinds = kinds_of(name.rpartition("/")[2] for name in quadlets)
    if made is None:
        made = _alike(quadlets)
    else:
        for change in changed:
            kind = KINDS.get(change.name.rpartition(".")[2])
            unnamed = change.after is not None and "\nServiceName=" not in change.after
            if kind and not kind.native and unnamed and unit_of(change.name) not in made:
                message = f"Podman makes no service of {change.name}, so nothing was changed"
                hint = "Find out why: compose2quadlet check DIR"
                raise refuse("generator-complaint", message, hint, position=Position(change.path))
    native = texts[Place.SYSTEMD]
    return World({**made, **native}, {**kinds, **kinds_of(native)})


def _alike(quadlets: Mapping[str, str]) -> dict[str, str]:
    """The files by their units, each with its drop-ins."""
    out: dict[str, str] = {}
    for name, text in sorted(quadlets.items(), key=lambda item: ".d/" in item[0]):
        parts = name.split("/")
        file = parts[-2].removesuffix(".d") if len(parts) > 1 and parts[-2].endswith(".d") else parts[-1]
        kind = KINDS.get(file.rpartition(".")[2])
        if kind and not kind.native:
            unit = unit_of(file)
            out[unit] = f"{out[unit]}\n{text}" if unit in out else text
    return out
