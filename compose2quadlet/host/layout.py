"""The directories for each kind of file: those of a scope, or those below an output directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from compose2quadlet.frozen import frozen
from compose2quadlet.kinds import Place
from compose2quadlet.options import Scope

DIRECTORIES = {
    Scope.USER: {
        Place.QUADLETS: "~/.config/containers/systemd",
        Place.SYSTEMD: "~/.config/systemd/user",
        Place.PODMAN: "~/.config/containers/containers.conf.d",
    },
    Scope.SYSTEM: {
        Place.QUADLETS: "/etc/containers/systemd",
        Place.SYSTEMD: "/etc/systemd/system",
        Place.PODMAN: "/etc/containers/containers.conf.d",
    },
}
"""Where Podman's generator, systemd and Podman look for the files of an administrator, or of a user.

Sources: podman-systemd.unit(5), systemd.unit(5), containers.conf(5)."""


def directories(scope: Scope, home: str) -> dict[Place, Path]:
    """The directories of a scope, for a user with this home directory."""
    return {place: Path(where.replace("~", home, 1)) for place, where in DIRECTORIES[scope].items()}


@frozen()
class Layout:
    """The directories that files are written to, by their reader; the first is the output directory."""

    directories: Mapping[Place, Path]

    def __getitem__(self, place: Place) -> Path:
        return self.directories[place]


def layout(output: str | None, systemd: str | None, scope: Scope) -> Layout:
    """The directories of a scope, or those below an ``output`` directory; ``systemd`` replaces that of systemd."""
    if output:
        found = {place: Path(output, place) for place in Place}
    else:
        found = directories(scope, os.path.expanduser("~"))
    return Layout({**found, Place.SYSTEMD: Path(systemd)} if systemd else found)
