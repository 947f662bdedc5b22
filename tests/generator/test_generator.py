"""Every golden's units through Podman's own generator, and what it makes through systemd's checker."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from compose2quadlet.kinds import Place
from tests.support.generators import NO_GENERATOR, Generator, complaints, generators, services
from tests.support.goldens import case, folders
from tests.support.skips import cases_if

SCOPES = ("user", "system")
FOLDERS = folders("keys", "projects", "hosts", "isolation")
PROJECTS = [f for f in folders("projects") if not (f / "facts.json").exists()]
"""Of the others, systemd would miss the units of a host that is not there."""

ALL = cases_if(generators(), list(product(generators(), SCOPES, FOLDERS)), NO_GENERATOR, 3)
CHECKED = cases_if(generators(), list(product(generators(), SCOPES, PROJECTS)), NO_GENERATOR, 3)

pytestmark = pytest.mark.podman


def name(value: object) -> str:
    return f"{value.parent.name}/{value.name}" if isinstance(value, Path) else str(value)


def written(folder: Path, into: Path, generator: Generator, scope: str) -> dict[str, str]:
    """The units of a project for the generator's version, written into a folder."""
    conversion, _ = case(folder).converted(scope, generator.podman, ("*",))
    files = dict(conversion.files[Place.QUADLETS]) if conversion else {}
    for file, text in files.items():
        (into / file).write_text(text)
    return files


@pytest.mark.parametrize(("generator", "scope", "folder"), ALL, ids=name)
def test_generator_accepts_every_unit(generator: Generator, scope: str, folder: Path, tmp_path: Path) -> None:
    files = written(folder, tmp_path, generator, scope)
    if not files:
        pytest.skip("the project makes no units")
    done = generator.dry_run(tmp_path, scope == "user")
    assert complaints(done.stderr) == []
    assert done.returncode == 0
    assert len(services(done.stdout)) == len(files)


@pytest.mark.systemd
@pytest.mark.parametrize(("generator", "scope", "folder"), CHECKED, ids=name)
def test_systemd_is_silent(generator: Generator, scope: str, folder: Path, tmp_path: Path) -> None:
    files = written(folder, tmp_path, generator, scope)
    names, said = generator.verify(tmp_path, {}, scope == "user")
    assert said == ""
    assert len(names) == len(files)
