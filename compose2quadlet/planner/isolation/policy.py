"""Decides which user a service runs as. Isolation policies are decided here, for each service, and nowhere else.

What works, and in which scope, was measured with systemd 257 and 262 and Podman 5.4 and 5.8: ``DynamicUser=`` in a
companion unit whose user the container runs as; ``UserNS=auto`` with IDs that are mapped on disk (``idmap``, root
only) or changed there (``U``); ``keep-id``, which uses up all subordinate IDs of the login user unless it has a size.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from compose2quadlet.diagnostics import NAME, Log, command, dotted, shown
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.index import Index
from compose2quadlet.planner.isolation import evidence, ranges, users
from compose2quadlet.planner.isolation.evidence import Finding
from compose2quadlet.planner.isolation.obstacles import forbidden
from compose2quadlet.planner.isolation.ranges import USUAL_RANGE, WHOLE_RANGE
from compose2quadlet.planner.units import UnitName

MAX_USER_NAME = 31
"""The longest user name that systemd accepts. Source: systemd's "User/Group Name Syntax"."""

NO_RANGES = "the host has no subordinate IDs for it"

ASKED = "as you chose"

Choice = tuple[Isolation, str]
"""A policy, and why it was chosen."""


@frozen()
class Identity:
    """How a service runs.

    ``user`` and ``group`` replace those of the compose file if they are set; ``userns`` is the value of
    ``UserNS=``. ``companion`` is the companion unit that has the dynamic user ``user``. ``bind_option`` and
    ``volume_option`` are what bind mounts and named volumes get.
    """

    policy: Isolation
    reason: str = ""
    user: str = ""
    group: str = ""
    userns: str = ""
    companion: UnitName | None = None
    bind_option: str = ""
    volume_option: str = ""


def identities(index: Index, options: Options, log: Log) -> dict[str, Identity]:
    """The identity of each service. Logs the decisions that were not the caller's own, and an error for each policy
    that a service cannot use."""
    project = index.project
    wanted = {name: _wanted(project, name, options, log) for name in project.services}
    chooser = _chooser(index, wanted, options)
    free = {n for n, policy in wanted.items() if policy is Isolation.AUTO and not project.services[n].userns_mode}
    choices = {name: _chosen(chooser, name) if name in free else (wanted[name], ASKED) for name in wanted}
    for policy in (Isolation.USERNS, Isolation.KEEP_ID):
        those = [name for name in wanted if name in free and choices[name][0] is policy]
        if those and (reason := _no_room(index, policy, choices, options)):
            choices |= dict.fromkeys(those, (Isolation.NONE, reason))
    found = {name: _identity(index, name, choice, options) for name, choice in choices.items()}
    for name in (name for name in wanted if name not in free):
        _check(index, name, wanted[name], options, log)
    for name in project.services:
        numbers = users.of_image(project.services[name])
        if found[name].policy is Isolation.KEEP_ID and found[name].user and numbers and not numbers.sure:
            log.note(
                "identity-variable",
                f"'{name}': {numbers.variable} looks like the number of the user that the image runs as",
                f"If it is not: {command('--isolation', f'{name}=none')}.",
                ("services", name, "environment", numbers.variable),
            )
    _tell({name: found[name] for name in found if wanted[name] is not Isolation.NONE}, options, log)
    return found


def _check(index: Index, name: str, policy: Isolation, options: Options, log: Log) -> None:
    """Log what makes a policy impossible that was you chose."""
    if index.project.services[name].userns_mode:
        return
    for finding in forbidden(index, name, policy, options):
        if finding.firm:
            path = ("services", name, *finding.below)
            hint = "Choose another policy for it, with --isolation SERVICE=POLICY or x-quadlet: {isolation: …}."
            log.error("isolation-impossible", f"'{name}' cannot use {policy}: {finding.reason}", hint, path)


def _tell(found: Mapping[str, Identity], options: Options, log: Log) -> None:
    """Log what was chosen: in one line, or in one for each service."""
    if options.verbose:
        for name, identity in found.items():
            log.note("isolation", _message(name, identity), "", ("services", name))
    elif found:
        log.note("isolation", "; ".join(_grouped(found)), "", ("services",))


def _message(name: str, identity: Identity) -> str:
    """What a note says about one identity; ``userns_mode`` may isolate a service without a policy."""
    stop = "." if ". " in identity.reason else ""
    if identity.policy is not Isolation.NONE:
        return f"'{name}' runs with {identity.policy}: {identity.reason}{stop}"
    verb = "has no isolation policy" if identity.userns else "is not isolated"
    return f"'{name}' {verb}: {identity.reason}{stop}"


def _grouped(found: Mapping[str, Identity]) -> Iterator[str]:
    """For each policy, the services that have it, by the reason."""
    groups: dict[Isolation, dict[str, list[str]]] = {}
    for name, identity in found.items():
        groups.setdefault(identity.policy, {}).setdefault(identity.reason, []).append(name)
    for policy, reasons in groups.items():
        yield f"{policy} for {', '.join(f'{_few(names)} ({reason})' for reason, names in reasons.items())}"


def _few(names: list[str]) -> str:
    more = len(names) - evidence.NAMED
    shown = ", ".join(names[: evidence.NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _wanted(project: Project, name: str, options: Options, log: Log) -> Isolation:
    """The policy that was chosen: on the command line for this service, in the compose file, or for all services."""
    written = project.services[name].quadlet.isolation
    if written is not None and written not in [i.value for i in Isolation]:
        path = ("services", name, "x-quadlet", "isolation")
        hint = f"Write one of {', '.join(i.value for i in Isolation)}."
        log.error("bad-value", f"{dotted(path)}: there is no policy {shown(written, NAME, 'of that name')}", hint, path)
        written = None
    if name in options.isolations:
        return options.isolations[name]
    return Isolation(written) if written else options.isolation


@frozen()
class _Chooser:
    """What ``auto`` looks at: what speaks against ``userns`` for each service, and the services of each volume that
    cannot have it or are to have something else."""

    index: Index
    options: Options
    against: Mapping[str, Finding | None]
    others: Mapping[str, tuple[str, ...]]


def _chooser(index: Index, wanted: Mapping[str, Isolation], options: Options) -> _Chooser:
    if Isolation.AUTO not in wanted.values():
        return _Chooser(index, options, {}, {})
    against = {name: next(forbidden(index, name, Isolation.USERNS, options), None) for name in wanted}
    others = {
        volume: tuple(
            name
            for name in names
            if against[name]
            or wanted[name] not in (Isolation.AUTO, Isolation.USERNS)
            or index.project.services[name].userns_mode
        )
        for volume, names in index.users.items()
    }
    return _Chooser(index, options, against, others)


def _chosen(chooser: _Chooser, name: str) -> Choice:
    """The policy that ``auto`` stands for, and why; whether there are IDs for it is another question."""
    if chooser.options.scope is Scope.SYSTEM:
        return _of_system(chooser, name)
    index, against = chooser.index, chooser.against[name]
    if not evidence.writes(index, name):
        if against:
            return Isolation.NONE, against.reason
        return Isolation.USERNS, "it writes to no volume or directory, and reads only what everybody may read"
    service = index.project.services[name]
    given = users.written(service) or users.of_image(service)
    keeps = next(forbidden(index, name, Isolation.KEEP_ID, chooser.options), None)
    if given and keeps is None and next(evidence.writable_paths(index, name), None):
        return Isolation.KEEP_ID, f"its directories belong to the login user, who is {given.user} inside"
    reason = keeps.reason if given and keeps else "it writes to volumes or directories; root inside is the login user"
    return Isolation.NONE, reason


def _of_system(chooser: _Chooser, name: str) -> Choice:
    index, options, against = chooser.index, chooser.options, chooser.against[name]
    if against:
        return Isolation.NONE, against.reason
    if shared := _other_policies(chooser, name):
        return Isolation.NONE, shared
    service = index.project.services[name]
    dynamic = users.written(service) and not (options.host and options.host.nss_systemd is False)
    if dynamic and not next(forbidden(index, name, Isolation.DYNAMIC_USER, options), None):
        return Isolation.DYNAMIC_USER, f"`user: {service.user}` is not root, and it shares nothing"
    if index.paths[name]:
        return Isolation.USERNS, "it needs no rights over the host, and what it mounts keeps its owners"
    return Isolation.USERNS, "it needs no rights over the host"


def _no_room(index: Index, policy: Isolation, choices: Mapping[str, Choice], options: Options) -> str:
    """Why there are no subordinate IDs for a policy, next to all that has some; empty where there are."""
    if options.scope is Scope.SYSTEM and has_ranges(options) is False:
        return NO_RANGES
    free = ranges.available(options)
    if free is None and policy is Isolation.USERNS:
        unknown = "it is not known whether the login user of the host has IDs for it; convert there, or with --host"
        return "" if options.scope is Scope.SYSTEM else unknown
    if free is None:
        free = WHOLE_RANGE  # as usual
    own = {unit.file for units in index.units.values() for unit in units}
    values = [value for file, value in ranges.installed(options).items() if file not in own]
    for name, choice in choices.items():
        values += [_identity(index, name, choice, options).userns] * len(index.units[name])
    if policy is Isolation.KEEP_ID:
        # Those that have keep-id share what they have; what has IDs of its own would lose them.
        room = free > 0 and (ranges.demand(values, free) <= free or not any(map(ranges.takes_apart, values)))
    else:
        room = ranges.demand(values, free) <= free and not options.crowded
    if room:
        return ""
    if options.scope is Scope.SYSTEM:
        return f"the host has {free} subordinate IDs for containers, too few for all of them"
    return f"the login user has {free} subordinate IDs, too few for all that would have some (for more: {ranges.MORE})"


def _other_policies(chooser: _Chooser, name: str) -> str:
    """The reason if a volume is shared with a service that cannot use ``userns``, or has another policy."""
    for mount in chooser.index.project.services[name].volumes:
        for other in chooser.others[mount.source] if mount.type == "volume" and mount.source else ():
            if other != name:
                return f"it shares the volume {mount.source} with {other}, which has another policy"
    return ""


def has_ranges(options: Options) -> bool | None:
    """Whether the host has subordinate IDs for containers of the system; None if unknown."""
    host = options.host
    if host is None or host.containers_user is None:
        return None
    return host.containers_user and bool(host.subuids.get("containers"))


def _identity(index: Index, name: str, choice: Choice, options: Options) -> Identity:
    """The identity of a service with what was chosen."""
    service, unit = index.project.services[name], index.units[name][0]
    policy, reason = choice
    if service.userns_mode:
        return Identity(Isolation.NONE, "the compose file sets userns_mode", userns=service.userns_mode)
    match policy:
        case Isolation.DYNAMIC_USER:
            companion = UnitName(f"{unit.stem}-user", "service")
            if companion.service in index.taken:
                companion = UnitName(f"{unit.stem}-dynamic-user", "service")
            return Identity(policy, reason, user=user_name(unit.stem), companion=companion, volume_option="U")
        case Isolation.USERNS:
            userns = _range(service, options, asked=reason == ASKED)
            if options.scope is Scope.SYSTEM:
                return Identity(policy, reason, userns=userns, bind_option="idmap", volume_option="idmap")
            return Identity(policy, reason, userns=userns, volume_option="U")
        case Isolation.KEEP_ID:
            numbers = users.written(service) or users.of_image(service)
            if not numbers:
                return Identity(policy, reason, userns="keep-id")  # which is refused
            # Without a size, it would leave no IDs for containers with userns.
            size = f",size={_whole(service)}" if _has_plenty(options) else ""
            # Such an image starts as root, and becomes that user by itself.
            root = "0" if numbers.variable else ""
            userns = f"keep-id:uid={numbers.user},gid={numbers.group}{size}"
            return Identity(policy, reason, user=root, group=root, userns=userns)
        case Isolation.AUTO | Isolation.NONE:
            return Identity(Isolation.NONE, reason)
        case _:
            assert_never(policy)


def _has_plenty(options: Options) -> bool:
    """Whether a login user has more IDs than one image may use."""
    return (ranges.available(options) or 0) >= 2 * WHOLE_RANGE


def _whole(service: Service) -> int:
    return max(WHOLE_RANGE, users.highest(service) + 1)


def _range(service: Service, options: Options, asked: bool) -> str:
    """A range that has room for all ids that an image may use.

    Where that was you chose, and a login user may have few, it is one for those that are known. Podman refuses a user,
    and the kernel an owner of files, that is not in it.
    """
    small = asked and options.scope is Scope.USER and not _has_plenty(options)
    return "auto" if small and users.highest(service) < USUAL_RANGE else f"auto:size={_whole(service)}"


def user_name(stem: str) -> str:
    """The name of a dynamic user: ``c2q-`` and the unit name, shortened with a hash if it would be too long."""
    name = "c2q-" + re.sub(r"[^a-zA-Z0-9_-]", "-", stem)
    if len(name) <= MAX_USER_NAME and name == f"c2q-{stem}":
        return name
    digest = hashlib.sha256(stem.encode()).hexdigest()[:6]
    return f"{name[: MAX_USER_NAME - 7]}-{digest}"
