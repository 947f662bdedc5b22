"""Values that are made to be more than values: each stays one, or the project is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.kinds import Place
from tests.support.conversion import converted

PWNED = "/etc/x\n[Service]\nExecStartPre=/bin/touch /tmp/pwned\n#"
ESCAPED = PWNED.replace("\n", "\\n")
IMAGE = {"image": "busybox"}


def made(project: dict[str, Any], folder: Path, podman: str = "5.8") -> tuple[dict[str, str] | None, Log]:
    """The units of a project, or None where it is refused."""
    # JSON has no way to write what is no character.
    folder.joinpath("compose.yaml").write_text(json.dumps(project))
    found, log = converted(folder, podman, "system", name="p")
    return {**found.files[Place.QUADLETS], **found.files[Place.SYSTEMD]} if found else None, log


def service(**more: Any) -> dict[str, Any]:
    return {"services": {"web": {**IMAGE, **more}}}


def config(target: str) -> dict[str, Any]:
    return {**service(configs=[{"source": "c", "target": target}]), "configs": {"c": {"content": "hi"}}}


def bind(source: str, target: str = "/x") -> dict[str, Any]:
    return service(volumes=[{"type": "bind", "source": source, "target": target}])


REFUSED = {
    "a noncharacter": service(environment={"A": "\ufffe"}),
    "half a megabyte in one variable": service(environment={"A": "x" * 500_000}),
    "a megabyte in all": service(environment={f"A{i}": "x" * 100_000 for i in range(11)}),
    "a mount with a line break": bind("/srv/x:y", "/a\nb"),
    "a mount with a carriage return": bind("/srv/x:y", "/a\rb"),
    "a device with a colon": service(devices=[{"source": "/dev/a:b", "target": "/dev/a"}]),
    "a secret's target with a comma": {
        **service(secrets=[{"source": "s", "target": "a,uid=0"}]),
        "secrets": {"s": {"environment": "S"}},
    },
    "a build's secret with a comma": {
        "services": {"web": {"build": {"context": ".", "secrets": [{"source": "s"}]}}},
        "secrets": {"s": {"file": "./a,type=env"}},
    },
    "a label with a '=' in its name": service(labels={"a=b": "c"}),
    "a sysctl with a '=' in its name": service(sysctls={"a=b": "c"}),
    "x-quadlet with lines": service(**{"x-quadlet": {"Service": {"RestartSec": "5\nExecStartPre=/bin/x"}}}),
    "x-quadlet that goes on": service(**{"x-quadlet": {"Service": {"RestartSec": "5\\"}}}),
    "x-quadlet without the user": service(user="1:2", **{"x-quadlet": {"Container": {"User": None}}}),
}


@pytest.mark.parametrize("project", REFUSED.values(), ids=REFUSED)
def test_refused(project: dict[str, Any], tmp_path: Path) -> None:
    files, log = made(project, tmp_path)
    assert files is None
    errors = [d for d in log.items if d.severity.label == "error"]
    assert {d.code for d in errors} <= {"value-unwritable", "bad-volume", "bad-value"}
    assert all(d.hint for d in errors)


def lines(files: dict[str, str] | None, name: str = "p-web.container") -> list[str]:
    assert files is not None
    return files[name].splitlines()


KEPT: dict[str, tuple[dict[str, Any], str, str]] = {
    "a config's target with lines": (
        config(PWNED),
        "5.8",
        f'PodmanArgs="--volume=%t/compose2quadlet/p-web/config-0:{ESCAPED}:ro"',
    ),
    "a config's target with a backslash": (
        config("/etc/x\\"),
        "5.8",
        "Volume=%t/compose2quadlet/p-web/config-0:/etc/x\\:ro",
    ),
    "an engine's socket at lines": (
        bind("/var/run/docker.sock", PWNED),
        "5.8",
        f'PodmanArgs="--volume=%t/podman/podman.sock:{ESCAPED}"',
    ),
    "an engine's socket at a path with a backslash": (
        bind("/run/docker.sock", "/x\\"),
        "5.8",
        'PodmanArgs="--volume=%t/podman/podman.sock:/x\\\\"',
    ),
    "a variable with lines": (
        service(environment={"A": PWNED}),
        "5.8",
        f'Environment="A={ESCAPED}"',
    ),
    "a bind's target with lines": (
        bind("/srv", PWNED),
        "5.8",
        f'PodmanArgs="--volume=/srv:{ESCAPED}"',
    ),
    "a device with a dash": (service(devices=["-/dev/x:/dev/x"]), "5.8", 'PodmanArgs="--device=-/dev/x:/dev/x"'),
    "a graphics card with a dash": (
        service(gpus=[{"driver": "cdi", "device_ids": ["-x.com/gpu=all"]}]),
        "5.8",
        'PodmanArgs="--device=-x.com/gpu=all"',
    ),
    "an image that looks like a unit": (
        service(volumes=[{"type": "image", "source": "Foo.image", "target": "/x"}]),
        "5.8",
        'PodmanArgs="--mount=type=image,source=Foo.image,destination=/x"',
    ),
    "user and group where one is an option": (service(user="a\nb:c"), "5.8", 'PodmanArgs="--user=a\\nb:c"'),
    "a path with a quote": (bind('/srv/a"b'), "5.8", 'RequiresMountsFor="/srv/a\\"b"'),
    "a path with a dollar": (bind("/srv/a$$b"), "5.8", 'RequiresMountsFor="/srv/a$b"'),
    "a path that ends in a backslash": (bind("/srv/a\\"), "5.8", 'RequiresMountsFor="/srv/a\\\\"'),
    "a path with a colon and a quote": (bind("/srv/a:'b"), "5.8", 'RequiresMountsFor="/srv/a:\'b"'),
}


@pytest.mark.parametrize(("project", "podman", "line"), KEPT.values(), ids=KEPT)
def test_written_as_one_value(project: dict[str, Any], podman: str, line: str, tmp_path: Path) -> None:
    files, _ = made(project, tmp_path, podman)
    assert line in lines(files)


def test_an_option_names_the_volume_and_requires_its_unit(tmp_path: Path) -> None:
    project = {**service(volumes=[{"type": "volume", "source": "vol", "target": "/data\n"}]), "volumes": {"vol": None}}
    found = lines(made(project, tmp_path)[0])
    assert 'PodmanArgs="--volume=p_vol:/data\\n"' in found
    assert "Requires=p-vol-volume.service" in found
    assert "After=p-vol-volume.service" in found


@pytest.mark.parametrize("podman", ["4.4", "4.7"])
def test_an_option_for_a_mount_names_the_volume_too(podman: str, tmp_path: Path) -> None:
    mount = {"type": "volume", "source": "vol", "target": '/a:"b'}
    project = {**service(volumes=[mount]), "volumes": {"vol": None}}
    found = lines(made(project, tmp_path, podman)[0])
    assert any("source=p_vol," in line for line in found)
    assert "Requires=p-vol-volume.service" in found


def test_a_network_that_looks_like_a_unit_is_used_by_its_name(tmp_path: Path) -> None:
    project = {
        "services": {"web": {**IMAGE, "networks": ["n"]}, "job": {"build": {"context": ".", "network": "lan.network"}}},
        "networks": {"n": {"external": True, "name": "lan.network"}},
    }
    files, _ = made(project, tmp_path)
    assert any(line.startswith('PodmanArgs="--network=lan.network:') for line in lines(files))
    assert 'PodmanArgs="--network=lan.network"' in lines(files, "p-job.build")


@pytest.mark.parametrize("podman", ["4.5", "4.6"])
def test_own_networks_and_volumes_may_look_like_units_of_old(podman: str, tmp_path: Path) -> None:
    project = {
        "services": {"web": {**IMAGE, "networks": ["n"], "volumes": ["vol:/v"]}},
        "networks": {"n": {"name": "lan.network"}},
        "volumes": {"vol": {"name": "data.volume"}},
    }
    found = lines(made(project, tmp_path, podman)[0])
    assert 'PodmanArgs="--network=lan.network:alias=web,alias=p-web-1"' in found
    assert 'PodmanArgs="--volume=data.volume:/v"' in found


def test_what_belongs_together_becomes_options_together(tmp_path: Path) -> None:
    options = {"type": "none", "o": "bind", "device": "/srv/a b "}
    project = {**service(volumes=["vol:/v"]), "volumes": {"vol": {"driver_opts": options}}}
    found = lines(made(project, tmp_path)[0], "p-web.container")
    assert "Volume=p-vol.volume:/v" in found
    files, _ = made(project, tmp_path)
    assert not any(line.startswith(("Type=", "Device=", "Options=")) for line in lines(files, "p-vol.volume"))
    assert 'PodmanArgs="--opt=device=/srv/a b "' in lines(files, "p-vol.volume")


@pytest.mark.parametrize("project", ["containers", "samba", "systemd", "lock"])
def test_no_unit_owns_the_runtime_directory_of_somebody_else(project: str, tmp_path: Path) -> None:
    given = {
        "services": {
            project: {**IMAGE, "configs": ["c"]},
            "b": {"build": {"context": ".", "dockerfile_inline": "FROM scratch"}},
        },
        "configs": {"c": {"content": "hi"}},
    }
    tmp_path.joinpath("compose.yaml").write_text(json.dumps(given))
    found, _ = converted(tmp_path, "5.8", "system", name=project)
    assert found
    owned = [
        line
        for text in found.files[Place.QUADLETS].values()
        for line in text.splitlines()
        if line.startswith("RuntimeDirectory=")
    ]
    assert len(owned) == 2
    assert all(line.startswith("RuntimeDirectory=compose2quadlet/") for line in owned)
