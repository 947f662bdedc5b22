"""What the caller decides about a conversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from compose2quadlet.frozen import frozen
from compose2quadlet.numbers import whole

if TYPE_CHECKING:
    from compose2quadlet.facts import Facts

Version = tuple[int, int]
"""A Podman version, major and minor."""

OLDEST_PODMAN: Version = (4, 4)
"""The first release with Quadlet."""

NEWEST_PODMAN: Version = (6, 0)
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
class Options:
    """The target of a conversion.

    ``isolations`` has the policies of single services, ``host_units`` the host units by service,
    with ``*`` for all services. With ``health_events``, Podman logs every health check. ``host`` is what is known about
    the host, or None. ``readable`` says whether
    everybody may read a file of the host, where it is at hand. With ``crowded``, other projects that are converted at
    the same time leave no subordinate IDs for ranges. With ``verbose``, there is a note for each service where
    otherwise one is about all.
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
    crowded: bool = False
    verbose: bool = False


def parse_version(text: str) -> Version:
    """``5.4`` or ``5.4.2`` as a version. Raises ValueError for anything else."""
    first, _, rest = text.partition(".")
    major, minor = whole(first), whole(rest.partition(".")[0].partition("-")[0])
    if major is None or minor is None:
        raise ValueError(f"{text[:40]!r} is not a Podman version: write MAJOR.MINOR, such as 5.4")
    return major, minor
