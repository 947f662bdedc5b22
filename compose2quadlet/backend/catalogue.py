"""Every directive of a unit: the Podman version that it needs, how its value is quoted, and what replaces it before.

``quadlet`` lists Quadlet's own directives, ``systemd`` those of systemd's sections.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from compose2quadlet.backend import quadlet, systemd
from compose2quadlet.frozen import frozen
from compose2quadlet.options import OLDEST_PODMAN, Version, parse_version


class Quoting(StrEnum):
    """How a value is written.

    ``WORDS`` are split like a command line, with quotes and escapes; a ``PAIR`` is one such word, ``KEY=VALUE``;
    ``PLAIN`` is split at blanks and unquoted, without escapes; ``RAW`` is used as it is. ``COMMAND`` is a
    command line that systemd runs, ``VARIABLES`` are words in which ``$`` is literal, ``TEXT`` is raw text in
    which it is literal, too. ``PATHS`` are words in which a backslash makes the next character literal.
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


@frozen()
class Key:
    """One key. ``fallback`` is the ``podman`` option for ``PodmanArgs=``, with ``{}`` for the value; empty where
    there is none. If a directive is not ``repeatable``, the last one counts."""

    since: Version
    quoting: Quoting
    fallback: str
    repeatable: bool = False

    @property
    def late(self) -> bool:
        """Whether Podman had Quadlet before it had the directive."""
        return self.since > OLDEST_PODMAN


WRITTEN = {
    Quoting.VARIABLES: {("Service", "Environment")},
    Quoting.PATHS: {("Unit", "RequiresMountsFor"), ("Unit", "WantsMountsFor")},
    Quoting.COMMAND: {("Service", f"Exec{when}") for when in ("StartPre", "Start", "StartPost", "Stop", "StopPost")},
}
"""The quoting of those of systemd's directives that are not plain text."""

INSTALLED: dict[str, Version] = {"UpheldBy": (5, 5)}
"""The generator itself handles the directives of ``Install``: since when, if not from the start."""

NEWER_VALUES: dict[tuple[str, str], tuple[tuple[str, Version, Version], ...]] = {
    ("Container", "Notify"): ((r"^healthy$", (5, 0), (4, 7)),),
    ("Container", "PublishPort"): (
        # Others were refused, or published on all addresses.
        (r"^(?!((?!0\.0\.0\.0:)([0-9]+\.){3}[0-9]+:)?([0-9-]*:)?[0-9-]+(/(tcp|udp))?$)", (5, 3), (4, 4)),
    ),
    ("Container", "Mount"): (
        (r'"', (4, 8), (4, 4)),  # the generator crashed
        (r"type=image.*\bsubpath=|type=volume.*\bsubpath=", (5, 1), (5, 1)),
    ),
    ("Container", "AddHost"): ((r":host-gateway$", (5, 3), (4, 7)),),
}
"""Values that a directive accepts only since a later version: which, since when, and since when the option does."""

NAMES_UNIT: dict[tuple[str, str], str] = {
    ("Container", "Image"): r"\.(image|build)$",
    ("Container", "Network"): r"^[^:]*\.(network|container)(:|$)",
    ("Container", "Volume"): r"^(?!/)[^:]*\.volume(:|$)",
    ("Container", "Mount"): r'(^|,)"?(source|src)=(?!/)[^,]*\.(volume|image|build|artifact)"?(,|$)',
    ("Build", "Network"): r"^[^:]*\.(network|container)(:|$)",
    ("Build", "Volume"): r"^(?!/)[^:]*\.volume(:|$)",
}
"""Values that the generator takes for a unit name. Only a Reference is one; any other text with such an
end is the name of something that already exists, and must be passed in another way."""

SKIPPED: dict[tuple[str, str], str] = {("Container", "AddDevice"): r"^-"}
"""Values in which the generator finds instructions to itself. With a dash in front, it silently leaves out
a device that does not exist."""

TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Volume", ("Type", "Device", "Options")),
    ("Network", ("Subnet", "Gateway", "IPRange")),
)
"""Directives that all become options if one of them does: the generator drops a volume with a type and no
device, and pairs subnets and gateways by position."""

DEFAULTS: dict[tuple[str, str], tuple[str, Version]] = {
    ("Network", "Options"): ("isolate=true", (6, 0)),  # netavark 2 isolates networks more strictly by default
}
"""Values that are left out from a version on, because Podman does the same by default, or better."""

BROKEN: dict[tuple[str, str], frozenset[Version]] = {("Build", "Pull"): frozenset({(5, 3)})}
"""Versions in which a directive is broken: 5.3.0 wrote ``--pull VALUE``, which is one argument too many."""


@cache
def catalogue() -> dict[tuple[str, str], Key]:
    """All directives, by section and name."""
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
