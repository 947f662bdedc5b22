"""The units that this host already has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from compose2quadlet.options import Scope

FOLDERS = {
    Scope.SYSTEM: ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"),
    Scope.USER: ("/etc/systemd/user", "/usr/lib/systemd/user"),
}
"""The directories of units that are not generated. Source: systemd.unit(5), "Unit File Load Path"."""


def own_units(services: Iterable[str], scope: Scope) -> Iterator[tuple[str, Path]]:
    """The ``services`` (unit names) that this host has unit files for, each with its path."""
    for name in services:
        if found := next((p for folder in FOLDERS[scope] if (p := Path(folder, name)).exists()), None):
            yield name, found
