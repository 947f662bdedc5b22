"""Other people's projects, as many as there are, through the generators and systemd's checker.

``COMPOSE2QUADLET_CORPUS`` names a folder with a ``cases.tsv``, whose first column has compose files that Docker
Compose loads. Of these, none may be refused, and none may make Podman or systemd say anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from compose2quadlet import Conversion
from compose2quadlet.diagnostics import Log
from compose2quadlet.kinds import Place
from tests.support.conversion import converted, diagnostics
from tests.support.generators import Generator, complaints, generators, services

CORPUS = "COMPOSE2QUADLET_CORPUS"
SCOPES = ("user", "system")
ISOLATIONS = ("none", "auto")
MANY = 60
"""Projects in one run of a generator: it is made for a folder full of units, and takes longer to start than to run."""


def cases() -> list[Path]:
    """The compose files."""
    folder = Path(os.environ.get(CORPUS, ""))
    if not os.environ.get(CORPUS) or not (folder / "cases.tsv").exists():
        pytest.skip(f"{CORPUS} names no folder with a cases.tsv")
    lines = (folder / "cases.tsv").read_text().splitlines()
    return [folder / line.partition("\t")[0] for line in lines if line and not line.startswith("#")]


@cache
def loaded(podman: str, scope: str, isolation: str) -> list[tuple[Path, Conversion | None, Log]]:
    """Each compose file, what becomes of it, and what is said."""
    out = []
    for file in cases():
        made, log = converted(file.parent, podman, scope, ("*",), isolation=isolation, files=(file.name,))
        out.append((file, made, log))
    return out


def batches(conversions: list[Conversion]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Units and native units of several projects at once, without two of the same name."""
    open_ones: list[tuple[dict[str, str], dict[str, str], list[str]]] = []
    for made in conversions:
        for files, native, members in open_ones:
            clash = made.files[Place.QUADLETS].keys() & files.keys()
            clash |= {name for name, text in made.files[Place.SYSTEMD].items() if native.get(name, text) != text}
            if not clash and len(members) < MANY:
                break
        else:
            files, native, members = {}, {}, []
            open_ones.append((files, native, members))
        files.update(made.files[Place.QUADLETS])
        native.update(made.files[Place.SYSTEMD])
        members.append(made.project.name)
    yield from ((files, native) for files, native, _ in open_ones)


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("podman", ["4.9", "5.4", "5.8"])
def test_nothing_is_refused(podman: str, scope: str, isolation: str) -> None:
    found = loaded(podman, scope, isolation)
    refused = {str(file): diagnostics(log.placed(), file.parent) for file, made, log in found if made is None}
    assert refused == {}
    assert found


@pytest.mark.podman
@pytest.mark.systemd
@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("generator", generators() or [None], ids=str)
def test_podman_and_systemd_are_silent(generator: Generator | None, scope: str, isolation: str, tmp_path: Path) -> None:
    cases()
    if generator is None:
        pytest.skip("there is no Podman here, nor a lab host (tests/boot/lab)")
    found = [made for _, made, _ in loaded(generator.podman, scope, isolation) if made]
    for i, (files, native) in enumerate(batches(found)):
        folder = tmp_path / str(i)
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        done = generator.dry_run(folder, scope == "user")
        assert complaints(done.stderr) == []
        assert len(services(done.stdout)) == len(files)
        names, said = generator.verify(folder, native, scope == "user")
        assert said == ""
        assert len(names) == len(files)
