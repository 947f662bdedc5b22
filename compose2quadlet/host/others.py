"""What is in the directories of the output already: units of other projects, units that are about to change, and what
projects have left behind that are gone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from compose2quadlet.diagnostics import NAME, Diagnostic, RefusedError, Severity, command, told
from compose2quadlet.host import manifest as manifests
from compose2quadlet.host.directories import VanishedError, opened
from compose2quadlet.host.installed import installed, texts
from compose2quadlet.host.layout import Layout
from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.options import Options, Scope
from compose2quadlet.pipeline import Conversion
from compose2quadlet.run import Run, clashes

ENGINE_LINE = re.compile(r"(?m)^(?!Label=|GlobalArgs=)([A-Za-z]+=.*)$")
"""A line of a network or volume that decides what Podman creates."""

SECTIONS = {".network": "Network", ".volume": "Volume"}


def met(run: Run, where: Layout) -> Run:
    """The run with warnings about what it meets in its output directories, before anything is written."""
    there = dict(texts(str(where[Place.QUADLETS])))
    units = {run.options.scope: {name: installed(text) for name, text in sorted(there.items())}}
    for number, d in clashes.with_installed(run.options, [o.conversion for o in run.outcomes], units):
        run = run.add(number, d)
    for number, outcome in enumerate(run.outcomes):
        if outcome.conversion:
            run = run.add(number, *_changed(outcome.conversion, there, run.options))
    return run.add(0, *_orphans(run, where)) if run.outcomes else run


def sources(made: Conversion, where: Layout) -> list[str]:
    """The compose files of a project, relative to the output directory, for its manifest; none if they are no files."""
    root, files = os.path.abspath(where[Place.QUADLETS]), made.loaded.tree.sources.files
    return [os.path.relpath(file, root) for file in files] if all(map(os.path.isfile, files)) else []


# ---------------------------------------------------------------- networks and volumes that change


def _changed(made: Conversion, there: Mapping[str, str], options: Options) -> Iterator[Diagnostic]:
    """Networks and volumes whose units create something else from now on, with what makes Podman do it."""
    networks = {n.unit.file: n.spec.name for n in made.plan.networks.values() if n.unit}
    volumes = {v.unit.file: v.spec.name for v in made.plan.volumes.values() if v.unit}
    files = made.files[Place.QUADLETS]
    other = {file: SECTIONS[Path(file).suffix] for file in files if file in there and Path(file).suffix in SECTIONS}
    changed = [
        f for f, section in other.items() if _engine_lines(files[f], section) != _engine_lines(there[f], section)
    ]
    what = "changed since its unit was written. Podman keeps what it has: a restart changes nothing"
    if found := {file: networks[file] for file in changed if file in networks}:
        message = f"the network {', '.join(found.values())} {what}"
        yield Diagnostic("network-changed", Severity.WARNING, message, _again(made, "network", found, options.scope))
    if found := {file: volumes[file] for file in changed if file in volumes}:
        message = f"the volume {', '.join(found.values())} {what}"
        hint = "That deletes its data, so save it first, and put it back in the end: "
        hint += _again(made, "volume", found, options.scope)
        yield Diagnostic("volume-changed", Severity.WARNING, message, hint)


def _again(made: Conversion, kind: str, names: Mapping[str, str], scope: Scope) -> str:
    """The commands that let Podman create networks or volumes again; ``names`` has theirs by the files of units."""
    user = ("--user",) if scope is Scope.USER else ()
    steps = (
        clashes.stop(made.project.name, scope),
        command("podman", kind, "rm", *names.values()),
        command("systemctl", *user, "daemon-reload"),
        command("systemctl", *user, "restart", *map(unit_of, names)),
        command("systemctl", *user, "start", made.plan.target),
    )
    return "; ".join(steps)


def _engine_lines(text: str, section: str) -> list[str]:
    """The lines of a section that decide what Podman creates, in any order."""
    head, _, rest = text.partition(f"[{section}]\n")
    body = rest.partition("\n[")[0] if head != text else ""
    return sorted(ENGINE_LINE.findall(body))


# ---------------------------------------------------------------- projects that are gone


def _orphans(run: Run, where: Layout) -> Iterator[Diagnostic]:
    """Projects of the manifest whose compose files are gone, or are those of a project of the run with another name."""
    root = Path(os.path.abspath(where[Place.QUADLETS]))
    try:
        with opened([root] if root.is_dir() else []) as tree:
            known = manifests.load(tree, root) if root.is_dir() else manifests.Manifest()
    except (RefusedError, VanishedError, OSError):  # writing reports it
        return
    now = {tuple(sources(made, where)): made.project.name for made in run.conversions}
    names = {*now.values()}
    for name, project in sorted(known.projects.items()):
        files = project.options.get("files")
        if name in names or not isinstance(files, list) or not files:
            continue
        if renamed := now.get(tuple(files)):
            why = f"its compose file now makes the project {told(renamed, NAME, 'of this run')}"
        elif not any(os.path.exists(os.path.join(root, str(file))) for file in files):
            why = f"its compose file is gone: {files[0]}"
        else:
            continue
        paths = [root / key for key, entry in known.files.items() if entry.project == name]
        yield _orphan(name, why, paths, run.options.scope)


def _orphan(name: str, why: str, paths: Iterable[Path], scope: Scope) -> Diagnostic:
    user = ("--user",) if scope is Scope.USER else ()
    own = sorted({str(path.parent) if path.parent.name == name else str(path) for path in paths})
    steps = (
        clashes.stop(name, scope),
        command("rm", *(("-r",) if any(os.path.isdir(path) for path in own) else ()), *own),
        command("systemctl", *user, "daemon-reload"),
    )
    message = f"the units of the project {told(name, NAME, 'of another name')} are left over: {why}"
    return Diagnostic("orphan", Severity.WARNING, message, f"To remove them: {'; '.join(steps)}")
