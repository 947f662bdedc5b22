"""The Podman of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from compose2quadlet.options import Version, parse_version


def installed_version() -> Version | None:
    """The version of the installed Podman; None where there is none, or it does not answer within seconds."""
    podman = shutil.which("podman")
    if podman is None:
        return None
    try:
        done = subprocess.run(
            [podman, "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"version (\d+\.\d+)", done.stdout)
    return parse_version(found[1]) if found else None
