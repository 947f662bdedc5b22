"""Owners of files: which ID on the disk a file gets that has a given ID inside a container.

A map says for ranges of IDs inside what they are on the disk, as ``/proc/PID/uid_map`` does (user_namespaces(7)). The
data of Docker has the IDs of the inside, since Docker without userns-remap maps nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from compose2quadlet.frozen import frozen
from compose2quadlet.options import Isolation, Scope

Ranges = Sequence[tuple[int, int]]
"""Subordinate IDs: the first one, and how many. Source: subuid(5)."""

ALL = 2**32 - 1
"""How many IDs there are; the last number means "no ID"."""

KEEP_ID = re.compile(r"keep-id(?::(.*))?")


@frozen()
class Extent:
    """``count`` IDs from ``inside`` on, which are those from ``disk`` on."""

    inside: int
    disk: int
    count: int


@frozen()
class IdMap:
    """The extents of users and of groups."""

    users: tuple[Extent, ...] = (Extent(0, 0, ALL),)
    groups: tuple[Extent, ...] = (Extent(0, 0, ALL),)

    @property
    def identity(self) -> bool:
        """Whether all IDs stay as they are."""
        return all(e.inside == e.disk and e.count == ALL for e in (*self.users, *self.groups))

    def user(self, inside: int) -> int | None:
        """The user on the disk; None for one outside of the map."""
        return _mapped(self.users, inside)

    def group(self, inside: int) -> int | None:
        """The group on the disk; None for one outside of the map."""
        return _mapped(self.groups, inside)

    def user_inside(self, disk: int) -> int | None:
        """The user inside the container; None for one that is nobody there."""
        return _inverse(self.users, disk)

    def group_inside(self, disk: int) -> int | None:
        """The group inside the container; None for one that is nobody there."""
        return _inverse(self.groups, disk)

    def outside(self, users: Iterable[int], groups: Iterable[int]) -> list[str]:
        """The IDs that the map does not have, in words: ``user 70000``."""
        found = [f"user {n}" for n in sorted(set(users)) if self.user(n) is None]
        return found + [f"group {n}" for n in sorted(set(groups)) if self.group(n) is None]

    def mount_option(self) -> str:
        """The value of ``X-mount.idmap=``, in which a range is DISK:SEEN:COUNT. Source: mount(8)."""
        kinds = (("u", self.users), ("g", self.groups))
        return " ".join(f"{kind}:{e.disk}:{e.inside}:{e.count}" for kind, extents in kinds for e in extents)


IDENTITY = IdMap()
"""The map of the system's service manager: Docker's numbers stay, and Podman's ``idmap`` option does the rest."""


@frozen()
class Subordinate:
    """A login user, with the subordinate IDs that rootless containers use."""

    uid: int
    gid: int
    subuids: Ranges
    subgids: Ranges


def of_policy(scope: Scope, policy: Isolation, userns: str, login: Subordinate | None) -> IdMap:
    """The map of a service's data, by its isolation policy and the value of ``UserNS=``.

    In user scope ``login`` is the user whose service manager runs it. A ``UserNS=auto`` with the option ``U`` gets the
    data as the user's own, since Podman changes its owners at the start.
    """
    if scope is Scope.SYSTEM:
        return IDENTITY
    assert login is not None, "user scope has a login user"
    if policy is Isolation.KEEP_ID or KEEP_ID.fullmatch(userns):
        uid, gid, size = keep_id(userns, login)
        return IdMap(kept(login.uid, uid, login.subuids, size), kept(login.gid, gid, login.subgids, size))
    return IdMap(kept(login.uid, 0, login.subuids), kept(login.gid, 0, login.subgids))


def keep_id(userns: str, login: Subordinate) -> tuple[int, int, int | None]:
    """The user and the group inside that are the login user's own, and the size of the map, if it has one. Without
    ``uid=`` and ``gid=`` they have the same numbers inside. Source: podman-run(1), ``--userns=keep-id``."""
    found = KEEP_ID.fullmatch(userns)
    options = dict(word.split("=", 1) for word in (found[1] or "").split(",") if "=" in word) if found else {}
    size = options.get("size", "")
    return (
        int(options.get("uid", login.uid)),
        int(options.get("gid", login.gid)),
        int(size) if size.isdecimal() else None,
    )


def kept(own: int, inside: int, ranges: Ranges, size: int | None = None) -> tuple[Extent, ...]:
    """The extents if the number ``inside`` is the login user's ``own``, and all others are subordinate IDs, in order.

    With 0 for ``inside`` it is Podman's default in user scope. ``size`` limits how many IDs there are inside.
    """
    extents, at = [], 0
    left = size
    own_done = False
    for first, count in ranges:
        while count and left != 0:
            if at == inside and not own_done:
                extents.append(Extent(at, own, 1))
                at, own_done, left = at + 1, True, left - 1 if left else left
                continue
            some = count if own_done else min(count, inside - at)
            some = min(some, left) if left is not None else some
            extents.append(Extent(at, first, some))
            at, first, count = at + some, first + some, count - some
            left = left - some if left is not None else None
    if not own_done:
        extents.append(Extent(inside, own, 1))
    return tuple(extents)


def _mapped(extents: Iterable[Extent], number: int) -> int | None:
    return next((e.disk + number - e.inside for e in extents if e.inside <= number < e.inside + e.count), None)


def _inverse(extents: Iterable[Extent], number: int) -> int | None:
    return next((e.inside + number - e.disk for e in extents if e.disk <= number < e.disk + e.count), None)
