"""``extends``: a service based on another one, in the same file or in another.

Source: compose specification "extends"; compose-go ``loader/extends.go``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from compose2quadlet.diagnostics import NAME, Path, Position, dotted, refuse, shown
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import merge, paths
from compose2quadlet.loader.limits import Budget
from compose2quadlet.loader.paths import REMOTE
from compose2quadlet.loader.tree import Map, copy, locate, size

MAX_CHAIN = 100
"""The most services in one chain of ``extends``. Real chains have two or three."""


@frozen()
class Base:
    """A file with services to extend: the services, with paths relative to the extending
    project's directory, and the paths that the file resets."""

    services: Map
    resets: Sequence[Path]


ReadBase = Callable[[str, str, Position], Base]
"""Reads a file (absolute path), whose paths are relative to a directory (second argument)."""


@frozen()
class Extender:
    """What all steps of a chain share: the file's name, the directory where file references start, the reader, and the
    limit on copied values."""

    file: str
    folder: str
    read: ReadBase
    budget: Budget

    def apply(self, tree: Map, resets: Sequence[Path]) -> None:
        """Replace each service of ``tree`` that extends another with the merge of the two; changes ``tree``.

        Raises RefusedError for a missing service or file, a cycle, or a remote file.
        """
        if "services" not in tree:
            return
        services = tree["services"]
        if not isinstance(services, Map):
            raise refuse("wrong-type", "services must be a mapping", "Write 'NAME:' below 'services:'.", ("services",))
        for name in services:
            services[name] = self.service(name, services, Position(self.file), resets, ())

    def service(
        self, name: str, services: Map, where: Position, resets: Sequence[Path], trail: tuple[tuple[str, str], ...]
    ) -> Any:
        """The service merged with all that it extends; ``trail`` is the chain so far, as (file, service)."""
        service = services[name]
        if service is None:
            return None
        if not isinstance(service, Map):
            message = f"{dotted(('services', name))} must be a mapping"
            raise refuse("wrong-type", message, "Write its keys below it, with indentation.", ("services", name))
        if "extends" not in service:
            return service
        position = locate(services, (name, "extends")) or where
        reference, file = _reference(service["extends"], name, position)
        own = services
        base_resets: Sequence[Path] = ()
        # Compose counts a step within a base file as one of the outermost file, which defines what a cycle is.
        step = (file or self.file, name)
        if step in trail or len(trail) >= MAX_CHAIN:
            raise _cycle(trail, step, position)
        if file is not None:
            local_only(file, position)
            # The references of the new base are already relative to this directory.
            path = paths.join(self.folder, file) if not file.startswith("/") else file
            base_file = self.read(path, os.path.relpath(os.path.dirname(path), self.folder), position)
            services, base_resets, where = base_file.services, base_file.resets, Position(path)
        if reference not in services:
            known = ", ".join(sorted(filter(NAME.fullmatch, services))) or "none"
            raise refuse(
                "undefined",
                f"{dotted(('services', name, 'extends'))}: there is no service {shown(reference, NAME, 'of that name')}"
                f" in {where.file}",
                f"Its services are: {known}.",
                ("services", name, "extends"),
                position,
            )
        base = self.service(reference, services, where, base_resets, (*trail, step))
        if base is None:
            return service
        self.budget.add_copied(size(base), position)
        merged = merge.extend(remove(copy(base), ("services", name), resets), service, name)
        merged.pop("extends", None)
        own[name] = merged
        return merged


def _reference(value: Any, name: str, position: Position) -> tuple[str, str | None]:
    """The service and the file that ``extends`` names."""
    if isinstance(value, str):
        return value, None
    service = value.get("service") if isinstance(value, Map) else None
    file = value.get("file") if isinstance(value, Map) else None
    if not isinstance(service, str) or not isinstance(file, str | None):
        raise refuse(
            "wrong-type",
            f"{dotted(('services', name, 'extends'))} needs the name of a service",
            "Write 'extends: {service: NAME}', with 'file: PATH' if the service is in another file.",
            ("services", name, "extends"),
            position,
        )
    return service, file


def local_only(file: str, position: Position) -> None:
    """Raise RefusedError for a reference to a file on a network."""
    if file.startswith(REMOTE):
        raise refuse(
            "remote-reference",
            "it names a remote file, and nothing is fetched from a network here",
            "Download it, review it, and refer to your copy.",
            position=position,
        )


def _cycle(trail: tuple[tuple[str, str], ...], step: tuple[str, str], position: Position) -> Exception:
    names = " → ".join(dotted((name,)) for _, name in (*trail, step)[-5:])
    if step in trail:
        return refuse(
            "cycle", f"the services extend each other: {names}", "Remove one of the 'extends'.", position=position
        )
    return refuse(
        "extends-too-deep",
        f"a chain of more than {MAX_CHAIN} services that extend each other: … → {names}",
        "Let these services extend a common base directly.",
        position=position,
    )


def remove(value: Any, path: Path, resets: Sequence[Path]) -> Any:
    """Remove what is at one of the paths ``resets`` from the mapping ``value`` at ``path``; changes it."""
    if resets and isinstance(value, Map):
        for key in list(value):
            below = (*path, key)
            if any(_matches(below, pattern) for pattern in resets):
                del value[key]
            else:
                remove(value[key], below, resets)
    return value


def _matches(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(p in ("*", k) for p, k in zip(pattern, path, strict=True))
