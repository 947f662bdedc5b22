"""Units as data, fitted to a Podman version and written as text. Nothing here knows about compose files."""

from compose2quadlet.backend.gate import fit
from compose2quadlet.backend.render import render

__all__ = ["fit", "render"]
