"""The projects under fixtures/ that have a golden: what they are converted with, and what their golden shows.

- ``keys``, ``hosts`` and ``isolation``: what differs from a bare project (see ``tests.support.bare``);
- ``diagnostics``: what is said, and not of a bare project too; with ``show: units`` that of ``keys`` as well;
- ``projects``: everything.

A golden.yml says at its top what is not as usual: ``podman``, ``scope`` (each may be a list), ``profiles``, ``project``
(the name), ``isolation``, ``host_units``, ``environ``. The rest is made by ``pytest --update-goldens``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compose2quadlet import Conversion
from compose2quadlet.backend.configuration import NAMES
from compose2quadlet.diagnostics import Diagnostic, Log, Severity
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from tests.support.bare import Bare, bare, different
from tests.support.conversion import ENVIRON, FIXTURES, converted, diagnostics, portable, units

KINDS = ("keys", "diagnostics", "hosts", "isolation", "projects")
INPUTS = ("podman", "scope", "profiles", "project", "isolation", "host_units", "environ", "show")
OUTPUTS = ("unset", "diagnostics", "not_said", "units", "systemd", "configuration", "outputs")
"""What a golden shows, in this order. ``outputs`` has the others, where they are not the same for all versions."""

Output = dict[str, Any]


def folders(*kinds: str) -> list[Path]:
    """The folders with projects, of some kinds or of all."""
    return sorted(p for kind in kinds or KINDS for p in (FIXTURES / kind).iterdir() if p.is_dir())


def name_of(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@dataclass(frozen=True, eq=False)
class Case:
    """A folder with a project, and with what it is converted."""

    folder: Path
    inputs: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.folder.parent.name

    def several(self, name: str, default: str) -> list[str]:
        value = self.inputs.get(name, default)
        return list(value) if isinstance(value, list) else [value]

    @cache  # noqa: B019 (there is one case for each folder)
    def converted(self, scope: str, podman: str, profiles: tuple[str, ...] = ()) -> tuple[Conversion | None, Log]:
        return converted(
            self.folder,
            podman=podman,
            scope=scope,
            profiles=profiles or tuple(self.inputs.get("profiles", ())),
            name=self.inputs.get("project", ""),
            isolation=self.inputs.get("isolation", "none"),
            host_units=self.inputs.get("host_units", {}),
            environ=self.inputs.get("environ", {}),
        )

    @cache  # noqa: B019 (as above)
    def bare(self, scope: str, podman: str) -> Bare:
        profiles = tuple(self.inputs.get("profiles", ()))
        name = self.inputs.get("project", "")
        request = Request(str(self.folder), environ=ENVIRON, profiles=profiles, project_name=name)
        return bare(self.folder, request, podman, scope, self.folder.name if self.kind == "keys" else "")

    def units(self, scope: str, podman: str) -> dict[str, str]:
        """All units, native ones too, the same on every machine."""
        conversion, _ = self.converted(scope, podman)
        return _portable(units(conversion), self.folder) if conversion else {}

    def output(self, scope: str, podman: str) -> Output:
        """What a golden shows of one version and scope; what there is not is left out."""
        conversion, log = self.converted(scope, podman)
        shown: Output = {"unset": _unset(conversion, self.folder)}
        if self.kind == "projects":
            shown |= _whole(conversion, log, self.folder)
        else:
            than = self.bare(scope, podman)
            said, missing = self._said(log, than)
            shown |= {"diagnostics": diagnostics(said, self.folder), "not_said": missing}
            if conversion and (self.kind != "diagnostics" or self.inputs.get("show") == "units"):
                shown |= {
                    "units": different(self.units(scope, podman), than),
                    "configuration": [name for name in conversion.files[Place.PODMAN] if name != NAMES],
                }
        found = {name: value for name, value in shown.items() if value}
        return found or {"units": "bare"}

    def _said(self, log: Log, than: Bare) -> tuple[list[Diagnostic], list[str]]:
        """What is not said of a bare project, and the slugs of what is only said of that."""
        slug = self.folder.name.partition("--")[0] if self.kind == "diagnostics" else ""
        usual = {_content(d) for d in than.diagnostics}
        said = [d for d in log.placed() if d.code == slug or d.severity is Severity.ERROR or _content(d) not in usual]
        return said, sorted({d.code for d in than.diagnostics} - {d.code for d in log.items})

    def outputs(self) -> Output:
        """All that the golden shows: what all versions and scopes have in common, and under ``outputs`` the rest, for
        those together that have the same."""
        scopes, versions = self.several("scope", "user"), self.several("podman", "5.4")
        found: list[tuple[list[str], Output]] = []
        for scope in scopes:
            for podman in versions:
                name = " ".join([scope] * (len(scopes) > 1) + [f"podman {podman}"] * (len(versions) > 1))
                output = self.output(scope, podman)
                same = next((names for names, other in found if other == output), None)
                if same is None:
                    found.append(([name], output))
                else:
                    same.append(name)
        common = _common([output for _, output in found])
        rest = [{"of": ", ".join(names), **_without(output, common)} for names, output in found]
        return {**common, "outputs": rest} if len(found) > 1 else common


def _common(outputs: list[Output]) -> Output:
    """What is the same in all outputs; of units, those that are."""
    first, *others = outputs
    common: Output = {}
    for name, value in first.items():
        if all(other.get(name) == value for other in others):
            common[name] = value
        elif isinstance(value, dict) and all(isinstance(other.get(name), dict) for other in others):
            same = {k: v for k, v in value.items() if all(other[name].get(k) == v for other in others)}
            common |= {name: same} if same else {}
    return common


def _without(output: Output, common: Output) -> Output:
    """An output without what is in ``common``."""
    out: Output = {}
    for name, value in output.items():
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if k not in common.get(name, {})}
        elif name in common:
            continue
        out |= {name: value} if value else {}
    return out


def _whole(conversion: Conversion | None, log: Log, folder: Path) -> Output:
    said: Output = {"diagnostics": diagnostics(log.placed(), folder)}
    if conversion is None:
        return said
    places = {"units": Place.QUADLETS, "systemd": Place.SYSTEMD, "configuration": Place.PODMAN}
    return said | {name: _portable(conversion.files[place], folder) for name, place in places.items()}


def _content(d: Diagnostic) -> tuple[str, Severity, str, str]:
    return d.code, d.severity, d.message, d.hint


def _portable(texts: Mapping[str, str], folder: Path) -> dict[str, str]:
    return {name: portable(text, folder) for name, text in texts.items()}


def _unset(conversion: Conversion | None, folder: Path) -> dict[str, list[str]]:
    missing = conversion.loaded.tree.variables.missing if conversion else {}
    return {
        name: [portable(str(place), folder) for place in places if place] for name, places in sorted(missing.items())
    }


@cache
def case(folder: Path) -> Case:
    """The case in a folder; without a golden, all is as usual."""
    golden = folder / "golden.yml"
    found = yaml.safe_load(without_outputs(golden.read_text())) if golden.exists() else None
    return Case(folder, found or {})


def without_outputs(text: str) -> str:
    """The text of a golden without what is made: its inputs as they were written."""
    blocks = re.split(r"(?m)^(?=[^\s#-])", text)
    return "".join(block for block in blocks if block.partition(":")[0] not in OUTPUTS)
