"""What makes a policy of isolation impossible for a service, or speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from compose2quadlet.diagnostics import NAME, told
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.index import Index
from compose2quadlet.planner.isolation import evidence, users
from compose2quadlet.planner.isolation.evidence import Finding


def forbidden(index: Index, name: str, policy: Isolation, options: Options) -> Iterator[Finding]:
    """The reasons against a policy for a service."""
    match policy:
        case Isolation.DYNAMIC_USER:
            yield from _against_dynamic_user(index, name, options)
        case Isolation.KEEP_ID:
            yield from _against_keep_id(index, name, options.scope)
        case Isolation.USERNS:
            yield from _against_userns(index, name, options)
        case Isolation.AUTO | Isolation.NONE:
            return
        case _:
            assert_never(policy)


def _against_dynamic_user(index: Index, name: str, options: Options) -> Iterator[Finding]:
    service = index.project.services[name]
    if options.scope is Scope.USER:
        yield Finding((), "systemd allocates dynamic users only in system scope", firm=True)
        return
    if image := users.of_image(service):
        reason = f"its image starts as root, and takes its user from {image.variable}"
        yield Finding(("environment", image.variable), reason, firm=image.sure)
    yield from evidence.shared_volumes(index, name)
    for host in evidence.writable_paths(index, name):
        yield Finding(host.below, f"it may write to {host.shown}, which belongs to somebody else", firm=True)
    yield from (f for f in evidence.host_paths(index, name) if f.firm)
    yield from evidence.rights(service)
    yield from evidence.private_files(index, name, options.readable)


def _against_keep_id(index: Index, name: str, scope: Scope) -> Iterator[Finding]:
    service = index.project.services[name]
    if scope is Scope.SYSTEM:
        yield Finding((), "system scope has no login user", firm=True)
        return
    if service.user and users.written(service) is None:
        who = told(service.user, NAME, "of that name")
        problem = f"user {who} has no number, or is root, who is the login user anyway"
        yield Finding(("user",), problem, firm=True)
    elif not service.user and users.of_image(service) is None:
        problem = "its image may have a user of its own, and nothing says which; write its number into 'user:'"
        yield Finding((), problem, firm=True)
    yield from (replace(f, firm=False) for f in evidence.shared_volumes(index, name))


def _against_userns(index: Index, name: str, options: Options) -> Iterator[Finding]:
    service = index.project.services[name]
    yield from evidence.rights(service)
    yield from evidence.namespaces(index, name)
    yield from evidence.host_paths(index, name)
    if options.scope is Scope.SYSTEM:
        yield from evidence.unknown_disks(index, name)
    else:
        yield from evidence.private_files(index, name, options.readable)
        yield from evidence.shared_volumes(index, name)
        for host in evidence.writable_paths(index, name):
            yield Finding(host.below, f"{host.shown} belongs to the login user, who is not mapped", firm=True)
