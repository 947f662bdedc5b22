"""Settings of this tool in the compose file: the lower-case keys of a service's ``x-quadlet``.

Keys that start with a capital letter are sections of the unit; see ``lowering/overrides.py``.
"""

from __future__ import annotations

import difflib

from compose2quadlet.diagnostics import Log, Path, dotted
from compose2quadlet.model import Project
from compose2quadlet.model.extension import SETTINGS, Extension

VALUES = {
    "isolation": "an isolation policy, as for --isolation",
    "host_units": "a list of host units",
    "auto_update": "'registry', 'local' or false",
}
"""What each setting of a service accepts."""


def check(project: Project, log: Log) -> None:
    """Log an error for each ``x-quadlet`` that is not a mapping, and for each unknown or invalid setting."""
    things: list[tuple[Path, Extension, tuple[str, ...]]] = []
    things += [(("services", name), service.quadlet, tuple(SETTINGS)) for name, service in project.services.items()]
    things += [(("services", n, "build"), s.build.quadlet, ()) for n, s in project.services.items() if s.build]
    things += [(("networks", key), network.quadlet, ()) for key, network in project.networks.items()]
    things += [(("volumes", key), volume.quadlet, ()) for key, volume in project.volumes.items()]
    for path, given, known in things:
        at = (*path, "x-quadlet")
        if not given.mapping:
            hint = "Write sections of the unit below it, for example 'x-quadlet: {Service: {Nice: 5}}'."
            log.error("bad-value", f"{dotted(at)}: not a mapping", hint, at)
        for name in given.settings:
            _check(name, given, known, (*at, name), log)


def _check(name: str, given: Extension, known: tuple[str, ...], path: Path, log: Log) -> None:
    place = dotted(path)
    if name not in known:
        close = difflib.get_close_matches(name, known, 2)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        here = f"The settings are {', '.join(known)}." if known else "There are no settings here."
        hint = f"{here}{meant} Sections of the unit start with a capital letter."
        log.error("unknown-key", f"{place}: unknown setting", hint, path)
    elif name in given.wrong:
        log.error("bad-value", f"{place}: the value is not possible here", f"Write {VALUES[name]}.", path)
