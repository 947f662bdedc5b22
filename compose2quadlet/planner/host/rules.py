"""What a service needs from the host. Each rule is a function from a service to its needs; ``RULES`` lists them.

Without facts about the host, a rule that would have to guess finds nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from compose2quadlet.diagnostics import PATH, Diagnostic, Severity, command, told
from compose2quadlet.hostpaths import inside, normalised
from compose2quadlet.model import DeviceRequest, Network, Service
from compose2quadlet.options import Scope
from compose2quadlet.planner.host import engine, services, unitnames
from compose2quadlet.planner.host.mounts import NETWORK_TYPES, Mount, may_come_late
from compose2quadlet.planner.host.needs import Need, Subject, first
from compose2quadlet.planner.index import HostPath

SOCKETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/dev/log", ("systemd-journald-dev-log.socket", "syslog.socket", "rsyslog.service")),
    ("/run/avahi-daemon", ("avahi-daemon.socket", "avahi-daemon.service")),
    ("/run/cups", ("cups.socket", "cups.service")),
    ("/run/dbus", ("dbus.socket",)),
    ("/run/libvirt", ("libvirtd.socket", "virtqemud.socket", "libvirtd.service")),
    ("/run/mysqld", ("mariadb.service", "mysql.service", "mysqld.service")),
    ("/run/pcscd", ("pcscd.socket", "pcscd.service")),
    ("/run/postgresql", ("postgresql.service",)),
    ("/run/redis", ("redis-server.service", "redis.service", "valkey-server.service", "valkey.service")),
    ("/run/systemd/journal", ("systemd-journald.socket",)),
    ("/run/systemd/resolve", ("systemd-resolved.service",)),
    ("/run/tailscale", ("tailscaled.service",)),
)
"""Directories and sockets of host services, and the units that create them, as distributions name them."""

PASSED_ON = ("slave", "rslave", "shared", "rshared")
"""With these, later mounts still appear in the container."""

GPU_UNITS = (("nvidia-cdi-refresh.service",), ("nvidia-persistenced.service",))
"""The unit that describes NVIDIA cards for containers at boot, and the one that keeps the cards initialised."""

ONLINE = "network-online.target"


def mounts(subject: Subject) -> Iterator[Need]:
    """The mounts that a service's paths are on, and the mounts below its bind mounts."""
    seen: set[str] = set()
    for host in subject.paths:
        mount = host.mount
        if mount and mount.waited_for and mount.target not in seen:
            seen.add(mount.target)
            below = "is a mount point" if host.path == mount.target else f"is below {mount.target}"
            why = f"{told(host.path, PATH, 'it')} {below}"
            if not mount.made:
                why += ", which is mounted by neither /etc/fstab nor a unit"
            elif mount.by_hand:
                why += ", which nothing mounts at boot (noauto)"
            at = subject.at(*host.below)
            yield Need(mount.unit, why, at, certain=mount.made, mounted=mount.target)
    for mount, host in _within(subject):
        if mount.target not in seen:
            seen.add(mount.target)
            why = f"{host.shown} has {mount.target} below it, and later mounts do not appear in the container"
            yield Need(mount.unit, why, subject.at(*host.below))


def _within(subject: Subject) -> Iterator[tuple[Mount, HostPath]]:
    """The mounts below bind mounts that the host mounts itself, but perhaps late."""
    for host in subject.paths if subject.index.mounts else ():
        bind = subject.service.volumes[int(host.below[1])].bind if host.bind else None
        passed_on = bind is not None and bind.propagation in PASSED_ON
        if host.bind and not passed_on and may_come_late(host.path):
            for mount in subject.index.mounts.below(host.path) if subject.index.mounts else ():
                if mount.waited_for and mount.made and not mount.by_hand and not mount.unit.endswith(".automount"):
                    yield mount, host


def sockets(subject: Subject) -> Iterator[Need]:
    """Sockets of the host's services."""
    if subject.facts is None:
        return
    for host in subject.paths:
        for place, candidates in SOCKETS:
            if inside(host.path, (place,)) and (unit := first(subject.facts, candidates)):
                yield Need(unit, f"it makes {host.shown}", subject.at(*host.below))


def devices(subject: Subject) -> Iterator[Need]:
    """Device nodes. The unit waits for those with a systemd unit; others must exist."""
    facts = subject.facts
    if facts is None or facts.devices is None:
        return
    listed = [(d.source, subject.at("devices", i)) for i, d in enumerate(subject.service.devices)]
    bound = [(host.source, subject.at(*host.below)) for host in subject.paths if host.below[0] == "volumes"]
    for source, path in (*listed, *bound):
        node = normalised(source)
        if not node.startswith("/dev/") or node == "/dev/log" or node.startswith("/dev/shm"):  # noqa: S108
            continue
        if facts.devices.get(node):
            why = f"{told(source, PATH, 'it')} is a device that can be unplugged"
            yield Need(unitnames.of_path(node, "device"), why, path, everywhere=True)
        elif any(inside(known, (node,)) for known in facts.devices):
            yield Need(exists=source, why="systemd has no unit for this device", path=path)
        else:
            without = command("--host-unit", f"{subject.name}=none")
            hint = f"Plug it in, or load its driver. To start without it: {without}."
            message = (
                f"'{subject.name}' starts only with {told(source, PATH, 'a device')}, which this host does not have"
            )
            said = Diagnostic("host-lacks", Severity.WARNING, message, hint, path)
            yield Need(exists=source, path=path, said=said)


def addresses(subject: Subject) -> Iterator[Need]:
    """Ports that are published on a particular address, which the host must have by then."""
    given: dict[str, int] = {}
    for i, port in enumerate(subject.service.ports):
        given.setdefault(port.host_ip, i)
    seen = set()
    for text, i in given.items():
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if address.is_unspecified or address.is_loopback or address in seen:
            continue
        seen.add(address)
        path = subject.at("ports", i)
        interfaces = subject.facts.interfaces if subject.facts else {}
        owner = next((n for n, iface in interfaces.items() if str(address) in iface.addresses), "")
        if owner and (unit := interfaces[owner].unit):
            yield Need(unit, f"{address} is an address of {owner}", path)
        elif interfaces and not owner:
            message = f"'{subject.name}' publishes ports on {address}, which is not an address of this host"
            hint = "Write one that the host has, or none at all. Until it has this one, the container does not start."
            said = Diagnostic("host-lacks", Severity.WARNING, message, hint, path)
            yield Need(path=path, said=said, suggested=True)
        yield from _online(subject, f"a port is published on the address {address}", path)


def _online(subject: Subject, why: str, path: tuple[str | int, ...]) -> Iterator[Need]:
    """The network. User units cannot start that target, so something else on the host must start it."""
    units = subject.facts.units if subject.facts and subject.facts.units else {}
    if subject.scope is Scope.SYSTEM or (ONLINE in units and units[ONLINE].state == "active"):
        yield Need(ONLINE, why, path)


def network_volumes(subject: Subject) -> Iterator[Need]:
    """Volumes that Podman mounts over the network when the container starts. Rootless Podman is not allowed to."""
    for i, mount in enumerate(subject.service.volumes):
        volume = subject.project.volumes.get(mount.source) if mount.type == "volume" else None
        kind = volume.driver_opts.get("type", "") if volume else ""
        if kind in NETWORK_TYPES and subject.scope is Scope.SYSTEM:
            why = f"the volume {mount.source} is mounted with {kind}"
            yield Need(ONLINE, why, subject.at("volumes", i))
            yield Need("remote-fs.target", why, subject.at("volumes", i))


def wanted_gpus(service: Service) -> tuple[DeviceRequest, ...]:
    """The graphics cards that a service requests, in any of the ways to do so."""
    reserved = service.deploy.resources.reservations if service.deploy else None
    return (*service.gpus, *(reserved.devices if reserved else ()))


def graphics(subject: Subject) -> Iterator[Need]:
    """NVIDIA cards, which a host service describes for containers at boot."""
    asked = {request.driver or "nvidia" for request in wanted_gpus(subject.service)}
    if subject.facts and ("nvidia" in asked or subject.service.runtime == "nvidia"):
        for candidates in GPU_UNITS:
            if unit := first(subject.facts, candidates):
                yield Need(unit, "it prepares the graphics cards for containers", subject.at())


RULES: tuple[Callable[[Subject], Iterator[Need]], ...] = (
    engine.needs,
    mounts,
    network_volumes,
    devices,
    graphics,
    sockets,
    addresses,
    services.needs,
)


def parent_device(network: Network, scope: Scope) -> str | None:
    """The unit of the interface of a macvlan or ipvlan network. In user scope, networks cannot use one."""
    parent = network.driver_opts.get("parent", "")
    if network.driver not in ("macvlan", "ipvlan") or not parent or scope is Scope.USER or network.external:
        return None
    return unitnames.of_path(f"/sys/subsystem/net/devices/{parent}", "device")
