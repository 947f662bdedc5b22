"""What starts at boot in each scope, and what does not."""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.diagnostics import NAME, Log, command, told
from compose2quadlet.facts import Facts
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.replicas import wanted
from compose2quadlet.planner.restart import restart

TARGETS = {Scope.USER: "default.target", Scope.SYSTEM: "multi-user.target"}
"""The target that starts services at boot. A user's service manager has no multi-user.target."""

STARTS_AT_BOOT = ("always", "unless-stopped")


def starts_at_boot(service: Service) -> bool:
    """Whether Docker would start the service at boot, once it was started."""
    return restart(service).name in STARTS_AT_BOOT and wanted(service) != 0


def needed(project: Project, names: Iterable[str]) -> set[str]:
    """The services with these names, and all that they need to start."""
    found = set(names)
    waiting = list(found)
    while waiting:
        for other, dependency in project.services[waiting.pop()].depends_on.items():
            if other in project.services and dependency.required and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def note(project: Project, log: Log) -> None:
    """Log which services do not start at boot, and which only do so because others depend on them."""
    own = {name for name, service in project.services.items() if starts_at_boot(service)}
    started = needed(project, own)
    idle = [name for name in project.services if name not in started]
    if idle:
        verb = "does" if len(idle) == 1 else "do"
        log.note(
            "not-at-boot",
            f"{', '.join(idle)} {verb} not start at boot, as with Docker: no 'restart: always' or 'unless-stopped'",
            f"Add 'restart: unless-stopped' to start {'it' if len(idle) == 1 else 'them'} at boot.",
            ("services", idle[0]),
        )
    pulled = [name for name in project.services if name in started and name not in own]
    if pulled:
        verb, them = ("starts", "it") if len(pulled) == 1 else ("start", "them")
        log.note(
            "boot-by-need",
            f"{', '.join(pulled)} {verb} at boot, because dependents do. Docker would leave {them} stopped",
            "systemd starts dependencies first. If you do not want that, remove the dependency.",
            ("services", pulled[0]),
        )


WAIT = "podman-user-wait-network-online.service"
ONLINE = "network-online.target"


def note_host(project: Project, options: Options, log: Log) -> None:
    """Warn, at once, of what keeps a known user's services from starting at boot, and makes each start wait."""
    facts = options.host
    if options.scope is not Scope.USER or facts is None or not project.services:
        return
    waiting = f"each start of a unit waits 90 s for {ONLINE} of the system, which nothing on this host starts"
    start = f"as root: {command('systemctl', 'add-wants', 'multi-user.target', ONLINE)};"
    start += f" {command('systemctl', 'start', ONLINE)}"
    waits = _waits(facts)
    login = facts.login
    booting = [name for name, service in project.services.items() if starts_at_boot(service)]
    if booting and login and login.linger is False:
        who = told(login.name, NAME, "the login user")
        message = f"the services of {who} start at login, not at boot, and stop when the last session ends"
        hint = f"Once: {command('loginctl', 'enable-linger', login.name)}"
        both = (f"{message}; and {waiting}", f"{hint}; and {start}")
        log.warn("no-linger", *(both if waits else (message, hint)), ("services", booting[0]))
    elif waits:
        log.warn("network-wait", waiting, f"Once, {start}", ("services", next(iter(project.services))))


def _waits(facts: Facts) -> bool:
    """Whether each start of a user unit waits in vain until the host is online, since nothing there says that it is.

    Measured with Podman 5.4 and 5.8: the unit that waits has failed after 90 s, and is started again with each unit.
    """
    units = facts.units or {}
    return WAIT in (facts.user_units or {}) and ONLINE in units and units[ONLINE].state != "active"
