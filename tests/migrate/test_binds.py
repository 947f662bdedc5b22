"""Owners of bind mounts come back, whatever an image did with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compose2quadlet.host.migrate.steps.binds import _put_back

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="owners need root")


def test_files_and_directories(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    os.chown(file, 1234, 1234)
    assert _put_back(str(file), 1500, 1600, 0o4750)
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (1500, 1600, 0o4750)
    assert not _put_back(str(file), 1500, 1600, 0o4750)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_text("x")
    link.symlink_to(other)
    assert _put_back(str(link), 1500, 1500, 0o777)
    assert (link.lstat().st_uid, other.stat().st_uid) == (1500, 0)


def test_what_is_gone_stays_so(tmp_path: Path) -> None:
    assert not _put_back(str(tmp_path / "gone"), 0, 0, 0o644)
