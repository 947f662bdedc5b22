"""Gathers facts about this host. It does not need root, and leaves out what it cannot read."""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from compose2quadlet.facts import FAR, Facts, HostUnit, Interface, Login, MountPoint
from compose2quadlet.frozen import frozen
from compose2quadlet.host import devices, installed, listeners, looking, store
from compose2quadlet.host.controllers import controllers
from compose2quadlet.host.programs import Programs
from compose2quadlet.hostpaths import holds_data, normalised
from compose2quadlet.numbers import whole as number

Run = Callable[[Sequence[str]], str]
"""Runs a command and returns its output; empty if it cannot."""

UNIT_KINDS = {"--system": "service,socket,mount,automount,target", "--user": "service,socket,target"}
"""For each service manager, the units that services may need. A user's service manager also has the system's mounts."""
NO_DISKS = frozenset(
    "binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs overlay"
    " proc pstore ramfs rpc_pipefs securityfs selinuxfs squashfs sysfs tracefs fuse.gvfsd-fuse fuse.portal swap".split()
)
"""Types of file systems that hold no data of services."""

VPNS = (
    ("tailscale", "tailscaled.service"),
    ("zt", "zerotier-one.service"),
    ("wt", "netbird.service"),
    ("nebula", "nebula.service"),
)
"""Interfaces of VPNs, by the start of their names, and the units that create them."""


def gather(root: str = "/", run: Run | None = None, login: Login | None = None, whole: bool = False) -> Facts:
    """The facts about the host whose file system is at ``root``. ``run`` replaces its programs, and ``login``
    is the login user, by default the user of this process. The ``whole`` facts have what a conversion on this host
    looks up when it needs it: upper directories, and what Podman has."""
    run = run or Programs().output
    host = Host(root, run)
    login = login or host.login()
    units = host.units("--system")
    quadlets, userns = installed.units(root, login)
    paths, listed = looking.upper(root) if whole else ({}, ())
    users, first_port = host.lines("etc/passwd"), "".join(host.lines("proc/sys/net/ipv4/ip_unprivileged_port_start"))
    systemd = _found(r"systemd (\d+)", run(["systemctl", "--version"]))
    return Facts(
        mounts=tuple(host.mounts()),
        fstab=tuple(host.fstab()),
        units=units,
        user_units=host.units("--user"),
        devices=devices.nodes(root),
        sockets=host.sockets(),
        interfaces=host.interfaces(units or {}),
        listeners=listeners.listeners(root),
        podman=_found(r"version (\S+)", run(["podman", "--version"])),
        systemd=number(systemd),
        subuids=host.ranges("etc/subuid"),
        subgids=host.ranges("etc/subgid"),
        userns_units=userns,
        quadlets=quadlets,
        made={store.scope(login): found} if whole and (found := store.made(run)) else {},
        paths=paths,
        listed=listed,
        containers_user=any(line.startswith("containers:") for line in users) if users else None,
        nss_systemd=host.nss_systemd(),
        login=login,
        first_port=number(first_port),
        selinux=os.path.exists(host.path("sys/fs/selinux/enforce")) if os.path.isdir(host.path("sys/fs")) else None,
        controllers=controllers(root, login),
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def unescaped(text: str) -> str:
    r"""A path from mountinfo or fstab, where a blank is written ``\040``."""
    return re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)


def _of_disks(mount: MountPoint) -> bool:
    """Whether the mount may hold data of services."""
    return mount.target.startswith("/") and mount.type not in NO_DISKS and holds_data(mount.target)


@frozen()
class Host:
    """The host to look at; its files are below ``root``."""

    root: str
    run: Run

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def lines(self, name: str) -> list[str]:
        """The lines of a file; none if it cannot be read."""
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as f:
                return f.read().splitlines()
        except OSError:
            return []

    def booted(self) -> bool:
        """Whether the host runs systemd. Source: sd_booted(3)."""
        return os.path.isdir(self.path("run/systemd/system"))

    def mounts(self) -> Iterator[MountPoint]:
        """Source: proc_pid_mountinfo(5). If mounts cover each other, the last one counts."""
        found: dict[str, MountPoint] = {}
        for line in self.lines("proc/self/mountinfo"):
            left, dash, right = line.partition(" - ")
            fields, about = left.split(" "), right.split(" ")
            if not dash or len(fields) < 6 or len(about) < 3:
                continue
            options = dict.fromkeys((*fields[5].split(","), *about[2].split(",")))
            mount = MountPoint(unescaped(fields[4]), unescaped(about[1]), about[0], tuple(options))
            # In containers, files are mounted, too. Do not touch dead mounts, or those on demand.
            asked = not mount.type.startswith(FAR)
            if _of_disks(mount) and not (asked and os.path.isfile(self.root + mount.target.lstrip("/"))):
                found[mount.target] = mount
        yield from (found[target] for target in sorted(found))

    def fstab(self) -> Iterator[MountPoint]:
        for line in self.lines("etc/fstab"):
            fields = line.split()
            if len(fields) >= 3 and not line.lstrip().startswith("#"):
                options = tuple(fields[3].split(",")) if len(fields) > 3 else ()
                mount = MountPoint(normalised(unescaped(fields[1])), unescaped(fields[0]), fields[2], options)
                if _of_disks(mount):
                    yield mount

    def units(self, manager: str) -> dict[str, HostUnit] | None:
        """The units of a service manager, including those that only have a file; None if it does not answer."""
        if not self.booted():
            return None
        common = [
            "systemctl",
            manager,
            "--no-legend",
            "--plain",
            "--full",
            "--no-pager",
            f"--type={UNIT_KINDS[manager]}",
        ]
        files = [line.split() for line in self.run([*common, "list-unit-files"]).splitlines()]
        loaded = [line.lstrip("●* ").split() for line in self.run([*common, "--all", "list-units"]).splitlines()]
        if not files or not loaded:  # neither is ever empty: from one alone, wrong conclusions would follow
            return None
        found = {fields[0]: HostUnit(file=fields[1]) for fields in files if len(fields) > 1 and fields[1] != "masked"}
        for fields in loaded:
            if len(fields) > 2 and fields[1] == "loaded":
                file = found[fields[0]].file if fields[0] in found else ""
                found[fields[0]] = HostUnit(fields[2], file)
        return dict(sorted(found.items()))

    def sockets(self) -> tuple[str, ...]:
        """The Unix sockets of system services below /run."""
        paths = {fields[7] for line in self.lines("proc/net/unix")[1:] if len(fields := line.split(" ")) == 8}
        return tuple(sorted(p for p in paths if p.startswith(("/run/", "/var/run/")) and "/user/" not in p))

    def interfaces(self, units: Mapping[str, HostUnit]) -> dict[str, Interface]:
        try:
            given = json.loads(self.run(["ip", "-json", "address"]) or "[]")
            addresses = {
                str(one["ifname"]): [str(a["local"]) for a in one.get("addr_info", ()) if "local" in a] for one in given
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            addresses = {}
        try:
            names = sorted(os.listdir(self.path("sys/class/net")))
        except OSError:
            names = sorted(addresses)
        return {
            name: Interface(tuple(addresses.get(name, ())), self._maker(name, units)) for name in names if name != "lo"
        }

    def _maker(self, name: str, units: Mapping[str, HostUnit]) -> str:
        """The unit that creates an interface; empty if the network management itself does."""
        by_name = [f"{kind}@{name}.service" for kind in ("wg-quick", "openvpn-client", "openvpn")]
        by_kind = [unit for start, unit in VPNS if name.startswith(start)]
        return next((u for u in (*by_name, *by_kind) if u in units and units[u].state == "active"), "")

    def ranges(self, name: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """Source: subuid(5)."""
        found: dict[str, tuple[tuple[int, int], ...]] = {}
        for line in self.lines(name):
            fields = line.split(":")
            numbers = [number(field.strip()) for field in fields[1:]]
            if len(numbers) == 2 and None not in numbers:
                first, count = (n or 0 for n in numbers)
                found[fields[0]] = (*found.get(fields[0], ()), (first, count))
        return found

    def nss_systemd(self) -> bool | None:
        lines = [line.split() for line in self.lines("etc/nsswitch.conf") if line.startswith("passwd:")]
        return "systemd" in lines[0] if lines else None

    def login(self) -> Login | None:
        try:
            user = pwd.getpwuid(os.getuid())
        except KeyError:  # a user without a name, as in some containers
            return None
        linger = os.path.exists(self.path(f"var/lib/systemd/linger/{user.pw_name}")) if self.booted() else None
        groups = tuple(sorted({*os.getgroups()} - {user.pw_gid}))
        return Login(user.pw_name, user.pw_uid, user.pw_gid, user.pw_dir, linger, groups)
