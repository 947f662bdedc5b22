"""What a login user cannot do without root's help: listen on low ports, mount network file systems."""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.host.mounts import NETWORK_TYPES
from compose2quadlet.planner.ports import HostPorts

FIRST_FREE_PORT = 1024
"""The first port that an unprivileged user may listen on, by default of the kernel."""


def low_ports(ports: Iterable[HostPorts], options: Options) -> list[HostPorts]:
    """The host ports that a login user may not publish, without those that the host is known to allow."""
    known = options.host.first_port if options.host else None
    free = FIRST_FREE_PORT if known is None else known
    return [port for port in ports if port.first < free]


def note(project: Project, ports: Iterable[HostPorts], options: Options, log: Log) -> None:
    """Log what the services cannot have in user scope; ``ports`` are the host ports of all services."""
    if options.scope is not Scope.USER:
        return
    low = low_ports(ports, options)
    if low:
        numbers = sorted({port.first for port in low})
        number, shown = numbers[0], ", ".join(map(str, numbers))
        log.warn(
            "privileged-port",
            f"a login user may not listen on {'port' if len(numbers) == 1 else 'ports'} {shown}, unless the host allows"
            " it: the container will not start",
            f"To allow it, as root: echo net.ipv4.ip_unprivileged_port_start={number} >/etc/sysctl.d/50-ports.conf,"
            " then: sysctl --system. Or publish a port of 1024 or higher.",
            low[0].path,
        )
    for key, volume in project.volumes.items():
        if volume.driver_opts.get("type") in NETWORK_TYPES:
            log.warn(
                "privileged-mount",
                f"a login user may not mount {volume.driver_opts['type']}: containers that use {key} will not start",
                "Mount it on the host with /etc/fstab, and use a bind mount; or run it as root, with --scope system.",
                ("volumes", key, "driver_opts"),
            )
