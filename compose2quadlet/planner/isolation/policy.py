"""Decides which user a service runs as. Isolation policies are decided here, for each service, and nowhere else.

What works, and in which scope, was measured with systemd 257 and 262 and Podman 5.4 and 5.8: ``DynamicUser=`` in a
companion unit whose user the container runs as; ``UserNS=auto`` with IDs that are mapped on disk (``idmap``, root
only) or changed there (``U``); ``keep-id``, which uses up all subordinate IDs of the login user unless it has a size.
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
from compose2quadlet.planner.settings import settings
from compose2quadlet.planner.units import UnitName

MAX_USER_NAME = 31
"""The longest user name that systemd accepts. Source: systemd's "User/Group Name Syntax"."""

USUAL_RANGE = 1024
"""How many IDs ``UserNS=auto`` gives at least. Source: podman-run(1)."""

NO_RANGES = "the host has no subordinate IDs for it"

WHOLE_RANGE = 65536
"""How many IDs an image may use."""


@dataclass(frozen=True, slots=True)
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
    """The identity of each service. Logs every decision that was not the caller's, and an error for each policy
    that a service cannot use."""
    found: dict[str, Identity] = {}
    project = index.project
    wanted = {name: _wanted(project, name, options, log) for name in project.services}
    chooser = _chooser(index, wanted, options)
    for name, service in project.services.items():
        policy, unit = wanted[name], index.units[name][0]
        if service.userns_mode:
            found[name] = Identity(Isolation.NONE, "the compose file sets userns_mode", userns=service.userns_mode)
        elif policy is Isolation.AUTO:
            found[name] = _made(service, unit, *_chosen(chooser, name), options)
        else:
            found[name] = _made(service, unit, policy, "as you chose", options)
            for finding in forbidden(index, name, policy, options):
                if finding.firm:
                    path = ("services", name, *finding.below)
                    hint = "Choose another policy for it, with --isolation SERVICE=POLICY or x-quadlet: {isolation: …}."
                    log.error("isolation-impossible", f"'{name}' cannot use {policy}: {finding.reason}", hint, path)
        if policy is not Isolation.NONE:
            log.note("isolation", _message(name, found[name]), "", ("services", name))
    return found


def _message(name: str, identity: Identity) -> str:
    """What a note says about an identity; ``userns_mode`` may isolate a service without a policy."""
    if identity.policy is not Isolation.NONE:
        return f"'{name}' runs with {identity.policy}: {identity.reason}"
    verb = "has no isolation policy" if identity.userns else "is not isolated"
    return f"'{name}' {verb}: {identity.reason}"


def _wanted(project: Project, name: str, options: Options, log: Log) -> Isolation:
    """The policy that was chosen: on the command line for this service, in the compose file, or for all services."""
    written = settings(project.services[name]).isolation
    if written is not None and written not in [i.value for i in Isolation]:
        path = ("services", name, "x-quadlet", "isolation")
        hint = f"Write one of {', '.join(i.value for i in Isolation)}."
        log.error("bad-value", f"{'.'.join(path)}: unknown isolation policy {written!r}", hint, path)
        written = None
    if name in options.isolations:
        return options.isolations[name]
    return Isolation(written) if written else options.isolation


@dataclass(frozen=True, slots=True)
class _Chooser:
    """What ``auto`` considers: what prevents ``userns`` for each service, the services of each volume that cannot
    use it or have another policy, and why there are no ranges beside ``keep-id``."""

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
            return Isolation.DYNAMIC_USER, f"`user: {service.user}` is not root, and it shares nothing"
        if has_ranges(options) is False:
            return Isolation.NONE, NO_RANGES
        return Isolation.USERNS, "it uses nothing that needs the host's own IDs"
    if not evidence.writes(index, name):
        if against:
            return Isolation.NONE, against.reason
        if chooser.crowded:
            return Isolation.NONE, chooser.crowded
        return Isolation.USERNS, "it writes to no volumes or bind mounts"
    given = numbers or evidence.identity_of_image(service)
    keeps = next(forbidden(index, name, Isolation.KEEP_ID, options), None)
    if given and keeps is None and next(evidence.writable_paths(index, name), None):
        return Isolation.KEEP_ID, f"its bind mounts belong to your login user, who is user {given[0]} in the container"
    reason = (
        keeps.reason
        if given and keeps
        else "it writes to volumes or bind mounts. Root in the container is your login user."
    )
    return Isolation.NONE, reason


def _other_policies(chooser: _Chooser, name: str) -> str:
    """The reason if a volume is shared with a service that cannot use ``userns``, or has another policy."""
    for mount in chooser.index.project.services[name].volumes:
        for other in chooser.others[mount.source] if mount.type == "volume" and mount.source else ():
            if other != name:
                return f"it shares the volume {mount.source} with {other}, which has another policy"
    return ""


def _crowded(index: Index, options: Options) -> str:
    """Why the IDs do not suffice for ``userns`` beside ``keep-id``; empty if they do, or may."""
    if (count := subordinate_ids(options)) is not None:
        if count < 2 * WHOLE_RANGE:
            return (
                f"the login user has {count} subordinate IDs, which one container with keep-id uses up"
                " (to add more, as root: usermod --add-subuids 1000000-1999999 --add-subgids 1000000-1999999 NAME)"
            )
        return ""
    services = index.project.services
    keep = [n for n in services if evidence.numeric_user(services[n]) or evidence.identity_of_image(services[n])]
    if any(next(evidence.writable_paths(index, n), None) for n in keep):
        return f"{keep[0]} uses keep-id, which usually takes all subordinate IDs of the login user"
    return ""


def has_ranges(options: Options) -> bool | None:
    """Whether the host has subordinate IDs for containers of the system; None if unknown."""
    host = options.host
    if host is None or host.containers_user is None:
        return None
    return host.containers_user and bool(host.subuids.get("containers"))


def subordinate_ids(options: Options) -> int | None:
    """How many subordinate IDs the login user has; None if unknown."""
    if options.host is None or options.host.login is None:
        return None
    login = options.host.login
    ranges: tuple[tuple[int, int], ...] = options.host.subuids.get(login.name, ())
    return sum(count for _first, count in ranges)


def forbidden(index: Index, name: str, policy: Isolation, options: Options) -> Iterator[Finding]:
    """The reasons against a policy for a service."""
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
        yield Finding((), "systemd allocates dynamic users only in system scope", firm=True)
        return
    if evidence.identity_of_image(service):
        yield Finding(
            ("environment", "PUID"), "its image starts as root, and then switches to the user in PUID", firm=True
        )
    yield from evidence.shared_volumes(index, name)
    for host in evidence.writable_paths(index, name):
        yield Finding(host.below, f"it may write to {host.source}, which belongs to another user", firm=True)
    yield from (f for f in evidence.host_paths(index, name) if f.firm)
    yield from evidence.rights(service)


def _against_keep_id(index: Index, name: str, scope: Scope) -> Iterator[Finding]:
    service = index.project.services[name]
    if scope is Scope.SYSTEM:
        yield Finding((), "system scope has no login user", firm=True)
        return
    if service.user and evidence.numeric_user(service) is None:
        problem = f"`user: {service.user}` is root, which is the login user anyway, or not a number"
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


def _made(service: Service, unit: UnitName, policy: Isolation, reason: str, options: Options) -> Identity:
    """The identity of a service whose policy is decided."""
    match policy:
        case Isolation.DYNAMIC_USER:
            companion = UnitName(f"{unit.stem}-user", "service")
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
            # Without a size, it would leave no IDs for containers with userns.
            limits += [f"size={WHOLE_RANGE}"] if (subordinate_ids(options) or 0) >= 2 * WHOLE_RANGE else []
            userns = ":".join(filter(None, ("keep-id", ",".join(limits))))
            # Such an image starts as root, and switches to PUID by itself.
            root = "0" if image else ""
            return Identity(policy, reason, user=root, group=root, userns=userns)
        case Isolation.AUTO | Isolation.NONE:
            return Identity(Isolation.NONE, reason)
        case _:
            assert_never(policy)


def _range(service: Service) -> str:
    """A range that is large enough for the IDs that the service is known to use; Podman adds those of ``user``."""
    image = evidence.identity_of_image(service)
    return f"auto:size={WHOLE_RANGE}" if image and int(max(image, key=int)) >= USUAL_RANGE else "auto"


def user_name(stem: str) -> str:
    """The name of a dynamic user: ``c2q-`` and the unit name, shortened with a hash if it would be too long."""
    name = "c2q-" + re.sub(r"[^a-zA-Z0-9_-]", "-", stem)
    if len(name) <= MAX_USER_NAME and name == f"c2q-{stem}":
        return name
    digest = hashlib.sha256(stem.encode()).hexdigest()[:6]
    return f"{name[: MAX_USER_NAME - 7]}-{digest}"
