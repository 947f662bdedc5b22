"""What the caller decides about a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Version = tuple[int, int]
"""A Podman version, major and minor."""

DEFAULT_PODMAN: Version = (5, 4)
"""The target where no Podman is installed: the one of Debian 13."""


class Scope(StrEnum):
    """Which systemd runs the units: that of a user, or that of the system."""

    USER = "user"
    SYSTEM = "system"


class Isolation(StrEnum):
    """Under which identity services run. ``none`` is Podman's default."""

    NONE = "none"


@dataclass(frozen=True, slots=True)
class Options:
    """The target of a conversion."""

    podman: Version = DEFAULT_PODMAN
    scope: Scope = Scope.USER
    isolation: Isolation = Isolation.NONE


def parse_version(text: str) -> Version:
    """``5.4`` or ``5.4.2`` as a version. Raises ValueError for anything else."""
    major, dot, rest = text.partition(".")
    minor = rest.partition(".")[0].partition("-")[0]
    if not (dot and major.isdigit() and minor.isdigit()):
        raise ValueError(f"{text!r} is no Podman version: write MAJOR.MINOR, such as 5.4")
    return int(major), int(minor)
