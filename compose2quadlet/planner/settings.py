"""Settings of this tool in the compose file: the lower-case keys of a service's ``x-quadlet``.

Keys that start with a capital letter are sections of the unit; see ``lowering/overrides.py``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from compose2quadlet.diagnostics import Log, Path, dotted
from compose2quadlet.model import Build, Network, Project, Service, Volume

Extended = Service | Build | Network | Volume

UPDATES = ("registry", "local")
"""The values of ``AutoUpdate=``."""

SETTINGS = {
    "isolation": "an isolation policy, as for --isolation",
    "host_units": "a list of host units",
    "auto_update": "'registry', 'local' or false",
}
"""The settings of a service, and what each accepts. Builds, networks and volumes have none."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in a service's ``x-quadlet``.

    ``isolation`` is the name of a policy and ``auto_update`` a value of ``AutoUpdate=`` or False for no updates;
    both are None if they are not set. ``host_units`` are full unit names, such as ``mnt-nas.mount``.
    """

    isolation: str | None = None
    host_units: tuple[str, ...] = ()
    auto_update: str | bool | None = None


def settings(service: Service) -> Settings:
    """The settings of a service. An invalid one counts as not set, because ``check`` refuses it."""
    given = service.quadlet if isinstance(service.quadlet, dict) else {}
    valid = {name: given[name] for name in SETTINGS if name in given and _valid(name, given[name])}
    if "host_units" in valid:
        valid["host_units"] = tuple(valid["host_units"])
    return Settings(**valid)


def _valid(name: str, value: Any) -> bool:
    match name:
        case "isolation":
            return isinstance(value, str)
        case "host_units":
            return isinstance(value, list) and all(isinstance(unit, str) for unit in value)
    return value is False or value in UPDATES


def check(project: Project, log: Log) -> None:
    """Log an error for each ``x-quadlet`` that is not a mapping, and for each unknown or invalid setting."""
    things: list[tuple[Path, Extended, tuple[str, ...]]] = []
    things += [(("services", name), service, tuple(SETTINGS)) for name, service in project.services.items()]
    things += [(("services", name, "build"), s.build, ()) for name, s in project.services.items() if s.build]
    things += [(("networks", key), network, ()) for key, network in project.networks.items()]
    things += [(("volumes", key), volume, ()) for key, volume in project.volumes.items()]
    for path, thing, known in things:
        at = (*path, "x-quadlet")
        place = dotted(at)
        if not isinstance(thing.quadlet, dict):
            hint = "Write sections of the unit below it, for example 'x-quadlet: {Service: {Nice: 5}}'."
            log.error("bad-value", f"{place}: not a mapping", hint, at)
            continue
        for name, value in thing.quadlet.items():
            if not name[:1].isupper():
                _check(name, value, known, (*at, name), log)


def _check(name: str, value: Any, known: tuple[str, ...], path: Path, log: Log) -> None:
    place = dotted(path)
    if name not in known:
        close = difflib.get_close_matches(name, known, 2)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        here = f"The settings are {', '.join(known)}." if known else "There are no settings here."
        hint = f"{here}{meant} Sections of the unit start with a capital letter."
        log.error("unknown-key", f"{place}: unknown setting", hint, path)
    elif not _valid(name, value):
        log.error("bad-value", f"{place}: the value is not possible here", f"Write {SETTINGS[name]}.", path)
