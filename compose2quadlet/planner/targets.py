"""Stack targets: one starts and stops the whole project, and each inactive profile has its own.

Source: systemd.target(5); compose specification "Profiles". Measured: stopping a target stops its parts,
whether or not it was started.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from compose2quadlet.diagnostics import WORDS, Log, command, told
from compose2quadlet.frozen import frozen
from compose2quadlet.planner.boot import needed, starts_at_boot
from compose2quadlet.planner.index import Index

OF_SYSTEMD = frozenset(
    (
        "basic bluetooth boot-complete cryptsetup ctrl-alt-del default emergency exit factory-reset factory-reset-now "
        "final first-boot-complete getty getty-pre graphical graphical-session graphical-session-pre halt hibernate "
        "hybrid-sleep imports imports-pre initrd initrd-fs initrd-root-device initrd-root-fs initrd-switch-root "
        "initrd-usr-fs integritysetup kexec local-fs local-fs-pre machines multi-user network network-online "
        "network-pre nss-lookup nss-user-lookup paths poweroff printer reboot remote-cryptsetup remote-fs "
        "remote-fs-pre remote-integritysetup remote-veritysetup rescue rpcbind runlevel0 runlevel1 runlevel2 "
        "runlevel3 runlevel4 runlevel5 runlevel6 shutdown sigpwr sleep slices smartcard sockets soft-reboot sound "
        "ssh-access storage-target-mode suspend suspend-then-hibernate swap sysinit system-install system-update "
        "system-update-pre time-set time-sync timers tpm2 umount usb-gadget user-sessions veritysetup "
        "virt-guest-shutdown xdg-desktop-autostart"
    ).split()
)
"""Targets of systemd itself. Source: systemd.special(7)."""


SLICES_OF_SYSTEMD = frozenset("system user machine session app background init podman".split())
"""Slices of systemd and Podman themselves: stopping one of them would stop more than a project."""


@frozen()
class Target:
    """A target unit, its description, and the services that it starts.

    ``checked`` is the unit that makes the start of the target fail if one of the services has failed; ``at_boot`` says
    whether the target starts at boot.
    """

    name: str
    description: str
    services: tuple[str, ...]
    part_of: str = ""
    checked: str = ""
    at_boot: bool = False


def project_target(project: str) -> str:
    """The stack target of a project. It has the project's name, unless systemd has a target of that name."""
    return f"{project}-stack.target" if project in OF_SYSTEMD else f"{project}.target"


def slice_of(project: str) -> str:
    """The slice of a project: stopping it stops everything in it, and waits until that is done.

    A dash is escaped, since ``a-b.slice`` would be part of ``a.slice``, and would stop with it.
    """
    name = f"{project}-stack" if project in SLICES_OF_SYSTEMD else project
    return f"{name.replace('-', BACKSLASH + 'x2d')}.slice"


BACKSLASH = chr(92)


def targets(index: Index, dormant: frozenset[str], log: Log) -> tuple[Target, ...]:
    """The targets of a project; ``dormant`` are the services whose profiles are not active.

    The first one starts the whole project. It starts at boot if all of its services do; if only some do, there is
    another target for these. No target starts a service that should have no containers.
    """
    project = index.project
    whole = project_target(project.name)
    active = [name for name in project.services if name not in dormant]
    booting = [name for name in active if starts_at_boot(project.services[name])]
    units = _units(index, active)
    taken = {whole, *index.taken, *(f"{name}.target" for name in OF_SYSTEMD)}
    check = _free(f"{project.name}-is-up", "service", taken)
    description = f"Services of the compose project {project.name}"
    all_boot = bool(active) and not set(active) - needed(project, booting)
    found = [Target(whole, description, units, checked=check if active else "", at_boot=all_boot)]
    if booting and not all_boot:
        name = _free(f"{whole.removesuffix('.target')}-boot", "target", taken)
        found.append(Target(name, f"{description} that start at boot", _units(index, booting), whole, at_boot=True))
    profiles: dict[str, list[str]] = {}
    for name in project.services:
        for profile in dict.fromkeys(project.services[name].profiles) if name in dormant else ():
            profiles.setdefault(profile, []).append(name)
    # A profile whose name needs no change gets it before one that would come to have the same.
    stems = {profile: re.sub("[^a-zA-Z0-9_.-]", "-", profile) for profile in profiles}
    ordered = sorted(profiles, key=lambda profile: stems[profile] != profile)
    names = {profile: _free(f"{project.name}-{stems[profile]}", "target", taken) for profile in ordered}
    for profile, members in profiles.items():
        name = names[profile]
        about = f"Profile {profile} of the compose project {project.name}"
        found.append(Target(name, about, _units(index, members), whole))
        named = told(profile, WORDS, "of that name")
        log.note(
            "profile-target",
            f"{', '.join(members)}: started by {name} only, since the profile {named} is not active",
            f"To start it at boot as well, convert with {command('--profile', told(profile, WORDS, 'NAME'))}.",
            ("services", members[0], "profiles"),
        )
    return tuple(found)


def _free(stem: str, kind: str, taken: set[str]) -> str:
    """A unit name that nothing has yet, which it takes: two profiles may differ in a character that names lack."""
    name, number = f"{stem}.{kind}", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.{kind}"
    taken.add(name)
    return name


def _units(index: Index, services: Iterable[str]) -> tuple[str, ...]:
    """The units of all containers of some services, except services that should have none."""
    return tuple(unit.service for name in services if index.counts[name].wanted for unit in index.units[name])


def parts(targets: tuple[Target, ...]) -> dict[str, tuple[str, ...]]:
    """The further targets that each unit is part of, and stops with, besides that of the whole project."""
    found: dict[str, tuple[str, ...]] = {}
    for target in targets[1:]:
        for unit in () if target.at_boot else target.services:
            found[unit] = (*found.get(unit, ()), target.name)
    return found
