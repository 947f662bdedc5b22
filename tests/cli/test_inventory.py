"""``inventory`` and ``convert --from-docker``, with a stand-in for Docker."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import inventory as values
from compose2quadlet.diagnostics import Log
from compose2quadlet.loader import Request, load
from compose2quadlet.loader.dump import service_hash
from tests.support.commands import Done, run, tree
from tests.support.docker import container, engine, labels

WEB = """
services:
  web:
    image: busybox:1
    environment: {TOKEN: "${SECRET}", TZ: UTC}
  job:
    image: busybox:1
    profiles: [jobs]
  idle:
    image: busybox:1
    profiles: [other]
"""


def project(folder: Path) -> dict[str, Any]:
    """Docker with a project, whose environment file is not .env and one of whose profiles is on; and a container that
    was started by hand."""
    (folder / "shop").mkdir()
    (folder / "shop/compose.yaml").write_text(WEB)
    (folder / "shop/secret.env").write_text("SECRET=hunter2\n")
    more = {"project.environment_file": f"{folder}/shop/secret.env"}
    hashed = service_hash(
        load(Request(str(folder / "shop"), environ={"SECRET": "hunter2"}), Log()).project["services"]["web"]
    )
    given = labels("shop", "web", f"{folder}/shop", **more, **{"config-hash": hashed})
    web = container("shop-web-1", Config={"Labels": given, "Env": ["TOKEN=hunter2", "TZ=UTC"]})
    web["NetworkSettings"] = {"Networks": {"shop_default": {}}}
    job = container("shop-job-1", Config={"Labels": labels("shop", "job", f"{folder}/shop", **more)})
    hand = container("by.hand", Config={"Env": ["KEY=swordfish$1"], "Cmd": ["sleep", "1"]})
    inspects = [web, job, hand]
    return {
        "/info": {"Driver": "overlay2", "LiveRestoreEnabled": True},
        "/containers/json": [{"Id": c["Id"]} for c in inspects],
        **{f"/containers/{c['Id']}/json": c for c in inspects},
        **{f"/containers/{c['Id']}/changes": [] for c in inspects},
        "/volumes": {"Volumes": None},
        "/networks": [],
    }


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Path]:
    with engine(tmp_path, project(tmp_path)):
        yield tmp_path


def ask(folder: Path, *words: str) -> Done:
    return run(*words, cwd=folder, environ={"DOCKER_HOST": f"unix://{folder}/docker.sock"})


def test_tables(docker: Path) -> None:
    done = ask(docker, "inventory")
    assert done.returncode == 0
    assert "  shop     2 of 2 running" in done.stdout
    assert "  live-restore  " in done.stdout
    assert "Drift" not in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "swordfish" not in done.stdout + done.stderr


def test_files_are_private(docker: Path) -> None:
    """No value is in the inventory. A draft needs them, and so others cannot read it."""
    done = ask(docker, "inventory", "-q", "-o", "nas.json", "--drafts", "drafts")
    assert (done.returncode, done.stdout) == (0, "")
    text = (docker / "nas.json").read_text()
    assert "TOKEN" in text
    assert "hunter2" not in text
    draft = docker / "drafts/by.hand/compose.yaml"
    assert "KEY=swordfish$$1" in draft.read_text()
    assert {stat.S_IMODE(p.stat().st_mode) for p in (draft, docker / "nas.json")} == {0o600}
    draft.write_text("mine")
    again = ask(docker, "inventory", "-q", "--drafts", "drafts")
    assert "drafts/by.hand/compose.yaml is there already" in again.stderr
    assert draft.read_text() == "mine"


def test_json(docker: Path) -> None:
    found = values.load(ask(docker, "inventory", "--json").stdout, "stdout")
    (shop,) = found.projects
    assert shop.profiles == ("jobs",)
    assert shop.env_files == (f"{docker}/shop/secret.env",)
    assert shop.drift == ()
    assert [t.name for t in found.traps if t.name != "other-docker"] == ["live-restore"]


def test_drift(docker: Path) -> None:
    """What was edited since is named, without values."""
    file = docker / "shop/compose.yaml"
    file.write_text(WEB.replace("UTC", "Europe/Oslo").replace("  job:", "  new: {image: 'busybox:1'}\n  job:"))
    (shop,) = values.load(ask(docker, "inventory", "--json").stdout, "stdout").projects
    assert [(d.container, d.what) for d in shop.drift] == [
        ("shop-web-1", "environment: TZ"),
        ("", "the service new has no container"),
    ]
    done = ask(docker, "convert", "--from-docker", "-o", "units")
    assert done.returncode == 0
    assert "warning[drift] shop-web-1, which runs, is not as the compose files say: environment: TZ" in done.stderr


@pytest.mark.parametrize(("version", "count"), [("2.40.3", 1), ("2.26.1", 0)])
def test_a_hash_alone_counts_where_it_is_known(tmp_path: Path, version: str, count: int) -> None:
    """Other versions of Docker Compose hash some services differently."""
    answers = project(tmp_path)
    file = tmp_path / "shop/compose.yaml"
    file.write_text(WEB.replace("TZ: UTC}", "TZ: UTC}\n    oom_score_adj: 5"))
    for one in answers.values():
        if isinstance(one, dict) and one.get("Name") == "/shop-web-1":
            one["Config"]["Labels"]["com.docker.compose.version"] = version
    with engine(tmp_path, answers):
        (shop,) = values.load(ask(tmp_path, "inventory", "--json").stdout, "stdout").projects
    assert [d.what for d in shop.drift] == ["its service was changed after it was created"] * count


def test_a_file_that_is_gone(docker: Path) -> None:
    (docker / "shop/compose.yaml").unlink()
    (shop,) = values.load(ask(docker, "inventory", "--json").stdout, "stdout").projects
    assert "compose.yaml" in shop.problem
    assert ask(docker, "convert", "--from-docker", "-o", "units").returncode == 2


@pytest.mark.parametrize("given", [["--from-docker"], ["--from-docker", "shop"], ["--inventory", "nas.json", "shop"]])
def test_convert_takes_the_command_line_from_docker(docker: Path, given: list[str]) -> None:
    ask(docker, "inventory", "-q", "-o", "nas.json")
    done = ask(docker, "convert", *given, "-o", "units")
    assert done.returncode == 0, done.stderr
    assert "Not of a compose project: by.hand" in done.stderr
    files = tree(docker / "units")
    assert 'Environment="TOKEN=hunter2"' in files["shop-web.container"]
    assert "shop-job.service" in files["systemd/shop.target"]
    assert "shop-idle.service" not in files["systemd/shop.target"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from-docker", "nope"], "Docker has no compose project 'nope'. With --from-docker, there are: shop."),
        (["--from-docker", "-p", "x"], "the names of projects are the only other choice"),
        (["--inventory", "missing.json"], "error[bad-inventory] cannot read it: no such file or directory"),
        (["--inventory", "shop/compose.yaml"], "error[bad-inventory] this is not an inventory of Docker"),
    ],
)
def test_what_cannot_be_converted(docker: Path, given: list[str], said: str) -> None:
    done = ask(docker, "convert", *given, "-o", "units")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (docker / "units").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("unix:///nonexistent/docker.sock", "error[docker-silent]"),
        ("tcp://nas:2375", "error[docker-silent] DOCKER_HOST is tcp://nas:2375: only the Docker of this host"),
    ],
)
def test_no_docker(tmp_path: Path, place: str, said: str) -> None:
    done = run("inventory", cwd=tmp_path, environ={"DOCKER_HOST": place})
    assert done.returncode == 2
    assert said in done.stderr


def test_the_file_is_whole_or_not_there(docker: Path) -> None:
    done = ask(docker, "inventory", "-o", "missing/nas.json")
    assert done.returncode == 2
    assert "no such file or directory" in done.stderr
    assert json.loads(ask(docker, "inventory", "--json").stdout)["version"] == 1
