"""How many subordinate IDs there are, and how many the user namespaces of containers take of them.

Measured with Podman 5.4 and 5.8: ``auto`` gives each container IDs that no other one has, and what does not fit fails
with "not enough unused IDs in user namespace". ``keep-id`` starts whoever else has the IDs, and leaves those that start
later none, unless it has a size.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from compose2quadlet.facts import Facts
from compose2quadlet.options import Options, Scope

USUAL_RANGE = 1024
"""The IDs that ``UserNS=auto`` gives at least. Source: podman-run(1)."""

WHOLE_RANGE = 65536
"""The IDs that an image may use, nobody's among them."""

MORE = "usermod --add-subuids 1000000-1999999 --add-subgids 1000000-1999999 NAME"
"""What gives a login user more IDs."""

SIZE = re.compile(r"[:,]size=([0-9]{1,18})\b")


def available(options: Options) -> int | None:
    """How many subordinate IDs containers of the scope share; None where that is not known."""
    host = options.host
    if host is None:
        return None
    if options.scope is Scope.SYSTEM:
        if host.containers_user is None:
            return None
        return _count(host, ("containers",)) if host.containers_user else 0
    return None if host.login is None else _count(host, (host.login.name, str(host.login.uid)))


def _count(host: Facts, names: Collection[str]) -> int:
    """The IDs that a user has for users and for groups, whichever are fewer. Source: subuid(5)."""
    known = [ids for ids in (host.subuids, host.subgids) if ids]
    return min((sum(n for name in names for _, n in ids.get(name, ())) for ids in known), default=0)


def installed(options: Options) -> dict[str, str]:
    """The ``UserNS=`` of units that the host has in the scope, by the names of their files."""
    return options.host.userns_units.get(options.scope, {}) if options.host else {}


def demand(values: Iterable[str], free: int) -> int:
    """How many of ``free`` IDs containers with these values of ``UserNS=`` take together."""
    apart, shared = 0, 0
    for value in values:
        size = SIZE.search(value)
        if takes_apart(value):
            apart += int(size[1]) if size else USUAL_RANGE
        elif value.startswith("keep-id"):
            shared = max(shared, int(size[1]) if size else free)
    return apart + shared


def takes_apart(value: str) -> bool:
    """Whether a container with this value of ``UserNS=`` gets IDs that no other one has."""
    return value.partition(":")[0] == "auto"
