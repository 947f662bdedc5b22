"""Every key of a unit: the Podman version that has it, how its value is quoted, and what does the same before.

Quadlet's own keys are listed in ``quadlet``, those of systemd's sections in ``systemd``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from compose2quadlet.backend import quadlet, systemd
from compose2quadlet.options import OLDEST_PODMAN, Version, parse_version


class Quoting(StrEnum):
    """How a value is written.

    ``WORDS`` are split like a command line, with quotes and escapes; a ``PAIR`` is one such word, ``KEY=VALUE``;
    ``PLAIN`` is split at blanks and unquoted, without escapes; ``RAW`` is taken as it stands. ``COMMAND`` is a
    command line that systemd runs, ``VARIABLES`` are words in which ``$`` means nothing, ``TEXT`` is raw text in
    which it means nothing either. ``PATHS`` are words in which a backslash only takes the next character as it is.
    """

    WORDS = "words"
    PAIR = "pair"
    PLAIN = "plain"
    RAW = "raw"
    FLAG = "flag"
    COMMAND = "command"
    VARIABLES = "variables"
    TEXT = "text"
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``fallback`` is the ``podman`` option for ``PodmanArgs=``, with ``{}`` for the value; empty where
    there is none. Of a key that is not ``repeatable``, the last one counts."""

    since: Version
    quoting: Quoting
    fallback: str
    repeatable: bool = False

    @property
    def late(self) -> bool:
        """Whether Podman had Quadlet before it had the key."""
        return self.since > OLDEST_PODMAN


WRITTEN = {
    Quoting.VARIABLES: {("Service", "Environment")},
    Quoting.PATHS: {("Unit", "RequiresMountsFor"), ("Unit", "WantsMountsFor")},
    Quoting.COMMAND: {("Service", f"Exec{when}") for when in ("StartPre", "Start", "StartPost", "Stop", "StopPost")},
}
"""How those of systemd's keys are quoted that are not plain text."""

INSTALLED: dict[str, Version] = {"UpheldBy": (5, 5)}
"""The generator itself acts on the keys of ``Install``: since when, where not from the start."""

NEWER_VALUES: dict[tuple[str, str], tuple[tuple[str, Version, Version], ...]] = {
    ("Container", "Notify"): ((r"^healthy$", (5, 0), (4, 7)),),
    ("Container", "PublishPort"): (
        # Others were refused, or published on all addresses.
        (r"^(?!((?!0\.0\.0\.0:)([0-9]+\.){3}[0-9]+:)?([0-9-]*:)?[0-9-]+(/(tcp|udp))?$)", (5, 3), (4, 4)),
    ),
    ("Container", "Mount"): (
        (r'"', (4, 8), (4, 4)),  # the generator broke down
        (r"type=image.*\bsubpath=|type=volume.*\bsubpath=", (5, 1), (5, 1)),
    ),
    ("Container", "AddHost"): ((r":host-gateway$", (5, 3), (4, 7)),),
}
"""Values that a key has taken later than others: which, since when, and since when the option takes them."""

NAMES_UNIT: dict[tuple[str, str], str] = {
    ("Container", "Image"): r"\.(image|build)$",
    ("Container", "Network"): r"^[^:]*\.(network|container)(:|$)",
    ("Container", "Volume"): r"^(?!/)[^:]*\.volume(:|$)",
    ("Container", "Mount"): r'(^|,)"?(source|src)=(?!/)[^,]*\.(volume|image|build|artifact)"?(,|$)',
    ("Build", "Network"): r"^[^:]*\.(network|container)(:|$)",
    ("Build", "Volume"): r"^(?!/)[^:]*\.volume(:|$)",
}
"""Values that the generator takes for the name of a unit. Only a Reference means one; any other text with such an
end is the name of something that exists already, and has to go another way."""

SKIPPED: dict[tuple[str, str], str] = {("Container", "AddDevice"): r"^-"}
"""Values of which the generator takes a part for an instruction to itself: with a dash in front, it leaves out, without
a word, a device that is not there."""

TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Volume", ("Type", "Device", "Options")),
    ("Network", ("Subnet", "Gateway", "IPRange")),
)
"""Keys of a section of which all become options where one does: the generator drops a volume with a type and no
device, and pairs subnets and gateways by their position."""

DEFAULTS: dict[tuple[str, str], tuple[str, Version]] = {
    ("Network", "Options"): ("isolate=true", (6, 0)),  # netavark 2 keeps networks apart more strictly by itself
}
"""Values that only say, from a version on, what it does anyway or does better: there, they are left out."""

BROKEN: dict[tuple[str, str], frozenset[Version]] = {("Build", "Pull"): frozenset({(5, 3)})}
"""Versions in which a key does not do what it says: 5.3.0 wrote ``--pull VALUE``, which is an argument too many."""


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
                keys[section, name] = Key(INSTALLED.get(name, OLDEST_PODMAN), how, "", more)
    return keys
