"""What the caller decides about a conversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from compose2quadlet.frozen import frozen
from compose2quadlet.numbers import whole

if TYPE_CHECKING:
    from compose2quadlet.facts import Facts, Made, Seen

Version = tuple[int, int]
"""A Podman version, major and minor."""

OLDEST_PODMAN: Version = (4, 4)
"""The first release with Quadlet."""

NEWEST_PODMAN: Version = (6, 1)
"""The last release whose keys are known here."""

DEFAULT_PODMAN: Version = (5, 4)
"""The target if no Podman is installed: the version of Debian 13."""


class Scope(StrEnum):
    """Which service manager runs the units: that of a user, or that of the system."""

    USER = "user"
    SYSTEM = "system"


class Isolation(StrEnum):
    """The isolation policy, decided for each service: which user it runs as.

    ``dynamic-user`` is a user that systemd allocates, ``userns`` a private range of IDs, ``keep-id`` the login
    user, ``none`` Podman's default; ``auto`` decides from the compose file.
    """

    AUTO = "auto"
    DYNAMIC_USER = "dynamic-user"
    USERNS = "userns"
    KEEP_ID = "keep-id"
    NONE = "none"


class LogDriver(StrEnum):
    """How the output of containers reaches the journal: through Podman, or directly from the container."""

    JOURNALD = "journald"
    PASSTHROUGH = "passthrough"


@frozen()
class Own:
    """What a file of settings says about one project, in the terms of ``Options``; ``services`` are those that it has
    sections for, and ``allow`` the slugs of findings that do not count."""

    isolation: Isolation | None = None
    isolations: Mapping[str, Isolation] = field(default_factory=dict)
    host_units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    log_driver: LogDriver | None = None
    allow: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()


@frozen()
class Options:
    """The target of a conversion.

    ``isolations`` has the policies of single services, ``host_units`` the host units by service,
    with ``*`` for all services. With ``health_events``, Podman logs every health check. ``host`` is what is known about
    the host, or None. ``readable`` says whether everybody may read a file of the host, where it is at hand; ``look``
    tells what is at a path of it, and ``made`` what its Podman has: both are asked where the facts do not say. With
    ``crowded``, other projects that are converted at the same time leave no subordinate IDs for ranges. With
    ``verbose``, there is a note for each service where otherwise one is about all.
    ``own`` is what files say about single projects, by their directories; what is in ``said`` was said on the command
    line, and counts more.
    """

    podman: Version = DEFAULT_PODMAN
    scope: Scope = Scope.USER
    isolation: Isolation = Isolation.AUTO
    isolations: Mapping[str, Isolation] = field(default_factory=dict)
    host_units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    host: Facts | None = None
    log_driver: LogDriver = LogDriver.JOURNALD
    health_events: bool = False
    readable: Callable[[str], bool] | None = None
    look: Callable[[str], Seen | None] | None = None
    made: Callable[[], Made | None] | None = None
    crowded: bool = False
    verbose: bool = False
    own: Mapping[str, Own] = field(default_factory=dict)
    said: frozenset[str] = frozenset()

    def of(self, folder: str) -> Options:
        """The options of the project in a directory."""
        own = self.own.get(folder)
        if own is None:
            return self
        return replace(
            self,
            isolation=self.isolation if "isolation" in self.said else own.isolation or self.isolation,
            isolations={**own.isolations, **self.isolations},
            host_units={**own.host_units, **self.host_units},
            log_driver=self.log_driver if "log_driver" in self.said else own.log_driver or self.log_driver,
        )


def parse_version(text: str) -> Version:
    """``5.4`` or ``5.4.2`` as a version. Raises ValueError for anything else."""
    first, _, rest = text.partition(".")
    major, minor = whole(first), whole(rest.partition(".")[0].partition("-")[0])
    if major is None or minor is None:
        raise ValueError(f"{text[:40]!r} is not a Podman version: write MAJOR.MINOR, such as 5.4")
    return major, minor
