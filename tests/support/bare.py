"""Bare projects, and how the units of another project differ from theirs.

A bare project has the services of the other one, under the same names, but of each only what a service has to have.
What is left of a unit is what the other project's compose file is about.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import compose2quadlet.backend
import compose2quadlet.lowering
from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError
from compose2quadlet.loader import Loaded, Request, load
from tests.support.conversion import converted, portable, units
from tests.support.systemd import commands

IMAGE = "registry.example/app:1"
PLAIN_IMAGE = re.compile(r"registry\.example/[a-z-]+:1|example")
SCRIPT = re.compile(r'(=/bin/sh -c )("(?:[^"\\]|\\.)*")')
FURTHER = (".network", ".volume", ".build", "-network.service", "-volume.service")
FOR_ALL = " for all projects."
"""At the end of the first line of units that are the same for all projects."""


@dataclass(frozen=True)
class Bare:
    """``units`` are those of the bare services. ``further`` are those of bare networks, volumes and builds that
    have the names of the project's own. ``diagnostics`` are what is said of bare services."""

    units: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def bare(folder: Path, request: Request, podman: str, scope: str, key: str = "") -> Bare:
    """The bare project of the one in ``folder``.

    A service keeps its image if it is a plain one, or has a plain build, and is started at boot if the other is; but
    not by ``key``. Where that is inside of a build, a network or a volume, services keep those.
    """
    try:
        loaded = load(request, Log())
    except RefusedError:
        return Bare()
    own = project(loaded, key, key.startswith(("networks.", "volumes.")))
    whole = project(loaded, "", True)
    plain, log = _converted(own, folder, podman, scope)
    further = _converted(whole, folder, podman, scope)[0] if whole != own else {}
    return Bare(plain, {name: text for name, text in further.items() if name.endswith(FURTHER)}, tuple(log.items))


def _converted(project: dict[str, Any], folder: Path, podman: str, scope: str) -> tuple[dict[str, str], Log]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "compose.yaml").write_text(json.dumps(project).replace("$", "$$"))
        made, log = converted(Path(name), podman=podman, scope=scope)
    return {name: portable(text, folder) for name, text in (units(made) if made else {}).items()}, log


def project(loaded: Loaded, key: str, attached: bool) -> dict[str, Any]:
    """The canonical project with nothing in its services but what ``bare`` says. ``attached``: to their networks
    and volumes."""
    services = {**loaded.project["services"], **loaded.disabled}
    folder = loaded.tree.sources.folder
    out: dict[str, Any] = {"name": loaded.project["name"]}
    out["services"] = {name: _service(service, key, attached, folder) for name, service in services.items()}
    for kind in ("networks", "volumes"):
        if attached and loaded.project.get(kind):
            out[kind] = {name: {} for name in loaded.project[kind]}
    return out


def _service(service: dict[str, Any], key: str, attached: bool, folder: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if service.get("build") and key != "build":
        out["build"] = {"context": folder}
    else:
        out["image"] = service["image"] if PLAIN_IMAGE.fullmatch(service.get("image", "")) else IMAGE
    if service.get("restart") in ("always", "unless-stopped") and key != "restart":
        out["restart"] = service["restart"]
    if attached:
        out["networks"] = list(service.get("networks") or ())
        volumes = [v for v in service.get("volumes") or () if v["type"] == "volume" and v.get("source")]
        out["volumes"] = [f"{v['source']}:{v['target']}" for v in volumes]
    return {name: value for name, value in out.items() if value}


@dataclass(frozen=True)
class Change:
    """A line that is in one of two units only. ``after`` is the key of the line of the bare unit before it."""

    section: str
    sign: str
    line: str
    after: str


def changes(old: str, new: str) -> Iterator[Change]:
    """What makes the unit ``new`` of ``old``, section by section."""
    before, now = _sections(old), _sections(new)
    for section in {**now, **before}:
        a, b = before.get(section, []), now.get(section, [])
        for _, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            after = a[i - 1].partition("=")[0] if i else "start"
            if a[i:j] != b[k:m]:
                yield from (Change(section, "-", line, after) for line in a[i:j])
                yield from (Change(section, "+", line, after) for line in b[k:m])


@cache
def scripts() -> dict[str, str]:
    """The shell scripts that units run, with the names that they have as constants."""
    rooms = (compose2quadlet.lowering, compose2quadlet.backend)
    found = (m for room in rooms for m in pkgutil.iter_modules(room.__path__, f"{room.__name__}."))
    constants = ((name, value) for m in found for name, value in vars(importlib.import_module(m.name)).items())
    return {value: name for name, value in constants if name.isupper() and isinstance(value, str)}


def _named(text: str) -> str:
    """A unit with the scripts that it runs under their names."""
    return SCRIPT.sub(lambda m: m[1] + scripts().get(commands(m[2], {})[0][0], m[2]), text)


def _sections(text: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {"": []}
    section = ""
    for line in filter(None, text.splitlines()):
        if line.startswith("["):
            section = line
            assert section not in out, text
            out[section] = []
        else:
            out[section].append(line)
    return out


def shown(found: list[Change]) -> str:
    """The changes as text: sections, and below each the lines that are no longer there, or new."""
    lines, section = [], ""
    for change in found:
        if change.section != section:
            lines.append(change.section)
            section = change.section
        lines.append(f"{change.sign} {change.line}")
    return "\n".join(lines)


def different(made: Mapping[str, str], than: Bare) -> dict[str, str]:
    """Each unit that differs from the bare project's, by name, and in what."""
    out = {}
    for name, text in made.items():
        same = than.units.get(name)
        alike = same or than.further.get(name) or _alike(name, than.units)
        if text.partition("\n")[0].endswith(FOR_ALL):
            out[name] = "as for all projects"
        elif same == text:
            continue
        elif alike is None:
            out[name] = _named(text)
        elif found := list(changes(_named(alike), _named(text))):
            out[name] = shown(found)
        else:
            out[name] = "bare"
    gone = {name: "none" for name in than.units if name not in made}
    return {**out, **gone}


def _alike(name: str, units: Mapping[str, str]) -> str | None:
    """The bare unit that a further container of a service is one more of."""
    stem, _, copy = name.removesuffix(".container").rpartition("-")
    return units.get(f"{stem}.container") if name.endswith(".container") and copy.isdecimal() else None
