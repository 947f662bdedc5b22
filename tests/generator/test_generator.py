"""Every golden's units through Podman's own generator, and what it makes through systemd's checker."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.backend.kinds import Place
from tests.support.conversion import FIXTURES, converted
from tests.support.generators import Generator, complaints, services

FOLDERS = sorted(p.parent for kind in ("keys", "projects", "hosts") for p in FIXTURES.glob(f"{kind}/*/golden.yml"))
PROJECTS = [f for f in FOLDERS if f.parent.name == "projects"]
SCOPES = ("user", "system")

pytestmark = pytest.mark.podman


def written(folder: Path, into: Path, generator: Generator, scope: str) -> dict[str, str]:
    """The units of a project for the generator's version, written into a folder."""
    conversion, _ = converted(folder, podman=generator.podman, scope=scope, profiles=("*",))
    files = dict(conversion.files[Place.QUADLETS]) if conversion else {}
    for name, text in files.items():
        (into / name).write_text(text)
    return files


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_generator_accepts_every_unit(folder: Path, scope: str, generator: Generator, tmp_path: Path) -> None:
    files = written(folder, tmp_path, generator, scope)
    if not files:
        pytest.skip("the project makes no units")
    done = generator.dry_run(tmp_path, scope == "user")
    assert complaints(done.stderr) == []
    assert done.returncode == 0
    assert len(services(done.stdout)) == len(files)


@pytest.mark.systemd
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda p: p.name)
def test_systemd_is_silent(folder: Path, scope: str, generator: Generator, tmp_path: Path) -> None:
    files = written(folder, tmp_path, generator, scope)
    names, said = generator.verify(tmp_path, {}, scope == "user")
    assert said == ""
    assert len(names) == len(files)
