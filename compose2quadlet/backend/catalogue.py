"""Every key of a unit: the Podman version that has it, how its value is quoted, and what does the same before.

Quadlet's own keys are listed in ``quadlet``, those of systemd's sections in ``systemd``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from compose2quadlet.backend import quadlet, systemd
from compose2quadlet.options import Version, parse_version


class Quoting(Enum):
    """How a value is written.

    ``WORDS`` are split like a command line, with quotes and escapes; a ``PAIR`` is one such word, ``KEY=VALUE``;
    ``PLAIN`` is split at blanks and unquoted, without escapes; ``RAW`` is taken as it stands. ``COMMAND`` is a
    command line that systemd runs, ``VARIABLES`` are words in which ``$`` means nothing, ``TEXT`` is raw text in
    which it means nothing either.
    """

    WORDS = "words"
    PAIR = "pair"
    PLAIN = "plain"
    RAW = "raw"
    FLAG = "flag"
    COMMAND = "command"
    VARIABLES = "variables"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``fallback`` is the ``podman`` option for ``PodmanArgs=``, with ``{}`` for the value; empty where
    there is none. Of a key that is not ``repeatable``, the last one counts."""

    since: Version
    quoting: Quoting
    fallback: str
    repeatable: bool = False


WRITTEN = {
    Quoting.VARIABLES: {("Unit", "RequiresMountsFor"), ("Service", "Environment")},
    Quoting.COMMAND: {("Service", f"Exec{when}") for when in ("StartPre", "Start", "StartPost", "Stop", "StopPost")},
}
"""How those of systemd's keys are quoted that are not plain text."""

OLDEST: Version = (4, 4)
"""The first release with Quadlet."""

INSTALLED: dict[str, Version] = {"UpheldBy": (5, 5)}
"""The generator itself acts on the keys of ``Install``: since when, where not from the start."""

NEWER_VALUES: dict[tuple[str, str, str], Version] = {("Container", "Notify", "healthy"): (5, 0)}
"""Values that a key has taken later than others."""


@cache
def catalogue() -> dict[tuple[str, str], Key]:
    """All keys, by section and key."""
    keys = {}
    for section, rows in quadlet.PODMAN.items():
        for row in filter(None, map(str.split, rows.splitlines())):
            name, since, quoting, fallback = row
            how, more = Quoting(quoting.removesuffix("+")), quoting.endswith("+")
            keys[section, name] = Key(parse_version(since), how, "" if fallback == "-" else fallback, more)
    special = {place: how for how, places in WRITTEN.items() for place in places}
    for table, more in ((systemd.LISTS, True), (systemd.SINGLE, False)):
        for section, names in table.items():
            for name in names.split():
                how = special.get((section, name), Quoting.TEXT)
                keys[section, name] = Key(INSTALLED.get(name, OLDEST), how, "", more)
    return keys
