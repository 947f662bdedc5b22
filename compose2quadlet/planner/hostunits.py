"""Units and paths of the host that a service needs before it can start: what was said, and what can be concluded.

Measured with systemd 257 and 262:

- A user's manager does not find units of the system, so there the template ``host-unit@.service`` waits for them.
- ``AssertPathIsMountPoint=`` is not looked at again when a service is restarted automatically, and what fails by it
  is not tried again. So what must be there is looked for by a command before the start (``ExecStartPre=``): the
  service fails, and its restart policy tries again until the disk is back.
- What fails since a unit that it requires failed is not tried again either. So in user scope, a mount is wanted, not
  required: the command keeps the container from starting. In system scope, where Podman's generator requires the
  mount itself, the mount wants the container: what was down for want of it starts when it is mounted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner import engine, hostservices, unitnames
from compose2quadlet.planner.engine import PODMAN_SOCKET
from compose2quadlet.planner.hostmounts import has_mount, unmade
from compose2quadlet.planner.hostrules import RULES
from compose2quadlet.planner.needs import Need, Subject
from compose2quadlet.planner.settings import settings

__all__ = ["PODMAN_SOCKET", "HostNeeds", "host_needs"]

NOTHING = "none"
"""Said instead of a unit: nothing is to be concluded about the service."""

MOUNTS = (".mount", ".automount")


@dataclass(slots=True)
class HostNeeds:
    """What a unit says about its host, in the words of its scope.

    ``requires`` and ``wants`` are units, after which it starts; ``wanted_by`` are units that start it. ``mounted``
    and ``exists`` are paths to look at before each start. ``sockets`` are the sources of bind mounts that are
    replaced by Podman's socket, and ``api_socket`` says whether ``use_api_socket`` adds it. ``unmade`` are the
    sources that are not made where they are missing. ``unlabelled`` turns off SELinux's separation.
    """

    requires: list[str] = field(default_factory=list)
    wants: list[str] = field(default_factory=list)
    wanted_by: list[str] = field(default_factory=list)
    mounted: list[str] = field(default_factory=list)
    exists: list[str] = field(default_factory=list)
    sockets: frozenset[str] = frozenset()
    api_socket: bool = False
    unmade: tuple[str, ...] = ()
    unlabelled: bool = False

    @property
    def bridge(self) -> bool:
        """Whether units of the system are waited for by the user's manager."""
        return any(unit.startswith(unitnames.BRIDGE) for unit in (*self.requires, *self.wants))


def host_needs(project: Project, name: str, options: Options, boots: bool, log: Log) -> HostNeeds:
    """What a service needs of the host; ``boots`` says whether it starts at boot by itself."""
    subject = Subject(project, name, options.scope, options.host)
    wanted = [
        *options.host_units.get("*", ()),
        *options.host_units.get(name, ()),
        *settings(subject.service).host_units,
    ]
    said = [unit for unit in dict.fromkeys(wanted) if unit != NOTHING]
    needs = [need for unit in said for need in _said(subject, unit, log)]
    made = HostNeeds()
    if NOTHING not in wanted:
        engines = engine.needs(subject, log)
        found = [need for rule in RULES for need in rule(subject)]
        _note(subject, [n for n in found if n.unit not in said], log)
        hostservices.suggest(subject, tuple(said), log)
        needs += [*engines, *found]
        made.sockets = engine.sources(subject.service)
        made.api_socket = subject.service.use_api_socket
        made.unlabelled = bool(engines and subject.facts and subject.facts.selinux)
    made.unmade = _unmade(subject, NOTHING not in wanted, log)
    for need in needs:
        _place(need, options.scope, boots, made)
    made.wants = [unit for unit in made.wants if unit not in made.requires]
    return made


def _said(subject: Subject, unit: str, log: Log) -> Iterable[Need]:
    """A unit that the user named; its mount point must be one, if it is a mount."""
    path = subject.at("x-quadlet", "host_units") if unit in settings(subject.service).host_units else subject.at()
    if unit.startswith("/"):
        unit = unitnames.of_path(unit, "mount")
    if not unitnames.valid(unit):
        hint = "Write the full name, such as postgresql.service or mnt-nas.mount, or the path of a mount point."
        log.error("bad-host-unit", f"{unit!r} is not the name of a unit that can be waited for", hint, path)
        return
    mounted = unitnames.path_of(unit) if unit.endswith(MOUNTS) else ""
    facts = subject.facts
    of_user = bool(subject.scope is Scope.USER and facts and unit in (facts.user_units or {}) and not facts.has(unit))
    known = facts is None or facts.units is None or facts.has(unit) or of_user or unit.endswith(".device")
    known = known or (facts is not None and has_mount(facts, unit))
    if not known:
        hint = "Is it spelt right? 'systemctl list-unit-files' lists what there is. It is wanted, not required."
        log.warn("host-lacks", f"'{subject.name}' is to need {unit}, which this host does not have", hint, path)
    yield Need(unit, "", path, certain=known, everywhere=of_user or unit.endswith(".device"), mounted=mounted)


def _place(need: Need, scope: Scope, boots: bool, made: HostNeeds) -> None:
    """Put a need into the words of the scope."""
    for paths, path in ((made.mounted, need.mounted), (made.exists, need.exists)):
        if path and path not in paths:
            paths.append(path)
    if not unitnames.valid(need.unit):
        return  # there is none, or its name is too long for another that waits for it
    direct = scope is Scope.SYSTEM or need.everywhere
    required = need.certain and (direct or not need.mounted)
    units, unit = made.requires if required else made.wants, need.unit if direct else unitnames.bridged(need.unit)
    if unit not in units:
        units.append(unit)
    starts = scope is Scope.SYSTEM and boots and need.certain and need.unit.endswith(".mount")
    if starts and need.unit not in made.wanted_by:
        made.wanted_by.append(need.unit)


def _note(subject: Subject, found: list[Need], log: Log) -> None:
    """Say what was concluded, each unit once."""
    seen: set[str] = set()
    for need in found:
        about = need.unit or need.exists
        if about in seen:
            continue
        seen.add(about)
        verb = "starts after" if need.unit else "starts only with"
        hint = f"To conclude nothing about it: --host-unit {subject.name}=none."
        log.note("host-unit", f"'{subject.name}' {verb} {about}: {need.why}", hint, need.path)


def _unmade(subject: Subject, guarded: bool, log: Log) -> tuple[str, ...]:
    found = tuple(unmade(subject, guarded))
    if found:
        gather = "Gather facts about the host, 'compose2quadlet facts > FILE' there, and convert with --host FILE;"
        said = f"or say where the disk is mounted: --host-unit {subject.name}=PATH."
        hint = f"{gather} {said}" if subject.facts is None else "Make it by hand, once the disk is mounted."
        message = f"'{subject.name}': {', '.join(found)} may be on a disk that is not mounted, so it is not made"
        log.note("mount-unknown", message, hint, subject.at("volumes"))
    return found
