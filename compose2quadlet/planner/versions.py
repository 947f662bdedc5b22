"""The versions of Podman that units can be written for."""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.options import NEWEST_PODMAN, OLDEST_PODMAN, Version


def check(podman: Version, log: Log) -> None:
    """Log an error for a Podman without Quadlet, and a warning for one that is newer than this tool knows."""
    oldest, newest, given = (".".join(map(str, v)) for v in (OLDEST_PODMAN, NEWEST_PODMAN, podman))
    if podman < OLDEST_PODMAN:
        hint = f"Install a newer Podman, or convert for another one: --podman-version {oldest} or later."
        log.error("podman-too-old", f"Podman {given} has no Quadlet; the first with it is {oldest}", hint)
    elif podman > NEWEST_PODMAN:
        hint = f"It should accept units for Podman {newest}. Check the messages of its generator."
        log.warn("podman-unknown", f"Podman {given} is newer than this tool knows: the units are for {newest}", hint)
