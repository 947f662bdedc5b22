"""Values with several fields in one word: the lists of ``--mount`` and ``--secret`` look alike, but are read in
different ways, so each has its own writer.

Sources: podman ``cmd/podman/containers`` and ``pkg/specgenutil`` (mounts: Go's encoding/csv, secrets: split at each
comma); buildah ``pkg/parse`` (secrets of builds: split at each comma).
"""

from __future__ import annotations

import re

from compose2quadlet.backend.unit import Reference, Word
from compose2quadlet.lowering.verbs import Context


def mount(c: Context, i: str | int, *fields: str) -> str:
    """The fields of ``--mount``, which Podman reads as a line of CSV; logs an error for one that CSV cannot express."""
    for field in fields:
        if re.search("[\r\n]", field):
            _refuse(c, i, f"{field.partition('=')[0]} contains a line break")
    return ",".join('"' + f.replace('"', '""') + '"' if "," in f or '"' in f else f for f in fields)


def mount_of(named: Word, c: Context, i: str | int, *fields: str) -> Word:
    """The fields of ``--mount`` for a volume; ``named`` is its ``source=…`` field, which needs no quotes."""
    rest = "," + mount(c, i, *fields)
    if isinstance(named, Reference):
        return Reference(named.file, named.name, named.service, named.after + rest, "type=volume," + named.before)
    return f"type=volume,{named}{rest}"


def secret(c: Context, i: str | int, *fields: str) -> str:
    """The fields of ``--secret``, each of which ends at a comma, even a quoted one; logs an error for a comma."""
    for field in fields:
        if "," in field or re.search("[\r\n]", field):
            _refuse(c, i, "Podman ends a name at the comma or line break in it")
    return ",".join(fields)


def _refuse(c: Context, i: str | int, problem: str) -> None:
    c.log.error("value-unwritable", f"{c.place}.{i}: {problem}", "Choose a name without that.", (*c.path, i))
