"""User or system: where units live, and what starts them at boot."""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project
from compose2quadlet.options import Scope

FOLDERS = {Scope.USER: "~/.config/containers/systemd", Scope.SYSTEM: "/etc/containers/systemd"}
"""Where Podman's generator looks, for each scope."""

TARGETS = {Scope.USER: "default.target", Scope.SYSTEM: "multi-user.target"}
"""What pulls in a service at boot. A user manager has no multi-user.target."""

STARTS_AT_BOOT = ("always", "unless-stopped")


def boot_target(project: Project, name: str, scope: Scope) -> str | None:
    """The target that wants the service at boot; None where Docker would not start it either."""
    return TARGETS[scope] if project.services[name].restart in STARTS_AT_BOOT else None


def note_idle(project: Project, log: Log) -> None:
    """Log which services nothing starts at boot, neither a target nor a service that needs them."""
    needed = {other for service in project.services.values() for other in service.depends_on}
    idle = [n for n, s in project.services.items() if s.restart not in STARTS_AT_BOOT and n not in needed]
    if idle:
        verb = "does" if len(idle) == 1 else "do"
        log.note(
            "not-at-boot",
            f"{', '.join(idle)} {verb} not start at boot, as with Docker: no 'restart: always' or 'unless-stopped'",
            "Write 'restart: unless-stopped' to have a service started.",
            ("services", idle[0]),
        )
