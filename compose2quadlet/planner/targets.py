"""Targets: one that starts and stops the whole project, and one for each profile that is not active.

Source: systemd.target(5); compose specification "Profiles". That the stop of a target stops what is part of it,
whether the target was started or not, was measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.planner.names import Stem
from compose2quadlet.planner.scope import needed, starts_at_boot

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
"""Slices of systemd and Podman themselves: to stop one of them would stop more than a project."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target unit, what it is for, and the services that it starts.

    ``checked`` is the unit that makes its start fail where one of them has failed; ``at_boot`` says whether it is
    started at boot.
    """

    name: str
    description: str
    services: tuple[str, ...]
    part_of: str = ""
    checked: str = ""
    at_boot: bool = False


def project_target(project: str) -> str:
    """The target of a project: its name, unless systemd has a target of that name."""
    return f"{project}-stack.target" if project in OF_SYSTEMD else f"{project}.target"


def slice_of(project: str) -> str:
    """The slice of a project: to stop it stops all that is in it, and waits for that.

    A dash is escaped, since ``a-b.slice`` would lie within ``a.slice``, and be stopped with it.
    """
    name = f"{project}-stack" if project in SLICES_OF_SYSTEMD else project
    return f"{name.replace('-', BACKSLASH + 'x2d')}.slice"


BACKSLASH = chr(92)


def targets(project: Project, stems: Mapping[str, Stem], dormant: frozenset[str], log: Log) -> tuple[Target, ...]:
    """The targets of a project; ``dormant`` are the services whose profiles are not active.

    The first one starts the whole project. It is started at boot where all of its services are; where only some are,
    there is one more for these.
    """
    whole = project_target(project.name)
    active = [name for name in project.services if name not in dormant]
    booting = [name for name in active if starts_at_boot(project.services[name])]
    units = tuple(stems[name].service for name in active)
    check = f"{project.name}-is-up.service"
    description = f"Services of the compose project {project.name}"
    all_boot = bool(active) and not set(active) - needed(project, booting)
    found = [Target(whole, description, units, checked=check if units else "", at_boot=all_boot)]
    if booting and not all_boot:
        some = tuple(stems[name].service for name in booting)
        name = f"{whole.removesuffix('.target')}-boot.target"
        found.append(Target(name, f"{description} that start at boot", some, whole, at_boot=True))
    profiles = dict.fromkeys(p for name in project.services if name in dormant for p in project.services[name].profiles)
    for profile in profiles:
        members = [name for name in project.services if name in dormant and profile in project.services[name].profiles]
        name = f"{project.name}-{re.sub('[^a-zA-Z0-9_.-]', '-', profile)}.target"
        units = tuple(stems[m].service for m in members)
        found.append(Target(name, f"Profile {profile} of the compose project {project.name}", units, whole))
        log.note(
            "profile-target",
            f"{', '.join(members)}: started by {name} only, since the profile {profile} is not active",
            f"To start it at boot as well, convert with --profile {profile}.",
            ("services", members[0], "profiles"),
        )
    return tuple(found)
