"""User or system: where units live, and what starts them at boot."""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope

FOLDERS = {Scope.USER: "~/.config/containers/systemd", Scope.SYSTEM: "/etc/containers/systemd"}
"""Where Podman's generator looks, for each scope."""

TARGETS = {Scope.USER: "default.target", Scope.SYSTEM: "multi-user.target"}
"""What pulls in a service at boot. A user manager has no multi-user.target."""

STARTS_AT_BOOT = ("always", "unless-stopped")
CONDITIONS = {"": "always", "any": "always", "none": "no"}
"""Conditions of ``deploy.restart_policy`` that ``restart`` has other names for."""


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
    name, _, count = service.restart.partition(":")
    return Restart(name or "no", int(count) if count.isdigit() else 0)


def starts_at_boot(service: Service) -> bool:
    """Whether Docker would start the service at boot, once it was started."""
    replicas = service.scale if service.scale is not None else service.deploy and service.deploy.replicas
    return restart(service).name in STARTS_AT_BOOT and replicas != 0


def boot_target(project: Project, name: str, scope: Scope) -> str | None:
    """The target that wants the service at boot; None where Docker would not start it either."""
    return TARGETS[scope] if starts_at_boot(project.services[name]) else None


def note_idle(project: Project, log: Log) -> None:
    """Log which services nothing starts at boot, neither a target nor a service that needs them."""
    needed = {other for service in project.services.values() for other in service.depends_on}
    idle = [n for n, s in project.services.items() if not starts_at_boot(s) and n not in needed]
    if idle:
        verb = "does" if len(idle) == 1 else "do"
        log.note(
            "not-at-boot",
            f"{', '.join(idle)} {verb} not start at boot, as with Docker: no 'restart: always' or 'unless-stopped'",
            "Write 'restart: unless-stopped' to have a service started.",
            ("services", idle[0]),
        )
