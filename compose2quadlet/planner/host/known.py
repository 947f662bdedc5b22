"""What is known about a host beyond its facts: what is at a path, and what Podman has.

On this host it is looked up when it is needed, and otherwise it is in the facts. None stands for what is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from compose2quadlet.facts import FAR, Made, Seen
from compose2quadlet.hostpaths import parents
from compose2quadlet.options import Options
from compose2quadlet.planner.host.mounts import Mounts

MODE = 0o177777
"""The bits of a mode, whatever a file of facts has."""


def made(options: Options) -> Made | None:
    """What Podman has in the scope."""
    if options.made:
        return options.made()
    return options.host.made.get(options.scope) if options.host else None


def look(options: Options, path: str, mounts: Mounts | None) -> Seen | None:
    """What is at a normalised path of the host. Nobody is asked about a file system that may not answer."""
    mount = mounts.under(path) if mounts else None
    if mount and (mount.type.startswith(FAR) or mount.unit.endswith(".automount")):
        return None
    if options.look:
        return options.look(path)
    return _recorded(options, path)


def _recorded(options: Options, path: str) -> Seen | None:
    if options.host is None:
        return None
    known = options.host.paths
    place = next((p for p in parents(path) if p in known), "")
    if place == path:
        return replace(known[path], mode=known[path].mode & MODE)
    return Seen() if place in options.host.listed else None
