"""A password in every place where one can stand, rightly or by mistake: no message, hint, report or path shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import convert
from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, render
from compose2quadlet.facts import Facts, HostUnit, Interface, Login, MountPoint
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.report.output import as_json
from tests.support.commands import run, run_program
from tests.support.positions import Place, places

PASSWORD = "hunter2!Kq#9z"
"""Unlike any name, path or number."""

TOKEN = "hunter2Kq9zVb7"
"""As many passwords are: it could be the name of something."""

NAMES = re.compile(
    r"""
    (name|.*\.name)$                                # of projects, networks, volumes, secrets, containers' networks
    |.*\.(container_name|profiles\.0)$
    |services\.\*\.(networks|secrets|configs|models|links|external_links|depends_on|volumes_from)(\.0)?(\.source)?$
    |services\.\*\.extends(\.service|\.file)?$
    |services\.\*\.build\.secrets\.0(\.source)?$
    |.*\.KEY$                                       # names of things, and of variables
    |services\.\*\.(network_mode|ipc|pid|user|platform|image|runtime|restart|pull_policy)$
    |(services|networks|volumes)\.\*(\..*)?\.driver$|.*\.(condition|type|protocol)$
    |services\.\*\.(env_file|label_file)(\.0)?(\.path|\.format)?$|include.*|services\.\*\.volumes\.0(\.source|\.target)?$
    |services\.\*\.devices\.0(\.source|\.target)?$|(configs|secrets)\.\*\.(file|environment)$
    |services\.\*\.(configs|secrets)\.0\.target$|services\.\*\.build(\.context|\.dockerfile|\.target)?$
    |services\.\*\.tmpfs(\.0)?$|services\.\*\.build\.additional_contexts.*
    |services\.\*\.(labels|annotations|environment|sysctls)\.0$|.*\.(args|labels|environment|options)\.0$
    |services\.\*\.networks\.\*\.(aliases\.0|interface_name)$|services\.\*\.cap_(add|drop)\.0$
    """,
    re.VERBOSE,
)
"""Places of names and paths, in which what looks like a name is one: a message about it has to say which."""

FACTS = Facts(
    mounts=(MountPoint("/", "/dev/a", "ext4"), MountPoint("/mnt/nas", "nas:/x", "nfs4")),
    units={"podman.socket": HostUnit("active", "enabled"), "postgresql.service": HostUnit("active", "enabled")},
    user_units={},
    devices={},
    interfaces={"eth0": Interface(("192.0.2.1",))},
    login=Login("user", 1000, 1000, "/home/user", False),
    subuids={"user": ((100000, 65536),)},
    containers_user=False,
    nss_systemd=False,
)
TARGETS = [
    Options(),
    Options((4, 4), Scope.SYSTEM, Isolation.DYNAMIC_USER),
    Options((5, 8), Scope.SYSTEM, Isolation.USERNS, host=FACTS),
    Options((6, 0), Scope.USER, Isolation.KEEP_ID, host=FACTS),
]
FORMS = [
    "{}",
    "/{}",
    "{}:{}",
    "a={}",
    "x {} y",
    "$${{{}",
    "{}\n",
    "service:{}",
    "/srv/{}:/x:{}",
    "80:{}",
    "http://u:{}@h/x",
]
"""How it may stand in a value: alone, in a path, behind a colon …"""


def said(folder: Path, options: Options, **more: Any) -> str:
    """All that is said about a project, as text and as JSON."""
    log = Log()
    try:
        convert(Request(str(folder), environ={"HOME": "/home/user"}, **more), options, log)
    except RefusedError as e:
        for d in e.diagnostics:
            log.add(d)
    return told(log)


def told(log: Log) -> str:
    found: list[Diagnostic] = log.placed()
    unset = {name: [str(p) for p in at] for name, at in log.unset.items()}
    return f"{render(found)}\n{as_json([d.as_dict() for d in found])}\n{as_json(unset)}"


PLACES = places()


@pytest.mark.parametrize("number", range(16))
def test_in_every_place_of_the_schema(tmp_path: Path, number: int) -> None:
    for i, place in enumerate(PLACES[number::16]):
        for j in range(3):
            form = FORMS[(5 * i + j + number) % len(FORMS)] if j else "{}"
            quiet(tmp_path, place, form.replace("{}", PASSWORD), PASSWORD, TARGETS[(i + j) % 4])


@pytest.mark.parametrize("number", range(16))
def test_as_a_word_in_every_place_but_those_of_names(tmp_path: Path, number: int) -> None:
    for i, place in enumerate(p for p in PLACES[number::16] if not NAMES.match(p.path)):
        for j in range(2):
            quiet(tmp_path, place, TOKEN, TOKEN, TARGETS[(i + j) % 4])


def quiet(folder: Path, place: Place, value: str, password: str, options: Options) -> None:
    (folder / "compose.yaml").write_text(json.dumps(place.make(value)))
    text = said(folder, options)
    assert password not in text, f"{place}: {text}"


def test_that_it_is_in_the_units(tmp_path: Path) -> None:
    """What the tests look for would be found, if it were there."""
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{image: x, environment: {{A: '{PASSWORD}'}}}}}}\n")
    done = run("convert", str(tmp_path), "--stdout", cwd=tmp_path)
    assert PASSWORD in done.stdout
    assert PASSWORD not in done.stderr


# ---------------------------------------------------------------- env files

LINES = [
    "DB PASSWORD={}",
    "{}",
    "A={} B",
    "A='{}",
    'A="{}',
    "A={}$",
    "A=${{{}",
    "A=${{{}}}",
    "A=${{X:?${{PW}}}}",
    "A=$({})",
    "export {}",
    "export A {}",
    "A: {}",
    "A {}",
    "={}",
    "A!{}={}",
    "{}={}",
    "A='{}' x",
    "A=\n{}",
    "A={}\x00",
    "- {}",
    "A=b\n  {}: c",
    '"A"={}',
    "A==={}",
    "\ufeffA'={}",
]
"""Lines of env files, most of them with a mistake."""

BY_NAME = ("{}", "export {}", "{}={}", "={}", "- {}", "A=\n{}", "A=b\n  {}: c", "A=${{{}}}")
"""Those in which it stands where the name of a variable would."""

SERVICE = "services: {web: {image: x, environment: ['B=${A}', 'C=${PW}'], command: '${A:-}'}}\n"
RAW = "services: {web: {image: x, env_file: {path: x.env, format: raw}}}\n"


@pytest.mark.parametrize("password", [PASSWORD, TOKEN, "pass word", "p'w\"d", "-----BEGIN KEY-----\nMIIEow"], ids=ascii)
@pytest.mark.parametrize("line", LINES, ids=ascii)
def test_lines_of_env_files(tmp_path: Path, line: str, password: str) -> None:
    text = f"PW={password}\n{line.replace('{{', '{').replace('}}', '}').replace('{}', password)}\n"
    for name, compose in (
        (".env", SERVICE),
        ("x.env", "services: {web: {image: x, env_file: x.env}}\n"),
        ("x.env", RAW),
        ("x.env", "services: {web: {image: x, label_file: x.env}}\n"),
        ("x.env", "include: [{path: y.yaml, env_file: x.env}]\nservices: {web: {image: x}}\n"),
    ):
        (tmp_path / ".env").unlink(missing_ok=True)
        (tmp_path / "y.yaml").write_text("services: {two: {image: x, command: '${A:-x}'}}\n")
        (tmp_path / name).write_text(text)
        (tmp_path / "compose.yaml").write_text(compose)
        text_said = said(tmp_path, Options())
        for part in password.split("\n"):
            if line in BY_NAME and part == TOKEN:
                continue  # it is the name of a variable, and no mistake
            assert part not in text_said, text_said


# ---------------------------------------------------------------- variables

TEMPLATES = [
    "${PW}",
    "${PW",
    "${PW:-x}",
    "${PW:?x}",
    "${NONE:?${PW}}",
    "${NONE:?say ${PW} here}",
    "${NONE:-${PW}}$",
    "$(${PW})",
    "${PW}${",
    "${PW:+${PW}}$",
    "${NONE:?}",
]


@pytest.mark.parametrize("password", [PASSWORD, TOKEN])
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "position",
    [
        "scale: '{}'",
        "ports: ['{}']",
        "ports: [{target: '{}'}]",
        "ports: [{target: 80, published: '{}'}]",
        "init: '{}'",
        "mem_limit: '{}'",
        "stop_grace_period: '{}'",
        "cpus: '{}'",
        "ulimits: {nofile: '{}'}",
        "environment: ['{}']",
        "environment: {A: '{}'}",
        "labels: ['{}']",
        "command: 'x ''{}'",
        "volumes: ['{}']",
        "devices: ['{}']",
        "healthcheck: {test: ['{}'], interval: '{}'}",
        "tmpfs: ['/x:uid={}']",
        "build: {context: 'https://user:{}@example.org/x.git', args: ['A={}'], cache_to: ['type=s3,secret={}']}",
        "driver: '{}'",
        "secrets: [{source: s, mode: '{}'}]",
        "sysctls: ['{}']",
        "extra_hosts: ['{}']",
        "x-quadlet: {Container: {RunInit: '{}'}}",
    ],
)
def test_variables(tmp_path: Path, template: str, position: str, password: str) -> None:
    (tmp_path / ".env").write_text(f"PW='{password}'\n")
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  web:\n    image: x\n    {position.replace('{}', template)}\nsecrets: {{s: {{file: /s}}}}\n"
    )
    assert password not in said(tmp_path, TARGETS[len(template + position) % 4])


def test_what_the_author_says_of_a_variable(tmp_path: Path) -> None:
    """The message is shown as its author wrote it, and what it would be filled with is not."""
    (tmp_path / ".env").write_text(f"PW={TOKEN}\n")
    (tmp_path / "compose.yaml").write_text("services: {web: {image: '${X:?set it beside ${PW}}'}}\n")
    text = said(tmp_path, Options())
    assert "the required variable X has no value: set it beside ${PW}" in text
    assert TOKEN not in text


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize("options", [(), ("--json",), ("--stdout",), ("--strict", "-q")])
def test_the_commands(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Whole commands, with mistakes in the compose file and the env file."""
    (tmp_path / ".env").write_text(f"DB_PASSWORD={PASSWORD}\nDB PASSWORD {TOKEN}\n")
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{image: x, scale: '{PASSWORD}'}}}}\n")
    for command in ("convert", "config"):
        done = run(command, str(tmp_path), *(options if command == "convert" else ()), cwd=tmp_path)
        assert done.returncode == 2
        for password in (PASSWORD, TOKEN):
            assert password not in done.stdout + done.stderr
        (tmp_path / ".env").write_text(f"DB_PASSWORD={PASSWORD}\n")


def test_the_hint_for_builds_has_no_arguments(tmp_path: Path) -> None:
    build = {"context": ".", "args": {"TOKEN": PASSWORD}}
    (tmp_path / "compose.yaml").write_text(json.dumps({"services": {"web": {"build": build}}}))
    done = run("convert", str(tmp_path), "--podman-version", "4.9", "--stdout", cwd=tmp_path)
    assert "--build-arg TOKEN " in done.stderr
    assert PASSWORD not in done.stderr


def test_facts_have_no_values(tmp_path: Path) -> None:
    done = run_program("facts", cwd=tmp_path, environ={"SECRET": PASSWORD})
    assert done.returncode == 0
    assert PASSWORD not in done.stdout + done.stderr
