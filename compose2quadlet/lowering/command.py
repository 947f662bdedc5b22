"""Networks and volumes for a Podman whose units cannot name them: services that run ``podman … create``."""

from __future__ import annotations

from dataclasses import replace

from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.backend.gate import arguments
from compose2quadlet.backend.unit import Directive, Unit, Word
from compose2quadlet.diagnostics import Log, dotted
from compose2quadlet.kinds import KINDS
from compose2quadlet.planner.names import NAMED

MAKE = 'what=$1 name=$2; shift 2; podman "$what" exists "$name" || exec podman "$what" create "$@" "$name"'
"""Creates a network or volume, unless it exists: network|volume NAME [OPTION]..."""

NAMES = ("NetworkName", "VolumeName")


def by_command(made: Unit, what: str, name: str, log: Log) -> Unit:
    """The service that does what a network or volume unit would do, for a Podman that cannot name it.

    Logs an error for a directive without an option.
    """
    own = KINDS[what].section
    words: list[Word] = []
    for d in made.section(own):
        if d.key == "PodmanArgs":
            words += d.value if isinstance(d.value, tuple) else [] if isinstance(d.value, bool) else [d.value]
        elif d.key not in NAMES:
            options = arguments(d, catalogue()[own, d.key])
            if options is None:
                needed = ".".join(map(str, NAMED))
                hint = f"Convert for a newer Podman: --podman-version {needed}."
                place = dotted(d.path)
                log.error("podman-too-old", f"{place} becomes {d.key}=, which needs Podman {needed}", hint, d.path)
            words += options or ()
    start = ("/bin/sh", "-c", MAKE, "sh", what, name, *words)
    directives = [
        *(d for d in made.directives if d.section not in (own, "Quadlet")),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "RemainAfterExit", "yes"),
        Directive("Service", "ExecStart", start),
    ]
    stem = made.name.removesuffix(f".{made.kind}")
    return replace(made, name=f"{stem}-{what}.service", kind="service", directives=tuple(directives))
