"""The copy of a volume arrives with all that copies lose, and stops before it does damage."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compose2quadlet.host.migrate import copying
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.host.migrate.trees import compared, scan, write_manifest
from compose2quadlet.migrate.idmap import IDENTITY, IdMap, kept
from tests.migrate import odd

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="owners and mounts need root")
USER = IdMap(kept(1500, 0, [(100000, 65536)]), kept(1500, 0, [(100000, 65536)]))
KEEP = IdMap(kept(1500, 999, [(100000, 65536)]), kept(1500, 999, [(100000, 65536)]))


class Place:
    """A source with the odd tree, and the directory of an empty volume beside it."""

    def __init__(self, root: Path) -> None:
        self.source = root / "docker/data/_data"
        self.volumes = root / "podman/volumes"
        self.path = self.volumes / "data/_data"
        self.manifest, self.mount = root / "manifest", root / "mount"
        self.source.mkdir(parents=True)
        self.path.mkdir(parents=True)

    def copy(self, ids: IdMap, source: str = "") -> Machine:
        machine = Machine()
        copying.claim(str(self.path), "one")
        copying.copy(machine, source or str(self.source), str(self.path), ids, self.manifest, self.mount)
        return machine


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@needs_root
@pytest.mark.parametrize("ids", [IDENTITY, USER, KEEP], ids=["identity", "user", "keep-id"])
def test_everything_arrives(place: Place, ids: IdMap) -> None:
    """Through a mount where the kernel and mount(8) can map owners, and otherwise by changing them afterwards."""
    odd.fill(place.source)
    sums = write_manifest(str(place.source), place.manifest)
    place.copy(ids)
    copying.verify(place.manifest, str(place.path), ids)
    assert os.lstat(place.path / "private").st_uid == ids.user(999)
    assert (place.path / "sparse").stat().st_blocks * 512 < 2**20
    assert sums.files == sum(1 for _ in scan(str(place.path)))
    assert compared(place.manifest, str(place.source)) == (0, [])
    if not ids.identity:
        with pytest.raises(FailedError, match="differs from its source"):
            copying.verify(place.manifest, str(place.path), IDENTITY)


@needs_root
def test_owners_are_changed_where_no_mount_can(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    odd.fill(place.source)
    write_manifest(str(place.source), place.manifest)
    monkeypatch.setattr(copying, "maps_owners", lambda *_: False)
    machine = place.copy(USER)
    copying.verify(place.manifest, str(place.path), USER)
    assert any(line.startswith("# change owners") for line in machine.told)
    assert (place.path / "setuid").stat().st_mode & 0o7777 == 0o4755


@needs_root
def test_a_probe_tells_whether_a_mount_maps_owners(place: Place) -> None:
    """A mount(8) before 2.39 ignores the option: the answer is then no, and not a copy with wrong owners."""
    text = subprocess.run(["mount", "--version"], capture_output=True, text=True, check=True).stdout
    knows = "idmapping" in text
    found = copying.maps_owners(str(place.volumes), USER, place.mount)
    assert found is knows or shutil.which("mount") is None
    assert copying.maps_owners(str(place.volumes), IDENTITY, place.mount)
    assert list(place.volumes.iterdir()) == [place.volumes / "data"]


@needs_root
def test_a_copy_that_was_interrupted_starts_again(place: Place) -> None:
    (place.source / "a").write_text("1")
    write_manifest(str(place.source), place.manifest)
    copying.claim(str(place.path), "one")
    (place.path / "half").mkdir()
    (place.path / "half/file").write_text("2")
    place.copy(IDENTITY)
    copying.verify(place.manifest, str(place.path), IDENTITY)
    assert os.listdir(place.path) == ["a"]


def test_data_of_others_is_never_written_over(place: Place) -> None:
    (place.path / "theirs").write_text("1")
    with pytest.raises(FailedError, match="is not empty"):
        copying.claim(str(place.path), "one")
    with pytest.raises(FailedError, match="is not marked"):
        copying.empty(str(place.path))
    assert (place.path / "theirs").read_text() == "1"


def test_the_copy_of_another_migration_stays(place: Place) -> None:
    copying.claim(str(place.path), "one")
    (place.path / "a").write_text("1")
    with pytest.raises(FailedError, match="another migration, one"):
        copying.claim(str(place.path), "two")
    assert (place.path / "a").exists()
    copying.claim(str(place.path), "one")
    assert not os.listdir(place.path)


@pytest.mark.parametrize("path", ["", "/", "/etc", "{volumes}", "{volumes}/data", "{volumes}/other/_data", "relative"])
def test_a_destination_is_the_directory_of_its_volume(place: Place, path: str) -> None:
    with pytest.raises(FailedError):
        copying.check_destination(path.format(volumes=place.volumes), str(place.volumes), "data")
    copying.check_destination(str(place.path), str(place.volumes), "data")


@pytest.mark.parametrize(("root", "name"), [("", "data"), ("/", "data"), ("{volumes}", ""), ("{volumes}", "../x")])
def test_no_part_of_a_destination_may_be_missing(place: Place, root: str, name: str) -> None:
    with pytest.raises(FailedError):
        copying.check_destination(str(place.path), root.format(volumes=place.volumes), name)


def test_a_link_is_no_destination(place: Place) -> None:
    place.path.rmdir()
    place.path.symlink_to(place.source)
    with pytest.raises(FailedError):
        copying.check_destination(str(place.path), str(place.volumes), "data")


def test_room(place: Place) -> None:
    copying.check_room(str(place.path), 0)
    with pytest.raises(FailedError, match="MiB left"):
        copying.check_room(str(place.path), copying.free(str(place.path)))


@needs_root
def test_an_id_outside_of_the_map_fails(place: Place) -> None:
    (place.source / "a").write_text("1")
    os.chown(place.source / "a", 70000, 70000)
    write_manifest(str(place.source), place.manifest)
    with pytest.raises((FailedError, LookupError)):
        place.copy(USER)
        copying.verify(place.manifest, str(place.path), USER)


@needs_root
def test_a_source_that_vanished(place: Place) -> None:
    place.manifest.write_text("")
    with pytest.raises(FailedError, match="failed"):
        place.copy(IDENTITY, source=str(place.source / "gone"))


@needs_root
def test_no_mount_stays(place: Place) -> None:
    (place.source / "a").write_text("1")
    write_manifest(str(place.source), place.manifest)
    before = Path("/proc/self/mountinfo").read_text()
    place.copy(USER)
    assert Path("/proc/self/mountinfo").read_text() == before
