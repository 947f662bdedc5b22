"""compose2quadlet: converts Docker Compose projects to Podman Quadlet units for systemd."""

from __future__ import annotations

from compose2quadlet.pipeline import Conversion, convert

__version__ = "0.1.0"
__all__ = ["Conversion", "__version__", "convert"]
