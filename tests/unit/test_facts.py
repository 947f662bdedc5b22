"""Facts about a host: gathered from a folder that looks like one, written, and read again."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.facts import (
    Facts,
    HostUnit,
    Installed,
    Interface,
    Listener,
    Login,
    Made,
    MountPoint,
    Seen,
    dump,
    load,
)
from compose2quadlet.host import devices, looking
from compose2quadlet.host import facts as host
from compose2quadlet.host.controllers import controllers

MOUNTINFO = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw shared:2 - proc proc rw
24 22 0:22 / /run rw shared:3 - tmpfs tmpfs rw
40 22 8:17 / /srv/my\040disk rw,noatime shared:9 - xfs /dev/sdb1 rw,attr2
41 22 0:44 / /mnt/nas rw shared:10 - autofs systemd-1 rw,direct
42 41 0:45 / /mnt/nas rw shared:11 - nfs4 nas:/media rw,vers=4.2
43 24 8:33 / /run/media/user/stick rw shared:12 - vfat /dev/sdc1 rw
44 22 8:1 /resolv.conf /srv/a-file rw - ext4 /dev/sda1 rw
45 22 0:50 / /var/lib/containers/storage/overlay rw - overlay overlay rw
"""
FSTAB = r"""# <file system> <mount point> <type> <options>
UUID=1 / ext4 errors=remount-ro 0 1
UUID=2 none swap sw 0 0
nas:/media	/mnt/nas	nfs4	_netdev,x-systemd.automount	0	0
LABEL=disk /srv/my\040disk/ xfs
"""
ONE = """# Made by compose2quadlet from the compose project shop, service one.

[Container]
Image=x
ContainerName=shop-one
UserNS=keep-id:uid=1
PublishPort=8080:80
PublishPort=[::1]:53:53/udp
"""
ANSWERS = {
    "systemctl --version": "systemd 257 (257.13-1)\n+PAM\n",
    "podman --version": "podman version 5.4.2\n",
    "ip -json address": json.dumps(
        [
            {"ifname": "lo", "addr_info": [{"local": "127.0.0.1"}]},
            {"ifname": "eth0", "addr_info": [{"local": "192.0.2.10"}, {"local": "2001:db8::1"}]},
            {"ifname": "wg0", "addr_info": [{"local": "10.8.0.1"}]},
        ]
    ),
    "--system list-unit-files": "docker.service masked enabled\npostgresql.service enabled enabled\n"
    "wg-quick@.service disabled enabled\nmnt-nas.mount generated -\n",
    "--system list-units": "postgresql.service loaded active exited PostgreSQL\n"
    "  wg-quick@wg0.service loaded active exited WireGuard\n● broken.service loaded failed failed Broken\n"
    "gone.service not-found inactive dead gone.service\n",
}


def run(command: Sequence[str]) -> str:
    text = " ".join(command)
    if text in ANSWERS:
        return ANSWERS[text]
    return ANSWERS.get(f"{command[1]} {command[-1]}", "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "proc/self/mountinfo": MOUNTINFO,
        "etc/fstab": FSTAB,
        "proc/net/unix": "Num RefCount Protocol Flags Type St Inode Path\n"
        "0: 00000002 00000000 00010000 0001 01 100 /run/dbus/system_bus_socket\n"
        "0: 00000002 00000000 00010000 0001 01 101 @abstract\n"
        "0: 00000002 00000000 00010000 0001 01 102 /run/user/1000/bus\n",
        "proc/net/tcp": "  sl  local_address rem_address   st\n   0: 0100007F:1538 00000000:0000 0A\n"
        "   1: 0100007F:1539 00000000:0000 01\n   2: 00000000:0050 00000000:0000 0A\n",
        "proc/net/tcp6": "  sl  local_address rem_address   st\n"
        "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A\n"
        "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A\n",
        "proc/net/udp": "  sl  local_address rem_address   st\n   0: 3500007F:0035 00000000:0000 07\n"
        "   1: 00000000:9C40 00000000:0000 07\n",
        "etc/passwd": "root:x:0:0::/root:/bin/sh\ncontainers:x:999:999::/:/bin/false\n",
        "etc/subuid": "user:100000:65536\nuser:300000:1000\nbroken\n",
        "etc/nsswitch.conf": "passwd: files systemd\ngroup: files systemd\n",
        "proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n",
        "srv/a-file": "",
        "etc/containers/systemd/big.container": "[Container]\nUserNS=auto:size=65536\n",
        "home/user/.config/containers/systemd/one.container": ONE,
        "home/user/.config/containers/systemd/below/old.container": '[Container]\nPodmanArgs="--userns=auto"\n',
        "home/user/.config/containers/systemd/plain.container": "[Container]\nImage=x\n",
        "home/user/.config/containers/systemd/no.volume": "[Volume]\nVolumeName=data\nUserNS=auto\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("eth0", "lo", "wg0"):
        (tmp_path / "sys/class/net" / name).mkdir(parents=True)
    os.mkfifo(tmp_path / "etc/containers/systemd/never-ends.container")
    (tmp_path / "sys/fs").mkdir()
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return tmp_path


def test_gather(root: Path) -> None:
    found = host.gather(f"{root}/", run, Login("user", 1000, 1000, "/home/user", True))
    assert [(m.target, m.type) for m in found.mounts] == [
        ("/", "ext4"),
        ("/mnt/nas", "nfs4"),
        ("/run/media/user/stick", "vfat"),
        ("/srv/my disk", "xfs"),
    ]
    assert found.mounts[3] == MountPoint("/srv/my disk", "/dev/sdb1", "xfs", ("rw", "noatime", "attr2"))
    assert [m.target for m in found.fstab] == ["/", "/mnt/nas", "/srv/my disk"]
    assert found.fstab[1].options == ("_netdev", "x-systemd.automount")
    assert found.units == {
        "broken.service": HostUnit("failed", ""),
        "mnt-nas.mount": HostUnit("inactive", "generated"),
        "postgresql.service": HostUnit("active", "enabled"),
        "wg-quick@.service": HostUnit("inactive", "disabled"),
        "wg-quick@wg0.service": HostUnit("active", ""),
    }
    assert found.user_units is None
    assert found.interfaces == {
        "eth0": Interface(("192.0.2.10", "2001:db8::1")),
        "wg0": Interface(("10.8.0.1",), "wg-quick@wg0.service"),
    }
    assert found.sockets == ("/run/dbus/system_bus_socket",)
    assert found.listeners == (
        Listener("tcp", 80),
        Listener("tcp", 5432, "127.0.0.1"),
        Listener("tcp", 8080, "::1"),
        Listener("udp", 53, "127.0.0.53"),
    )
    assert found.quadlets["user"]["one.container"] == Installed("shop", "shop-one", ("8080:80", "[::1]:53:53/udp"))
    assert found.quadlets["user"]["plain.container"] == Installed()
    assert found.quadlets["user"]["no.volume"] == Installed(makes="data")
    assert sorted(found.quadlets["user"]) == ["no.volume", "old.container", "one.container", "plain.container"]
    assert found.userns_units == {
        "system": {"big.container": "auto:size=65536"},
        "user": {"old.container": "auto", "one.container": "keep-id:uid=1"},
    }
    assert (found.paths, found.listed, found.made) == ({}, (), {})
    assert (found.podman, found.systemd, found.first_port, found.selinux) == ("5.4.2", 257, 1024, False)
    assert found.subuids == {"user": ((100000, 65536), (300000, 1000))}
    assert (found.containers_user, found.nss_systemd) == (True, True)
    assert found.has("wg-quick@wg1.service")
    assert not found.has("docker.service")
    assert load(dump(found), "facts.json") == found


def test_gather_all(root: Path) -> None:
    """The upper directories, and what Podman has."""
    (root / "srv/disk/below").mkdir(parents=True)
    (root / "srv/link").symlink_to(root / "srv/disk")
    podman = {"network": "podman bridge\nlan macvlan\n", "volume": "data\n", "secret": ""}
    found = host.gather(
        f"{root}/", lambda command: podman.get(command[1], ""), Login("user", 1000, 1000, "/x"), whole=True
    )
    assert found.made == {"user": Made({"lan": "macvlan", "podman": "bridge"}, ("data",))}
    assert {"/", "/etc", "/srv"} <= {*found.listed}
    assert not {"/proc", "/sys"} & {*found.listed}
    assert {path for path in found.paths if path.startswith("/srv")} == {
        "/srv",
        "/srv/a-file",
        "/srv/disk",
        "/srv/link",
    }
    assert stat.S_ISDIR(found.paths["/srv/disk"].mode)
    assert (found.paths["/srv/a-file"].uid, found.paths["/srv/a-file"].write) == (os.getuid(), True)
    assert load(dump(found), "facts.json") == found


def test_podman_that_does_not_answer_has_nothing_known(root: Path) -> None:
    assert host.gather(f"{root}/", lambda _command: "", whole=True).made == {}


def test_look(tmp_path: Path) -> None:
    assert looking.look(str(tmp_path / "gone")) == Seen()
    (tmp_path / "file").write_text("")
    assert looking.look(str(tmp_path / "file/below")) == Seen()
    assert looking.look("/nul\0") is None
    found = looking.look(str(tmp_path / "file"))
    assert found and stat.S_ISREG(found.mode) and found.read and found.write


def test_gather_of_nothing(tmp_path: Path) -> None:
    """What is not there is not known, and no error."""
    found = host.gather(f"{tmp_path}/", lambda _command: "", Login("user", 1000, 1000, "/home/user"))
    assert found == Facts(login=Login("user", 1000, 1000, "/home/user"))
    assert load(dump(found), "facts.json") == found


def test_facts_that_are_no_longer_gathered_may_be_there() -> None:
    assert load('{"version": 1, "podman": "5.4.2", "cdi": ["/etc/cdi/nvidia.yaml"]}', "x") == Facts(podman="5.4.2")


def test_devices(tmp_path: Path) -> None:
    """A device is tagged or not by what udev's data base says of its number."""
    (tmp_path / "dev/serial/by-id").mkdir(parents=True)
    (tmp_path / "dev/null-like").symlink_to("/dev/null")
    (tmp_path / "dev/serial/by-id/usb-1").symlink_to("/dev/zero")
    (tmp_path / "dev/plain").write_text("")
    data = tmp_path / "run/udev/data"
    data.mkdir(parents=True)
    status = os.stat("/dev/zero")
    (data / f"c{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}").write_text("N:zero\nG:systemd\nQ:systemd\n")
    found = devices.nodes(f"{tmp_path}/")
    assert found == {"/dev/null-like": False, "/dev/serial/by-id/usb-1": True}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ("[]", "it has no version"),
        ('{"mounts": []}', "it has no version"),
        ('{"version": 2}', "its format is version 2, and this tool knows version 1"),
        ('{"version": 1, "mounts": [{"source": "x"}]}', "mounts.0.target: field required"),
        ('{"version": 1, "mount": []}', "mount: "),
        ('{"version": 1, "units": {"a.service": "active"}}', "units.a.service: "),
        ('{"version": 1, "systemd": "257"}', "systemd: "),
    ],
)
def test_what_is_no_facts_file(text: str, reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        load(text, "nas.json")
    (found,) = refused.value.diagnostics
    assert found.code == "bad-facts"
    assert reason in found.message
    assert str(found.position) == "nas.json"
    assert "compose2quadlet facts" in found.hint


def test_controllers(tmp_path: Path) -> None:
    """Those of the host, and those of the login user; nothing is known where there is no such file."""
    login = Login("user", 1500, 1500, "/home/user")
    assert controllers(f"{tmp_path}/", login) == {}
    user = tmp_path / "sys/fs/cgroup/user.slice/user-1500.slice/user@1500.service"
    user.mkdir(parents=True)
    (user / "cgroup.controllers").write_text("cpu memory pids\n")
    assert controllers(f"{tmp_path}/", login) == {"user": ("cpu", "memory", "pids")}
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").write_text("\n")
    assert controllers(f"{tmp_path}/", None) == {"system": ()}
