"""Image names in full: ``postgres:16`` is ``docker.io/library/postgres:16``.

For a short name, Podman asks or fails; Docker always uses Docker Hub. Source: distribution/reference.
"""

from __future__ import annotations

import re

from compose2quadlet.model import Service
from compose2quadlet.options import Version

REFERENCE = re.compile(
    r"(?:(?P<domain>(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
    r"(?::[0-9]+)?|\[[a-fA-F0-9:]+\](?::[0-9]+)?)/)?"
    r"(?P<path>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}))?(?:@(?P<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?"
)


def qualified(image: str) -> str | None:
    """The full name that Docker uses for ``image``; None if that is not an image name."""
    name = unchecked(image)
    return name if REFERENCE.fullmatch(name) else None


def unchecked(image: str) -> str:
    """Like ``qualified``, but for anything that is in the place of an image name.

    With a domain, Podman's generator does not complain about a short name; with a tag, it does not take the name for
    that of a unit, which could end with '.image'.
    """
    first, slash, rest = image.partition("/")
    has_domain = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    domain, path = (first, rest) if has_domain else ("docker.io", image)
    domain = "docker.io" if domain == "index.docker.io" else domain
    if domain == "docker.io" and "/" not in path.partition("@")[0]:
        path = f"library/{path}"
    return f"{domain}/{path}" if ":" in path.rpartition("/")[2] or "@" in path else f"{domain}/{path}:latest"


def built(project: str, service: str) -> str:
    """The full name that Docker Compose gives to an image that it builds for a service without ``image``."""
    return f"docker.io/library/{project}-{service}:latest"


BUILD_UNITS: Version = (5, 2)
"""The first Podman with build units."""


def buildable(service: Service, podman: Version) -> bool:
    """Whether a build unit builds the image of a service."""
    return service.build is not None and podman >= BUILD_UNITS
