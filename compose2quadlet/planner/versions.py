"""Which versions of Podman units can be made for."""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.options import NEWEST_PODMAN, OLDEST_PODMAN, Version


def check(podman: Version, log: Log) -> None:
    """Log an error for a Podman without Quadlet, and a warning for one that this tool does not know yet."""
    oldest, newest, given = (".".join(map(str, v)) for v in (OLDEST_PODMAN, NEWEST_PODMAN, podman))
    if podman < OLDEST_PODMAN:
        hint = f"Install a newer Podman, or choose the one that the units are for: --podman-version {oldest} or later."
        log.error("podman-too-old", f"Podman {given} has no Quadlet; {oldest} is the first that has", hint)
    elif podman > NEWEST_PODMAN:
        hint = f"What Podman {newest} reads should still be read; look at the generator's messages."
        log.warn(
            "podman-unknown", f"Podman {given} is newer than what is known here: units are those for {newest}", hint
        )
