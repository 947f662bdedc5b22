"""One pass that fits a unit to a Podman version.

A directive that the version does not know, or whose value its syntax cannot hold, becomes the ``podman`` option
that does the same, in ``PodmanArgs=``; where there is none, the diagnostic says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from compose2quadlet.backend import quoting
from compose2quadlet.backend.catalogue import BROKEN, NEWER_VALUES, Key, Quoting, catalogue
from compose2quadlet.backend.unit import Directive, Unit, Value, Verbatim
from compose2quadlet.diagnostics import Log
from compose2quadlet.options import OLDEST_PODMAN, Version

SIMPLE = re.compile(r"[^\s\"'\\]+")

UNTIL_HEALTHY = 'until podman healthcheck run "$1" >/dev/null 2>&1; do sleep 1; done'
"""Waits for a container to be healthy, for a Podman that cannot say it itself. The start's timeout ends it."""


def fit(unit: Unit, podman: Version, log: Log) -> Unit:
    """The unit in the words of the given Podman version."""
    directives = _joined(unit) if podman < catalogue()["Container", "Group"].since else unit.directives
    fitted = tuple(new for d in directives for new in _directive(d, unit, podman, log))
    return replace(unit, directives=(*fitted, *_stand_ins(fitted)))


def _joined(unit: Unit) -> tuple[Directive, ...]:
    """The directives with the group behind the user: as an option, both are one."""
    group = next((d.value for d in unit.section("Container") if d.key == "Group"), None)
    if not isinstance(group, str):
        return unit.directives
    return tuple(
        replace(d, value=f"{d.value}:{group}") if d.key == "User" and isinstance(d.value, str) else d
        for d in unit.directives
        if (d.section, d.key) != ("Container", "Group")
    )


def _directive(d: Directive, unit: Unit, podman: Version, log: Log) -> Iterator[Directive]:
    key = catalogue()[d.section, d.key]
    since, option = _since(d, key)
    problem = _problem(d.value, key.quoting)
    if podman >= since and not problem and podman not in BROKEN.get((d.section, d.key), ()):
        yield d
        return
    options = arguments(d, key)
    rescue = catalogue().get((d.section, "PodmanArgs"))
    if options is None or rescue is None:
        _give_up(d, problem, since, log)
    elif podman >= (needed := max(rescue.since, option)):
        if problem := _problem(options, Quoting.WORDS):
            _give_up(d, problem, since, log)
        elif options:
            yield Directive(d.section, "PodmanArgs", options, d.path)
    elif d.key == "Notify":
        name = next(str(x.value) for x in unit.section("Container") if x.key == "ContainerName")
        yield Directive("Service", "ExecStartPost", ("/bin/sh", "-c", UNTIL_HEALTHY, "sh", name), d.path)
    else:
        _give_up(d, problem, needed, log)


def _since(d: Directive, key: Key) -> tuple[Version, Version]:
    """From which version on a directive means what it says, and from which on the option for it does."""
    since, option = key.since, OLDEST_PODMAN
    words = d.value if isinstance(d.value, tuple) else (d.value,)
    for pattern, newer, optional in NEWER_VALUES.get((d.section, d.key), ()):
        if any(re.search(pattern, w.text if isinstance(w, Verbatim) else str(w)) for w in words):
            since, option = max(since, newer), max(option, optional)
    return since, option


def _problem(value: Value, how: Quoting) -> str:
    """Why a value cannot be written; empty where it can."""
    try:
        quoting.line(value, how)
    except quoting.InexpressibleError as e:
        return str(e)
    return ""


def arguments(d: Directive, key: Key) -> tuple[str | Verbatim, ...] | None:
    """The options of ``podman`` that do what the directive does; None where there are none."""
    if not key.fallback:
        return None
    match d.value:
        case bool():
            return (key.fallback,) if d.value else (f"{key.fallback}=false",)
        case str():
            return (key.fallback.replace("{}", d.value),)
        case Verbatim(text):
            # What is one word in any syntax can be moved from one to the other.
            return (Verbatim(key.fallback.replace("{}", text)),) if SIMPLE.fullmatch(text) else None
        case tuple() if all(isinstance(w, str) for w in d.value):
            return tuple(key.fallback.replace("{}", str(w)) for w in d.value)
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
