"""Makes relative paths absolute, each relative to the directory that Compose uses.

Source: compose specification; compose-go ``paths``. Paths are cleaned as Go's ``filepath.Join`` does.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable
from typing import Any

from compose2quadlet.diagnostics import Path, dotted, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader.rules import Rules, Verb, rewrite, table
from compose2quadlet.loader.tree import Map, Seq

REMOTE = ("https://", "http://", "git://", "ssh://", "oci://", "git@")
"""The start of remote references in place of a file."""

REMOTE_CONTEXTS = (*REMOTE, "github.com/")
"""The start of a remote build context."""


def clean(path: str) -> str:
    """The shortest spelling of ``path``: Go's ``path.Clean``."""
    if not path:
        return "."
    out = posixpath.normpath(path)
    return "/" + out.lstrip("/") if out.startswith("//") else out


def join(folder: str, path: str) -> str:
    """``path`` below ``folder``, cleaned. As in Go, an absolute ``path`` is put below it, too."""
    return clean("/".join(part for part in (folder, path) if part)) if folder or path else ""


def expand_home(path: str, home: str | None) -> str:
    """Replace ``~`` at the start with the home directory, if it is known."""
    return join(home, path[1:]) if path.startswith("~") and home else path


WINDOWS = re.compile(r"[^/\\]:[/\\]|[/\\]{2}")


def is_windows(path: str) -> bool:
    """Whether ``path`` is absolute on Windows: a drive with a slash, or a network share."""
    return bool(WINDOWS.match(path))


@frozen()
class Folder:
    """The directory of relative paths. ``base`` may itself be relative to a directory that is not known yet."""

    base: str
    home: str | None

    def path(self, value: str) -> str:
        """An env file, a label file: only ``/`` makes a path absolute."""
        value = expand_home(value, self.home)
        return value if not value or value.startswith("/") else join(self.base, value)

    def mount(self, value: str) -> str:
        """The source of a mount; a Windows path stays as it is."""
        value = expand_home(value, self.home)
        return value if value.startswith("/") or is_windows(value) else join(self.base, value)

    def context(self, value: str) -> str:
        """A build context; a URL or another service's context stays as it is."""
        if "://" in value or value.startswith(("service:", *REMOTE_CONTEXTS)):
            return value
        return self.path(value)

    def watched(self, value: str) -> str:
        """A path to watch, with the first symbolic link in it followed."""
        value = self.path(value)
        for i, char in enumerate(value + "/"):
            part = value[:i]
            if char == "/" and part and os.path.islink(part):
                return value.replace(part, os.path.realpath(part), 1)
        return value


def resolve(tree: Map, base: str, home: str | None) -> Map:
    """Make the paths in ``tree`` absolute, or relative to what ``base`` is relative to; changes ``tree``.

    Raises RefusedError for a bind mount without a source.
    """
    folder = Folder(base, home)
    rewrite(
        tree,
        table(
            {
                "services.*.build.context": texts(folder.context),
                "services.*.build.additional_contexts.*": texts(folder.context),
                "services.*.build.ssh.*": texts(folder.mount),
                "services.*.env_file.*.path": texts(folder.path),
                "services.*.label_file.*": texts(folder.path),
                "services.*.extends.file": texts(folder.path),
                "services.*.develop.watch.*.path": texts(folder.watched),
                "services.*.volumes.*": binds(folder),
                "configs.*.file": texts(folder.mount),
                "secrets.*.file": texts(folder.mount),
                "include.path": texts(folder.path),
                "include.project_directory": texts(folder.path),
                "include.env_file": texts(folder.path),
                "volumes.*": local_binds(folder),
            }
        ),
    )
    return tree


def texts(change: Callable[[str], str]) -> Verb:
    """The verb that applies ``change`` to a text, or to each text of a list."""

    def verb(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
        if isinstance(value, Seq):
            return Seq((change(v) if isinstance(v, str) else v for v in value), value.mark, value.marks)
        return change(value) if isinstance(value, str) else value

    return verb


def binds(folder: Folder) -> Verb:
    def verb(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
        if isinstance(value, Map) and value.get("type") == "bind":
            if "source" not in value:
                raise refuse(
                    "bad-volume",
                    f"{dotted(path)}: the bind mount has no source",
                    "Add 'source:', the path on the host; or use 'type: volume'.",
                    path,
                )
            value["source"] = folder.mount(str(value["source"]))
        return value

    return verb


def local_binds(folder: Folder) -> Verb:
    """A volume with the local driver and ``o: bind`` is a bind mount in disguise."""

    def verb(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
        options = value.get("driver_opts") if isinstance(value, Map) and value.get("driver") == "local" else None
        if isinstance(options, Map) and options.get("o") == "bind" and isinstance(options.get("device"), str):
            options["device"] = folder.mount(options["device"])
        return value

    return verb
