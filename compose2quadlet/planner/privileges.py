"""What an ordinary user cannot do without help: listen on low ports, mount network file systems, reach an interface,
open a device, raise a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import NAME, Log, told
from compose2quadlet.hostpaths import inside, normalised
from compose2quadlet.model import Network, Project, Service, Ulimit
from compose2quadlet.numbers import whole
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.host.known import made
from compose2quadlet.planner.host.mounts import NETWORK_TYPES
from compose2quadlet.planner.index import Index
from compose2quadlet.planner.neighbours import Neighbours
from compose2quadlet.planner.ports import HostPorts, numbers, on_network_of_host

FIRST_FREE_PORT = 1024
"""The first port that an unprivileged user may listen on, by default of the kernel."""

FOR_ALL = (
    "/dev/fuse /dev/full /dev/log /dev/net/tun /dev/null /dev/pts /dev/random /dev/shm /dev/tty /dev/urandom".split()
)
"""Devices, and what else is below /dev, that everybody may open."""

KEEP = "keep-groups"
"""The group that stands for those of the login user. Source: podman-run(1), ``--group-add``."""

LAN = ("macvlan", "ipvlan")
"""Drivers of networks that are on an interface of the host."""

LIMITS = {"memlock": 8 * 1024 * 1024, "nofile": 524288, "rtprio": 0}
"""The highest limits of a login user, as systemd sets them. Source: systemd-system.conf(5), ``DefaultLimitNOFILE=``,
``DefaultLimitMEMLOCK=``; setrlimit(2) says that nobody but root may raise them."""


def low_ports(ports: Iterable[HostPorts], options: Options) -> list[HostPorts]:
    """The host ports that a login user may not publish, without those that the host is known to allow."""
    free = _first_free(options)
    return [port for port in ports if port.first < free]


def _first_free(options: Options) -> int:
    known = options.host.first_port if options.host else None
    return FIRST_FREE_PORT if known is None else known


def note(found: Index, neighbours: Neighbours, options: Options, log: Log) -> None:
    """Log what the services cannot have in user scope; ``neighbours`` is what other projects make."""
    if options.scope is not Scope.USER:
        return
    _note_ports(found, options, log)
    for key, volume in found.project.volumes.items():
        if volume.driver_opts.get("type") in NETWORK_TYPES:
            log.warn(
                "privileged-mount",
                f"a login user may not mount {volume.driver_opts['type']}: containers that use {key} will not start",
                "Mount it on the host with /etc/fstab, and use a bind mount; or run it as root, with --scope system.",
                ("volumes", key, "driver_opts"),
            )
    for key, network in found.project.networks.items():
        if kind := interface(network):
            log.warn(
                "privileged-network",
                f"a login user's {kind} reaches no interface of the host: containers on {key} will not start",
                "Use --scope system for this project, or a plain bridge with published ports.",
                ("networks", key),
            )
    _note_external(found.project, neighbours, options, log)
    _note_devices(found, log)
    _note_limits(found.project, log)


def _note_external(project: Project, neighbours: Neighbours, options: Options, log: Log) -> None:
    """External networks that need an interface of the host, as Podman, another project, or their names say."""
    used = {key for service in project.services.values() for key in service.networks}
    external = {network.name: key for key, network in project.networks.items() if network.external and key in used}
    if not external:
        return
    there = made(options)
    found = {}
    for name, key in external.items():
        driver = there.networks.get(name) if there else None
        by_name = any(kind in name.lower() for kind in LAN)
        if driver in LAN or name in neighbours.lan or (not driver and (by_name or _is_on_lan(project, key, options))):
            found[name] = key
    if found:
        names = ", ".join(told(name, NAME, "one") for name in found)
        log.warn(
            "privileged-network",
            f"the external {'network' if len(found) == 1 else 'networks'} {names} must reach an interface of the host,"
            " as macvlan does, which a login user's networks do not: the containers there will not start",
            "Use --scope system for this project, or a plain bridge with published ports.",
            ("networks", next(iter(found.values()))),
        )


def _is_on_lan(project: Project, key: str, options: Options) -> bool:
    """Whether a container has an address in a network where the host itself has one; a /24, as homes have them."""
    ours = [a for i in (options.host.interfaces if options.host else {}).values() for a in i.addresses if "." in a]
    given = (service.networks.get(key) for service in project.services.values())
    fixed = [one.ipv4_address for one in given if one and one.ipv4_address]
    return any(a.rpartition(".")[0] == b.rpartition(".")[0] for a in ours for b in fixed)


def _note_ports(found: Index, options: Options, log: Log) -> None:
    free = _first_free(options)
    if low := low_ports(found.ports, options):
        ranges = sorted({(port.first, min(port.last, free - 1)) for port in low})
        log.warn(
            "privileged-port",
            f"a login user may not listen on {_ports([numbers(*each) for each in ranges])}, unless the host allows"
            " it: the container will not start",
            _allowing(ranges[0][0]),
            low[0].path,
        )
    for name, service in found.project.services.items():
        if not on_network_of_host(found.project, service):
            continue
        if listening := sorted({n for n in _listening(service) if n < free}):
            log.warn(
                "privileged-port",
                f"'{name}' is on the host's network, where a login user may not listen on"
                f" {_ports(list(map(str, listening)))}, unless the host allows it",
                _allowing(listening[0]),
                ("services", name),
            )


def _ports(each: list[str]) -> str:
    return f"{'port' if len(each) == 1 and '-' not in each[0] else 'ports'} {', '.join(each)}"


def _allowing(number: int) -> str:
    return (
        f"To allow it, as root: echo net.ipv4.ip_unprivileged_port_start={number} >/etc/sysctl.d/50-ports.conf,"
        " then: sysctl --system. Or publish a port of 1024 or higher."
    )


def _listening(service: Service) -> Iterator[int]:
    """The ports that a service is said to listen on."""
    yield from (port.target for port in service.ports if port.target)
    for text in service.expose:
        if number := whole(text.partition("/")[0].partition("-")[0]):
            yield number


def interface(network: Network) -> str:
    """What a network is, in words, where it needs an interface of the host; empty where it does not."""
    if network.driver in LAN:
        return f"{network.driver} network"
    return "bridge with a VLAN" if network.driver_opts.get("vlan") else ""


def _note_devices(found: Index, log: Log) -> None:
    """Devices that a login user may open as a member of a group only, and groups that mean nothing."""
    using: dict[str, tuple[str | int, ...]] = {}
    numbered: dict[str, tuple[str | int, ...]] = {}
    for name, service in found.project.services.items():
        if KEEP in service.group_add:
            continue
        if device := next(_devices(found, name), None):
            using[name] = ("services", name, *device)
        if any(whole(group) for group in service.group_add):
            numbered[name] = ("services", name, "group_add")
    hint = (
        "Make the login user a member of the device's group on the host, and write 'group_add: [keep-groups]', without"
        " other groups. Or use --scope system."
    )
    if using:
        also = "; numbers in group_add are subordinate IDs there" if using.keys() & numbered.keys() else ""
        log.warn(
            "privileged-device",
            f"{', '.join(using)}: a login user's containers open the devices of a group only with keep-groups{also}",
            hint,
            next(iter(using.values())),
        )
    if rest := [name for name in numbered if name not in using]:
        message = "numbers in group_add are subordinate IDs in user scope, which give no access to what is the host's"
        log.warn("privileged-device", f"{', '.join(rest)}: {message}", hint, numbered[rest[0]])


def _devices(found: Index, name: str) -> Iterator[tuple[str | int, ...]]:
    for i, device in enumerate(found.project.services[name].devices):
        if _is_restricted(normalised(device.source)):
            yield "devices", i
    for host in found.paths[name]:
        if host.bind and _is_restricted(host.path):
            yield host.below


def _is_restricted(path: str) -> bool:
    return inside(path, ("/dev",)) and path != "/dev" and not inside(path, FOR_ALL)


def _note_limits(project: Project, log: Log) -> None:
    for name, service in project.services.items():
        for limit, given in service.ulimits.items():
            hard = given.hard if isinstance(given, Ulimit) else given
            if limit in LIMITS and (hard < 0 or hard > LIMITS[limit]):
                key = f"Limit{limit.upper()}"
                log.warn(
                    "privileged-limit",
                    f"'{name}': a login user may not raise {limit} above {LIMITS[limit]}, unless the host allows it:"
                    " the container will not start",
                    f"As root: mkdir -p /etc/systemd/system/user@.service.d; printf '[Service]\\n{key}="
                    f"{'infinity' if hard < 0 else hard}\\n' >/etc/systemd/system/user@.service.d/50-{limit}.conf;"
                    " systemctl daemon-reload; then log in again. Or use --scope system.",
                    ("services", name, "ulimits", limit),
                )
