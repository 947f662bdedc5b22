"""Cases for the loader: small projects, each with what Docker Compose 2.40.3 prints for them.

``python -m tests.support.loader`` writes the expectations anew from the ``docker-compose`` on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from compose2quadlet.diagnostics import Log
from compose2quadlet.loader import Loaded, Request, load

CASES = Path(__file__).parent.parent.parent / "fixtures" / "loader"
HOME = "/home/user"
PROJECT = "test"


@dataclass(frozen=True)
class Case:
    """``files`` (name to text) are written into a folder, in which the request is made.

    ``expect`` is the YAML that ``config`` prints, with ``$DIR`` for the folder; None where it is ``refused``, and
    that is then the slug of the diagnostic.
    """

    topic: str
    name: str
    files: dict[str, str]
    expect: str | None = None
    refused: str | None = None
    environ: dict[str, str] = field(default_factory=dict)
    use: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=lambda: ["*"])
    env_files: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.topic}: {self.name}"

    def prepare(self, folder: Path) -> None:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def environment(self, folder: Path) -> dict[str, str]:
        return {"HOME": HOME, "PWD": str(folder), **self.environ}

    def load(self, folder: Path) -> Loaded:
        request = Request(
            str(folder),
            tuple(self.use),
            project_name=PROJECT,
            env_files=tuple(self.env_files),
            profiles=tuple(self.profiles),
            environ=self.environment(folder),
        )
        return load(request, Log())

    def reference(self, folder: Path, program: str) -> str | None:
        """What Docker Compose prints; None where it refuses."""
        command = [program, "-p", PROJECT]
        for option, values in (("-f", self.use), ("--profile", self.profiles), ("--env-file", self.env_files)):
            command += [word for value in values for word in (option, value)]
        environ = {"PATH": os.environ["PATH"], **self.environment(folder)}
        done = subprocess.run([*command, "config"], cwd=folder, env=environ, capture_output=True, check=False)
        return done.stdout.decode().replace(str(folder), "$DIR") if done.returncode == 0 else None


def cases() -> Iterator[Case]:
    """All cases, by topic."""
    for path in sorted(CASES.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text()):
            yield Case(path.stem, **entry)


def docker_compose() -> str | None:
    """The reference, where it is installed in the version that counts."""
    program = shutil.which("docker-compose")
    if program is None:
        return None
    version = subprocess.run([program, "version", "--short"], capture_output=True, text=True, check=False).stdout
    return program if version.strip().lstrip("v").startswith("2.40.3") else None


class _Dumper(yaml.SafeDumper):
    """Texts over several lines stay readable."""


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def update(program: str) -> None:
    """Write the expectations of all cases anew. A case that is refused keeps its slug, or gets ``?``."""
    for path in sorted(CASES.glob("*.yml")):
        entries = yaml.safe_load(path.read_text())
        for entry in entries:
            case = Case(path.stem, **entry)
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name).resolve()
                case.prepare(folder)
                printed = case.reference(folder, program)
            entry.pop("expect", None)
            slug = entry.pop("refused", "?")
            entry.update({"refused": slug} if printed is None else {"expect": printed})
        path.write_text(yaml.dump(entries, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True))


if __name__ == "__main__":
    found = docker_compose()
    if found is None:
        sys.exit("docker-compose 2.40.3 is not on the PATH")
    update(found)
