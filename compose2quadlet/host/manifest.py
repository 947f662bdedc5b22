"""The manifest of an output directory: what was written there, for which projects, and with which options.

It shows which files were edited by hand since they were written. It is in the output directory, as
``.compose2quadlet.json``::

    {
      "version": 1,
      "projects": {"shop": {"tool": "1.2.3", "options": {"podman": "5.4", "scope": "user"}}},
      "files": {
        "shop-web.container": {"project": "shop", "sha256": "9f86…", "size": 412, "private": true}
      }
    }

The keys of ``files`` are relative to the directory, or absolute outside it. ``project`` is empty for a file of all
projects; ``tool`` is the version that last changed the project's files, so that a newer version that changes nothing
leaves the manifest as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from compose2quadlet import __version__
from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.host.directories import Tree
from compose2quadlet.host.files import found, read
from compose2quadlet.options import Options

NAME = ".compose2quadlet.json"
VERSION = 1
LIMIT = 64 * 2**20
"""The most bytes to read; 300 projects need half a million."""


@frozen()
class Entry:
    """A file as it was written. ``private`` says that it contains values, so others cannot read it."""

    project: str
    sha256: str
    size: int
    private: bool

    def has(self, data: bytes) -> bool:
        """Whether a file still has the content that was written."""
        return len(data) == self.size and sha256(data) == self.sha256


@frozen()
class Project:
    """How a project's files were made: the version of this tool, and its options as JSON values, among them the compose
    ``files``, relative to the directory."""

    tool: str = __version__
    options: Mapping[str, Any] = field(default_factory=dict)


@frozen()
class Manifest:
    """All projects of an output directory, and all files by their keys."""

    projects: Mapping[str, Project] = field(default_factory=dict)
    files: Mapping[str, Entry] = field(default_factory=dict)

    def text(self) -> str:
        """The JSON form; the same for equal manifests."""
        projects = {name: _fields(project) for name, project in self.projects.items()}
        files = {key: _fields(entry) for key, entry in self.files.items()}
        whole = {"version": VERSION, "projects": projects, "files": files}
        return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def recorded(options: Options) -> dict[str, Any]:
    """The options of a conversion for the manifest: all except the facts about the host."""
    return {
        "podman": ".".join(map(str, options.podman)),
        "scope": options.scope,
        "isolation": options.isolation,
        "isolations": dict(options.isolations),
        "host_units": dict(options.host_units),
        "log_driver": options.log_driver,
        "health_events": options.health_events,
    }


def sha256(data: bytes) -> str:
    """The hash of a file's content, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def key(path: Path, root: Path) -> str:
    """The key of a file; both paths are absolute."""
    return str(path).removeprefix(f"{root}{os.sep}")


def _fields(value: Entry | Project) -> dict[str, Any]:
    """The fields as they are; asdict() would copy their values, which is slow."""
    return {name: getattr(value, name) for name in value.__match_args__}


def is_output(path: str) -> bool:
    """Whether a directory has units that this tool wrote."""
    return os.path.isfile(os.path.join(path, NAME))


def load(tree: Tree, root: Path) -> Manifest:
    """The manifest of an output directory; an empty one if there is none. Raises RefusedError for one that cannot be
    read, and OSError."""
    if not tree.has(root):
        return Manifest()
    with tree.directory(root) as at:
        if found(at, NAME) is None:
            return Manifest()
        data = read(NAME, LIMIT, at)
    try:
        whole = json.loads(data or b"")
        if whole["version"] != VERSION:
            raise _refused(root, f"it has version {whole['version']}, and this tool knows version {VERSION}")
        projects = {name: Project(**each) for name, each in whole["projects"].items()}
        files = {key: Entry(**each) for key, each in whole["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
        raise _refused(root, "this tool did not write it like this") from e
    return Manifest(projects, files)


def _refused(root: Path, reason: str) -> RefusedError:
    return refuse(
        "bad-manifest",
        f"the manifest cannot be read, so it is unknown which files were edited: {reason}",
        "Restore the manifest, or write it and all files again with --force. Nothing was changed.",
        position=Position(os.path.join(root, NAME)),
    )
