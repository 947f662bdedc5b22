"""Which mount a path of the host is on. It decides what units wait for, and whether owners can be mapped.

Sources: systemd.mount(5), systemd-fstab-generator(8), mount_setattr(2). A unit file or an entry in fstab makes a unit
that can be required; a mount that is only in mountinfo was made by hand, or by something that is not a unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from compose2quadlet.facts import Facts
from compose2quadlet.frozen import frozen
from compose2quadlet.hostpaths import REMOVABLE, holds_data, inside, normalised, parents
from compose2quadlet.planner.host import unitnames

BOOT = frozenset("/ /boot /boot/efi /efi /home /root /tmp /usr /var /var/lib/machines /var/log /var/tmp".split())
"""File systems that the system itself needs, or that hold no data of services."""

NETWORK_TYPES = ("nfs", "nfs4", "cifs", "smb3")
"""Network file systems."""

MAPPING = frozenset("bcachefs btrfs erofs ext4 f2fs ntfs3 squashfs tmpfs vfat xfs".split())
"""File systems on which owners can be mapped, in all kernels that have Podman with Quadlet or soon after. Source:
mount_setattr(2), "ID-mapped mounts"."""

UNKNOWN = ("/mnt", "/media", REMOVABLE)
"""Where file systems are usually mounted. If the mounts of the host are unknown, no directory is created there."""


@frozen()
class Mount:
    """A mount point of a host.

    ``type`` is that of the file system, empty if only a unit mentions it. ``unit`` is what to wait for,
    ``made`` says whether the host has a unit file or a line in fstab for it, ``by_hand`` whether nothing mounts it at
    boot.
    """

    target: str
    unit: str
    made: bool
    by_hand: bool = False
    type: str = ""

    @property
    def waited_for(self) -> bool:
        """Whether it may hold data of services, and may be mounted late."""
        return may_come_late(self.target)

    @property
    def maps_owners(self) -> bool:
        """Whether owners can be mapped there."""
        return maps_owners(self.type)


def may_come_late(target: str) -> bool:
    """Whether the mount at a path may hold data of services, and is not needed to boot the host."""
    return target not in BOOT and holds_data(target)


def maps_owners(kind: str) -> bool:
    """Whether owners can be mapped on a type of file system; on an unknown one, they cannot."""
    return kind in MAPPING


@frozen()
class Mounts:
    """The mount points of a host, sorted by name."""

    by_target: Mapping[str, Mount]

    def under(self, path: str) -> Mount | None:
        """The mount that a normalised path is on; None if it is unknown."""
        return next((self.by_target[p] for p in parents(path) if p in self.by_target), None)

    def below(self, path: str) -> Iterator[Mount]:
        """The mounts below a directory, without the directory itself."""
        return (m for m in self.by_target.values() if m.target != path and inside(m.target, (path,)))

    def has(self, unit: str) -> bool:
        """Whether one of the mounts has this mount or automount unit."""
        return any(unit in (m.unit, unitnames.of_path(m.target, "mount")) for m in self.by_target.values())


def mounts(facts: Facts) -> Mounts:
    """The known mount points of a host."""
    found: dict[str, Mount] = {}
    for mount in facts.mounts:
        automatic, target = mount.type == "autofs", normalised(mount.target)
        found[target] = Mount(target, unitnames.of_path(target, "mount"), automatic, type=mount.type)
    for unit, about in (facts.units or {}).items():
        if unit.endswith(".mount") and unitnames.valid(unit) and about.file:
            target = normalised(unitnames.path_of(unit))
            found[target] = Mount(target, unit, made=True, type=found[target].type if target in found else "")
    for entry in facts.fstab:
        target = normalised(entry.target)
        unit, by_hand = unitnames.of_path(target, "mount"), "noauto" in entry.options
        kind = found[target].type if target in found else ""
        found[target] = Mount(target, unit, made=True, by_hand=by_hand, type=kind or entry.type)
    automounts = {normalised(unitnames.path_of(u)) for u in facts.units or {} if u.endswith(".automount")}
    automounts |= {normalised(e.target) for e in facts.fstab if "x-systemd.automount" in e.options}
    for target in automounts:
        mount_ = found.get(target) or Mount(target, "", made=True)
        found[target] = replace(mount_, unit=unitnames.of_path(target, "automount"), made=True, by_hand=False)
    return Mounts(dict(sorted(found.items())))
