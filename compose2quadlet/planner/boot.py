"""What starts at boot, in which scope, and what does not."""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.diagnostics import NAME, Log, command, told
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.replicas import wanted
from compose2quadlet.planner.restart import restart

TARGETS = {Scope.USER: "default.target", Scope.SYSTEM: "multi-user.target"}
"""What pulls in a service at boot. A user manager has no multi-user.target."""

STARTS_AT_BOOT = ("always", "unless-stopped")


def starts_at_boot(service: Service) -> bool:
    """Whether Docker would start the service at boot, once it was started."""
    return restart(service).name in STARTS_AT_BOOT and wanted(service) != 0


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


def note(project: Project, log: Log) -> None:
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
    pulled = [name for name in project.services if name in started and name not in own]
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
        who = told(login.name, NAME, "the login user")
        message = f"the services of {who} start at login, not at boot, and stop when the last session ends"
        hint = f"Once: {command('loginctl', 'enable-linger', login.name)}"
        log.warn("no-linger", message, hint, ("services", booting[0]))
