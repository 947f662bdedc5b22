"""One pass that fits a unit to a Podman version.

A directive that the version does not know, or whose syntax cannot express the value, becomes the ``podman`` option
that does the same, in ``PodmanArgs=``. If there is none, a diagnostic says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from compose2quadlet.backend import quoting
from compose2quadlet.backend.catalogue import (
    BROKEN,
    DEFAULTS,
    NAMES_UNIT,
    NEWER_VALUES,
    SKIPPED,
    TOGETHER,
    Key,
    Quoting,
    catalogue,
)
from compose2quadlet.backend.characters import InexpressibleError
from compose2quadlet.backend.unit import Directive, Reference, Specified, Syntax, Unit, Value, Word
from compose2quadlet.diagnostics import Log, dotted
from compose2quadlet.kinds import KINDS
from compose2quadlet.options import OLDEST_PODMAN, Version

SIMPLE = re.compile(r"[^\s\"'\\]+")

UNTIL_HEALTHY = 'until podman healthcheck run "$1" >/dev/null 2>&1; do sleep 1; done'
"""Waits until a container is healthy, for a Podman that cannot do so itself. The timeout of the start ends it."""


def fit(unit: Unit, podman: Version, log: Log) -> Unit:
    """The unit as the given Podman version can read it; logs an error for what that version cannot express."""
    directives = _joined(unit, podman, log)
    moved = _moved_along(directives, podman)
    fitted = tuple(new for d in directives for new in _directive(d, unit, podman, d in moved, log))
    _check_length(unit, fitted, log)
    return replace(unit, directives=(*fitted, *_stand_ins(fitted)))


def _joined(unit: Unit, podman: Version, log: Log) -> tuple[Directive, ...]:
    """The directives with the group after the user if one of them becomes an option, since one option sets both."""
    pair = {d.key: d for d in unit.directives if d.section == "Container" and d.key in ("User", "Group")}
    user, group = pair.get("User"), pair.get("Group")
    if group and not user:
        log.error(
            "bad-value", f"{unit.name}: Podman drops a unit with Group= but without User=", "Add User=.", group.path
        )
    if not (user and group and isinstance(user.value, str) and isinstance(group.value, str)):
        return unit.directives
    if _native(user, podman) and _native(group, podman):
        return unit.directives
    both = replace(user, value=f"{user.value}:{group.value}")
    return tuple(both if d is user else d for d in unit.directives if d is not group)


def _moved_along(directives: tuple[Directive, ...], podman: Version) -> list[Directive]:
    """The directives that must become options because a related one does."""
    moved: list[Directive] = []
    for section, keys in TOGETHER:
        members = [d for d in directives if d.section == section and d.key in keys]
        if not all(_native(d, podman) for d in members):
            moved += members
    return moved


def _native(d: Directive, podman: Version) -> bool:
    """Whether a directive can stay as it is."""
    place = (d.section, d.key)
    key = catalogue()[place]
    since = _since(d, key)[0] if place in NEWER_VALUES else key.since
    known = podman >= since and podman not in BROKEN.get(place, ())
    return known and not _problem(d.value, key.quoting) and not _misread(d)


def _directive(d: Directive, unit: Unit, podman: Version, moved: bool, log: Log) -> Iterator[Directive]:
    value, since = DEFAULTS.get((d.section, d.key), (None, podman))
    if d.value == value and podman >= since:
        return
    if not moved and _native(d, podman):
        yield d
        return
    key = catalogue()[d.section, d.key]
    since, option = _since(d, key)
    problem = _problem(d.value, key.quoting) or _misread(d)
    options = arguments(d, key)
    rescue = catalogue().get((d.section, "PodmanArgs"))
    if options is None or rescue is None:
        _give_up(d, problem, since, log)
    elif podman >= (needed := max(rescue.since, option)):
        if problem := _problem(options, Quoting.WORDS):
            _give_up(d, problem, since, log)
        elif options:
            yield Directive(d.section, "PodmanArgs", options, d.path, d.row)
            for more in _needs(d):
                yield from _directive(more, unit, podman, False, log)
    elif d.key == "Notify":
        name = next(x.value for x in unit.section("Container") if x.key == "ContainerName")
        assert isinstance(name, str)
        yield Directive("Service", "ExecStartPost", ("/bin/sh", "-c", UNTIL_HEALTHY, "sh", name), d.path, d.row)
    else:
        _give_up(d, problem, needed, log)


def _words(value: Value) -> tuple[Word, ...]:
    """The words of a value; none for true and false."""
    return () if isinstance(value, bool) else value if isinstance(value, tuple) else (value,)


def _text(value: Word) -> str:
    """A word as far as it is known here; the value of a specifier is not known."""
    match value:
        case Specified(specifier, after, before):
            return before + specifier + after
        case Reference() | Syntax():
            return value.text
        case str():
            return value


def _since(d: Directive, key: Key) -> tuple[Version, Version]:
    """The first version in which a directive works, and the first in which its option does."""
    since, option = key.since, OLDEST_PODMAN
    for pattern, newer, optional in NEWER_VALUES.get((d.section, d.key), ()):
        if any(re.search(pattern, _text(w)) for w in _words(d.value)):
            since, option = max(since, newer), max(option, optional)
    return since, option


def _misread(d: Directive) -> str:
    """Why the generator would misread a value; empty if it would not."""
    place = (d.section, d.key)
    if place not in NAMES_UNIT and place not in SKIPPED:
        return ""
    for text in (w for w in _words(d.value) if isinstance(w, str)):
        if (pattern := NAMES_UNIT.get(place)) and re.search(pattern, text):
            return "Podman's generator would take it for the name of a unit"
        if (pattern := SKIPPED.get(place)) and re.search(pattern, text):
            return "Podman's generator gives its first character a meaning of its own"
    return ""


def _needs(d: Directive) -> Iterator[Directive]:
    """The dependencies that the generator would have added for the units that a directive names."""
    for w in _words(d.value):
        if isinstance(w, Reference):
            yield from (Directive("Unit", key, w.service, d.path, d.row) for key in ("Requires", "After"))
    if d.key == "Volume" and isinstance(d.value, str) and d.value.startswith("/"):
        yield Directive("Unit", "RequiresMountsFor", (d.value.partition(":")[0],), d.path, d.row)


def _problem(value: Value, how: Quoting) -> str:
    """Why a value cannot be written; empty if it can."""
    try:
        quoting.line(value, how)
    except InexpressibleError as e:
        return str(e)
    return ""


def arguments(d: Directive, key: Key) -> tuple[Word, ...] | None:
    """The options of ``podman`` that do the same as the directive; None if there are none."""
    if not key.fallback:
        return None
    if isinstance(d.value, bool):
        return (key.fallback,) if d.value else (f"{key.fallback}=false",)
    before, _, after = key.fallback.partition("{}")
    words = _words(d.value)
    found = tuple(option for w in words if (option := _option(before, w, after)) is not None)
    return found if len(found) == len(words) else None


def _option(before: str, value: Word, after: str) -> Word | None:
    match value:
        case Specified():
            return replace(value, before=before + value.before, after=value.after + after)
        case Reference():
            return before + value.option + after
        case Syntax(text):
            # A value that is one word in both syntaxes can be moved from one to the other.
            return Syntax(before + text + after) if SIMPLE.fullmatch(text) else None
        case str():
            return before + value + after


def _give_up(d: Directive, problem: str, since: Version, log: Log) -> None:
    place = dotted(d.path) or d.key
    if problem:
        log.error(
            "value-unwritable",
            f"{place}: the value cannot be written as {d.key}=: {problem}",
            "Change the value.",
            d.path,
        )
        return
    wanted = f"{since[0]}.{since[1]}"
    log.error(
        "podman-too-old",
        f"{place} becomes {d.key}=, which needs Podman {wanted}",
        f"Convert for a newer Podman: --podman-version {wanted}.",
        d.path,
    )


MAX_LINE = 1_000_000
"""The most bytes in a unit's generated command line. systemd reads lines up to 1 MiB: ``LONG_LINE_MAX``."""


def _check_length(unit: Unit, directives: tuple[Directive, ...], log: Log) -> None:
    """Log an error if the command line of a unit is longer than systemd can read."""
    own = [d for d in directives if d.section == KINDS[unit.kind].section]
    if sum(len(_text(w)) for d in own for w in _words(d.value)) * 4 < MAX_LINE:
        return
    keys = catalogue()
    sizes = {i: len(quoting.line(d.value, keys[d.section, d.key].quoting).encode()) for i, d in enumerate(own)}
    if sum(sizes.values()) + 16 * len(sizes) > MAX_LINE:
        longest = own[max(sizes, key=lambda i: sizes[i])]
        log.error(
            "value-unwritable",
            f"{unit.name} would have a command line of more than 1 MB, which systemd cannot read",
            "Move long values to a file, and mount it, or use it in 'env_file:'.",
            longest.path,
        )


def _stand_ins(directives: tuple[Directive, ...]) -> Iterator[Directive]:
    """The variables for the words that cannot be written, if there are any."""
    keys = catalogue()
    words = {
        w
        for d in directives
        if isinstance(d.value, tuple) and keys[d.section, d.key].quoting in (Quoting.WORDS, Quoting.COMMAND)
        for w in d.value
    }
    if needed := tuple(f"{name}={text}" for text, name in quoting.STAND_INS.items() if text in words):
        yield Directive("Service", "Environment", needed)
