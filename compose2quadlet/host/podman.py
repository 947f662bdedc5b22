"""The Podman of this machine."""

from __future__ import annotations

import re

from compose2quadlet.host.programs import Ending, Programs
from compose2quadlet.options import Version, parse_version


def installed_version(programs: Programs | None = None) -> tuple[Version | None, str]:
    """The version of the installed Podman, or None and why it is unknown, as part of a sentence."""
    ran = (programs or Programs()).run(["podman", "--version"])
    if ran.ending is Ending.ABSENT:
        return None, "none is installed here"
    if ran.ending is not Ending.DONE:
        return None, ran.problem
    found = re.search(r"version ([0-9]{1,4}\.[0-9]{1,4})\b", ran.output)
    return (parse_version(found[1]), "") if found else (None, "podman does not say its version")
