"""compose2quadlet: Docker Compose projects to Podman Quadlet units for systemd."""

__version__ = "0.1.0"
__all__ = ["__version__"]
