"""Decides which services take part, by profiles, and drops resources that only inactive services use.

Source: compose specification "Profiles"; compose-go ``WithProfiles``, ``WithoutUnnecessaryResources``.
"""

from __future__ import annotations

from typing import Any


def split(project: dict[str, Any], active: list[str]) -> dict[str, Any]:
    """Remove the services without an active profile from ``project``, and return them.

    A service without profiles always takes part; ``*`` activates all.
    """
    services = project["services"]
    disabled = {
        name: service
        for name, service in services.items()
        if service.get("profiles") and "*" not in active and not set(service["profiles"]) & set(active)
    }
    for name in disabled:
        del services[name]
    return disabled


def drop_unused(project: dict[str, Any]) -> None:
    """Leave out of ``project`` the networks, volumes, secrets, configs and models that no service uses."""
    used: dict[str, set[str]] = {kind: set() for kind in ("networks", "volumes", "secrets", "configs", "models")}
    for service in project["services"].values():
        used["networks"].update(service.get("networks") or ())
        used["models"].update(service.get("models") or ())
        used["volumes"].update(v.get("source", "") for v in service.get("volumes") or () if v.get("type") == "volume")
        for kind in ("secrets", "configs"):
            used[kind].update(x.get("source", "") for x in service.get(kind) or ())
        used["secrets"].update(x.get("source", "") for x in (service.get("build") or {}).get("secrets") or ())
    for kind, names in used.items():
        kept = {name: value for name, value in (project.get(kind) or {}).items() if name in names}
        if kept:
            project[kind] = kept
        else:
            project.pop(kind, None)
