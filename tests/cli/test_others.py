"""What a conversion meets in its output directory: units of other projects, of its own past, and of projects that are
gone."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import run, tree

STACK = """services:
  web:
    image: registry.example/web:1
    container_name: web
    restart: always
    ports: ["8080:80"]
    networks: [back]
    volumes: ["data:/data"]
networks:
  back: {driver_opts: {mtu: "1400"}}
volumes:
  data: {labels: {backup: "yes"}}
"""
KINDS = ("container-clash", "network-changed", "orphan", "port-clash", "volume-changed")


def said(at: Path, name: str, text: str = STACK, *options: str) -> dict[str, str]:
    """The diagnostics of a conversion of the project into ``units``, with their hints, by slug."""
    (at / name).mkdir(exist_ok=True)
    (at / name / "compose.yaml").write_text(text)
    done = run("convert", name, "-o", "units", "--scope", "user", "--host", "none", *options, cwd=at)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"(?:warning|error)\[([a-z-]+)\] (.*\n {4}.*)", done.stderr)
    return {code: message.replace(f"{at}/", "") for code, message in found if code in KINDS}


def test_two_projects_one_after_the_other(tmp_path: Path) -> None:
    assert said(tmp_path, "one") == {}
    found = said(tmp_path, "two")
    assert found.keys() == {"container-clash", "port-clash"}
    assert found["container-clash"].startswith("the container name web is also used by one, whose units are there")
    assert said(tmp_path, "three", STACK.replace("8080", "8081").replace("container_name: web", "tty: true")) == {}


def test_again(tmp_path: Path) -> None:
    assert said(tmp_path, "one") == {}
    before = tree(tmp_path / "units")
    assert said(tmp_path, "one") == {}
    assert tree(tmp_path / "units") == before


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('{driver_opts: {mtu: "1400"}}', "{internal: true}", "network-changed"),
        ('{labels: {backup: "yes"}}', "{driver_opts: {type: tmpfs, device: tmpfs}}", "volume-changed"),
    ],
)
def test_changed(tmp_path: Path, old: str, new: str, code: str) -> None:
    said(tmp_path, "one")
    found = said(tmp_path, "one", STACK.replace(old, new))
    assert found.keys() == {code}
    kind, name, unit = {
        "network-changed": ("network", "one_back", "one-back-network.service"),
        "volume-changed": ("volume", "one_data", "one-data-volume.service"),
    }[code]
    message, hint = found[code].split("\n    ")
    assert message.startswith(f"the {kind} {name} changed since its unit was written")
    assert hint.endswith(
        f"systemctl --user stop one.slice; podman {kind} rm {name}; systemctl --user daemon-reload;"
        f" systemctl --user restart {unit}; systemctl --user start one.target"
    )
    assert said(tmp_path, "one", STACK.replace(old, new)) == {}


def test_what_a_restart_need_not_apply(tmp_path: Path) -> None:
    """Labels, and what concerns the unit only."""
    said(tmp_path, "one")
    assert said(tmp_path, "one", STACK.replace("backup:", "restore:")) == {}


def test_deleted(tmp_path: Path) -> None:
    said(tmp_path, "one")
    said(tmp_path, "two", STACK.replace("8080", "8081").replace("container_name: web", "tty: true"))
    (tmp_path / "one/compose.yaml").unlink()
    found = said(tmp_path, "two", STACK.replace("8080", "8081").replace("container_name: web", "tty: true"))
    message, hint = found["orphan"].split("\n    ")
    assert message == "the units of the project one are left over: its compose file is gone: ../one/compose.yaml"
    stop, remove, reload = hint.removeprefix("To remove them: ").split("; ")
    assert (stop, reload) == ("systemctl --user stop one.slice", "systemctl --user daemon-reload")
    subprocess.run(shlex.split(remove), cwd=tmp_path, check=True)
    assert not [name for name in tree(tmp_path / "units") if "one" in name]


def test_renamed(tmp_path: Path) -> None:
    said(tmp_path, "one")
    found = said(tmp_path, "one", STACK, "--project-name", "other")
    assert found.keys() == {"container-clash", "orphan", "port-clash"}
    assert "project one are left over: its compose file now makes the project other" in found["orphan"]


def test_the_projects_of_one_run_are_no_orphans(tmp_path: Path) -> None:
    said(tmp_path, "one")
    done = run("convert", "one", "-o", "units", "--scope", "user", "--host", "none", cwd=tmp_path)
    assert "orphan" not in done.stderr
