"""Limits whose cgroup controller a host does not have, or does not give to a login user.

Measured with Podman 5.4 and crun, in both scopes: without the controller, the container does not start ("controller
`cpuset` is not available"). By default, systemd gives a login user cpu, memory and pids, but neither cpuset nor io.
Sources: systemd.resource-control(5), ``Delegate=``; Linux, Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.diagnostics import Log, Path, command
from compose2quadlet.model import Service
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.index import Index

KEYS = {
    "mem_limit": "memory",
    "mem_reservation": "memory",
    "memswap_limit": "memory",
    "cpus": "cpu",
    "cpu_shares": "cpu",
    "cpu_period": "cpu",
    "cpu_quota": "cpu",
    "cpuset": "cpuset",
    "pids_limit": "pids",
    "blkio_config": "io",
}
"""The controller that each key needs."""

RESOURCES = {"memory": "memory", "cpus": "cpu", "pids": "pids"}
"""The same for the resources below ``deploy``."""

ALL = "cpu cpuset io memory pids"


def check(found: Index, services: list[str], options: Options, log: Log) -> None:
    """Log a warning for each limit of these services that the host cannot set, if that is known."""
    there = options.host.controllers.get(options.scope.value) if options.host else None
    if there is None:
        return
    for name in services:
        for path, controller in _needed(found.project.services[name]):
            if controller not in there:
                whose = "a login user does not get here" if options.scope is Scope.USER else "this host does not have"
                message = f"'{name}': {path[0]} needs the cgroup controller {controller}, which {whose}"
                log.warn("no-controller", f"{message}: the container will not start", _hint(options), _at(name, path))


def _needed(service: Service) -> Iterator[tuple[Path, str]]:
    for key, controller in KEYS.items():
        value = getattr(service, key)
        if value and value != -1:
            yield (key,), controller
    resources = service.deploy.resources if service.deploy else None
    for kind in ("limits", "reservations"):
        given = getattr(resources, kind) if resources else None
        for key, controller in RESOURCES.items():
            if given and getattr(given, key) and not (kind == "reservations" and key != "memory"):
                yield ("deploy", "resources", kind, key), controller


def _at(name: str, path: Path) -> Path:
    return ("services", name, *path)


def _hint(options: Options) -> str:
    if options.scope is Scope.SYSTEM:
        return "Boot the kernel with it (cgroup_enable=), or remove the limit."
    folder = "/etc/systemd/system/user@.service.d"
    text = f"printf '[Service]\\nDelegate={ALL}\\n' >{folder}/50-delegate.conf"
    return f"As root: {command('mkdir', '-p', folder)}; {text}; systemctl daemon-reload; then log in again."
