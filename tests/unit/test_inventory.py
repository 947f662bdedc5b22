"""The inventory of Docker: the client of its API, its files, what is told of it, and the file that keeps it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import inventory as values
from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host import disk, docker, dockerstate, inventory
from compose2quadlet.host.docker import DockerError
from compose2quadlet.host.dockerstate import State
from tests.support.docker import container, engine, labels

DEAD = "a" * 64
"""The name of a volume that nobody named."""


@pytest.mark.parametrize(
    ("newest", "oldest", "spoken"),
    [("1.41", "1.12", "1.41"), ("1.45", "1.24", "1.45"), ("1.51", "1.24", "1.51"), ("1.52", "1.44", "1.51")],
)
def test_the_version_is_negotiated(tmp_path: Path, newest: str, oldest: str, spoken: str) -> None:
    """Docker 20.10, 26.1, 28.5 and 29."""
    with engine(tmp_path, {"/info": {}}, {"ApiVersion": newest, "MinAPIVersion": oldest}) as asked:
        found = docker.connect(str(tmp_path / "docker.sock"))
        assert found.api == spoken
        if spoken == newest:
            found.get("info")
            assert asked == ["GET /version", f"GET /v{spoken}/info"]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"ApiVersion": "1.40", "Version": "19.03"}, "Docker 19.03 is too old"),
        ({"ApiVersion": "1.60", "MinAPIVersion": "1.52", "Version": "40.1"}, "Docker 40.1 is too new"),
        ({"ApiVersion": "x"}, "is too old"),
    ],
)
def test_other_versions_are_refused(tmp_path: Path, about: dict[str, str], said: str) -> None:
    with engine(tmp_path, {}, about), pytest.raises(DockerError, match=said):
        docker.connect(str(tmp_path / "docker.sock"))


def test_bad_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "docker.sock")
    with pytest.raises(DockerError, match="Docker does not answer at .*: no such file or directory"):
        docker.connect(path)
    with engine(tmp_path, {"/info": b"{", "/deep": b"[" * 100_000, "/long": b'"' + b"x" * 5000 + b'"'}):
        found = docker.connect(path)
        for step in ("info", "deep"):
            with pytest.raises(DockerError, match=f"did not answer /v1.51/{step} with JSON"):
                found.get(step)
        with pytest.raises(DockerError, match="with 404: no such thing") as error:
            found.get("containers", "../x", "json")
        assert error.value.status == 404
        monkeypatch.setattr(docker, "MOST", 4000)
        with pytest.raises(DockerError, match="with more than"):
            found.get("long")


def test_only_a_socket_of_this_host() -> None:
    assert docker.place({}) == "/run/docker.sock"
    assert docker.place({"DOCKER_HOST": "unix:///x/d.sock"}) == "/x/d.sock"
    with pytest.raises(DockerError, match="only the Docker of this host"):
        docker.place({"DOCKER_HOST": "tcp://nas:2375"})


@pytest.mark.parametrize(
    ("states", "awake"),
    [("active\n\nactive\n", True), ("active\n\ninactive\n", False), ("active\n\nfailed\n", False), ("", True)],
)
def test_a_sleeping_docker_is_not_woken(tmp_path: Path, states: str, awake: bool) -> None:
    with engine(tmp_path, {}):
        assert docker.awake(str(tmp_path / "docker.sock"), lambda _: states) is awake
    assert not docker.awake(str(tmp_path / "nothing"), lambda _: states)


def answers(folder: Path) -> dict[str, Any]:
    """A project of one service with an anonymous volume, a container by hand, and a volume that nobody uses."""
    for name in ("data", DEAD):
        (folder / name).mkdir()
    (folder / DEAD / "log").write_text("x" * 5000)
    os.link(folder / DEAD / "log", folder / DEAD / "again")
    web = container(
        "shop-web-1",
        Config={"Labels": labels("shop", "web", "/srv/shop"), "Env": ["TOKEN=hunter2", "TZ=UTC"], "User": "1000"},
        HostConfig={
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "PortBindings": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": ""}]},
        },
        Mounts=[
            {"Type": "volume", "Name": DEAD, "Source": f"{folder}/{DEAD}", "Destination": "/data", "RW": True},
            {"Type": "bind", "Source": f"{folder}/data", "Destination": "/config", "RW": False},
        ],
    )
    hand = container("adhoc")
    changes = ["/data", "/etc", "/etc/passwd", "/run", "/run/x.pid", "/srv", "/srv/kept"]
    return {
        "/info": {"Driver": "overlay2", "DockerRootDir": "/var/lib/docker", "Swarm": {"LocalNodeState": "inactive"}},
        "/containers/json": [{"Id": web["Id"], "SizeRw": 42}, {"Id": hand["Id"]}, {"Id": "gone"}],
        f"/containers/{web['Id']}/json": web,
        f"/containers/{hand['Id']}/json": hand,
        f"/containers/{web['Id']}/changes": [{"Path": path, "Kind": 1} for path in changes],
        f"/containers/{hand['Id']}/changes": None,
        "/volumes": {
            "Volumes": [
                {"Name": DEAD, "Driver": "local", "Mountpoint": f"{folder}/{DEAD}", "Labels": None},
                {"Name": "old", "Driver": "local", "Mountpoint": f"{folder}/data", "Labels": {}},
            ]
        },
        "/networks": [{"Id": "n1"}],
        "/networks/n1": {
            "Name": "lan",
            "Id": "n1",
            "Driver": "bridge",
            "IPAM": {"Config": [{"Subnet": "10.9.0.0/24"}]},
        },
        f"/images/{web['Image']}/json": {
            "Id": web["Image"],
            "RepoTags": ["busybox:1"],
            "RepoDigests": [],
            "RootFS": {"Layers": ["sha256:l"]},
        },
    }


def test_all_that_docker_knows(tmp_path: Path) -> None:
    with engine(tmp_path, answers(tmp_path)) as asked:
        found = inventory.taken(dockerstate.asked(docker.connect(str(tmp_path / "docker.sock"))))
    assert all(request.startswith("GET ") for request in asked)
    web, hand = found.containers
    assert (web.restart, web.user, web.written, web.changed) == ("on-failure:3", "1000", 42, ("A /srv/kept",))
    assert web.ports == (values.Port("", 0, 80), values.Port("", 8080, 80))
    assert [m.target for m in web.mounts] == ["/config", "/data"]
    assert (hand.name, hand.project) == ("adhoc", "")
    (project,) = found.projects
    assert project.options() == ["-f", "/srv/shop/compose.yaml", "-p", "shop", "--project-directory", "/srv/shop"]
    dead, old = found.volumes
    assert dead.anonymous
    assert dead.users == ("shop-web-1",)
    assert dead.data
    assert dead.data.entries == 2
    assert dead.data.bytes == sum(os.stat(tmp_path / DEAD / p).st_blocks for p in (".", "log")) * 512
    assert (old.users, old.holds_data) == ((), False)
    assert [(b.path, b.users) for b in found.binds] == [(f"{tmp_path}/data", ("shop-web-1",))]
    assert found.images[0].local
    assert [(n.name, n.by_hand, n.subnets) for n in found.networks] == [("lan", True, ("10.9.0.0/24",))]


def test_a_file_keeps_it_without_values(tmp_path: Path) -> None:
    with engine(tmp_path, answers(tmp_path)):
        found = inventory.taken(dockerstate.asked(docker.connect(str(tmp_path / "docker.sock"))))
    text = values.dump(found)
    assert values.load(text, "file") == found
    assert "TOKEN" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("[]", "it does not have version 1"),
        ('{"version": 2}', "it does not have version 1"),
        ('{"version": 1}', "engine: field required"),
        ('{"version": 1, "engine": {"source": 1}}', "engine.source: input should be a valid string"),
    ],
)
def test_other_files_are_refused(text: str, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        values.load(text, "x.json")
    (found,) = error.value.diagnostics
    assert found.code == "bad-inventory"
    assert said in found.message


@pytest.mark.parametrize(
    ("info", "names", "refused"),
    [
        ({}, [], False),
        ({"LiveRestoreEnabled": True}, ["live-restore"], False),
        ({"Swarm": {"LocalNodeState": "active"}}, ["swarm"], True),
        ({"SecurityOptions": ["name=userns"]}, ["userns-remap"], True),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, ["rootless"], True),
        ({"Driver": "overlayfs"}, ["image-store"], False),
    ],
)
def test_traps(info: dict[str, Any], names: list[str], refused: bool) -> None:
    found = [t for t in inventory.taken(State("x", info)).traps if t.name != "other-docker"]
    assert [t.name for t in found] == names
    assert all(t.message and t.remedy for t in found)
    assert any(t.refused for t in found) is refused


def test_a_docker_that_does_not_run(tmp_path: Path) -> None:
    """Its files say the same of containers, images and volumes."""
    one = container("shop-web-1", Config={"Labels": labels("shop", "web", "/srv/shop")})
    folder, image = tmp_path / "containers" / one["Id"], one["Image"].removeprefix("sha256:")
    kept = {**one, "ID": one["Id"], "MountPoints": {"/data": {"Name": "v", "Destination": "/data", "RW": True}}}
    files = {
        folder / "config.v2.json": kept,
        folder / "hostconfig.json": one["HostConfig"],
        tmp_path / "volumes/v/opts.json": {"MountType": "nfs"},
        tmp_path / f"image/overlay2/imagedb/content/sha256/{image}": {"rootfs": {"diff_ids": ["sha256:l"]}},
        tmp_path / "image/overlay2/repositories.json": {
            "Repositories": {"busybox": {"busybox:1": one["Image"], "busybox@sha256:d": one["Image"]}}
        },
        tmp_path / "daemon.json": {"live-restore": True},
    }
    for path, value in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    (tmp_path / "volumes/v/_data").mkdir()
    (tmp_path / "containers" / "broken").mkdir()
    (tmp_path / "containers" / "broken" / "config.v2.json").write_text("{")
    found = inventory.taken(dockerstate.stored(str(tmp_path), str(tmp_path / "daemon.json")))
    (web,) = found.containers
    assert (web.name, web.project, web.state) == ("shop-web-1", "shop", "exited")
    assert [(m.type, m.name) for m in web.mounts] == [("volume", "v")]
    assert [(v.name, v.options, v.users) for v in found.volumes] == [("v", {"type": "nfs"}, ("shop-web-1",))]
    assert [(i.names, i.layers, i.local) for i in found.images] == [(("busybox:1",), ("sha256:l",), False)]
    assert [t.name for t in found.traps if t.name != "other-docker"] == ["live-restore"]
    assert [text.partition(":")[0] for text in found.unknown] == ["the container broken", "Docker does not run"]


def test_no_docker_at_all(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match="Docker does not run here"):
        dockerstate.stored(str(tmp_path), str(tmp_path / "daemon.json"))


def test_data_that_is_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    found = disk.counted(str(tmp_path / "file"))
    assert found
    assert (found.kind, found.entries) == ("file", None)
    assert disk.counted(str(tmp_path / "nothing")) is None
