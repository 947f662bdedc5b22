"""Names of units, and what of a host counts as what."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from compose2quadlet.facts import Facts, HostUnit, MountPoint
from compose2quadlet.planner.host import engine, unitnames
from compose2quadlet.planner.host.mounts import mounts

PATHS = {
    "/": "-.mount",
    "/mnt/nas": "mnt-nas.mount",
    "/mnt/my-nas": r"mnt-my\x2dnas.mount",
    "/srv/my disk": r"srv-my\x20disk.mount",
    "/srv/a_b:c.d": "srv-a_b:c.d.mount",
    "/.hidden/x": r"\x2ehidden-x.mount",
    "/media/ü": r"media-\xc3\xbc.mount",
}


@pytest.mark.parametrize(("path", "unit"), PATHS.items())
def test_unit_of_path(path: str, unit: str) -> None:
    assert unitnames.of_path(path, "mount") == unit
    assert unitnames.path_of(unit) == path
    assert unitnames.valid(unit)


@pytest.mark.systemd
@pytest.mark.parametrize(("path", "unit"), PATHS.items())
def test_unit_of_path_as_systemd_has_it(path: str, unit: str) -> None:
    program = shutil.which("systemd-escape")
    if program is None:
        pytest.skip("there is no systemd-escape")
    done = subprocess.run([program, "--path", "--suffix=mount", path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == unit


@pytest.mark.parametrize(
    "name", ["", "x", "x.container", "a b.service", "a/b.service", "a%i.service", "x@.service", f"{'x' * 240}.service"]
)
def test_names_that_no_unit_can_have(name: str) -> None:
    assert not unitnames.valid(name)


def test_points() -> None:
    facts = Facts(
        mounts=(
            MountPoint("/", "/dev/sda1", "ext4"),
            MountPoint("/home", "/dev/sda2", "ext4"),
            MountPoint("/srv/hand", "/dev/sdb1", "xfs"),
            MountPoint("/mnt/auto", "systemd-1", "autofs"),
        ),
        fstab=(
            MountPoint("/mnt/late", "LABEL=late", "ext4", ("nofail", "noauto")),
            MountPoint("/mnt/demand", "nas:/x", "nfs4", ("x-systemd.automount", "noauto")),
        ),
        units={
            "srv-disk.mount": HostUnit("inactive", "enabled"),
            "srv-hand.mount": HostUnit("active", ""),
            "mnt-auto.automount": HostUnit("active", "enabled"),
            "dev-hugepages.mount": HostUnit("active", "static"),
        },
    )
    found = {p.target: (p.unit, p.made, p.by_hand) for p in mounts(facts).by_target.values() if p.waited_for}
    assert found == {
        "/mnt/auto": ("mnt-auto.automount", True, False),
        "/mnt/demand": ("mnt-demand.automount", True, False),
        "/mnt/late": ("mnt-late.mount", True, True),
        "/srv/disk": ("srv-disk.mount", True, False),
        "/srv/hand": ("srv-hand.mount", False, False),
    }


@pytest.mark.parametrize(
    ("path", "is_socket"),
    [
        ("/var/run/docker.sock", True),
        ("/run/docker.sock", True),
        ("/run/user/1000/docker.sock", True),
        ("/run/podman/podman.sock", True),
        ("/run/user/1000/podman/podman.sock", True),
        ("/srv/docker.sock", False),
        ("/run/user/me/docker.sock", False),
        ("/var/run/docker.sock.raw", False),
    ],
)
def test_engine_sockets(path: str, is_socket: bool) -> None:
    assert engine.is_socket(path) is is_socket
