"""Services that wait for a disk or a service of the host, in both scopes: late, failing, gone again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compose2quadlet.facts import Facts, HostUnit, MountPoint
from compose2quadlet.options import Isolation, Options
from tests.boot.hosts import Host

pytestmark = pytest.mark.lab

UNITS = {
    # Ready a while after it was started.
    "late.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 6\n",
    # Fails until the disk is plugged in.
    "plug.service": "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'sleep 2; test -e /run/plugged'\n",
    "mnt-late\\x2ddisk.mount": "[Unit]\nRequires=late.service\nAfter=late.service\n"
    "[Mount]\nWhat=tmpfs\nWhere=/mnt/late-disk\nType=tmpfs\nOptions=mode=0777\n",
    "mnt-usb.mount": "[Unit]\nRequires=plug.service\nAfter=plug.service\n"
    "[Mount]\nWhat=tmpfs\nWhere=/mnt/usb\nType=tmpfs\nOptions=mode=0777\n",
}
FACTS = Facts(
    mounts=(MountPoint("/", "/dev/vda", "ext4"),),
    fstab=(MountPoint("/mnt/late-disk", "/dev/sdb1", "ext4"), MountPoint("/mnt/usb", "/dev/sdc1", "ext4")),
    units={name: HostUnit("inactive", "static") for name in UNITS},
)
PATIENCE = 10
"""Seconds that the units of this test wait for one of the host."""


@pytest.fixture
def disks(host: Host) -> Iterator[Host]:
    """The host with units for disks and services, none of them started."""
    _add_units(host)
    yield host
    _remove_units(host)


def _add_units(host: Host) -> None:
    host.put(UNITS, "/etc/systemd/system")
    host.put(
        {"test.conf": f"[Service]\nEnvironment=HOST_UNIT_SECONDS={PATIENCE}\n"},
        "/etc/systemd/user/host-unit@.service.d",
    )
    host.root(
        "sh", "-c", "mkdir -p /mnt/late-disk /mnt/usb; chmod 777 /mnt/late-disk /mnt/usb; systemctl daemon-reload"
    )


def _remove_units(host: Host) -> None:
    host.clean()
    host.root("systemctl", "stop", *UNITS, check=False)
    host.root("systemctl", "reset-failed")
    host.root("sh", "-c", 'cd /etc/systemd && rm -r user/host-unit@.service.d && cd system && rm -- "$@"', "sh", *UNITS)
    host.root("sh", "-c", "systemctl daemon-reload; rm -rf /run/plugged /mnt/*")


def _install(host: Host, folder: str, more: str = "") -> None:
    host.install(
        "disks",
        f"""
        services:
          app:
            image: localhost/app
            restart: unless-stopped
            environment: {{WRITE: /data/file}}
            volumes: ["{folder}:/data"]
            {more}
          web:
            image: localhost/web
            restart: unless-stopped
            depends_on: [app]
        """,
        options=Options(isolation=Isolation.NONE, host=FACTS),
    )


def _appears(host: Host, unit: str) -> None:
    """Start a unit of the system, as something else on the host does, without waiting."""
    host.root("systemctl", "start", "--no-block", unit)


def _is_mounted(host: Host, folder: str) -> bool:
    return host.root("sh", "-c", 'mountpoint -q "$1" && echo yes', "sh", folder, check=False) == "yes\n"


def _when(host: Host, unit: str) -> int:
    """When a unit of the system became active, in microseconds since boot."""
    return int(host.root("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit))


def test_container_waits_for_a_late_mount(disks: Host) -> None:
    _install(disks, "/mnt/late-disk/app")
    if disks.scope == "user":
        _appears(disks, "mnt-late\\x2ddisk.mount")
    assert not _is_mounted(disks, "/mnt/late-disk")
    assert disks.start("disks-app.service")
    assert _is_mounted(disks, "/mnt/late-disk")
    assert 0 < _when(disks, "mnt-late\\x2ddisk.mount") <= disks.moment("disks-app.service", "ExecMainStart")
    assert disks.within(10, lambda: disks.root("cat", "/mnt/late-disk/app/file", check=False) == "written\n")

    # It is the disk that was written to, not the folder below.
    disks.systemctl("stop", "disks-app.service")
    disks.root("umount", "/mnt/late-disk")
    assert disks.root("ls", "-A", "/mnt/late-disk") == ""


def test_container_does_not_run_without_its_mount(disks: Host) -> None:
    _install(disks, "/mnt/usb/app")
    if disks.scope == "user":
        _appears(disks, "mnt-usb.mount")
    disks.systemctl("start", "--no-block", "disks-web.service")
    assert not disks.within(8, lambda: disks.containers() != set())
    # In system scope it is tried again and again.
    assert disks.within(20, lambda: disks.root("systemctl", "is-failed", "plug.service", check=False) == "failed\n")
    assert disks.root("ls", "-A", "/mnt/usb") == ""

    # Once the disk is there, it runs, and what needs it, without a word from anybody.
    disks.root("touch", "/run/plugged")
    _appears(disks, "mnt-usb.mount")
    assert disks.within(60, lambda: disks.root("cat", "/mnt/usb/app/file", check=False) == "written\n")
    assert _is_mounted(disks, "/mnt/usb")
    units = ("disks-app", "disks-web")
    assert disks.within(30, lambda: set(disks.states(*units).values()) == {"active"})
    runs = [disks.show(f"{unit}.service", "InvocationID") for unit in units]
    assert not disks.within(8, lambda: runs != [disks.show(f"{unit}.service", "InvocationID") for unit in units])


def test_container_does_not_come_back_on_the_empty_folder(disks: Host) -> None:
    disks.root("touch", "/run/plugged")
    disks.root("systemctl", "start", "mnt-usb.mount")
    _install(disks, "/mnt/usb/app")
    assert disks.start("disks-app.service")
    killed = disks.pid("disks-app")
    disks.root("umount", "--lazy", "/mnt/usb")
    disks.root("rm", "/run/plugged")
    disks.root("kill", "-9", str(killed))
    assert disks.within(10, lambda: disks.containers() == set())
    assert not disks.within(20, lambda: disks.containers() != set())
    assert disks.root("ls", "-A", "/mnt/usb") == ""


def test_container_waits_for_a_late_service(disks: Host) -> None:
    _install(disks, "./data", "x-quadlet: {host_units: [late.service]}")
    if disks.scope == "user":
        _appears(disks, "late.service")
    assert disks.start("disks-app.service")
    assert 0 < _when(disks, "late.service") <= disks.moment("disks-app.service", "ExecMainStart")


def test_container_does_not_run_without_its_service(disks: Host) -> None:
    _install(disks, "./data", "x-quadlet: {host_units: [plug.service]}")
    if disks.scope == "user":
        _appears(disks, "plug.service")
    disks.systemctl("start", "--no-block", "disks-app.service")
    assert not disks.within(PATIENCE + 5, lambda: disks.containers() != set())
    if disks.scope == "user":
        said = [e for e in disks.journal("-t", "host-unit", "-p", "err") if "plug.service" in e["MESSAGE"]]
        assert said
        assert said[-1]["PRIORITY"] == "3"


def test_user_units_cannot_require_units_of_the_system(booted: Host) -> None:
    """What the units that wait are for: systemd itself does not wait for another manager's units."""
    host = Host(booted.name, booted.generator, "user")
    _add_units(host)
    plain = "[Container]\nImage=localhost/stub:latest\nEnvironment=WRITE=/data/file\nVolume=/mnt/usb:/data\n"
    host.units(
        {
            "plain-mount.container": f"[Unit]\nRequires=mnt-usb.mount\nAfter=mnt-usb.mount\n{plain}",
            "plain-service.container": f"[Unit]\nRequires=late.service\nAfter=late.service\n{plain}",
            "plain-path.container": f"[Unit]\nRequiresMountsFor=/mnt/usb\n{plain}",
        },
        {},
    )
    try:
        assert not host.start("plain-mount.service")
        assert not host.start("plain-service.service")
        assert host.root("ls", "-A", "/mnt/usb") == ""
        assert host.start("plain-path.service")
        assert host.within(10, lambda: host.root("ls", "-A", "/mnt/usb") == "file\n")
    finally:
        _remove_units(host)
