"""Networks, volumes and secrets that are not made here, so that they have to be there before the first start.

Docker's are not those of Podman: what Docker Compose found, the units do not.
"""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.diagnostics import NAME, Log, Path, command, told
from compose2quadlet.model import Project
from compose2quadlet.options import Scope
from compose2quadlet.planner.neighbours import Neighbours

OF_PODMAN = ("host", "none", "bridge", "podman")
"""Networks that are always there."""


def note(project: Project, others: Neighbours, scope: Scope, log: Log) -> None:
    """Warn, once for each kind, of what has to be made by hand; what ``others`` of the run make is not."""
    used = {key for service in project.services.values() for key in service.networks}
    networks: dict[str, Path] = {
        n.name: ("networks", key)
        for key, n in project.networks.items()
        if n.external and key in used and n.name not in (*OF_PODMAN, *others.networks)
    }
    volumes: dict[str, Path] = {
        v.name: ("volumes", key) for key, v in project.volumes.items() if v.external and v.name not in others.volumes
    }
    secrets: dict[str, Path] = {s.name: ("secrets", key) for key, s in project.secrets.items() if s.external}
    if networks:
        more = "If it was made with options, such as a subnet or macvlan, give them again."
        hint = _hint((("podman", "network", "create", name) for name in networks), more, scope)
        log.warn("external-network", _message("network", networks), hint, next(iter(networks.values())))
    if volumes:
        more = "Then copy the data: Podman does not see Docker's volumes."
        hint = _hint((("podman", "volume", "create", name) for name in volumes), more, scope)
        log.warn("external-volume", _message("volume", volumes), hint, next(iter(volumes.values())))
    if secrets:
        hint = _hint((("podman", "secret", "create", name, "FILE") for name in secrets), "", scope)
        log.warn("external-secret", _message("secret", secrets), hint, next(iter(secrets.values())))


def _message(kind: str, found: Iterable[str]) -> str:
    names = [told(name, NAME, "of that name") for name in found]
    what = f"{kind}s" if len(names) > 1 else kind
    return f"Podman needs the external {what} {', '.join(names)} before the first start; Docker's are not seen"


def _hint(commands: Iterable[tuple[str, ...]], more: str, scope: Scope) -> str:
    who = "As root, once" if scope is Scope.SYSTEM else "Once"
    lines = "; ".join(command(*(told(word, NAME, "NAME") for word in words)) for words in commands)
    return f"{who}: {lines}. {more}".strip()
