"""What a container's unit needs from the host: units, and paths that are checked before each start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet.backend.unit import Directive, Specified
from compose2quadlet.lowering.verbs import Context, writing
from compose2quadlet.options import Scope
from compose2quadlet.planner import Plan, ServicePlan
from compose2quadlet.planner.host import engine

Directives = Iterator[Directive]

API_CREDENTIALS = "/run/secrets/docker"
"""Where Docker Compose puts the registry credentials that it passes on with the engine's socket."""

# A path with a line break would make a line of its own in the journal, with a priority of its own.
SHOWN = '"$(printf %s "$p" | tr "[:cntrl:]" "?")"'

# The first look into the directory mounts it, where that happens on demand.
LOOK_MOUNTED = (
    'for p; do [ -e "$p/." ] && mountpoint -q "$p"'
    f' || {{ printf "<3>%s is not mounted: not starting on the empty directory\\n" {SHOWN}; exit 1; }}; done'
)
LOOK_ACTIVE = (
    'for u; do systemctl is-active --quiet "$u" || { printf "<3>%s of the host is not active\\n" "$u"; exit 1; }; done'
)
LOOK_THERE = f'for p; do [ -e "$p" ] || {{ printf "<3>%s is not there\\n" {SHOWN}; exit 1; }}; done'
"""Commands that fail, with a line in the journal, if one of their arguments is not mounted or does not exist."""


def before(service: ServicePlan, scope: Scope) -> Directives:
    """The host units, and the checks of host paths, before anything is created below them.

    If a required host unit fails, systemd never starts its dependents again. So services and mounts of the host are
    only wanted, and checked before each start: if that fails, it is tried again.
    """
    host = service.host
    looked_at = tuple(u for u in host.requires if scope is Scope.SYSTEM and u.endswith((".service", ".mount")))
    wanted = (*looked_at, *host.wants)
    for key, units in (("Requires", host.requires), ("Wants", wanted)):
        for unit in units:
            if key == "Wants" or unit not in looked_at:
                yield Directive("Unit", key, unit)
                yield Directive("Unit", "After", unit)
    services = tuple(unit for unit in looked_at if unit.endswith(".service"))
    for look, given in ((LOOK_ACTIVE, services), (LOOK_MOUNTED, host.mounted), (LOOK_THERE, host.exists)):
        if given:
            yield Directive("Service", "ExecStartPre", ("/bin/sh", "-c", look, "sh", *given))
    if host.unlabelled and not service.spec.security_opt:
        yield Directive("Container", "SecurityLabelDisable", True)


def mounts(plan: Plan) -> dict[str, tuple[str, ...]]:
    """By unit: the mounts that start a service when it was waiting for them, or something that it needs was.

    If a mount fails, the starts of all that needs it fail, too, and systemd does not repeat those.
    """
    found: dict[str, dict[str, None]] = {}
    dependents: dict[str, list[str]] = {}
    for service in plan.services.values():
        for name in (*service.order.requires, *service.order.binds):
            dependents.setdefault(name, []).append(service.unit.service)
    for service in plan.services.values():
        waiting, seen = [service.unit.service] if service.host.wanted_by else [], {service.unit.service}
        while waiting:
            name = waiting.pop()
            if name in plan.booting or name == service.unit.service:
                found.setdefault(name, {}).update(dict.fromkeys(service.host.wanted_by))
            further = [other for other in dependents.get(name, ()) if other not in seen]
            seen.update(further)
            waiting += further
    return {name: tuple(units) for name, units in found.items()}


def after(units: Iterable[str]) -> Directives:
    """The mounts that start a service."""
    for unit in units:
        yield Directive("Install", "WantedBy", unit)


@writing("Volume", "Environment", how="Podman's socket at /var/run/docker.sock, without registry credentials")
def use_api_socket(_wanted: bool, c: Context) -> Directives:
    if not c.service.host.api_socket:
        return
    service = c.service.spec
    if all(mount.target != engine.INSIDE for mount in service.volumes):
        yield c.put("Volume", Specified("%t", f"/{engine.PODMAN_SOCKET}:{engine.INSIDE}"))
    if "DOCKER_CONFIG" not in service.environment:
        yield c.put("Environment", f"DOCKER_CONFIG={API_CREDENTIALS}")
