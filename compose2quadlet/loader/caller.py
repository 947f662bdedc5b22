"""Whose environment a project is loaded with: under ``sudo`` it is root's, not that of whoever ran Docker Compose.

Source: sudo(8), "Environment"; doas(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compose2quadlet.diagnostics import Diagnostic, Log, Path, Position, Severity, command
from compose2quadlet.loader.interpolate import Variables
from compose2quadlet.loader.tree import Map, Seq, locate

CALLERS = ("SUDO_USER", "DOAS_USER")
"""Variables with the name of the user who called sudo or doas."""

ROOTS = {"HOME": "/root", "USER": "root", "LOGNAME": "root", "UID": "0", "XDG_RUNTIME_DIR": "/run/user/0"}
"""Variables that say who somebody is, and their values for root."""

USUAL = {
    "HOME": "/home/{user}",
    "USER": "{user}",
    "LOGNAME": "{user}",
    "UID": "{uid}",
    "XDG_RUNTIME_DIR": "/run/user/{uid}",
}
"""Their usual values for others."""

PATHS = frozenset("volumes source env_file label_file path file context build device include project_directory".split())
"""Keys whose values are paths, in which a ``~`` at the start is the home directory."""


Inherited = Mapping[str, Position | None]
"""Variables whose values come from the environment without a ``$``, with the first place of each."""


def inherited(documents: Iterable[Any]) -> Inherited:
    """What compose files, as they are written, take from the environment: by a ``~``, or a variable without a value."""
    found: dict[str, Position | None] = {}
    for document in documents:
        for path, name in _inherited(document, ()):
            if name in ROOTS and name not in found:
                found[name] = locate(document, path)
    return found


def check(found: Inherited, environ: Mapping[str, str], variables: Variables, log: Log) -> None:
    """Warn where compose files use what is root's only because another user called sudo.

    ``found`` is what they inherit, ``environ`` the caller's environment, and ``variables`` knows which variables were
    used, and their values.
    """
    user = next((environ[name] for name in CALLERS if environ.get(name)), "root")
    roots = [name for name, value in ROOTS.items() if environ.get(name) == value == variables.lookup(name)]
    if user == "root" or not roots:
        return
    used = dict(found)
    for use in variables.uses:
        used.setdefault(use.name, use.position)
    if not (concerned := [name for name in roots if name in used]):
        return
    names = ["HOME (also ~)" if name == "HOME" else name for name in concerned]
    verb, those = ("has the value", "that") if len(names) == 1 else ("have the values", "those")
    message = f"{' and '.join(names)} {verb} of root here; Docker Compose took {those} of {user}"
    message += f", if {user} ran it without sudo"
    uid = environ.get("SUDO_UID") or "1000"
    values = [f"{name}={USUAL[name].format(user=user, uid=uid)}" for name in concerned]
    hint = f"Give the values that you mean: sudo env {command(*values)} compose2quadlet …"
    log.add(Diagnostic("sudo-environment", Severity.WARNING, message, hint, position=used[concerned[0]]))


def _inherited(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Where values come from the environment without a ``$``, and the variables that they come from."""
    if isinstance(value, Map):
        for key, item in value.items():
            if path and path[-1] == "environment" and item is None:
                yield (*path, key), key
            yield from _inherited(item, (*path, key))
    elif isinstance(value, Seq):
        for i, item in enumerate(value):
            yield from _inherited(item, (*path, i))
    elif isinstance(value, str):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        if key in PATHS and (value == "~" or value.startswith("~/")):
            yield path, "HOME"
        elif key == "environment" and "=" not in value:
            yield path, value
