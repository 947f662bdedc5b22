"""Services of a provider: Docker Compose calls a plugin for them, and creates no container.

Source: compose specification "provider".
"""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project, Service

INSTEAD = "Set up what the provider does in another way."


def without(project: Project, log: Log) -> Project:
    """The project without the services of providers. Nothing can start them, so nothing may wait for them.

    Logs a warning for each, and an error if another service needs its container.
    """
    provided = {name for name, service in project.services.items() if service.provider is not None}
    for name in sorted(provided):
        path = ("services", name, "provider")
        log.warn(
            "key-unsupported", f"services.{name}.provider is not converted: the service gets no unit", INSTEAD, path
        )
    kept = {name: service for name, service in project.services.items() if name not in provided}
    for name, service in kept.items():
        for key, other in _containers(service):
            if other in provided:
                message = f"services.{name}.{key}: '{other}' has no container, because a provider sets it up"
                log.error("inconsistent", message, "Choose another service.", ("services", name, key))
    log.raise_errors()
    return project.model_copy(update={"services": kept})


def _containers(service: Service) -> list[tuple[str, str]]:
    """The services whose containers a service uses, each with the key that names it."""
    modes = [(key, str(getattr(service, key)).partition(":")) for key in ("network_mode", "ipc", "pid")]
    found = [(key, name) for key, (kind, _, name) in modes if kind == "service"]
    return found + [("volumes_from", given.partition(":")[0]) for given in service.volumes_from]
