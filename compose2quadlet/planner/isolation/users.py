"""The numbers of users that a compose file names: in ``user:``, or in the variables from which images take theirs."""

from __future__ import annotations

from compose2quadlet.frozen import frozen
from compose2quadlet.model import Service
from compose2quadlet.numbers import whole

NOBODY = "65534"
"""The number of nobody and nogroup, in Linux and in nearly all images."""

NOBODIES = ("nobody", "nogroup")

SURE = ("PUID", "USERMAP_UID", "USER_UID", "NB_UID")
"""Variables from which known images take the number of their user; its group's is in the one with a G. Sources: the
documentation of linuxserver.io, Paperless-ngx, Gitea and Forgejo, and Jupyter."""

LIKELY = ("UID", "APP_UID", "DOCKER_UID", "HOST_UID", "LOCAL_UID", "RUN_UID")
"""Variables from which some images do."""


@frozen()
class Numbers:
    """A user and a group by their numbers; ``variable`` is the one that has the user's, empty for ``user:``."""

    user: str
    group: str
    variable: str = ""

    @property
    def sure(self) -> bool:
        """Whether it is known that these are the numbers of a user."""
        return not self.variable or self.variable in SURE


def of_image(service: Service) -> Numbers | None:
    """The user and group that an image becomes after it has started as root; None where no variable has a number, or
    that of root."""
    others = sorted(name for name in service.environment if name.endswith("_UID"))
    for name in dict.fromkeys((*SURE, *LIKELY, *others)):
        user = service.environment.get(name) or ""
        if whole(user):
            group = service.environment.get(f"{name.removesuffix('UID')}GID") or ""
            return Numbers(user, user if whole(group) is None else group, name)
    return None


def written(service: Service) -> Numbers | None:
    """The numbers of ``user:`` where it is not root; None where it is another name than nobody's, root, or absent."""
    user, _, group = (NOBODY if part in NOBODIES else part for part in service.user.partition(":"))
    return Numbers(user, group or user) if whole(user) and (not group or whole(group) is not None) else None


def highest(service: Service) -> int:
    """The highest number that the compose file is known to use."""
    found = [numbers for numbers in (written(service), of_image(service)) if numbers]
    return max((int(number) for each in found for number in (each.user, each.group)), default=0)
