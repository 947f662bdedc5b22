"""``verify``, with a stand-in for Docker, and one for Podman."""

from __future__ import annotations

import copy
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Done, run
from tests.support.docker import engine
from tests.support.engines import DOCKER, LAYERS, NEW_ID, OLD_ID, PODMAN

PROGRAM = """#!/bin/sh
case "$1" in
ps) echo {id} ;;
inspect) exec /bin/cat {folder}/containers.json ;;
image) exec /bin/cat {folder}/images.json ;;
--*) printf 'Id=shop-app.service\\nRestart=always\\nNRestarts=0\\n' ;;
esac
"""


def podman(folder: Path, container: dict[str, Any]) -> None:
    """Let Podman have a container."""
    (folder / "containers.json").write_text(json.dumps([container]))
    (folder / "images.json").write_text(json.dumps([{**LAYERS, "Id": container["Image"]}]))
    (folder / "bin").mkdir(exist_ok=True)
    for name in ("podman", "systemctl"):
        program = folder / "bin" / name
        program.write_text(PROGRAM.format(id=NEW_ID, folder=folder))
        program.chmod(0o755)


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Path]:
    answers = {
        "/info": {},
        "/containers/json": [{"Id": OLD_ID}],
        f"/containers/{OLD_ID}/json": DOCKER,
        "/volumes": {"Volumes": []},
        "/networks": [],
        f"/images/{DOCKER['Image']}/json": {**LAYERS, "Id": DOCKER["Image"]},
    }
    with engine(tmp_path, answers):
        podman(tmp_path, PODMAN)
        yield tmp_path


def ask(folder: Path, *words: str) -> Done:
    environ = {"DOCKER_HOST": f"unix://{folder}/docker.sock", "PATH": str(folder / "bin")}
    return run("verify", *words, "--static", cwd=folder, environ=environ)


def test_equal(docker: Path) -> None:
    done = ask(docker, "shop")
    assert done.returncode == 0, done.stdout
    assert ["user", "equal", "999:999", "the", "same"] in [line.split() for line in done.stdout.splitlines()]
    assert "shop: 1 container, 0 different, " in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_different(docker: Path) -> None:
    changed = copy.deepcopy(PODMAN)
    changed["Config"]["Env"].append("TOKEN=swordfish")
    podman(docker, changed)
    done = ask(docker, "shop", "--json")
    assert done.returncode == 1
    (one,) = [f for f in json.loads(done.stdout)["findings"] if f["result"] == "different"]
    assert (one["container"], one["field"], one["docker"]) == ("shop-app", "environment", "TOKEN=•••")
    assert "swordfish" not in done.stdout


def test_saved(docker: Path) -> None:
    """What was saved serves when Docker is gone."""
    assert ask(docker, "shop", "--save", "before.json").returncode == 0
    assert stat.S_IMODE((docker / "before.json").stat().st_mode) == 0o600
    (docker / "docker.sock").unlink()
    assert ask(docker, "shop", "--before", "before.json").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["other"], "no container of a project other is known from Docker"),
        (["shop", "--user", "nobody-of-that-name"], "there is no user nobody-of-that-name"),
        (["shop", "--before", "missing.json"], "missing.json: no such file or directory"),
        (["shop", "--before", "containers.json/x"], "not a directory"),
        (["shop", "--before", "bin/podman"], "error[bad-before]"),
    ],
)
def test_what_cannot_be_compared(docker: Path, words: list[str], said: str) -> None:
    done = ask(docker, *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_without_podman(docker: Path) -> None:
    (docker / "bin/podman").unlink()
    done = ask(docker, "shop")
    assert done.returncode == 2
    assert "podman is not installed" in done.stderr
