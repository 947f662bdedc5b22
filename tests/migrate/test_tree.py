"""Manifests: what is in them, and what a comparison finds."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from compose2quadlet.host.migrate.trees import compared, read_manifest, scan, totals, write_manifest
from compose2quadlet.migrate.idmap import IDENTITY, Extent, IdMap
from compose2quadlet.migrate.tree import CAPABILITY, Entry, differences, mapped_xattr, parsed
from tests.migrate import odd

BASE = Entry("a", "f", 999, 998, 0o640, 12345, size=70_000, space=71_000, hash="aa", xattrs={"user.x": "00ff"})
SHIFTED = IdMap((Extent(0, 1500, 1), Extent(1, 100000, 65536)), (Extent(0, 1600, 1), Extent(1, 200000, 65536)))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"kind": "l"}, "kind"),
        ({"uid": 1}, "uid"),
        ({"gid": 1}, "gid"),
        ({"mode": 0o4640}, "mode"),
        ({"mtime": 12346}, "mtime"),
        ({"size": 1}, "size"),
        ({"hash": "ab"}, "hash"),
        ({"target": "b"}, "target"),
        ({"device": 259}, "device"),
        ({"first": "b"}, "first"),
        ({"xattrs": {}}, "user.x"),
        ({"xattrs": {"user.x": "00ff", "user.y": ""}}, "user.y"),
    ],
)
def test_each_attribute_counts(change: dict[str, object], what: str) -> None:
    assert [d.what for d in differences([BASE], [replace(BASE, **change)], IDENTITY)] == [what]  # type: ignore[arg-type]


def test_equal_ones_differ_in_nothing() -> None:
    labelled = replace(BASE, xattrs={**BASE.xattrs, "security.selinux": "41"}, space=72_000)
    assert list(differences([BASE], [labelled], IDENTITY)) == []
    assert parsed(BASE.line()) == BASE


def test_holes_that_are_lost() -> None:
    sparse = replace(BASE, size=64 * 2**20, space=8192)
    found = list(differences([sparse], [replace(sparse, space=64 * 2**20)], IDENTITY))
    assert [d.what for d in found] == ["space on the disk"]
    assert list(differences([sparse], [replace(sparse, space=16384)], IDENTITY)) == []


def test_files_that_come_and_go() -> None:
    names = [b"", b"a", b"a/z", b"a-b", b"b\xff"]
    ours = [replace(BASE, path=os.fsdecode(name)) for name in names]
    for gone in range(len(names)):
        rest = ours[:gone] + ours[gone + 1 :]
        assert [(d.path, d.what) for d in differences(ours, rest, IDENTITY)] == [(ours[gone].path, "missing")]
        assert [(d.path, d.what) for d in differences(rest, ours, IDENTITY)] == [(ours[gone].path, "extra")]


def test_owners_are_compared_through_the_map() -> None:
    copy = replace(BASE, uid=100998, gid=200997)
    assert list(differences([BASE], [copy], SHIFTED)) == []
    assert [d.what for d in differences([BASE], [BASE], SHIFTED)] == ["uid", "gid"]
    assert [d.what for d in differences([replace(BASE, uid=70000)], [copy], SHIFTED)] == ["owner"]


def test_lists_and_capabilities_are_mapped() -> None:
    wanted = odd.acl((1, 6, odd.NOBODY), (2, 4, 101233), (4, 4, odd.NOBODY), (8, 6, 200997), (16, 6, odd.NOBODY))
    given = odd.acl((1, 6, odd.NOBODY), (2, 4, 1234), (4, 4, odd.NOBODY), (8, 6, 998), (16, 6, odd.NOBODY))
    assert mapped_xattr("system.posix_acl_access", given, SHIFTED) == wanted
    assert mapped_xattr("system.posix_acl_access", given, IDENTITY) == given
    revision_3 = mapped_xattr(CAPABILITY, odd.BIND_SERVICE, SHIFTED)
    assert revision_3[:4] == b"\x01\x00\x00\x03"
    assert revision_3[4:20] == odd.BIND_SERVICE[4:]
    assert int.from_bytes(revision_3[20:], "little") == 1500
    with pytest.raises(LookupError, match="user 70000"):
        mapped_xattr("system.posix_acl_access", odd.acl((2, 4, 70000)), SHIFTED)


def test_a_tree_of_the_user(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub/one").write_bytes(b"1" * 5000)
    (tree / os.fsdecode(b"\xe9")).write_text("x")
    os.link(tree / "sub/one", tree / "two")
    os.symlink("two", tree / "link")
    entries = list(scan(str(tree)))
    assert [(e.path, e.kind, e.first) for e in entries] == [
        ("", "d", ""),
        ("link", "l", ""),
        ("sub", "d", ""),
        ("sub/one", "f", "sub/one"),
        ("two", "f", "sub/one"),
        (os.fsdecode(b"\xe9"), "f", ""),
    ]
    assert {e.path: e.target for e in entries if e.target} == {"link": "two"}
    sums = write_manifest(str(tree), tmp_path / "m")
    assert (tmp_path / "m").stat().st_mode & 0o777 == 0o600
    assert list(read_manifest(tmp_path / "m")) == entries
    assert (sums.files, sums.size) == (6, 5000 + 1 + len("two"))
    assert totals(str(tree)) == sums
    assert sums.guards == ["link", "sub", "two"]
    assert compared(tmp_path / "m", str(tree)) == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "a").write_text("2"),
        lambda tree: (tree / "a").chmod(0o600),
        lambda tree: os.utime(tree / "a", ns=(0, 1)),
        lambda tree: (tree / "a").unlink(),
        lambda tree: (tree / "b").mkdir(),
        lambda tree: os.utime(tree, ns=(0, 1)),
    ],
)
def test_a_change_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").write_text("1")
    write_manifest(str(tree), tmp_path / "m")
    change(tree)
    count, found = compared(tmp_path / "m", str(tree))
    assert count == len(found) >= 1


def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    os.utime(tmp_path / "a", ns=(5, 7))
    list(scan(str(tmp_path)))
    assert (tmp_path / "a").stat().st_atime_ns == 5


def test_progress_counts_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1" * 3_000_000)
    told: list[int] = []
    list(scan(str(tmp_path), told.append))
    assert sum(told) == 3_000_000
