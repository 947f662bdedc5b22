"""A run as the JSON document of ``--json``. Its keys are part of this tool's stable interface."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from compose2quadlet.kinds import Place
from compose2quadlet.run import Run

VERSION = 1
"""The version of the document. It increases with changes that an older reader would misunderstand."""

KEYS = {Place.QUADLETS: "units", Place.SYSTEMD: "systemd", Place.PODMAN: "configuration"}


def document(run: Run, written: Mapping[str, Collection[Path]] | None, with_units: bool) -> dict[str, Any]:
    """The document; ``written`` are the files by what happened to them, or None if none were written."""
    return {
        "version": VERSION,
        "podman": ".".join(map(str, run.options.podman)),
        "scope": run.options.scope.value,
        "written": written is not None,
        "files": {state: list(map(str, paths)) for state, paths in (written or {}).items()},
        "projects": [_project(run, i, with_units) for i in range(len(run.outcomes))],
    }


def _project(run: Run, number: int, with_units: bool) -> dict[str, Any]:
    outcome = run.outcomes[number]
    made: Mapping[Place, Mapping[str, str]] = outcome.conversion.files if outcome.conversion else {}
    files = {key: dict(made.get(p, {})) if with_units else sorted(made.get(p, {})) for p, key in KEYS.items()}
    return {
        "project": outcome.title,
        **files,
        "diagnostics": [d.as_dict() for d in run.said[number]],
        "unset_variables": {n: [str(p) for p in places if p] for n, places in sorted(outcome.log.unset.items())},
    }
