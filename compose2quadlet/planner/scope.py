"""User or system: where units live, and what starts them at boot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.ports import published
from compose2quadlet.planner.replicas import wanted

FOLDERS = {Scope.USER: "~/.config/containers/systemd", Scope.SYSTEM: "/etc/containers/systemd"}
"""Where Podman's generator looks, for each scope."""

SYSTEMD_FOLDERS = {Scope.USER: "~/.config/systemd/user", Scope.SYSTEM: "/etc/systemd/system"}
"""Where systemd itself looks for units."""

PODMAN_FOLDERS = {
    Scope.USER: "~/.config/containers/containers.conf.d",
    Scope.SYSTEM: "/etc/containers/containers.conf.d",
}
"""Where Podman looks for additions to its configuration."""

TARGETS = {Scope.USER: "default.target", Scope.SYSTEM: "multi-user.target"}
"""What pulls in a service at boot. A user manager has no multi-user.target."""

NETWORK_TYPES = ("nfs", "nfs4", "cifs", "smb3")
"""File systems that are mounted over the network."""

STARTS_AT_BOOT = ("always", "unless-stopped")
CONDITIONS = {"": "no", "any": "always", "none": "no"}
"""Conditions of ``deploy.restart_policy`` that ``restart`` has other names for. Without one, Docker Compose restarts
nothing, though its specification says otherwise."""


@dataclass(frozen=True, slots=True)
class Restart:
    """When a service is started again: ``always``, ``unless-stopped``, ``on-failure``, ``no``, or what is written.

    ``attempts`` of 0 means without end; ``delay`` and ``window`` are nanoseconds, or None.
    """

    name: str
    attempts: int = 0
    delay: int | None = None
    window: int | None = None


def restart(service: Service) -> Restart:
    """The restart policy; that of ``deploy`` takes precedence."""
    if service.deploy and (policy := service.deploy.restart_policy):
        name = CONDITIONS.get(policy.condition, policy.condition)
        return Restart(name, policy.max_attempts or 0, policy.delay, policy.window)
    name, colon, count = service.restart.partition(":")
    if colon and not (name == "on-failure" and count.isdecimal()):
        return Restart(service.restart)
    return Restart(name or "no", int(count or 0))


def starts_at_boot(service: Service) -> bool:
    """Whether Docker would start the service at boot, once it was started."""
    return restart(service).name in STARTS_AT_BOOT and wanted(service) != 0


def boot_target(project: Project, name: str, scope: Scope) -> str | None:
    """The target that wants the service at boot; None where Docker would not start it either."""
    return TARGETS[scope] if starts_at_boot(project.services[name]) else None


def needed(project: Project, names: Iterable[str]) -> set[str]:
    """The services of those names, and all that they need to start."""
    found = set(names)
    waiting = list(found)
    while waiting:
        for other, dependency in project.services[waiting.pop()].depends_on.items():
            if other in project.services and dependency.required and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def note_boot(project: Project, log: Log) -> None:
    """Log what starts at boot otherwise than one may think: not at all, or only because others need it."""
    own = {name for name, service in project.services.items() if starts_at_boot(service)}
    started = needed(project, own)
    idle = [name for name in project.services if name not in started]
    if idle:
        verb = "does" if len(idle) == 1 else "do"
        log.note(
            "not-at-boot",
            f"{', '.join(idle)} {verb} not start at boot, as with Docker: no 'restart: always' or 'unless-stopped'",
            "Write 'restart: unless-stopped' to have a service started.",
            ("services", idle[0]),
        )
    pulled = [name for name in project.services if name in started - own]
    if pulled:
        verb = "starts" if len(pulled) == 1 else "start"
        log.note(
            "boot-by-need",
            f"{', '.join(pulled)} {verb} at boot as well, for services that do and need it; Docker leaves it stopped",
            "Under systemd, what is needed is started first. Remove the dependency if that is not wanted.",
            ("services", pulled[0]),
        )


def note_linger(project: Project, options: Options, log: Log) -> None:
    """Warn where services are to start at boot, but the user's manager is known to start at login only."""
    login = options.host.login if options.host else None
    booting = [name for name, service in project.services.items() if starts_at_boot(service)]
    if options.scope is Scope.USER and booting and login and login.linger is False:
        message = f"the services of {login.name} start at login, not at boot, and stop when the last session ends"
        log.warn("no-linger", message, f"Once: loginctl enable-linger {login.name}", ("services", booting[0]))


FIRST_FREE_PORT = 1024
"""The first port that an ordinary user may listen on, as the kernel has it by default."""


def low_ports(project: Project, options: Options) -> list[tuple[int, Path]]:
    """The host ports that an ordinary user may not publish, unless the host is known to allow them."""
    known = options.host.first_port if options.host else None
    free = FIRST_FREE_PORT if known is None else known
    return [
        (found[0], ("services", name, "ports", i))
        for name, service in project.services.items()
        for i, port in enumerate(service.ports)
        if (found := published(port)) and found[0] < free
    ]


def note_privileges(project: Project, options: Options, log: Log) -> None:
    """Log what an ordinary user cannot do without help: listen on low ports, mount network file systems."""
    if options.scope is not Scope.USER:
        return
    low = low_ports(project, options)
    if low:
        numbers = sorted({number for number, _ in low})
        number, shown = numbers[0], ", ".join(map(str, numbers))
        log.warn(
            "privileged-port",
            f"a login user may not listen on {'port' if len(numbers) == 1 else 'ports'} {shown}, unless the host allows"
            " it: the container will not start",
            f"Allow it once: echo net.ipv4.ip_unprivileged_port_start={number} >/etc/sysctl.d/50-ports.conf as root,"
            " then sysctl --system. Or publish a port from 1024 on.",
            low[0][1],
        )
    for key, volume in project.volumes.items():
        if volume.driver_opts.get("type") in NETWORK_TYPES:
            log.warn(
                "privileged-mount",
                f"an ordinary user may not mount {volume.driver_opts['type']}: containers with {key} will not start",
                "Mount it on the host, in /etc/fstab, and bind-mount the folder; or use --scope system.",
                ("volumes", key, "driver_opts"),
            )
