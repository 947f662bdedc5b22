"""Whether a host has Docker, whose containers, volumes and ports are there beside those of the units."""

from __future__ import annotations

from compose2quadlet.options import Options
from compose2quadlet.planner.host.known import look

SOCKETS = ("/run/docker.sock", "/var/run/docker.sock")
UNITS = ("docker.service", "docker.socket", "snap.docker.dockerd.service")
DATA = "/var/lib/docker"


def is_there(options: Options) -> bool:
    """Whether the host is known to have Docker, running or not."""
    facts = options.host
    if facts is None:
        return False
    units = facts.units or {}
    if any(path in facts.sockets for path in SOCKETS) or any(unit in units for unit in UNITS):
        return True
    seen = look(options, DATA, None)
    return seen is not None and seen.mode != 0
