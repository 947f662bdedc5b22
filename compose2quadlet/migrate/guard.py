"""A guard in the unit: the service does not start on an empty volume.

A volume of a wrong name, or one that was lost, would be created anew, and the service would come up healthy with no
data. The guard looks for what was at the top of the data when it was copied; one of the names is enough, since files
come and go.
"""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.migrate.plan import VolumeMove

NAME = "50-volume-guard.conf"

SCRIPT = (
    'for f in {names}; do if [ -e {path}/"$$f" ]; then exit 0; fi; done;'
    " echo Nothing of what was copied is in the volume {volume}, so the service does not start: {path} >&2; exit 1"
)


def drop_in(project: str, volumes: Iterable[VolumeMove], store: str, rootless: bool) -> str:
    """The text of a drop-in for a service's unit; empty if it has no volume with data that can be looked for."""
    lines = []
    for volume in volumes:
        path = f"{store}/{volume.into}/_data"
        if volume.guards and _plain(path) and _plain(volume.into):
            script = SCRIPT.format(names=" ".join(volume.guards), path=path, volume=volume.into)
            inside = "podman unshare " if rootless else ""  # the data belongs to subordinate IDs
            lines.append(f"ExecStartPre={inside}/bin/sh -c '{script}'")
    if not lines:
        return ""
    head = f"# Made by compose2quadlet from the compose project {project}, as it was moved from Docker.\n"
    return head + "\n".join(["[Service]", *lines, ""])


def _plain(text: str) -> bool:
    """Whether a text needs no quotes, neither for systemd nor for a shell."""
    return all(c.isalnum() or c in "/._-" for c in text)
