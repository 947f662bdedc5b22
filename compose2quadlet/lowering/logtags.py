"""Tags of log lines, which are templates: each engine fills in the fields that it has.

Sources: Docker, "Customize log driver output"; Podman fills a tag from what ``podman container inspect`` prints. With a
field or function that it does not know, the container does not start (measured with Podman 5.8).
"""

from __future__ import annotations

import re

ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)

FIELDS = {
    **{field: f"{{{{{field}}}}}" for field in (".ID", ".Name", ".ImageName", ".Image")},
    ".FullID": "{{.ID}}",
    ".ImageID": "{{.Image}}",
    ".ImageFullID": "{{.Image}}",
    ".DaemonName": "docker",
}
"""Fields of Docker's, and what says the same under Podman; the IDs are the full ones there."""


def podman_tag(tag: str) -> str | None:
    """A tag of Docker's as Podman takes it; None where it has something that Podman does not have."""
    out, at = [], 0
    for action in ACTION.finditer(tag):
        field = FIELDS.get(action[1])
        if field is None:
            return None
        out += [tag[at : action.start()], field]
        at = action.end()
    out.append(tag[at:])
    return None if "{{" in ACTION.sub("", tag) else "".join(out)
