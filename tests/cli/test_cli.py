"""The commands as somebody types them: output, exit codes, and what is left behind on disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from compose2quadlet.cli import main
from compose2quadlet.host import systemd
from compose2quadlet.options import Scope
from tests.support.commands import SIMPLE, environment, program, run, run_program, stack, tree
from tests.support.conversion import FIXTURES

# ---------------------------------------------------------------- convert


def test_convert_writes_units(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert done.returncode == 0
    assert sorted(tree(tmp_path / "units")) == [
        "containers.conf.d/50-names-as-docker.conf",
        "site-default.network",
        "site-web.container",
        "systemd/multi-user.target.d/50-site.conf",
        "systemd/site-is-up.service",
        "systemd/site.target",
    ]
    assert done.stdout == ""
    assert "Converting for Podman 5.4 (none is installed here" in done.stderr
    assert "1 project, 1 service: 4 units (4 new), 2 notes" in done.stderr.splitlines()
    assert (tmp_path / "units/site-web.container").stat().st_mode & 0o777 == 0o644


def test_default_folders(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert run("convert", "site", "--scope", "user", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".config/containers/systemd/site-web.container").exists()
    user = run("convert", "site", "--scope", "user", "--stdout", cwd=tmp_path)
    assert "# systemd/default.target.d/50-site.conf" in user.stdout
    system = run("convert", "site", "--scope", "system", "--stdout", cwd=tmp_path)
    assert "# systemd/multi-user.target.d/50-site.conf" in system.stdout


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    run("convert", "site", "-o", "units", cwd=tmp_path)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "units").iterdir()}
    assert run("convert", "site", "-o", "units", cwd=tmp_path).returncode == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "units").iterdir()} == before


def test_output_does_not_depend_on_the_surroundings(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "projects", tmp_path / "stacks")
    names = sorted(p.name for p in (tmp_path / "stacks").iterdir())
    seen = set()
    for cwd, seed, locale in ((tmp_path, "1", "C"), (tmp_path / "stacks", "2", "de_DE.UTF-8"), (Path("/"), "3", "C")):
        paths = [str(tmp_path / "stacks" / n) for n in names]
        environ = {"HOME": "/home/user", "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": "Asia/Tokyo"}
        done = run_program("convert", *paths, "--stdout", "--scope", "user", cwd=cwd, environ=environ)
        assert done.returncode == 0
        seen.add(done.stdout)
    assert len(seen) == 1


def test_files_and_project_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SIMPLE)
    (tmp_path / "b.yaml").write_text("services: {web: {image: nginx:2}}\n")
    done = run("convert", "-f", "a.yaml", "-f", "b.yaml", "-p", "shop", "--stdout", cwd=tmp_path)
    assert "# shop-web.container" in done.stdout
    assert "Image=docker.io/library/nginx:2" in done.stdout


def test_env_file_profile_and_directory(tmp_path: Path) -> None:
    text = "services:\n  a: {image: 'nginx:${TAG}', volumes: ['./x:/x']}\n  b: {image: b, profiles: [extra]}\n"
    (tmp_path / "compose.yaml").write_text(text)
    (tmp_path / "other.env").write_text("TAG=9\n")
    options = ("--env-file", "other.env", "--profile", "extra", "--project-directory", "/srv/p")
    done = run("convert", "-f", "compose.yaml", *options, "--stdout", cwd=tmp_path)
    assert "Image=docker.io/library/nginx:9" in done.stdout
    assert "Volume=/srv/p/x:/x" in done.stdout
    assert "# p-b.container" in done.stdout


def test_compose_file_variable(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    (folder / ".env").write_text("COMPOSE_FILE=one.yaml:two.yaml\nCOMPOSE_PROJECT_NAME=other\n")
    (folder / "one.yaml").write_text(SIMPLE)
    (folder / "two.yaml").write_text("services: {web: {image: nginx:3}}\n")
    done = run("convert", "site", "--stdout", cwd=tmp_path)
    assert "# other-web.container" in done.stdout
    assert "nginx:3" in done.stdout


def test_standard_input(tmp_path: Path) -> None:
    done = run("convert", "-f", "-", "-p", "x", "--stdout", cwd=tmp_path, stdin=SIMPLE)
    assert "# x-web.container" in done.stdout


def test_parents_are_searched_for_the_working_directory_only(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    (folder / "deep").mkdir()
    assert "# site-web.container" in run("convert", "--stdout", cwd=folder / "deep").stdout
    done = run("convert", "site/deep", "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "no-compose-file" in done.stderr


def test_json_report(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE + "    storage_opt: {size: 1G}\n    environment: ['A=${MISSING}']\n")
    done = run("convert", "site", "-o", "units", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["written"] is True
    project = report["projects"][0]
    assert project["units"] == ["site-default.network", "site-web.container"]
    assert ("key-unsupported", 6) in {(d["code"], d["line"]) for d in project["diagnostics"]}
    assert list(project["unset_variables"]) == ["MISSING"]
    assert done.stderr == ""


def test_strict_and_quiet(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE + "    storage_opt: {size: 1G}\n")
    stack(tmp_path, "fine")
    assert run("convert", "site", "--stdout", cwd=tmp_path).returncode == 0
    assert run("convert", "site", "--stdout", "--strict", cwd=tmp_path).returncode == 1
    assert run("convert", "fine", "--stdout", "--strict", cwd=tmp_path).returncode == 0
    assert run("convert", "fine", "--stdout", "-q", cwd=tmp_path).stderr == ""


def test_unset_variables_are_listed_once(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site", SIMPLE + "    environment: ['A=${MISSING}', 'B=${MISSING}${TOO}']\n")
    (folder / ".env.example").write_text("MISSING=1\n")
    done = run("convert", "site", "--stdout", cwd=tmp_path)
    assert done.returncode == 0
    assert "2 variables of site are not set and count as empty" in done.stderr
    assert "  MISSING  site/compose.yaml:6:19, 6:35" in done.stderr
    assert "site/.env.example may show what they should be." in done.stderr
    assert "Set them in site/.env (MISSING= TOO=)" in done.stderr
    assert done.stderr.splitlines()[-1] == "1 project, 1 service: 4 units, 2 warnings, 2 notes"


def test_colour_only_on_a_terminal(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE + "    storage_opt: {size: 1G}\n")
    assert "\x1b" not in run("convert", "site", "--stdout", cwd=tmp_path).stderr


@pytest.mark.parametrize(("extra", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "NO_COLOR"])
def test_colour_on_a_terminal(tmp_path: Path, extra: dict[str, str], coloured: bool) -> None:
    stack(tmp_path, "site", SIMPLE + "    storage_opt: {size: 1G}\n")
    main, child = os.openpty()
    env = environment(tmp_path, {"PYTHONPATH": str(FIXTURES.parent), "TERM": "xterm", **extra})
    command = program("convert", "site", "--stdout")
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=child) as process:
        assert process.wait() == 0
    os.close(child)
    shown = os.read(main, 65536)
    os.close(main)
    assert (b"\x1b[" in shown) is coloured


def test_names_cannot_control_the_terminal(tmp_path: Path) -> None:
    stack(tmp_path, "site", 'services: {web: {image: nginx, "\\e[31mred": 1}}\n')
    done = run("convert", "site", "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "site/compose.yaml:1:32: error[unknown-key] services.web has an unknown key\n" in done.stderr


# ---------------------------------------------------------------- several projects


def test_several_projects(tmp_path: Path) -> None:
    stack(tmp_path, "one")
    stack(tmp_path, "two", SIMPLE.replace("8080", "8081"))
    done = run("convert", "one", "two", "-o", "units", cwd=tmp_path)
    assert done.returncode == 0
    assert len(tree(tmp_path / "units")) == 11
    assert "2 projects, 2 services: 8 units (8 new), 3 notes" in done.stderr.splitlines()


def test_projects_are_checked_against_each_other(tmp_path: Path) -> None:
    stack(tmp_path, "one", SIMPLE + "    container_name: web\n")
    stack(tmp_path, "two", SIMPLE + "    container_name: web\n")
    done = run("convert", "one", "two", "--stdout", cwd=tmp_path)
    assert done.returncode == 0
    assert (
        "two/compose.yaml:5:13: warning[port-clash] the host port 8080/tcp is also published by one/web" in done.stderr
    )
    assert "warning[container-clash] the container name web is also used by one/web" in done.stderr


def test_one_unit_name_for_two_services(tmp_path: Path) -> None:
    stack(tmp_path, "a", "services: {b-c: {image: x}}\n")
    stack(tmp_path, "a-b", "services: {c: {image: x}}\n")
    done = run("convert", "a", "a-b", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "error[unit-clash] the projects a and a-b both have the unit a-b-c.service, here from a-b-c.container"
        in done.stderr
    )
    assert not (tmp_path / "units").exists()


def test_two_projects_of_one_name(tmp_path: Path) -> None:
    stack(tmp_path, "one/docker")
    stack(tmp_path, "two/docker")
    done = run("convert", "one/docker", "two/docker", "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("error[") == 1
    assert f"{tmp_path}/one/docker and {tmp_path}/two/docker are both called docker" in done.stderr
    twice = run("convert", "one/docker", "one/docker/", "--stdout", cwd=tmp_path)
    assert "1 project," in twice.stderr


def test_profile_that_is_not_there(tmp_path: Path) -> None:
    stack(tmp_path, "site", "services: {web: {image: x}, tool: {image: x, profiles: [debug]}}\n")
    done = run("convert", "site", "--profile", "debgu", "--stdout", cwd=tmp_path)
    assert "warning[no-such-profile] no service has the profile 'debgu'\n    The profiles are: debug." in done.stderr
    assert "no-such-profile" not in run("convert", "site", "--profile", "debug", "--stdout", cwd=tmp_path).stderr


def test_report_has_podmans_configuration(tmp_path: Path) -> None:
    stack(tmp_path, "site", "services: {web: {image: x, healthcheck: {test: /ok}}}\n")
    report = json.loads(run("convert", "site", "--json", "--stdout", cwd=tmp_path).stdout)
    assert "healthcheck_events = false" in report["projects"][0]["configuration"]["50-quiet-health.conf"]


def test_one_bad_project_keeps_all_from_being_written(tmp_path: Path) -> None:
    stack(tmp_path, "good")
    stack(tmp_path, "bad", "services: {web: {imagee: x}}\n")
    done = run("convert", "good", "bad", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert "bad/compose.yaml:1:18: error[unknown-key]" in done.stderr
    assert "Did you mean 'image'?" in done.stderr
    assert "nothing written" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "units").exists()


# ---------------------------------------------------------------- writing


def test_files_of_others_are_not_overwritten(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    units = tmp_path / "units"
    units.mkdir()
    (units / "site-web.container").write_text("[Container]\nImage=mine\n")
    before = tree(units)
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[file-exists]" in done.stderr
    assert tree(units) == before
    assert run("convert", "site", "-o", "units", "--force", cwd=tmp_path).returncode == 0
    assert "Image=docker.io" in tree(units)["site-web.container"]


def test_what_has_changed_is_said(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    run("convert", "site", "-o", "units", cwd=tmp_path)
    again = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert again.stderr.splitlines()[-1] == "1 project, 1 service: 4 units (4 unchanged), 2 notes"
    (folder / "compose.yaml").write_text(SIMPLE.replace("8080", "8081") + "  new: {image: new}\n")
    report = json.loads(run("convert", "site", "-o", "units", "--json", cwd=tmp_path).stdout)
    assert report["files"] == {
        "new": ["units/site-new.container", "units/systemd/site-boot.target"],
        "changed": [
            *("units/site-web.container", "units/systemd/site.target", "units/systemd/site-is-up.service"),
            "units/systemd/multi-user.target.d/50-site.conf",
        ],
        "unchanged": ["units/site-default.network", "units/containers.conf.d/50-names-as-docker.conf"],
        "removed": [],
    }
    assert json.loads(run("convert", "site", "--stdout", "--json", cwd=tmp_path).stdout)["files"] == {}


def test_a_unit_edited_by_hand_is_not_overwritten(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    run("convert", "site", "-o", "units", cwd=tmp_path)
    with (tmp_path / "units/site-web.container").open("a") as f:
        f.write("[Service]\nRestartSec=77\n")
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert "units/site-web.container: error[edited-file] site-web.container was edited since it was" in done.stderr
    assert f"Keep your edit in {tmp_path}/units/site-web.container.d/50-local.conf" in done.stderr
    assert "RestartSec=77" in tree(tmp_path / "units")["site-web.container"]
    done = run("convert", "site", "-o", "units", "--force", cwd=tmp_path)
    assert "4 units (1 changed, 3 unchanged)" in done.stderr
    assert "RestartSec=77" not in tree(tmp_path / "units")["site-web.container"]


def test_units_with_values_are_closed(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE + "  db: {image: db, environment: {PASSWORD: x}}\n")
    run("convert", "site", "-o", "units", cwd=tmp_path)
    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "units").rglob("*") if p.is_file()}
    assert modes == {
        "site-web.container": 0o644,
        "site-db.container": 0o600,
        "site-default.network": 0o644,
        "site.target": 0o644,
        "site-boot.target": 0o644,
        "site-is-up.service": 0o644,
        "50-site.conf": 0o644,
        "50-names-as-docker.conf": 0o644,
        ".compose2quadlet.json": 0o600,
    }


def test_the_manifest_has_the_options(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    options = ["--podman-version", "5.8", "--isolation", "web=none", "--host-unit", "web=x.mount", "--scope", "user"]
    run("convert", "site", "-o", "units", *options, cwd=tmp_path)
    whole = json.loads((tmp_path / "units/.compose2quadlet.json").read_text())
    assert whole["projects"]["site"]["options"] == {
        "podman": "5.8",
        "scope": "user",
        "isolation": "auto",
        "isolations": {"web": "none"},
        "host_units": {"web": ["x.mount"]},
        "log_driver": "journald",
        "health_events": False,
        "files": ["../site/compose.yaml"],
    }


def test_links_are_not_followed(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    (tmp_path / "units").mkdir()
    (tmp_path / "precious").write_text("mine\n")
    (tmp_path / "units/site-web.container").symlink_to(tmp_path / "precious")
    assert run("convert", "site", "-o", "units", cwd=tmp_path).returncode == 2
    assert run("convert", "site", "-o", "units", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "precious").read_text() == "mine\n"
    assert not (tmp_path / "units/site-web.container").is_symlink()


def test_units_of_an_earlier_run_are_pointed_out(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site", SIMPLE + "  old: {image: old}\n")
    run("convert", "site", "-o", "units", cwd=tmp_path)
    (folder / "compose.yaml").write_text(SIMPLE)
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert "warning[stale-unit] site-old.container is from an earlier run" in done.stderr
    assert (tmp_path / "units/site-old.container").exists()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    (tmp_path / "file").write_text("")
    done = run("convert", "site", "-o", "file/units", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[output-unwritable] cannot write into" in done.stderr
    assert "Nothing was changed." in done.stderr


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("services: [", "not-yaml"),
        ("just text", "not-a-mapping"),
        ("", "not-a-mapping"),
        ("services: {web: {restart: always}}", "no-image"),
        ("services: {web: {image: '${X:?say which}'}}", "required-variable"),
        ("services: {'../../x': {image: x}}", "bad-name"),
        ("services: {web: {image: x, container_name: ../x}}", "bad-value"),
        ("name: ../../etc\nservices: {'..': {image: x}}", None),
        (f"services: {{{'a' * 300}: {{image: x}}}}", "bad-name"),
    ],
    ids=lambda x: str(x)[:40],
)
def test_bad_input(tmp_path: Path, text: str, code: str | None) -> None:
    stack(tmp_path, "site", text)
    before = tree(tmp_path)
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    if code is None:
        # Strange, but harmless: the project's name is made safe, and so is the unit's.
        names = {"etc-...container", "etc-default.network", "systemd/etc.target", "systemd/etc-is-up.service"}
        assert tree(tmp_path / "units").keys() == names | {"containers.conf.d/50-names-as-docker.conf"}
        return
    assert done.returncode == 2
    assert f"error[{code}]" in done.stderr
    assert "site/compose.yaml" in done.stderr
    assert tree(tmp_path) == before
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("profile", ["p" * 400, "é" * 400])
def test_long_profile(tmp_path: Path, profile: str) -> None:
    """Its target would have a name that no file can have, which the disk says only after others are written."""
    stack(tmp_path, "site", f"services: {{a: {{image: x}}, b: {{image: x, profiles: [{profile}]}}}}")
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert (done.returncode, "profile-inactive" in done.stderr) == (0, True)
    assert not [name for name in tree(tmp_path / "units") if "site-b" in name or len(name) > 100]


def test_long_project(tmp_path: Path) -> None:
    """The container's file may have its name, but the service of the target may not."""
    stack(tmp_path, "site", f"name: {'p' * 243}\nservices: {{a: {{image: x, network_mode: none}}}}")
    done = run("convert", "site", "-o", "units", cwd=tmp_path)
    assert (done.returncode, "error[bad-name]" in done.stderr, (tmp_path / "units").exists()) == (2, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "nowhere"],
        ["convert", "-f", "nowhere.yaml"],
        ["convert", "a", "b", "-p", "x"],
        ["convert", "a", "-f", "b"],
        ["convert", "--podman-version", "five"],
        ["convert", "--scope", "galaxy"],
        ["explain", "no_such_key"],
        ["config", "a", "b"],
        ["frobnicate"],
    ],
    ids=" ".join,
)
def test_wrong_use(tmp_path: Path, arguments: Sequence[str]) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- config and explain


def test_config(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE + "volumes: {data: {}}\n")
    assert json.loads(run("config", "site", "--format", "json", cwd=tmp_path).stdout)["name"] == "site"
    assert "image: nginx:1" in run("config", "site", cwd=tmp_path).stdout
    assert run("config", "site", "--services", cwd=tmp_path).stdout == "web\n"
    assert run("config", "site", "--images", cwd=tmp_path).stdout == "nginx:1\n"
    full = run("config", "site", "--images", "--for", "podman", cwd=tmp_path)
    assert (full.stdout, full.stderr) == ("docker.io/library/nginx:1\n", "")
    assert run("config", "site", "--for", "podman", cwd=tmp_path).returncode == 2
    assert run("config", "site", "--volumes", cwd=tmp_path).stdout == ""
    assert run("config", "site", "--networks", cwd=tmp_path).stdout == "default\n"
    assert run("config", "site", "--hash", "web", cwd=tmp_path).stdout.startswith("web ")
    assert run("config", "site", "--hash", "none", cwd=tmp_path).returncode == 2
    assert run("config", "site", "-q", cwd=tmp_path).stdout == ""


def test_images_to_pull(tmp_path: Path) -> None:
    """Once each, and none that is built here; whoever pulls them is told which those are."""
    stack(
        tmp_path,
        "site",
        "services: {a: {image: x/y}, b: {image: x/y}, c: {build: .}, d: {build: ., image: 'ghcr.io/d:1'}}\n",
    )
    done = run("config", "site", "--images", "--for", "podman", cwd=tmp_path)
    assert done.stdout.splitlines() == ["docker.io/x/y:latest", "ghcr.io/d:1"]
    assert done.stderr == "Built, not pulled: c\n"


def test_config_of_variables(tmp_path: Path) -> None:
    text = "services: {web: {image: 'nginx:${TAG:-1}', environment: ['A=${SET}', 'B=${WANTED:?why}']}}\n"
    folder = stack(tmp_path, "site", text)
    (folder / ".env").write_text("SET=1\n")
    done = run("config", "site", "--variables", cwd=tmp_path)
    assert "TAG     not set, defaults to '1'; used at site/compose.yaml:1:18" in done.stdout
    assert "SET     set; used at" in done.stdout
    assert "WANTED  REQUIRED, NOT SET; used at" in done.stdout
    found = json.loads(run("config", "site", "--variables", "--format", "json", cwd=tmp_path).stdout)
    assert found["WANTED"]["required"] is True
    assert found["WANTED"]["set"] is False
    assert "${TAG:-1}" in run("config", "site", "--no-interpolate", cwd=tmp_path).stdout


def test_explain(tmp_path: Path) -> None:
    done = run("explain", "cap_add", cwd=tmp_path)
    assert "AddCapability=" in done.stdout
    assert "Podman 4.4" in done.stdout
    assert "StopTimeout=" in run("explain", "services.stop_grace_period", cwd=tmp_path).stdout
    assert "Subnet=" in run("explain", "networks.ipam", cwd=tmp_path).stdout
    assert "not converted" in run("explain", "storage_opt", cwd=tmp_path).stdout
    listed = json.loads(run("explain", "--json", cwd=tmp_path).stdout)
    assert len(listed) > 100
    assert "cap_add" in run("explain", "capp_add", cwd=tmp_path).stderr


def test_help(tmp_path: Path) -> None:
    for command in ([], ["convert"], ["config"], ["explain"]):
        done = run(*command, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert "Examples:" in done.stdout
    done = run("--version", cwd=tmp_path)
    assert "compose2quadlet" in done.stdout


def test_completion(tmp_path: Path) -> None:
    environ = {"_COMPOSE2QUADLET_COMPLETE": "bash_complete", "COMP_WORDS": "compose2quadlet con", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", "from compose2quadlet.cli import main; main(prog_name='compose2quadlet')"]
    env = {**environ, "PATH": "", "PYTHONPATH": str(FIXTURES.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["plain,convert", "plain,config"]


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    """Docker Compose takes it, systemd does not: refused, not a traceback."""
    folder = stack(tmp_path, "site", "services: {web: {image: nginx, env_file: a.env}}")
    (folder / "a.env").write_bytes(b"A=caf\xe9\n")
    done = run("convert", "site", "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[value-unwritable] services.web.environment.A" in done.stderr


def test_a_unit_of_another_project_is_not_overwritten(tmp_path: Path) -> None:
    stack(tmp_path, "one", "name: a-b\nservices: {c: {image: first}}\n")
    stack(tmp_path, "two", "name: a\nservices: {b-c: {image: second}}\n")
    assert run("convert", "one", "-o", "units", cwd=tmp_path).returncode == 0
    before = tree(tmp_path / "units")
    done = run("convert", "two", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[unit-clash] a-b-c.container already exists, made from another project: a-b" in done.stderr
    assert tree(tmp_path / "units") == before
    assert run("convert", "two", "-o", "units", "--force", cwd=tmp_path).returncode == 0


def test_a_folder_is_never_overwritten(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    precious = tmp_path / "units/site-web.container/precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("data")
    done = run("convert", "site", "-o", "units", "--force", cwd=tmp_path)
    assert done.returncode == 2
    assert "error[file-exists] site-web.container already exists, and is a directory" in done.stderr
    assert precious.read_text() == "data"


def test_two_projects_with_one_service_of_systemd(tmp_path: Path) -> None:
    stack(tmp_path, "a", "services: {x: {image: i, networks: [b]}}\nnetworks: {b: {}}\n")
    stack(tmp_path, "a-b", "services: {network: {image: i}}\n")
    done = run("convert", "a", "a-b", "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "both have the unit a-b-network.service" in done.stderr


def test_unset_variables_are_listed_when_they_are_the_cause(tmp_path: Path) -> None:
    stack(tmp_path, "site", "services: {web: {image: '${REPO}/x', volumes: ['${DATA}:/data']}}\n")
    for command in ("convert", "config"):
        done = run(command, "site", cwd=tmp_path)
        assert done.returncode == 2
        assert "2 variables of site are not set" in done.stderr
        assert "DATA  site/compose.yaml:1:" in done.stderr
        by_file = run(command, "-f", "site/compose.yaml", cwd=tmp_path).stderr
        assert "2 variables of site are not set" in by_file
        assert "Set them in site/.env" in by_file
    report = json.loads(run("convert", "site", "--json", cwd=tmp_path).stdout)
    assert list(report["projects"][0]["unset_variables"]) == ["DATA", "REPO"]


def test_an_empty_output_is_no_output(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    done = run("convert", "site", "--scope", "user", "-o", "", cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / ".config").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["convert", "site", "--stdout"], ["config", "site"], ["explain"]], ids=str)
def test_output_that_cannot_be_written(tmp_path: Path, arguments: list[str]) -> None:
    stack(tmp_path, "site")
    env = environment(tmp_path, {"PYTHONPATH": str(FIXTURES.parent)})
    with open("/dev/full", "w") as full:
        command = program(*arguments)
        done = subprocess.run(
            command, cwd=tmp_path, env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert "error[output-unwritable] cannot write the output: no space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_says_whether_units_were_written(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert json.loads(run("convert", "site", "--json", "--stdout", cwd=tmp_path).stdout)["written"] is False
    assert json.loads(run("convert", "site", "--json", "-o", "units", cwd=tmp_path).stdout)["written"] is True


def test_messages_are_of_one_line(tmp_path: Path) -> None:
    """No value can make a line that looks like a message of its own."""
    stack(tmp_path, "site", 'services: {web: {image: i, logging: {driver: "x\\nerror[fake] all is lost"}}}')
    done = run("convert", "site", "--stdout", cwd=tmp_path)
    assert "there is no log driver of that name; the journal is used" in done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith("error[fake]")]


@pytest.mark.parametrize("key", ["services.web.ports", "ports", "services.ports", "services.web.ports.0"])
def test_explain_takes_what_diagnostics_print(tmp_path: Path, key: str) -> None:
    assert "PublishPort=" in run("explain", key, cwd=tmp_path).stdout


def test_explain_of_x_quadlet(tmp_path: Path) -> None:
    assert "help x-quadlet" in run("explain", "services.web.x-quadlet", cwd=tmp_path).stderr


def test_explain_of_nested_keys(tmp_path: Path) -> None:
    assert run("explain", "deploy.resources", cwd=tmp_path).stdout.startswith("services.*.deploy:")
    assert run("explain", "networks.front.ipam", cwd=tmp_path).stdout.startswith("networks.*.ipam:")


def test_units_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nginx.service").touch()
    monkeypatch.setitem(systemd.FOLDERS, Scope.USER, (str(tmp_path / "none"), str(tmp_path)))
    monkeypatch.setenv("HOME", str(tmp_path))
    stack(tmp_path, "nginx", "services: {nginx: {image: nginx}, other: {image: nginx}}")
    command = ["convert", str(tmp_path / "nginx"), "--scope", "user"]
    done = CliRunner().invoke(main, command)
    assert f"this host already has a unit nginx.service: {tmp_path}/nginx.service" in done.stderr
    assert done.stderr.count("unit-of-the-host") == 1
    elsewhere = CliRunner().invoke(main, [*command, "-o", str(tmp_path / "units")])
    assert "unit-of-the-host" not in elsewhere.stderr, "units for review may be for another host"


def test_isolation_of_one_service(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    options = ["--scope", "system", "--stdout", "--isolation"]
    units = run("convert", "site", *options, "none", "--isolation", "web=dynamic-user", cwd=tmp_path).stdout
    assert "User=c2q-site-web" in units
    assert "DynamicUser=yes" in units
    assert "UserNS=auto" in run("convert", "site", *options, "auto", cwd=tmp_path).stdout
    assert "UserNS" not in run("convert", "site", *options, "none", cwd=tmp_path).stdout
    wrong = run("convert", "site", *options, "wed=none", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "error[no-such-service] an option names the service 'wed'" in wrong.stderr
    assert "Did you mean web?" in wrong.stderr
    assert "unknown isolation policy 'nobody'" in run("convert", "site", *options, "nobody", cwd=tmp_path).stderr


def test_folder_of_native_units(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert run("convert", "site", "--scope", "user", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".config/systemd/user/site.target").exists()
    assert run("convert", "site", "-o", "units", "--systemd-dir", "native", cwd=tmp_path).returncode == 0
    assert sorted(tree(tmp_path / "native")) == [
        "multi-user.target.d/50-site.conf",
        "site-is-up.service",
        "site.target",
    ]
    assert run("convert", "site", "-o", "units", "--systemd-dir", "", cwd=tmp_path).returncode == 2


def test_explain_logging_has_commands_for_the_project(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    text = run("explain", "logging", "--for", "site", cwd=tmp_path).stdout
    assert "journalctl --user -u site-web -f" in text
    assert "--log-driver passthrough" in text
    assert (
        "journalctl -u site-web -p warning"
        in run("explain", "logging", "--scope", "system", cwd=tmp_path / "site").stdout
    )
    assert "journalctl --user -u PROJECT-SERVICE -f" in run("explain", "logging", cwd=tmp_path).stdout
    wrong = run("explain", "logging", "--for", "nowhere", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "nowhere" in wrong.stderr
