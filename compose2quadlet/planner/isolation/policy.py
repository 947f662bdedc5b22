"""Under which identity a service runs. Policies are decided here, per service, and nowhere else.

What works, and in which scope, was measured with systemd 257 and 262 and Podman 5.4 and 5.8: ``DynamicUser=`` in a
companion unit whose user the container takes; ``UserNS=auto`` with ids that are mapped on disk (``idmap``, for root
only) or changed there (``U``); ``keep-id``, which uses up all ids of the login user unless it is given a size.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.index import Index
from compose2quadlet.planner.isolation import evidence
from compose2quadlet.planner.isolation.evidence import Finding
from compose2quadlet.planner.units import UnitName

MAX_USER_NAME = 31
"""Characters of a user's name that systemd takes. Source: systemd's "User/Group Name Syntax"."""

USUAL_RANGE = 1024
"""The ids that ``UserNS=auto`` gives at least. Source: podman-run(1)."""

NO_RANGES = "the host has no ids to give to it"

WHOLE_RANGE = 65536
"""The ids that an image may use."""


@dataclass(frozen=True, slots=True)
class Identity:
    """How a service runs.

    ``user`` and ``group`` replace those of the compose file where they are set, ``userns`` is the value of
    ``UserNS=``. ``companion`` is the systemd service that has the dynamic user ``user``. ``bind_option`` and
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
    """The identity of each service. Logs each decision that was not the caller's own, and an error for each policy
    that a service cannot have."""
    found: dict[str, Identity] = {}
    project = index.project
    wanted = {name: _wanted(project, name, options, log) for name in project.services}
    chooser = _chooser(index, wanted, options)
    for name, service in project.services.items():
        policy = wanted[name]
        if service.userns_mode:
            found[name] = Identity(Isolation.NONE, "the compose file sets userns_mode", userns=service.userns_mode)
        elif policy is Isolation.AUTO:
            found[name] = _made(index, name, *_chosen(chooser, name), options)
        else:
            found[name] = _made(index, name, policy, "as asked for", options)
            for finding in forbidden(index, name, policy, options):
                if finding.firm:
                    path = ("services", name, *finding.below)
                    hint = "Choose another policy for it: --isolation SERVICE=POLICY, or x-quadlet: {isolation: …}."
                    log.error("isolation-impossible", f"'{name}' cannot have {policy}: {finding.reason}", hint, path)
        if policy is not Isolation.NONE:
            log.note(
                "isolation", f"'{name}' runs with {found[name].policy}: {found[name].reason}", "", ("services", name)
            )
    return found


def _wanted(project: Project, name: str, options: Options, log: Log) -> Isolation:
    """The policy that somebody wants: for this service on the command line, in the compose file, or for all."""
    written = project.services[name].quadlet.isolation
    if written is not None and written not in [i.value for i in Isolation]:
        path = ("services", name, "x-quadlet", "isolation")
        hint = f"Write one of {', '.join(i.value for i in Isolation)}."
        log.error("bad-value", f"{'.'.join(path)}: there is no policy {written!r}", hint, path)
        written = None
    if name in options.isolations:
        return options.isolations[name]
    return Isolation(written) if written else options.isolation


@dataclass(frozen=True, slots=True)
class _Chooser:
    """What ``auto`` looks at: what speaks against ``userns`` for each service, the services of each volume that cannot
    have it or are to have something else, and why there are no ranges beside ``keep-id``."""

    index: Index
    options: Options
    against: Mapping[str, Finding | None]
    others: Mapping[str, tuple[str, ...]]
    crowded: str


def _chooser(index: Index, wanted: Mapping[str, Isolation], options: Options) -> _Chooser:
    if Isolation.AUTO not in wanted.values():
        return _Chooser(index, options, {}, {}, "")
    against = {name: next(forbidden(index, name, Isolation.USERNS, options), None) for name in wanted}
    others = {
        volume: tuple(
            name
            for name in users
            if against[name]
            or wanted[name] not in (Isolation.AUTO, Isolation.USERNS)
            or index.project.services[name].userns_mode
        )
        for volume, users in index.users.items()
    }
    return _Chooser(index, options, against, others, _crowded(index, options))


def _chosen(chooser: _Chooser, name: str) -> tuple[Isolation, str]:
    """The policy that ``auto`` stands for, and why."""
    index, options, against = chooser.index, chooser.options, chooser.against[name]
    service = index.project.services[name]
    numbers = evidence.numeric_user(service)
    if options.scope is Scope.SYSTEM:
        if against:
            return Isolation.NONE, against.reason
        if shared := _other_policies(chooser, name):
            return Isolation.NONE, shared
        dynamic = numbers and not (options.host and options.host.nss_systemd is False)
        if dynamic and not next(forbidden(index, name, Isolation.DYNAMIC_USER, options), None):
            return Isolation.DYNAMIC_USER, f"user {service.user} is nobody in particular, and nothing is shared"
        if has_ranges(options) is False:
            return Isolation.NONE, NO_RANGES
        return Isolation.USERNS, "nothing it uses is the host's"
    if not evidence.writes(index, name):
        if against:
            return Isolation.NONE, against.reason
        if chooser.crowded:
            return Isolation.NONE, chooser.crowded
        return Isolation.USERNS, "it writes to no volume and no folder"
    given = numbers or evidence.identity_of_image(service)
    keeps = next(forbidden(index, name, Isolation.KEEP_ID, options), None)
    if given and keeps is None and next(evidence.writable_paths(index, name), None):
        return Isolation.KEEP_ID, f"its folders belong to the login user, who is {given[0]} inside"
    reason = keeps.reason if given and keeps else "it writes to volumes or folders; root inside is the login user"
    return Isolation.NONE, reason


def _other_policies(chooser: _Chooser, name: str) -> str:
    """The volume that is shared with a service that cannot have ``userns``, or is to have something else."""
    for mount in chooser.index.project.services[name].volumes:
        for other in chooser.others[mount.source] if mount.type == "volume" and mount.source else ():
            if other != name:
                return f"it shares the volume {mount.source} with {other}, which has another policy"
    return ""


def _crowded(index: Index, options: Options) -> str:
    """Why there are no ids for ranges of their own beside ``keep-id``; empty where there are, or may be."""
    if (count := subordinate_ids(options)) is not None:
        if count < 2 * WHOLE_RANGE:
            return (
                f"the login user has {count} subordinate ids, which one container with keep-id uses up"
                " (for more, as root: usermod --add-subuids 1000000-1999999 --add-subgids 1000000-1999999 NAME)"
            )
        return ""
    services = index.project.services
    keep = [n for n in services if evidence.numeric_user(services[n]) or evidence.identity_of_image(services[n])]
    if any(next(evidence.writable_paths(index, n), None) for n in keep):
        return f"{keep[0]} has keep-id, which uses up the ids of a login user with the usual number of them"
    return ""


def has_ranges(options: Options) -> bool | None:
    """Whether the host has ranges of ids for containers of the system; None where that is not known."""
    host = options.host
    if host is None or host.containers_user is None:
        return None
    return host.containers_user and bool(host.subuids.get("containers"))


def subordinate_ids(options: Options) -> int | None:
    """How many subordinate ids the login user of the host has; None where that is not known."""
    if options.host is None or options.host.login is None:
        return None
    login = options.host.login
    ranges: tuple[tuple[int, int], ...] = options.host.subuids.get(login.name, ())
    return sum(count for _first, count in ranges)


def forbidden(index: Index, name: str, policy: Isolation, options: Options) -> Iterator[Finding]:
    """What speaks against a policy for a service."""
    match policy:
        case Isolation.DYNAMIC_USER:
            yield from _against_dynamic_user(index, name, options.scope)
        case Isolation.KEEP_ID:
            yield from _against_keep_id(index, name, options.scope)
        case Isolation.USERNS:
            yield from _against_userns(index, name, options.scope)
        case Isolation.AUTO | Isolation.NONE:
            return
        case _:
            assert_never(policy)


def _against_dynamic_user(index: Index, name: str, scope: Scope) -> Iterator[Finding]:
    service = index.project.services[name]
    if scope is Scope.USER:
        yield Finding((), "systemd allocates users in system scope only", firm=True)
        return
    if evidence.identity_of_image(service):
        yield Finding(("environment", "PUID"), "its image starts as root, and takes its user from PUID", firm=True)
    yield from evidence.shared_volumes(index, name)
    for host in evidence.writable_paths(index, name):
        yield Finding(host.below, f"it may write to {host.source}, which belongs to somebody else", firm=True)
    yield from (f for f in evidence.host_paths(index, name) if f.firm)
    yield from evidence.rights(service)


def _against_keep_id(index: Index, name: str, scope: Scope) -> Iterator[Finding]:
    service = index.project.services[name]
    if scope is Scope.SYSTEM:
        yield Finding((), "there is no login user in system scope", firm=True)
        return
    if service.user and evidence.numeric_user(service) is None:
        problem = f"user {service.user} has no number, or is root, who is the login user anyway"
        yield Finding(("user",), problem, firm=True)
    yield from (replace(f, firm=False) for f in evidence.shared_volumes(index, name))


def _against_userns(index: Index, name: str, scope: Scope) -> Iterator[Finding]:
    service = index.project.services[name]
    yield from evidence.rights(service)
    yield from evidence.namespaces(service)
    yield from evidence.host_paths(index, name)
    if scope is Scope.USER:
        yield from evidence.private_files(index, name)
        yield from evidence.shared_volumes(index, name)
        for host in evidence.writable_paths(index, name):
            yield Finding(host.below, f"{host.source} belongs to the login user, who is not mapped", firm=True)


def _made(index: Index, name: str, policy: Isolation, reason: str, options: Options) -> Identity:
    """The identity of a service with a policy that is decided."""
    service, unit, taken = index.project.services[name], index.units[name][0], index.taken
    match policy:
        case Isolation.DYNAMIC_USER:
            companion = UnitName(f"{unit.stem}-user", "service")
            if companion.service in taken:
                companion = UnitName(f"{unit.stem}-dynamic-user", "service")
            return Identity(policy, reason, user=user_name(unit.stem), companion=companion, volume_option="U")
        case Isolation.USERNS:
            if options.scope is Scope.SYSTEM:
                return Identity(policy, reason, userns=_range(service), bind_option="idmap", volume_option="idmap")
            return Identity(policy, reason, userns=_range(service), volume_option="U")
        case Isolation.KEEP_ID:
            given = evidence.numeric_user(service)
            image = None if given else evidence.identity_of_image(service)
            numbers = given or image
            limits = [f"uid={numbers[0]}", f"gid={numbers[1]}"] if numbers else []
            # Without a size, it would leave no ids to those that get a range of their own.
            limits += [f"size={WHOLE_RANGE}"] if (subordinate_ids(options) or 0) >= 2 * WHOLE_RANGE else []
            userns = ":".join(filter(None, ("keep-id", ",".join(limits))))
            # Such an image starts as root, and becomes PUID by itself.
            root = "0" if image else ""
            return Identity(policy, reason, user=root, group=root, userns=userns)
        case Isolation.AUTO | Isolation.NONE:
            return Identity(Isolation.NONE, reason)
        case _:
            assert_never(policy)


def _range(service: Service) -> str:
    """A range that has room for the ids that the service is known to use; Podman sees those of ``user`` itself."""
    image = evidence.identity_of_image(service)
    return f"auto:size={WHOLE_RANGE}" if image and int(max(image, key=int)) >= USUAL_RANGE else "auto"


def user_name(stem: str) -> str:
    """The name of a dynamic user: ``c2q-`` and the unit's, cut short with a hash where it would be too long."""
    name = "c2q-" + re.sub(r"[^a-zA-Z0-9_-]", "-", stem)
    if len(name) <= MAX_USER_NAME and name == f"c2q-{stem}":
        return name
    digest = hashlib.sha256(stem.encode()).hexdigest()[:6]
    return f"{name[: MAX_USER_NAME - 7]}-{digest}"
