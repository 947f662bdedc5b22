"""Finds the containers of a project under Docker, and those under Podman that replace them; and keeps what the old ones
were, for the time when they no longer run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from compose2quadlet.compare import Side, Values
from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host import inventory, kernelview
from compose2quadlet.host.dockerstate import State
from compose2quadlet.host.inventory import LABEL
from compose2quadlet.host.migrate.machine import FailedError, Runner
from compose2quadlet.host.programs import perform

VERSION = 1
SECONDS = 60.0
UNIT = "PODMAN_SYSTEMD_UNIT"

Key = tuple[str, str]
"""A service and the number of its container."""


@frozen()
class Before:
    """The containers of a project as they were under Docker, by service and number. ``here`` and ``elsewhere`` have
    what published ports said to this host and to another one, by container name."""

    sides: Mapping[Key, Side]
    here: Mapping[str, Values] = field(default_factory=dict)
    elsewhere: Mapping[str, Values] = field(default_factory=dict)


def _labels(inspected: Mapping[str, Any]) -> Mapping[str, str]:
    return (inspected.get("Config") or {}).get("Labels") or {}


def _sides(
    inspects: Sequence[Mapping[str, Any]],
    images: Sequence[Mapping[str, Any]],
    project: str,
    kernel: Mapping[str, Mapping[str, Values]],
    units: Mapping[str, Values],
) -> dict[Key, Side]:
    """The containers of a project, but those of ``docker compose run``."""
    by_id = {str(i.get("Id", "")).removeprefix("sha256:"): i for i in images}
    names = {str(c.get("Id")): _labels(c).get(f"{LABEL}service") or str(c.get("Name")).lstrip("/") for c in inspects}
    found = {}
    for one in inspects:
        labels = _labels(one)
        if labels.get(f"{LABEL}project") == project and labels.get(f"{LABEL}oneoff") != "True":
            key = labels.get(f"{LABEL}service", ""), labels.get(f"{LABEL}container-number", "1")
            image = by_id.get(str(one.get("Image", "")).removeprefix("sha256:"), {})
            unit = units.get(labels.get(UNIT, ""), {})
            found[key] = Side(one, image, kernel.get(str(one.get("Id")), {}), unit, names)
    return found


def _views(inspects: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, str]]]:
    """What the kernel says of containers that run, by ID."""
    found = {}
    for one in inspects:
        state, names = one.get("State") or {}, [str(one.get("Name", "")).lstrip("/")]
        if state.get("Running") and (pid := state.get("Pid")):
            names += [str((one.get("Config") or {}).get("Hostname") or ""), str(one.get("Id", ""))[:12]]
            found[str(one["Id"])] = kernelview.view(pid, tuple(names))
    return found


def under_docker(project: str, state: State | None = None) -> Before:
    """The containers that Docker has. Raises DockerError."""
    state = state or inventory.current(thorough=False)
    return Before(_sides(state.containers, state.images, project, _views(state.containers), {}))


def dump(before: Before) -> str:
    """The text of a file that keeps them; it has values of variables."""
    sides = before.sides.values()
    whole = {
        "version": VERSION,
        "containers": [s.inspect for s in sides],
        "images": [s.image for s in sides if s.image],
        "kernel": {s.inspect["Id"]: s.kernel for s in sides if s.kernel},
        "here": before.here,
        "elsewhere": before.elsewhere,
    }
    return json.dumps(whole, indent=1, default=dict) + "\n"


def load(text: str, file: str, project: str) -> Before:
    """The containers in a file: one of ``dump``, or what ``docker inspect`` printed. Raises RefusedError."""
    try:
        given = json.loads(text)
        whole: dict[str, Any] = {"containers": given} if isinstance(given, list) else given
        if not isinstance(given, list) and whole.get("version") != VERSION:
            raise _bad(file, f"it does not have version {VERSION} of the format")
        kernel = whole.get("kernel") or {}
        sides = _sides(whole["containers"], whole.get("images") or [], project, kernel, {})
        return Before(sides, whole.get("here") or {}, whole.get("elsewhere") or {})
    except RefusedError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
        raise _bad(file, "it has no containers") from e


def recorded(project: str, stopped: Before, folder: str) -> Before:
    """The containers as ``migrate`` found them, by its latest record below a directory; without one, those that are
    ``stopped``. Images are those that Docker still has."""
    images = [side.image for side in stopped.sides.values() if side.image]
    for path in sorted(Path(folder).rglob("before-*.json"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            inspects = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
            sides = _sides(inspects, images, project, {}, {})
        except (OSError, ValueError, TypeError, AttributeError):
            continue
        if sides:
            return Before(sides)
    return stopped


def _bad(file: str, reason: str) -> RefusedError:
    hint = "Save it while Docker runs: compose2quadlet verify PROJECT --save FILE"
    return refuse("bad-before", f"this does not say how containers were: {reason}", hint, position=Position(file))


def under_podman(project: str, runner: Runner) -> dict[Key, Side]:
    """The containers that Podman has for a user. Raises FailedError."""
    wanted = f"label={LABEL}project={project}"
    ids = _ask(runner, "podman", "ps", "--all", "--no-trunc", "--format", "{{.ID}}", "--filter", wanted).split()
    if not ids:
        return {}
    inspects = json.loads(_ask(runner, "podman", "inspect", "--type", "container", *ids))
    images = json.loads(_ask(runner, "podman", "image", "inspect", *{str(i["Image"]) for i in inspects}))
    names = sorted({unit for i in inspects if (unit := _labels(i).get(UNIT))})
    return _sides(inspects, images, project, _views(inspects), _units(runner, names))


def _units(runner: Runner, names: Sequence[str]) -> dict[str, Values]:
    """Properties of units, by their names."""
    if not names:
        return {}
    scope = "--user" if runner.user or os.geteuid() else "--system"
    properties = "--property=Id,Restart,NRestarts,ActiveState"
    text = perform(runner.command("systemctl", scope, "show", properties, *names), seconds=SECONDS).output
    found: dict[str, Values] = {}
    for block in text.strip().split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if values.get("Id"):
            found[values["Id"]] = values
    return found


def _ask(runner: Runner, *words: str) -> str:
    did = perform(runner.command(*words), seconds=SECONDS)
    if not did.ok:
        last = did.errors.splitlines()[-1] if did.errors else f"exit status {did.status}"
        raise FailedError(f"'{' '.join(words[:2])}' failed: {last}")
    return did.output
