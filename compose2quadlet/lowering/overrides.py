"""``x-quadlet``: directives of the user, which are added to a unit or replace its own.

A directive that counts once replaces the unit's own; one that can be repeated is added to it. Null
removes the unit's own, and a null at the start of a list does so before the rest of the list is added. Values are
in the syntax of the unit file: specifiers and quotes stay as they are. But they cannot end their line.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from compose2quadlet.backend.catalogue import Key, Quoting, catalogue
from compose2quadlet.backend.characters import InexpressibleError
from compose2quadlet.backend.unit import Directive, Syntax, Unit
from compose2quadlet.diagnostics import NAME, Log, Path, dotted, told
from compose2quadlet.kinds import KINDS, unit_of
from compose2quadlet.planner.names import UNIT_SUFFIXES

AS_USER = "Podman itself would run as that user, and fail. Write 'user:' in the service, or choose an isolation policy."
BY_NAME = "Other units use the name, too. Write '{}' in the compose file."
BY_GENERATOR = "Podman's generator sets it."

REFUSED: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("Service", "User"): ((), AS_USER),
    ("Service", "Group"): ((), AS_USER),
    ("Service", "DynamicUser"): ((), AS_USER),
    ("Service", "SupplementaryGroups"): ((), "Write 'group_add:' in the service."),
    ("Service", "Type"): (("notify", "oneshot"), "Podman's generator accepts only notify and oneshot."),
    ("Service", "KillMode"): (("mixed", "control-group"), "Podman's generator accepts only mixed and control-group."),
    ("Service", "ExecStart"): (
        (),
        "Podman's generator sets it. Use 'command:', 'entrypoint:' or PodmanArgs.",
    ),
    ("Service", "Delegate"): ((), BY_GENERATOR),
    ("Service", "NotifyAccess"): ((), BY_GENERATOR),
    ("Service", "PIDFile"): ((), BY_GENERATOR),
    ("Service", "RootDirectory"): ((), "systemd would not find Podman there."),
    ("Service", "RootImage"): ((), "systemd would not find Podman there."),
    ("Container", "ContainerName"): ((), BY_NAME.format("container_name:")),
    ("Container", "ServiceName"): ((), BY_NAME.format("name:")),
    ("Network", "NetworkName"): ((), BY_NAME.format("name:")),
    ("Network", "ServiceName"): ((), BY_NAME.format("name:")),
    ("Volume", "VolumeName"): ((), BY_NAME.format("name:")),
    ("Volume", "ServiceName"): ((), BY_NAME.format("name:")),
    ("Build", "ImageTag"): ((), BY_NAME.format("image:")),
    ("Build", "ServiceName"): ((), BY_NAME.format("name:")),
}
"""Directives that would break this unit or others, the values that are allowed nevertheless, and what to do instead."""

TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def overridden(made: Unit, given: Mapping[str, Any], path: Path, log: Log) -> Unit:
    """The unit with the changes of ``x-quadlet`` (``given``, at ``path``); logs an error for what is not possible."""
    directives = list(made.directives)
    own = KINDS[made.kind].section
    sections = ("Unit", own, "Quadlet", "Service", "Install")
    for section, keys in given.items():
        at = (*path, section)
        if section not in sections:
            _unknown("section", section, sections, at, log)
        elif not isinstance(keys, dict):
            hint = f"Write its keys below it, for example '{section}: {{KEY: VALUE}}'."
            log.error("bad-value", f"{dotted(at)}: not a mapping", hint, at)
        else:
            for key, value in keys.items():
                directives = _changed(directives, section, key, value, (*at, key), log)
    return replace(made, directives=tuple(directives))


def lost(given: Mapping[str, Any], path: Path, log: Log) -> None:
    """Warn about an ``x-quadlet`` in something that gets no unit."""
    if given:
        hint = "Podman uses the existing one. Change that instead."
        log.warn("key-lost", f"{dotted(path)} is not converted: there is no unit to change", hint, path)


def _changed(directives: list[Directive], section: str, key: str, value: Any, path: Path, log: Log) -> list[Directive]:
    """The directives with one key of ``x-quadlet``."""
    known = catalogue().get((section, key))
    if known is None:
        _unknown("key", key, [k for s, k in catalogue() if s == section], path, log)
        return directives
    values = value if isinstance(value, list) else [value]
    replaces = not values or values[0] is None or not known.repeatable
    values = values[1:] if values and values[0] is None else values
    if problem := _problem(section, key, known, values):
        log.error("bad-value", f"{dotted(path)}: {problem[0]}", problem[1], path)
        return directives
    if refused := _refused(section, key, values):
        log.error("directive-refused", f"{dotted(path)}: {key}= is not allowed here", refused, path)
        return directives
    new = [Directive(section, key, _value(v, known), path) for v in values]
    places = [i for i, d in enumerate(directives) if (d.section, d.key) == (section, key)]
    if replaces:
        at = places[0] if places else len(directives)
        kept = [d for i, d in enumerate(directives) if i not in places]
        return [*kept[:at], *new, *kept[at:]]
    at = places[-1] + 1 if places else len(directives)
    return [*directives[:at], *new, *directives[at:]]


def _text(value: Any) -> str | None:
    """A value as text; None if it cannot be one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    return None


def _value(value: Any, known: Key) -> bool | Syntax:
    text = _text(value) or ""
    if known.quoting is Quoting.FLAG and text.lower() in TRUTH:
        return TRUTH[text.lower()]
    return Syntax(text)


def _problem(section: str, key: str, known: Key, values: list[Any]) -> tuple[str, str] | None:
    """What is wrong with the values, and what to do; None if they are right."""
    if len(values) > 1 and not known.repeatable:
        return f"{key}= can be set only once, but there are {len(values)} values", "Write one value."
    for value in values:
        text = _text(value)
        if not text:
            what = "null is only allowed as the first item" if value is None else "the value is not possible here"
            return (
                what,
                "Write a text, a number, true, false, or a list of these. A null at its start removes the unit's own.",
            )
        try:
            Syntax(text)
        except InexpressibleError as e:
            return f"the value cannot be written as {key}=: {e}", "Change the value."
        if known.quoting is Quoting.FLAG and text.lower() not in TRUTH:
            return "the value is neither true nor false", "Write true or false."
        if section == "Install" and "/" in text:
            return "the value is not the name of a unit", "Write a name, such as multi-user.target."
        if section == "Unit" and key != "Description":
            for word in text.split():
                if word.endswith(UNIT_SUFFIXES):
                    return f"{told(word, NAME, 'it')} is a Quadlet file, which systemd does not know", _service(word)
    return None


def _service(file: str) -> str:
    return f"Write its service, {unit_of(file)}." if NAME.fullmatch(file) else "Write the name of its service."


def _refused(section: str, key: str, values: list[Any]) -> str:
    """What to do instead; empty where the directive is possible."""
    if (section, key) == ("Container", "Image") and not values:
        return "A container needs an image."
    possible, hint = REFUSED.get((section, key), (None, ""))
    if possible is None or (values and all(_text(v) in possible for v in values)):
        return ""
    return hint


def _unknown(what: str, name: str, known: Iterable[str], path: Path, log: Log) -> None:
    hint = " ".join(_advice(what, name, list(known), path))
    log.error("unknown-key", f"{dotted(path)}: unknown {what}", hint, path)


def _advice(what: str, name: str, known: list[str], path: Path) -> Iterator[str]:
    if close := difflib.get_close_matches(name, known, 3):
        yield f"Did you mean {' or '.join(close)}?"
    elif what == "section":
        yield f"The sections are {', '.join(known)}."
    if what == "key" and (others := [s for s, k in catalogue() if k == name and s in ("Unit", "Service", "Install")]):
        yield f"It belongs into [{others[0]}]."
    elif what == "key" and not close:
        page = f"systemd.{str(path[-2]).lower()}" if path[-2] in ("Unit", "Service") else "podman-systemd.unit"
        yield f"See the manual page {page}(5)."
