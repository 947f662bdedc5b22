"""Networks, volumes and secrets that are not made here, so that they have to be there before the first start.

Docker's are not those of Podman: what Docker Compose found, the units do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from compose2quadlet.diagnostics import NAME, Log, Path, command, told
from compose2quadlet.facts import Made
from compose2quadlet.model import Project
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.host.known import made
from compose2quadlet.planner.neighbours import Neighbours

OF_PODMAN = ("host", "none", "bridge", "podman")
"""Networks that are always there."""


def note(project: Project, others: Neighbours, options: Options, log: Log) -> None:
    """Warn, once for each kind, of what has to be made by hand; what ``others`` of the run make is not, nor what Podman
    is known to have."""
    scope = options.scope
    used = {key for service in project.services.values() for key in service.networks}
    networks: dict[str, Path] = {
        n.name: ("networks", key)
        for key, n in project.networks.items()
        if n.external and key in used and n.name not in (*OF_PODMAN, *others.networks)
    }
    mounted = {m.source for service in project.services.values() for m in service.volumes if m.type == "volume"}
    volumes: dict[str, Path] = {
        v.name: ("volumes", key)
        for key, v in project.volumes.items()
        if v.external and key in mounted and v.name not in others.volumes
    }
    asked = {given.source for service in project.services.values() for given in service.secrets}
    secrets: dict[str, Path] = {
        s.name: ("secrets", key) for key, s in project.secrets.items() if s.external and key in asked
    }
    _note_makers(project, others, log)
    there = made(options) if networks or volumes or secrets else None
    if networks := _without(networks, there.networks if there else ()):
        more = "If it was made with options, such as a subnet or macvlan, give them again."
        hint = _hint((("podman", "network", "create", name) for name in networks), more, scope)
        hint += _by_units(networks, ".network", options)
        log.warn("external-network", _message("network", networks, there), hint, next(iter(networks.values())))
    if volumes := _without(volumes, there.volumes if there else ()):
        more = "Then copy the data: Podman does not see Docker's volumes."
        hint = _hint((("podman", "volume", "create", name) for name in volumes), more, scope)
        hint += _by_units(volumes, ".volume", options)
        log.warn("external-volume", _message("volume", volumes, there), hint, next(iter(volumes.values())))
    if secrets := _without(secrets, there.secrets if there else ()):
        hint = _hint((("podman", "secret", "create", name, "FILE") for name in secrets), "", scope)
        log.warn("external-secret", _message("secret", secrets, there), hint, next(iter(secrets.values())))


def _note_makers(project: Project, others: Neighbours, log: Log) -> None:
    """Note what other projects of the run make, and which units do."""
    for kind, plural, given, resources in (
        ("external-network", "networks", others.networks, project.networks),
        ("external-volume", "volumes", others.volumes, project.volumes),
    ):
        found = {
            r.name: ((plural, key), given[r.name]) for key, r in resources.items() if r.external and r.name in given
        }
        if found:
            listed = ", ".join(f"{told(name, NAME, 'it')} ({unit.service})" for name, (_, unit) in found.items())
            message = f"other projects of this run make these {plural}, and their units start first: {listed}"
            log.note(kind, message, path=next(iter(found.values()))[0])


def _by_units(names: Collection[str], suffix: str, options: Options) -> str:
    """What is worth knowing where units that are there already make what is missing."""
    units = options.host.quadlets.get(options.scope, {}) if options.host else {}
    makers = {u.project or file for file, u in units.items() if file.endswith(suffix) and u.makes in names}
    if not makers:
        return ""
    which = ", ".join(told(maker, NAME, "another") for maker in sorted(makers))
    return f" Or convert this project and {which}, whose unit makes it, in one run: then it starts first."


def _without(found: Mapping[str, Path], there: Collection[str]) -> dict[str, Path]:
    return {name: path for name, path in found.items() if name not in there}


def _message(kind: str, found: Iterable[str], there: Made | None) -> str:
    names = [told(name, NAME, "of that name") for name in found]
    what = f"{kind}s" if len(names) > 1 else kind
    if there:
        return f"Podman does not have the external {what} {', '.join(names)}, without which the services do not start"
    return f"Podman needs the external {what} {', '.join(names)} before the first start; Docker's are not seen"


def _hint(commands: Iterable[tuple[str, ...]], more: str, scope: Scope) -> str:
    who = "As root, once" if scope is Scope.SYSTEM else "Once"
    lines = "; ".join(command(*(told(word, NAME, "NAME") for word in words)) for words in commands)
    return f"{who}: {lines}. {more}".strip()
