"""``compose2quadlet.toml``: it says what options say, nearest file first, and the command line has the last word."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compose2quadlet.cli import settings
from tests.support.commands import SIMPLE, run, stack

TWO = "services:\n  web: {image: 'nginx:1', restart: always}\n  db: {image: 'redis:7', profiles: [more]}\n"
HERE = ("--host", "none")


def units(*arguments: str, cwd: Path) -> dict[str, str]:
    done = run("convert", *arguments, *HERE, "--stdout", "--json", cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: text for p in json.loads(done.stdout)["projects"] for name, text in p["units"].items()}


def test_everything_that_a_file_can_say(tmp_path: Path) -> None:
    """The table of the keys, and what each changes."""
    folder = stack(tmp_path, "shop", TWO.replace("nginx:1", "nginx:${TAG}"))
    (folder / "own.env").write_text("TAG=7\n")
    (folder / "compose2quadlet.toml").write_text("""
scope = "system"
podman-version = "5.8"
host = "none"
health-events = true
isolation = "none"
log-driver = "passthrough"
host-units = ["chronyd.service"]
profiles = ["more"]
env-files = ["own.env"]
project-name = "store"
allow = ["anonymous-volume"]
[service.db]
isolation = "userns"
host-units = ["nfs.service"]
""")
    done = run("convert", "shop", "--stdout", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert (report["podman"], report["scope"]) == ("5.8", "system")
    made = report["projects"][0]["units"]
    web, db = made["store-web.container"], made["store-db.container"]
    assert "Image=docker.io/library/nginx:7" in web
    assert "LogDriver=passthrough" in web and "UserNS" not in web and "UserNS=auto" in db
    assert "chronyd.service" in web and "nfs.service" in db and "nfs.service" not in web
    assert "store.target" in " ".join(report["projects"][0]["systemd"])
    assert {*settings.RUN, *settings.PROJECT} == {
        *("scope", "podman-version", "host", "health-events", "isolation", "log-driver", "host-units", "profiles"),
        *("env-files", "project-name", "allow"),
    }


def test_options_have_the_last_word(tmp_path: Path) -> None:
    folder = stack(tmp_path, "shop", TWO)
    (folder / "compose2quadlet.toml").write_text(
        'isolation = "userns"\nlog-driver = "passthrough"\npodman-version = "5.8"\nproject-name = "a"\n'
    )
    made = units("shop", "--isolation", "none", "--log-driver", "journald", "-p", "b", cwd=tmp_path)
    assert all(name.startswith("b-") for name in made)
    assert "UserNS" not in made["b-web.container"]
    assert "LogDriver=journald" in made["b-web.container"]


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks"
    for name in ("one", "two"):
        stack(stacks, name)
    (tmp_path / "compose2quadlet.toml").write_text('log-driver = "passthrough"\nisolation = "none"\n')
    (stacks / "compose2quadlet.toml").write_text('isolation = "userns"\n[project.two]\nisolation = "none"\n')
    (stacks / "one/compose2quadlet.toml").write_text('log-driver = "journald"\n')
    made = units("stacks/one", "stacks/two", "--scope", "system", cwd=tmp_path)
    assert "UserNS=auto" in made["one-web.container"] and "LogDriver=journald" in made["one-web.container"]
    assert "UserNS" not in made["two-web.container"] and "LogDriver=passthrough" in made["two-web.container"]


def test_services_of_one_project_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        stack(tmp_path, name)
    (tmp_path / "compose2quadlet.toml").write_text(
        'isolation = "none"\n[project.one.service.web]\nisolation = "userns"\n'
    )
    made = units("one", "two", "--scope", "system", cwd=tmp_path)
    assert "UserNS=auto" in made["one-web.container"]
    assert "UserNS" not in made["two-web.container"]


def test_the_manifest_has_what_counted(tmp_path: Path) -> None:
    folder = stack(tmp_path, "shop")
    (folder / "compose2quadlet.toml").write_text('isolation = "none"\n[service.web]\nisolation = "userns"\n')
    assert run("convert", "shop", *HERE, "-o", "units", cwd=tmp_path).returncode == 0
    recorded = json.loads((tmp_path / "units/.compose2quadlet.json").read_text())["projects"]["shop"]["options"]
    assert (recorded["isolation"], recorded["isolations"]) == ("none", {"web": "userns"})


def test_allowed_findings(tmp_path: Path) -> None:
    both = "services:\n  a: {image: 'x:1', ports: ['8080:80']}\n  b: {image: 'x:1', ports: ['8080:80']}\n"
    for name in ("one", "two"):
        stack(tmp_path, name, both.replace("8080", "8081" if name == "two" else "8080"))
    (tmp_path / "one/compose2quadlet.toml").write_text('allow = ["port-clash"]\n')
    done = run("check", "one", "two", *HERE, "--json", cwd=tmp_path)
    one, two = json.loads(done.stdout)["projects"]
    assert [(d["code"], d["reason"]) for d in one["allowed"]] == [("port-clash", "compose2quadlet.toml")]
    assert "port-clash" in [d["code"] for d in two["diagnostics"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("isolaton = 'none'\n", "compose2quadlet.toml:1:1: error[bad-settings] there is no key isolaton"),
        ("isolation = 1\n", "isolation is not a text"),
        ("\nisolation = 'nothing'\n", "compose2quadlet.toml:2:1: error[bad-settings] isolation cannot be that"),
        ("profiles = 'a'\n", "profiles is not a list of texts"),
        ("profiles = [1]\n", "profiles is not a list of texts"),
        ("health-events = 'yes'\n", "health-events is not true or false"),
        ("podman-version = 'five'\n", "podman-version cannot be that"),
        ("allow = ['no-such']\n", "There is no diagnostic 'no-such'"),
        ("allow = ['not-yaml']\n", "errors cannot be allowed"),
        ("[project.x]\nscope = 'user'\n", "it stands above all sections"),
        ("[service.web]\nprofiles = []\n", "there is no key service.web.profiles"),
        ("service = 1\n", "service is not a table of sections"),
        ("[project]\nx = 1\n", "project is not a table of sections"),
        ("isolation = \n", "not valid TOML"),
        ("a = " + "[" * 5000, "bad-settings"),
        ("[service.nobody]\nisolation = 'none'\n", "names the service 'nobody', which shop lacks"),
    ],
)
def test_mistakes_are_errors(text: str, message: str, tmp_path: Path) -> None:
    folder = stack(tmp_path, "shop")
    (folder / "compose2quadlet.toml").write_text(text)
    done = run("convert", "shop", *HERE, "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "units").exists()


def test_files_that_disagree_about_a_run(tmp_path: Path) -> None:
    for name, scope in (("one", "user"), ("two", "system")):
        (stack(tmp_path, name) / "compose2quadlet.toml").write_text(f'scope = "{scope}"\n')
    done = run("convert", "one", "two", *HERE, "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "scope is different from what" in done.stderr
    assert run("convert", "one", *HERE, "--stdout", cwd=tmp_path).returncode == 0
    assert run("convert", "one", "two", *HERE, "--scope", "user", "--stdout", cwd=tmp_path).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_files_of_strangers_do_not_count(tmp_path: Path) -> None:
    """As in a directory where everybody may write."""
    stack(tmp_path, "shop")
    file = tmp_path / "compose2quadlet.toml"
    file.write_text('isolation = "nonsense"\n')
    assert run("convert", "shop", *HERE, "--stdout", cwd=tmp_path).returncode == 2
    os.chown(file, 12345, 12345)
    assert run("convert", "shop", *HERE, "--stdout", cwd=tmp_path).returncode == 0


def test_without_a_file_nothing_is_imported_for_it(tmp_path: Path) -> None:
    stack(tmp_path, "shop", SIMPLE)
    code = """
import sys
from compose2quadlet.cli import main
try:
    main.main(["convert", "shop", "--host", "none", "--stdout", "-q"], standalone_mode=False)
finally:
    print({"tomllib", "compose2quadlet.cli.settings"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "set()"
