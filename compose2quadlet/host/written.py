"""Checks a directory of units that this tool wrote: what was edited since, and what Podman and systemd say of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from compose2quadlet.diagnostics import Diagnostic, Log, Position, RefusedError, Severity
from compose2quadlet.host.complaints import diagnostic
from compose2quadlet.host.directories import opened
from compose2quadlet.host.files import read
from compose2quadlet.host.manifest import LIMIT, Manifest, load
from compose2quadlet.host.verify import Verdict, verify
from compose2quadlet.kinds import KINDS, unit_of
from compose2quadlet.options import Options, Version, parse_version
from compose2quadlet.run import Outcome

Result = tuple[Outcome, tuple[Diagnostic, ...], tuple[str, ...]]
"""A directory as if it were a project, the diagnostics about it, and what could not be checked."""


def examined(folder: str, options: Options) -> Result:
    """What there is to say about a directory of units."""
    root = Path(os.path.abspath(folder))
    log, verdict, there = Log(), Verdict(), dict[str, str]()
    try:
        with opened([root]) as tree:
            manifest = load(tree, root)
        texts = {key: _text(root / key) for key in manifest.files}
        for d in _changed(root, manifest, texts):
            log.add(d)
        there = {key: text.decode("utf-8", "replace") for key, text in texts.items() if text is not None}
        quadlets = {key: text for key, text in there.items() if _is_quadlet(key)}
        native = {key.rpartition("/")[2]: text for key, text in there.items() if _is_native(key)}
        verdict = verify(quadlets, native, options.scope, _podman(manifest, options))
    except RefusedError as e:
        for d in e.diagnostics:
            log.add(d)
    except OSError as e:
        message = f"cannot read the directory: {(e.strerror or str(e)).lower()}"
        log.add(Diagnostic("file-unreadable", Severity.ERROR, message, position=Position(e.filename or str(root))))
    files = {name: key for key in there for name in _names(key)}
    for complaint in verdict.complaints:
        key = files.get(complaint.file, "")
        line = _line(there.get(key, ""), complaint.key)
        position = Position(str(root / key), line, 1 if line else 0)
        d = diagnostic(complaint, complaint.sentence)
        log.add(Diagnostic(d.code, d.severity, d.message, d.hint, position=position))
    return Outcome(folder, str(root), log), tuple(log.placed()), verdict.skipped


def _text(path: Path) -> bytes | None:
    try:
        return read(path, LIMIT)
    except FileNotFoundError:
        return None


def _changed(root: Path, manifest: Manifest, texts: Mapping[str, bytes | None]) -> Iterator[Diagnostic]:
    """A warning for each file that is not as it was written."""
    for key, entry in manifest.files.items():
        text, position = texts[key], Position(str(root / key))
        if text is None:
            hint = "Convert the project again to write it."
            message = f"{key} is not there any more, or is not a regular file"
            yield Diagnostic("edited-file", Severity.WARNING, message, hint, position=position)
        elif not entry.has(text):
            hint = "Move the change into a drop-in or into x-quadlet: another conversion refuses to overwrite it."
            message = f"{key} was edited since it was written"
            yield Diagnostic("edited-file", Severity.WARNING, message, hint, position=position)


def _is_quadlet(key: str) -> bool:
    """Whether Podman's generator reads the file; drop-ins of Quadlet units included."""
    name = next((part.removesuffix(".d") for part in key.split("/") if part.endswith(".d")), key)
    kind = KINDS.get(name.rpartition(".")[2])
    return kind is not None and not kind.native


def _is_native(key: str) -> bool:
    kind = KINDS.get(key.rpartition(".")[2])
    return kind is not None and kind.native and kind.name != "conf"


def _names(key: str) -> tuple[str, ...]:
    """The names that programs have for a file: its own, and that of the service that Podman makes of it."""
    name = key.rpartition("/")[2]
    return (name, unit_of(name)) if name.rpartition(".")[2] in KINDS else (name,)


def _podman(manifest: Manifest, options: Options) -> Version:
    """The Podman that the units were written for."""
    versions = {str(project.options.get("podman", "")) for project in manifest.projects.values()}
    try:
        return parse_version(versions.pop()) if len(versions) == 1 else options.podman
    except ValueError:
        return options.podman


def _line(text: str, key: str) -> int:
    """The line of a directive; zero if there is none."""
    lines = (i for i, line in enumerate(text.splitlines(), 1) if key and line.startswith(f"{key}="))
    return next(lines, 0)
