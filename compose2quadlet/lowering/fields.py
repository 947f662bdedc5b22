"""Values of several fields in one word: ``--mount`` and ``--secret`` take lists that look alike and are read in
different ways, so each has a writer of its own.

Sources: podman ``cmd/podman/containers`` and ``pkg/specgenutil`` (mounts: Go's encoding/csv, secrets: split at each
comma); buildah ``pkg/parse`` (secrets of builds: split at each comma).
"""

from __future__ import annotations

import re

from compose2quadlet.backend.unit import Reference, Word
from compose2quadlet.lowering.verbs import Context


def mount(c: Context, i: str | int, *fields: str) -> str:
    """Fields of ``--mount``, which is read as a line of CSV; logs an error for one that no such line can hold."""
    for field in fields:
        if re.search("[\r\n]", field):
            _refuse(c, i, f"{field.partition('=')[0]} has a line break in it")
    return ",".join('"' + f.replace('"', '""') + '"' if "," in f or '"' in f else f for f in fields)


def mount_of(named: Word, c: Context, i: str | int, *fields: str) -> Word:
    """Fields of ``--mount`` for a volume: ``named`` is its ``source=…`` field, without anything that needs quotes."""
    rest = "," + mount(c, i, *fields)
    if isinstance(named, Reference):
        return Reference(named.file, named.name, named.service, named.after + rest, "type=volume," + named.before)
    return f"type=volume,{named}{rest}"


def secret(c: Context, i: str | int, *fields: str) -> str:
    """Fields of ``--secret``, which ends each at a comma, whatever is around it; logs an error for a comma in one."""
    for field in fields:
        if "," in field or re.search("[\r\n]", field):
            _refuse(c, i, f"Podman ends {field.partition('=')[0]} at the comma or line break in it")
    return ",".join(fields)


def _refuse(c: Context, i: str | int, problem: str) -> None:
    c.log.error("value-unwritable", f"{c.place}.{i}: {problem}", "Choose a name without it.", (*c.path, i))
