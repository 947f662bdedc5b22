"""The manifest of a tree of files: all that a copy can lose, and how a copy with other owners is compared with it.

A manifest is a stream of entries in one order, one JSON line each, so that trees of any size are compared without being
held in memory. Source of what tools lose: measured with cp, rsync, tar and podman volume import.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from compose2quadlet.frozen import frozen
from compose2quadlet.migrate.idmap import IdMap

ACLS = ("system.posix_acl_access", "system.posix_acl_default")
ACL_HEAD, ACL_ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
ACL_USER, ACL_GROUP = 0x02, 0x08
"""An access control list as an extended attribute. Source: linux/posix_acl_xattr.h."""

CAPABILITY = "security.capability"
CAPABILITY_REVISION, CAPABILITY_2, CAPABILITY_3 = 0xFF000000, 0x02000000, 0x03000000
CAPABILITY_SIZE = 20
"""The capabilities of a file; those of revision 3 end with the root of their user namespace. Source:
linux/capability.h."""

LABEL = "security.selinux"
"""Not compared: a copy has the label of its place."""

PLAIN, GUARDS = re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*"), 12
"""Names that need no quotes, and how many are kept of a tree."""

SLACK = 128 * 1024
"""How many more bytes a file may take on another file system before its holes count as lost."""


@frozen()
class Entry:
    """One file. ``path`` is relative, with bytes that are not UTF-8 as surrogates; that of the root is empty.

    ``kind`` is d, f, l, p (fifo), s (socket), c or b. ``size`` is in bytes, that of directories is 0; ``space`` is what
    it takes on the disk. ``hash`` is BLAKE2b of the content, ``target`` where a symbolic link points, ``device`` the
    number of a device node. ``first`` is the first path of a file with several hard links. ``xattrs`` has the values of
    extended attributes as hexadecimal digits.
    """

    path: str
    kind: str
    uid: int
    gid: int
    mode: int
    mtime: int
    size: int = 0
    space: int = 0
    hash: str = ""
    target: str = ""
    device: int = 0
    first: str = ""
    xattrs: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """The entry as a line of a manifest."""
        return json.dumps([getattr(self, name) for name in FIELDS], separators=(",", ":")) + "\n"


FIELDS = tuple(f.name for f in fields(Entry))


def parsed(line: str) -> Entry:
    """The entry of a line. Raises ValueError and TypeError for another line."""
    return Entry(*json.loads(line))


@dataclass(slots=True)
class Totals:
    """The sums over a tree. ``files`` counts all entries, ``size`` and ``space`` are in bytes; ``users`` and ``groups``
    are all owners, those of access control lists too. ``guards`` are names at the top that a guard can look for."""

    files: int = 0
    size: int = 0
    space: int = 0
    users: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    guards: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.files += 1
        if not entry.first or entry.first == entry.path:
            self.size, self.space = self.size + entry.size, self.space + entry.space
        users, groups = acl_ids(entry)
        self.users.update((entry.uid, *users))
        self.groups.update((entry.gid, *groups))
        if len(self.guards) < GUARDS and PLAIN.fullmatch(entry.path):
            self.guards.append(entry.path)


@frozen()
class Difference:
    """What of a file is not as it should be: ``what`` is ``missing``, ``extra``, or the name of an attribute."""

    path: str
    what: str
    wanted: str = ""
    found: str = ""

    def __str__(self) -> str:
        where = repr(self.path or ".")
        if self.what in ("missing", "extra"):
            return f"{where} is {self.what}"
        return f"{where}: {self.what} is {self.found or 'nothing'}, and should be {self.wanted or 'nothing'}"


def acl_ids(entry: Entry) -> tuple[list[int], list[int]]:
    """The users and groups in the access control lists of a file."""
    ids: dict[int, list[int]] = {ACL_USER: [], ACL_GROUP: []}
    for name in ACLS:
        for tag, _, number in _acl_entries(bytes.fromhex(entry.xattrs.get(name, ""))):
            if tag in ids:
                ids[tag].append(number)
    return ids[ACL_USER], ids[ACL_GROUP]


def _acl_entries(value: bytes) -> list[tuple[int, int, int]]:
    return list(ACL_ENTRY.iter_unpack(value[ACL_HEAD.size :])) if value else []


def mapped_xattr(name: str, value: bytes, ids: IdMap) -> bytes:
    """An extended attribute as the kernel writes it through a mount with this map. Raises LookupError for an ID outside
    of the map."""
    if ids.identity:
        return value
    if name in ACLS:
        head = value[: ACL_HEAD.size]
        return head + b"".join(ACL_ENTRY.pack(tag, rights, _id(tag, n, ids)) for tag, rights, n in _acl_entries(value))
    if name == CAPABILITY and len(value) >= CAPABILITY_SIZE:
        magic = int.from_bytes(value[:4], "little")
        revision = magic & CAPABILITY_REVISION
        root = int.from_bytes(value[CAPABILITY_SIZE : CAPABILITY_SIZE + 4], "little") if revision == CAPABILITY_3 else 0
        owner = ids.user(root)
        if owner is None:
            raise LookupError(f"user {root}")
        magic = magic & ~CAPABILITY_REVISION | CAPABILITY_3
        return magic.to_bytes(4, "little") + value[4:CAPABILITY_SIZE] + owner.to_bytes(4, "little")
    return value


def _id(tag: int, number: int, ids: IdMap) -> int:
    if tag not in (ACL_USER, ACL_GROUP):
        return number
    found = ids.user(number) if tag == ACL_USER else ids.group(number)
    if found is None:
        raise LookupError(f"{'user' if tag == ACL_USER else 'group'} {number}")
    return found


def mapped(entry: Entry, ids: IdMap) -> Entry:
    """The entry as it should be on the other side of a map. Raises LookupError for an ID outside of it."""
    uid, gid = ids.user(entry.uid), ids.group(entry.gid)
    if uid is None or gid is None:
        raise LookupError(f"user {entry.uid}" if uid is None else f"group {entry.gid}")
    if not entry.xattrs:
        return replace(entry, uid=uid, gid=gid)
    xattrs = {name: mapped_xattr(name, bytes.fromhex(value), ids).hex() for name, value in entry.xattrs.items()}
    return replace(entry, uid=uid, gid=gid, xattrs=xattrs)


def differences(source: Iterable[Entry], copy: Iterable[Entry], ids: IdMap) -> Iterator[Difference]:
    """What of a copy is not as the source has it, seen through a map. Both are in the order of ``key``."""
    ours, theirs = iter(source), iter(copy)
    left, right = next(ours, None), next(theirs, None)
    while left or right:
        if right is None or (left and key(left) < key(right)):
            assert left
            yield Difference(left.path, "missing")
            left = next(ours, None)
        elif left is None or key(right) < key(left):
            yield Difference(right.path, "extra")
            right = next(theirs, None)
        else:
            yield from _compared(left, right, ids)
            left, right = next(ours, None), next(theirs, None)


def key(entry: Entry) -> list[bytes]:
    """The order of a manifest: a directory before what is in it, and names by their bytes."""
    return entry.path.encode(errors="surrogateescape").split(b"/") if entry.path else []


def _compared(source: Entry, copy: Entry, ids: IdMap) -> Iterator[Difference]:
    try:
        wanted = mapped(source, ids)
    except LookupError as e:
        yield Difference(source.path, "owner", f"one of the map, which does not have {e.args[0]}", str(copy.uid))
        return
    for name in ("kind", "uid", "gid", "mode", "mtime", "size", "hash", "target", "device", "first"):
        here, there = getattr(wanted, name), getattr(copy, name)
        if here != there:
            yield Difference(source.path, name, _shown(name, here), _shown(name, there))
    for name in sorted({*wanted.xattrs, *copy.xattrs} - {LABEL}):
        if wanted.xattrs.get(name) != copy.xattrs.get(name):
            yield Difference(source.path, name, wanted.xattrs.get(name, ""), copy.xattrs.get(name, ""))
    holes = source.kind == "f" and source.space < source.size
    if holes and copy.space > source.space + SLACK and copy.size == source.size:
        yield Difference(source.path, "space on the disk", f"{source.space} bytes, with its holes", str(copy.space))


def _shown(name: str, value: int | str) -> str:
    return f"{value:04o}" if name == "mode" and isinstance(value, int) else str(value)
