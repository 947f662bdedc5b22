"""What became of a compose key, by the lowering tables, what was written for it, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from compose2quadlet.diagnostics import Diagnostic, Path, Severity
from compose2quadlet.lowering.explain import STATUS, Entry, entries

DONE, NEARLY, LOST = STATUS["carried"], "approximated", STATUS["unsupported"]
NOTHING = "adds nothing"
"""The status of a key that says what is the case anyway."""

GROUPS = {"services": "", "networks": "networks", "volumes": "volumes"}
DIFFERENT = frozenset(
    """
    auto-update-digest bad-image bad-value bad-variable-name default-route dns-loopback docker-resolver engine-socket
    health-test-split healthcheck-without-test healthy-unknown hook-when-healthy key-lost key-unsupported log-driver
    log-tag network-driver ownership-lost port-range ports-dropped privileged-device privileged-limit privileged-mount
    privileged-network privileged-port pull-interval readiness-conflict replicas restart-of-job tmpfs-owner
    volume-driver watchtower-label
    """.split()
)
"""Warnings that a unit does not do all that the key asks for. Others are about the host, or other services."""

UNHEARD = ("no effect", "not converted")
"""How lines about attributes inside a key begin if they are not in a unit."""


@cache
def _entries() -> dict[tuple[str, str], Entry]:
    return {(entry.group, entry.key): entry for entry in entries()}


def status(
    path: Path, value: Any, directives: Sequence[str], said: Sequence[Diagnostic]
) -> tuple[str, tuple[str, ...]]:
    """The status of the key at ``path``, and why, for what is not simply converted."""
    group, key = (GROUPS[str(path[0])], str(path[2])) if path[0] in GROUPS else ("top", str(path[0]))
    if key.startswith("x-"):
        why = () if directives or key == "x-quadlet" else ("An extension, which only its own program reads.",)
        return (DONE if directives else STATUS["ignored"]), why
    entry = _entries().get((group, key))
    if entry is None:
        return STATUS["ignored"], ()
    verb, inside = entry.row.verb, tuple(_inside(entry, value))
    if verb.status == "unsupported":
        return LOST, (verb.how,)
    if any(d.severity >= Severity.WARNING and d.code in DIFFERENT for d in said):
        return (NEARLY if directives or verb.status in ("part", "units") else LOST), inside
    if directives:
        return (NEARLY if any("not converted" in line for line in inside) else DONE), inside
    if verb.status == "part":
        return f"{STATUS['part']}: {', '.join(verb.of)}", inside
    return (NOTHING if verb.status == "carried" else STATUS[verb.status]), (verb.how, *inside)


def _inside(entry: Entry, value: Any) -> Iterator[str]:
    """What the tables say of attributes inside the value that no unit has."""
    lines = entry.inside()
    for name in sorted(set(_names(value))):
        if lines.get(name, "").startswith(UNHEARD):
            yield f"{name}: {lines[name]}"
    if entry.name == "build" and isinstance(value, dict):
        for key in value:
            part = _entries().get(("build", key))
            if part and part.row.verb.status in ("unsupported", "ignored", "resolved"):
                yield f"{key}: {STATUS[part.row.verb.status]}: {part.row.verb.how}"


def _names(value: Any, above: str = "") -> Iterator[str]:
    """The attributes that a file gives inside a value, by their paths without the numbers of list items. Those that
    loading has added have no place in a file."""
    if isinstance(value, dict):
        for key in value.keys() & getattr(value, "marks", {}).keys():
            yield f"{above}{key}"
            yield from _names(value[key], f"{above}{key}.")
    elif isinstance(value, list):
        for below in value:
            yield from _names(below, above)
