"""Bind mounts from file systems that the host mounts: a container must not start on the empty folder below.

Source: systemd.mount(5), systemd-fstab-generator(8). A unit file or an entry in fstab makes a unit that can be
required; what only mountinfo knows was mounted by hand, or by something that is no unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compose2quadlet.diagnostics import Path
from compose2quadlet.facts import Facts
from compose2quadlet.hostpaths import REMOVABLE, holds_data, inside, normalised, parents
from compose2quadlet.planner import unitnames
from compose2quadlet.planner.needs import Need, Subject

BOOT = frozenset("/ /boot /boot/efi /efi /home /root /tmp /usr /var /var/lib/machines /var/log /var/tmp".split())
"""File systems without which nothing runs at all, or that are nobody's data."""

PASSED_ON = ("slave", "rslave", "shared", "rshared")
"""With these, what is mounted later still appears in the container."""

UNKNOWN = ("/mnt", "/media", REMOVABLE)
"""Where file systems are usually mounted: nothing is made there, unless it is known what is mounted."""


@dataclass(frozen=True, slots=True)
class Point:
    """A mount point: ``unit`` is what to wait for, ``made`` says whether the host has a unit file or a line in
    fstab for it, ``by_hand`` that nothing mounts it at boot."""

    target: str
    unit: str
    made: bool
    by_hand: bool = False


def points(facts: Facts) -> dict[str, Point]:
    """The mount points of a host that services may keep data on."""
    found: dict[str, Point] = {}
    for mount in facts.mounts:
        automatic, target = mount.type == "autofs", normalised(mount.target)
        found[target] = Point(target, unitnames.of_path(target, "mount"), made=automatic)
    for unit in facts.units or {}:
        if unit.endswith(".mount") and unitnames.valid(unit) and (facts.units or {})[unit].file:
            target = unitnames.path_of(unit)
            found[target] = Point(target, unit, made=True)
    for entry in facts.fstab:
        target = normalised(entry.target)
        unit = unitnames.of_path(target, "mount")
        found[target] = Point(target, unit, made=True, by_hand="noauto" in entry.options)
    automounts = {unitnames.path_of(u) for u in facts.units or {} if u.endswith(".automount")}
    automounts |= {normalised(e.target) for e in facts.fstab if "x-systemd.automount" in e.options}
    for target in automounts:
        found[target] = Point(target, unitnames.of_path(target, "automount"), made=True)
    return {target: point for target, point in sorted(found.items()) if target not in BOOT and holds_data(target)}


def mounts(subject: Subject) -> Iterator[Need]:
    """The mount points that a service's bind mounts are below, and those that lie below a bind mount."""
    if subject.facts is None:
        return
    known = points(subject.facts)
    seen: set[str] = set()
    for source, path in subject.sources():
        source = normalised(source)
        point = next((known[p] for p in parents(source) if p in known), None)
        if point and point.target not in seen:
            seen.add(point.target)
            below = "is that mount" if source == point.target else f"is below {point.target}"
            why = f"{source} {below}"
            if not point.made:
                why += ", which neither /etc/fstab nor a unit mounts"
            elif point.by_hand:
                why += ", which nothing mounts at boot (noauto)"
            yield Need(point.unit, why, path, certain=point.made, mounted=point.target)
    for point, source, path in _inside(subject, known):
        if point.target not in seen:
            seen.add(point.target)
            why = f"{source} has {point.target} below it, and mounts that come later do not appear"
            yield Need(point.unit, why, path)


def _inside(subject: Subject, known: dict[str, Point]) -> Iterator[tuple[Point, str, Path]]:
    """The mount points below bind mounts, with the source and the attribute of the bind mount."""
    waited = [p for p in known.values() if p.made and not p.by_hand and not p.unit.endswith(".automount")]
    for i, mount in enumerate(subject.service.volumes):
        passed_on = mount.bind is not None and mount.bind.propagation in PASSED_ON
        source = normalised(mount.source)
        if mount.type == "bind" and not passed_on and source not in BOOT and holds_data(source):
            for point in waited:
                if point.target != source and inside(point.target, (source,)):
                    yield point, mount.source, subject.at("volumes", i)


def has_mount(facts: Facts, unit: str) -> bool:
    """Whether a mount or automount unit is there, in fstab or otherwise."""
    return any(unit in (p.unit, unitnames.of_path(p.target, "mount")) for p in points(facts).values())


def unmade(subject: Subject, guarded: bool) -> list[str]:
    """The bind sources that must not be made where they are missing, since they may be below a mount point; if it is
    ``guarded``, what is known to be one is looked at before."""
    if subject.facts is None:
        below: tuple[str, ...] = UNKNOWN
    else:
        below = () if guarded else tuple(points(subject.facts))
    return [
        mount.source
        for mount in subject.service.volumes
        if mount.type == "bind"
        and mount.bind
        and mount.bind.create_host_path
        and inside(normalised(mount.source), below)
    ]
