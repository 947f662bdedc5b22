"""One pass that fits a unit to a Podman version.

A directive that the version does not know, or whose value its syntax cannot hold, becomes the ``podman`` option
that does the same, in ``PodmanArgs=``; where there is none, the diagnostic says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from compose2quadlet.backend import quoting
from compose2quadlet.backend.catalogue import NEWER_VALUES, Key, Quoting, catalogue
from compose2quadlet.backend.unit import Directive, Unit, Verbatim
from compose2quadlet.diagnostics import Log
from compose2quadlet.options import Version

SIMPLE = re.compile(r"[^\s\"'\\]+")


def fit(unit: Unit, podman: Version, log: Log) -> Unit:
    """The unit in the words of the given Podman version."""
    fitted = tuple(new for d in unit.directives for new in _directive(d, podman, log))
    return replace(unit, directives=(*fitted, *_stand_ins(fitted)))


def _directive(d: Directive, podman: Version, log: Log) -> Iterator[Directive]:
    key = catalogue()[d.section, d.key]
    value = d.value.text if isinstance(d.value, Verbatim) else str(d.value)
    since = max(key.since, NEWER_VALUES.get((d.section, d.key, value), key.since))
    problem = ""
    try:
        quoting.line(d.value, key.quoting)
    except quoting.InexpressibleError as e:
        problem = str(e)
    if podman >= since and not problem:
        yield d
        return
    arguments = _arguments(d, key)
    rescue = catalogue().get((d.section, "PodmanArgs"))
    if arguments is None or rescue is None or podman < rescue.since:
        _give_up(d, problem, since, log)
        return
    try:
        quoting.line(arguments, Quoting.WORDS)
    except quoting.InexpressibleError as e:
        _give_up(d, str(e), since, log)
        return
    if arguments:
        yield Directive(d.section, "PodmanArgs", arguments, d.path)


def _arguments(d: Directive, key: Key) -> tuple[str | Verbatim, ...] | None:
    """The options that do what the directive does; None where there are none."""
    if not key.fallback:
        return None
    if isinstance(d.value, bool):
        return (key.fallback,) if d.value else (f"{key.fallback}=false",)
    if isinstance(d.value, str):
        return (key.fallback.replace("{}", d.value),)
    if isinstance(d.value, Verbatim) and SIMPLE.fullmatch(d.value.text):
        # What is one word in any syntax can be moved from one to the other.
        return (Verbatim(key.fallback.replace("{}", d.value.text)),)
    return None


def _give_up(d: Directive, problem: str, since: Version, log: Log) -> None:
    place = ".".join(map(str, d.path)) or d.key
    if problem:
        log.error(
            "value-unwritable", f"{place}: the value cannot be written as {d.key}=: {problem}", "Change it.", d.path
        )
        return
    wanted = f"{since[0]}.{since[1]}"
    log.error(
        "podman-too-old",
        f"{place} becomes {d.key}=, which needs Podman {wanted}",
        f"Convert for a newer Podman: --podman-version {wanted}.",
        d.path,
    )


def _stand_ins(directives: tuple[Directive, ...]) -> Iterator[Directive]:
    """The variables for the words that cannot be written, if there are such words."""
    keys = catalogue()
    words = {
        w
        for d in directives
        if isinstance(d.value, tuple) and keys[d.section, d.key].quoting in (Quoting.WORDS, Quoting.COMMAND)
        for w in d.value
    }
    if needed := tuple(f"{name}={text}" for text, name in quoting.STAND_INS.items() if text in words):
        yield Directive("Service", "Environment", needed)
