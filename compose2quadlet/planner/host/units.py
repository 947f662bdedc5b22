"""Host units and paths that a service needs before it can start: those that the user names, and those found by rules.

Measured with systemd 257 and 262:

- A user's service manager does not find units of the system, so the template ``host-unit@.service`` waits for them.
- ``AssertPathIsMountPoint=`` is not checked again on automatic restarts, and a unit that fails because of it
  is not started again. So a command before the start (``ExecStartPre=``) checks for what must be there: the
  service fails, and its restart policy tries again until the disk is back.
- A unit whose required unit failed is not started again either. So in user scope, a mount is wanted, not
  required: the command keeps the container from starting. In system scope, where Podman's generator requires the
  mount itself, the mount wants the container: a container that lacked its mount starts when the disk is mounted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import PATH, WORDS, Log, command, shown, told
from compose2quadlet.hostpaths import inside
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.host import engine, unitnames
from compose2quadlet.planner.host.mounts import UNKNOWN
from compose2quadlet.planner.host.needs import HostNeeds, Need, Subject
from compose2quadlet.planner.host.rules import RULES
from compose2quadlet.planner.index import Index

NOTHING = "none"
"""Given instead of a unit, it turns off all rules for the service."""

MOUNTS = (".mount", ".automount")


def host_needs(index: Index, name: str, options: Options, boots: bool, log: Log) -> HostNeeds:
    """What a service needs from the host; ``boots`` says whether it starts at boot by itself."""
    service = index.project.services[name]
    wanted = [*options.host_units.get("*", ()), *options.host_units.get(name, ()), *service.quadlet.host_units]
    said = tuple(unit for unit in dict.fromkeys(wanted) if unit != NOTHING)
    subject = Subject(index, name, options.scope, options.host, said)
    needs = [need for unit in said for need in _said(subject, unit, log)]
    concludes = NOTHING not in wanted
    if concludes:
        found = [need for rule in RULES for need in rule(subject)]
        _tell(subject, found, log)
        needs += (need for need in found if not need.suggested)
    sockets = engine.sources(service) if concludes else frozenset()
    api_socket = concludes and service.use_api_socket
    placed = [(need, unit) for need in needs if (unit := _unit(need, options.scope))]
    requires = dict.fromkeys(unit for need, unit in placed if _required(need, options.scope))
    starts = options.scope is Scope.SYSTEM and boots
    return HostNeeds(
        requires=tuple(requires),
        wants=tuple(dict.fromkeys(unit for _, unit in placed if unit not in requires)),
        wanted_by=tuple(dict.fromkeys(u for n, u in placed if starts and n.certain and u.endswith(".mount"))),
        mounted=tuple(dict.fromkeys(need.mounted for need in needs if need.mounted)),
        exists=tuple(dict.fromkeys(need.exists for need in needs if need.exists)),
        sockets=sockets,
        api_socket=api_socket,
        unmade=_unmade(subject, concludes, log),
        unlabelled=bool((sockets or api_socket) and subject.facts and subject.facts.selinux),
    )


def _said(subject: Subject, unit: str, log: Log) -> Iterable[Need]:
    """A unit that the user named. If it is a mount, its directory must be a mount point."""
    path = subject.at("x-quadlet", "host_units") if unit in subject.service.quadlet.host_units else subject.at()
    if unit.startswith("/"):
        unit = unitnames.of_path(unit, "mount")
    if not unitnames.valid(unit):
        hint = "Write the full name, such as postgresql.service or mnt-nas.mount, or the path of a mount point."
        log.error(
            "bad-host-unit", f"{shown(unit, WORDS)} is not the name of a unit that a service can wait for", hint, path
        )
        return
    mounted = unitnames.path_of(unit) if unit.endswith(MOUNTS) else ""
    facts = subject.facts
    of_user = bool(subject.scope is Scope.USER and facts and unit in (facts.user_units or {}) and not facts.has(unit))
    known = facts is None or facts.units is None or facts.has(unit) or of_user or unit.endswith(".device")
    known = known or (subject.index.mounts is not None and subject.index.mounts.has(unit))
    if not known:
        hint = "Check the spelling with: systemctl list-unit-files. Until then, the unit is wanted, not required."
        log.warn("host-lacks", f"'{subject.name}' should wait for {unit}, which this host does not have", hint, path)
    yield Need(unit, "", path, certain=known, everywhere=of_user or unit.endswith(".device"), mounted=mounted)


def _unit(need: Need, scope: Scope) -> str:
    """The unit to name for a need; empty if there is none, or its name is too long for an instance of the template."""
    if not unitnames.valid(need.unit):
        return ""
    return need.unit if scope is Scope.SYSTEM or need.everywhere else unitnames.bridged(need.unit)


def _required(need: Need, scope: Scope) -> bool:
    return need.certain and (scope is Scope.SYSTEM or need.everywhere or not need.mounted)


def _tell(subject: Subject, found: Iterable[Need], log: Log) -> None:
    """Log what was found, each unit once, except for units that the user named."""
    seen: set[str] = set()
    for need in found:
        about = need.unit or told(need.exists, PATH, "a path")
        if need.said:
            log.add(need.said)
        elif not need.quiet and about not in seen and need.unit not in subject.said:
            seen.add(about)
            verb = "starts after" if need.unit else "starts only with"
            hint = f"To conclude nothing about it: {command('--host-unit', f'{subject.name}=none')}."
            log.note("host-unit", f"'{subject.name}' {verb} {about}: {need.why}", hint, need.path)


def _unmade(subject: Subject, guarded: bool, log: Log) -> tuple[str, ...]:
    """The bind sources that must not be created if they are missing, since they may be below a mount point. If the
    service is ``guarded``, known mount points are checked before the start anyway."""
    found = tuple(_perhaps_on_a_disk(subject, guarded))
    if found:
        gather = "Run 'compose2quadlet facts > FILE' on the host, and convert with --host FILE;"
        said = f"or say where the disk is mounted: {command('--host-unit', f'{subject.name}=PATH')}."
        them, they = ("it", "it is") if len(found) == 1 else ("them", "they are")
        hint = f"{gather} {said}" if subject.facts is None else f"Create {them} yourself when the disk is mounted."
        named = ", ".join(told(path, PATH, "a path") for path in found)
        message = f"'{subject.name}': {named} may be on a disk that is not mounted, so {they} not created"
        log.note("mount-unknown", message, hint, subject.at("volumes"))
    return found


def _perhaps_on_a_disk(subject: Subject, guarded: bool) -> Iterator[str]:
    for host in subject.paths:
        bind = subject.service.volumes[int(host.below[1])].bind if host.bind else None
        if bind and bind.create_host_path:
            known = host.mount is not None and host.mount.waited_for and not guarded
            if known or (subject.facts is None and inside(host.path, UNKNOWN)):
                yield host.source
