"""Resolves the environment and labels of each service, and reads the files that they come from.

Source: compose-go ``WithServicesEnvironmentResolved`` and ``WithServicesLabelsResolved``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compose2quadlet.diagnostics import NAME, PATH, Path, dotted, refuse, shown, told
from compose2quadlet.loader import dotenv, files
from compose2quadlet.loader.interpolate import Variables


def resolve(project: dict[str, Any], outer: Mapping[str, str], variables: Variables) -> None:
    """Replace ``env_file`` with the content of the files; changes ``project``.

    ``outer`` is the environment for interpolation. Raises RefusedError for a missing or bad file.
    """
    for name, service in project["services"].items():
        path = ("services", name)
        _replace(service, "env_file", "environment", _environment(service, path, outer, variables))


def resolve_labels(project: dict[str, Any], variables: Variables) -> None:
    """Replace ``label_file`` with the content of the files; changes ``project``. Raises RefusedError."""
    for name, service in project["services"].items():
        _replace(service, "label_file", "labels", _labels(service, ("services", name), variables))


def _replace(service: dict[str, Any], source: str, target: str, value: Any) -> None:
    """Put ``value`` in the place of ``source`` or ``target``, so that the order of the attributes is kept."""
    items = list(service.items())
    service.clear()
    for key, old in items:
        if key not in (source, target):
            service[key] = old
        elif value:
            service[target] = value


def _environment(service: dict[str, Any], path: Path, outer: Mapping[str, str], variables: Variables) -> Any:
    own: dict[str, str | None] = service.get("environment") or {}
    own = {k: outer.get(k) if v is None else v for k, v in own.items()}
    # Values of the service itself win, and can be used in the files.
    values = {k: v for k, v in own.items() if v is not None}

    def lookup(name: str) -> str | None:
        return outer[name] if name in outer else own.get(name)

    for i, entry in enumerate(service.get("env_file") or ()):
        file = entry["path"]
        if not entry["required"] and not files.exists(file):
            continue
        data = _read(file, "env file", (*path, "env_file", i))
        if entry.get("format") == "raw":
            dotenv.parse_raw(data, file, values, lookup)
        elif entry.get("format"):
            raise refuse(
                "bad-value",
                f"{dotted((*path, 'env_file', i))}: there is no format {shown(entry['format'], NAME, 'of that name')}",
                "Write 'format: raw', or remove the key.",
                (*path, "env_file", i),
            )
        else:
            dotenv.parse(data, file, values, lookup, variables)
    return {**values, **own}


def _labels(service: dict[str, Any], path: Path, variables: Variables) -> Any:
    labels: dict[str, str] = {}
    for i, file in enumerate(service.get("label_file") or ()):
        data = _read(file, "label file", (*path, "label_file", i))
        dotenv.parse(data, file, labels, labels.get, variables)
    return {**labels, **(service.get("labels") or {})}


def _read(file: str, what: str, path: Path) -> bytes:
    if not files.exists(file):
        problem = f"there is no {what} {told(file, PATH, 'there')}" if file else f"the name of the {what} is empty"
        hint = f"Create the file, or write 'required: false' if the {what} is optional."
        if what != "env file":
            hint = "Create the file, or remove this line."
        elif not file:
            hint = "Name a file, or set the variable that contains its name."
        raise refuse("file-not-found", f"{dotted(path)}: {problem}", hint, path)
    return files.read(file, what)
