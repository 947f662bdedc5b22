"""The kinds of files that are written: their section, the service that they become, and who reads them.

Source: podman-systemd.unit(5) of each release, systemd.unit(5), containers.conf(5).
"""

from __future__ import annotations

from enum import StrEnum

from compose2quadlet.frozen import frozen
from compose2quadlet.options import OLDEST_PODMAN, Version


class Place(StrEnum):
    """Who reads a file: Podman's generator, systemd itself, or Podman. The value names the directory for it below
    an output directory."""

    QUADLETS = ""
    SYSTEMD = "systemd"
    PODMAN = "containers.conf.d"


@frozen()
class Kind:
    """One kind of unit: ``name`` is the extension of its files, ``section`` its own section, empty for none.

    ``suffix`` follows the stem in the name of the service that Podman makes from it.
    """

    name: str
    section: str
    suffix: str = ""
    since: Version = OLDEST_PODMAN
    native: bool = False

    @property
    def place(self) -> Place:
        return Place.SYSTEMD if self.native else Place.QUADLETS


KINDS = {
    kind.name: kind
    for kind in (
        Kind("container", "Container"),
        Kind("network", "Network", "-network"),
        Kind("volume", "Volume", "-volume"),
        Kind("build", "Build", "-build", (5, 2)),
        Kind("image", "Image", "-image", (4, 8)),
        Kind("pod", "Pod", "-pod", (5, 0)),
        Kind("service", "", native=True),
        Kind("target", "", native=True),
        Kind("slice", "", native=True),
        Kind("conf", "", native=True),
    )
}


def is_unit(file: str) -> bool:
    """Whether a file is a unit, by its name."""
    return file.rpartition(".")[2] in KINDS


def unit_of(file: str) -> str:
    """The systemd unit that a unit file becomes, or is: ``p-data.volume`` becomes ``p-data-volume.service``."""
    stem, _, name = file.rpartition(".")
    kind = KINDS[name]
    return file if kind.native else f"{stem}{kind.suffix}.service"
