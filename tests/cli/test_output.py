"""What reaches terminals, pipes and closed streams: nothing that controls a terminal, and never a traceback."""

from __future__ import annotations

import ast
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet import __version__, cli
from compose2quadlet.report import crash
from tests.support.commands import SIMPLE, run, stack
from tests.support.conversion import FIXTURES, ROOT

PRINTING = {"echo", "secho", "print", "progressbar", "echo_via_pager", "prompt", "confirm"}
"""Functions of Python and click that write to a stream."""

HOSTILE = "\x1b]0;title\x07\x1b[31mred\x1b[0m\x9b1m\u202egnp\u2066\u200b\r\b\x7fend"
"""Sets a title, colours, C1, direction, nothing to see, and goes back in the line."""

HARMLESS = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]*")
"""Text without characters that control a terminal or change the direction; colours are taken out before."""


OWN_STREAMS = ("report/output.py", "host/probe.py")
"""The module that prints, and a program of its own in another network namespace, which answers through a pipe."""

INTO_TEXT = ("console.print",)
"""Calls that look like printing; this is of the console of rich that report/tables.py draws into a text with."""


def test_one_module_prints() -> None:
    """Whatever reaches a stream goes through report/output.py, which shows what cannot be shown as an escape."""
    for room in ("cli", "report", "host", "loader", "planner", "lowering", "backend"):
        for path in sorted((ROOT / "compose2quadlet" / room).rglob("*.py")):
            if path.relative_to(ROOT / "compose2quadlet").as_posix() in OWN_STREAMS:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    if ast.unparse(node.func) in INTO_TEXT:
                        continue
                    assert called not in PRINTING, f"{path}:{node.lineno} prints by {called}"
                if isinstance(node, ast.Attribute) and node.attr in ("write", "writelines"):
                    assert "sys." not in ast.unparse(node), f"{path}:{node.lineno} writes to a stream"


def terminal(*arguments: str, cwd: Path, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the command with both streams on a terminal; its exit status, and what the terminal gets."""
    main, child = os.openpty()
    env = {"PATH": "/nonexistent", "HOME": str(cwd), "PYTHONPATH": str(FIXTURES.parent), "TERM": "xterm"}
    env |= {"LC_ALL": "C.UTF-8", **(environ or {})}
    command = [sys.executable, "-m", "compose2quadlet", *arguments]
    data = b""
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=child, stderr=child) as process:
        os.close(child)
        while select.select([main], [], [], 60)[0]:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # the last one has closed the terminal
                break
            if not chunk:
                break
            data += chunk
    os.close(main)
    return process.returncode, data.decode().replace("\r\n", "\n")


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


COMPOSE = {
    "services": {
        "web": {
            "image": "nginx",
            "restart": HOSTILE,
            "profiles": ["p"],
            "container_name": "web",
            "environment": {"A": HOSTILE, "B": "${V1:-" + HOSTILE.replace("\r", "") + "} ${UNSET}"},
            "volumes": [f"/srv/{HOSTILE}:/x"],
            "logging": {"driver": HOSTILE},
            "hostname": HOSTILE,
        },
        "two": {"image": HOSTILE, "labels": [HOSTILE], "depends_on": ["web"], "profiles": ["p", HOSTILE]},
    },
    "networks": {"default": {"driver": HOSTILE, "name": HOSTILE}},
}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project in a directory, and with files, of names that would control a terminal."""
    folder = tmp_path / HOSTILE
    folder.mkdir()
    (folder / ".env").write_text("COMPOSE_PROJECT_NAME=shop\n")
    (folder / "compose.yaml").write_text(json.dumps(COMPOSE))
    return folder


COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "convert": lambda d: ["convert", d, "--stdout"],
    "convert, another profile": lambda d: ["convert", d, "--stdout", "--profile", HOSTILE],
    "convert, an unknown service": lambda d: ["convert", d, "--stdout", "--isolation", f"{HOSTILE}=none"],
    "convert, an unknown policy": lambda d: ["convert", d, "--isolation", HOSTILE],
    "convert, no unit": lambda d: ["convert", d, "--host-unit", HOSTILE],
    "convert, a bad host file": lambda d: ["convert", d, "--host", HOSTILE],
    "convert, a bad version": lambda d: ["convert", d, "--podman-version", HOSTILE],
    "convert, a bad directory": lambda d: ["convert", d, "-o", f"{d}/compose.yaml/x"],
    "convert, a good directory": lambda d: ["convert", f"{d}/../{HOSTILE}/good.yaml", "-o", f"{d}/units"],
    "convert, nowhere": lambda d: ["convert", f"{d}/nowhere"],
    "convert, json": lambda d: ["convert", d, "--json", "-o", f"{d}/units"],
    "config": lambda d: ["config", d, "--profile", "*"],
    "config, json": lambda d: ["config", d, "--format", "json", "--profile", "*"],
    "config, variables": lambda d: ["config", d, "--variables"],
    "config, variables as json": lambda d: ["config", d, "--variables", "--format", "json"],
    "config, not interpolated": lambda d: ["config", d, "--no-interpolate"],
    "config, images": lambda d: ["config", d, "--images", "--profile", "*"],
    "config, images to pull": lambda d: ["config", d, "--images", "--for", "podman", "--profile", "*"],
    "config, profiles": lambda d: ["config", d, "--profiles"],
    "config, services": lambda d: ["config", d, "--services", "--profile", "*"],
    "config, hash": lambda d: ["config", d, "--hash", HOSTILE],
    "explain, for": lambda d: ["explain", "logging", "--for", d],
    "explain, for nowhere": lambda d: ["explain", "logging", "--for", f"{d}/nowhere"],
    "explain, unknown": lambda d: ["explain", HOSTILE],
    "unknown command": lambda d: [HOSTILE],
    "unknown option": lambda d: ["convert", f"--{HOSTILE}"],
    "unknown choice": lambda d: ["convert", "--scope", HOSTILE],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_nothing_controls_the_terminal(hostile: Path, command: Callable[[str], list[str]]) -> None:
    (hostile / "good.yaml").write_text(SIMPLE)
    status, shown = terminal(*command(str(hostile)), cwd=hostile.parent)
    text = uncoloured(shown)
    assert HARMLESS.fullmatch(text), next(c for c in text if not HARMLESS.fullmatch(c))
    assert "\x1b[31mred" not in shown
    assert status in (0, 2)
    assert "Traceback" not in text
    assert "internal-error" not in text


def test_nothing_controls_the_terminal_by_standard_error_of_a_pipe(hostile: Path) -> None:
    """The conversation is escaped wherever it goes: it may be looked at later."""
    done = run("convert", str(hostile), "--stdout", cwd=hostile.parent)
    assert HARMLESS.fullmatch(done.stderr)


def test_json_has_escapes_of_its_own(hostile: Path) -> None:
    done = run("convert", str(hostile), "--json", "-o", str(hostile.parent / "units"), cwd=hostile.parent)
    assert HARMLESS.fullmatch(done.stdout)
    files = [d["file"] for d in json.loads(done.stdout)["projects"][0]["diagnostics"]]
    assert f"{hostile}/compose.yaml" in files


def test_config_is_exact_in_a_pipe(tmp_path: Path) -> None:
    """Only a terminal gets escapes: a pipe gets what Docker Compose prints, to the byte."""
    text = "services: {web: {image: nginx, command: ['a\u202eb', \"t\\tx\\ny\", 'ü€😀']}}\n"
    stack(tmp_path, "site", text)
    for environ in ({}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        command = [sys.executable, "-m", "compose2quadlet", "config", "site"]
        env = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(FIXTURES.parent), **environ}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=True)
        assert "- a\u202eb\n".encode() in done.stdout
        assert "- ü€".encode() in done.stdout or b'"\xc3\xbc\xe2\x82\xac\\U0001F600"' in done.stdout
    _status, shown = terminal("config", "site", cwd=tmp_path)
    assert "- a\\u202eb\n" in shown


ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "POSIX", "LANG": "C"},
]


@pytest.mark.parametrize("environ", ENCODINGS, ids=str)
def test_units_are_utf_8_whatever_the_locale(tmp_path: Path, environ: dict[str, str]) -> None:
    folder = tmp_path / "größe\u202e"
    folder.mkdir()
    (folder / "compose.yaml").write_text(
        "name: x\nservices: {web: {image: nginx, environment: {A: 'ü€😀'}, logging: {driver: 'ß'}}}\n"
    )
    command = [sys.executable, "-m", "compose2quadlet", "convert", str(folder), "--stdout"]
    env = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(FIXTURES.parent), **environ}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'Environment="A=ü€😀"\n'.encode() in done.stdout
    assert b"Traceback" not in done.stderr
    for more in (
        ["explain", "cap_add"],
        ["explain", "--all"],
        ["explain", "--json"],
        ["--help"],
        ["config", str(folder)],
    ):
        done = subprocess.run([*command[:3], *more], cwd=tmp_path, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_names_that_are_not_in_utf_8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {web: {imag: nginx}}\n")
    done = run("convert", str(folder), "--stdout", cwd=tmp_path)
    assert done.returncode == 2
    assert "caf\\udce9/compose.yaml:1:18: error[unknown-key]" in done.stderr
    report = run("convert", str(folder), "--json", "-o", "units", cwd=tmp_path)
    assert json.loads(report.stdout)["projects"][0]["diagnostics"][0]["file"].endswith("caf\udce9/compose.yaml")


# ---------------------------------------------------------------- streams that are closed or full

CLOSED = [
    ("<&-", ["convert", "-f", "-", "--stdout", "-p", "x"], "standard input is closed"),
    ("<&-", ["config", "-f", "-"], "standard input is closed"),
    ("<&-", ["convert", "site", "--host", "-", "--stdout"], "standard input is closed"),
    (">&-", ["convert", "site", "--stdout"], "cannot write the output: it is closed"),
    (">&-", ["config", "site"], "cannot write the output: it is closed"),
    (">&-", ["explain", "cap_add"], "cannot write the output: it is closed"),
    (">&-", ["facts"], "cannot write the output: it is closed"),
    (">&-", ["convert", "site", "--json", "-o", "units"], "cannot write the output: it is closed"),
    (">/dev/full", ["--help"], "cannot write the output: no space left on device"),
    (">/dev/full", ["facts"], "cannot write the output: no space left on device"),
]


@pytest.mark.parametrize(("how", "arguments", "said"), CLOSED, ids=lambda x: " ".join(x) if isinstance(x, list) else x)
def test_closed_streams(tmp_path: Path, how: str, arguments: list[str], said: str) -> None:
    stack(tmp_path, "site")
    done = by_shell(f'exec "$@" {how}', arguments, tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def by_shell(text: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(FIXTURES.parent), "LC_ALL": "C.UTF-8"}
    command = ["/bin/bash", "-c", text, "bash", sys.executable, "-m", "compose2quadlet", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("how", ["2>&-", "2>/dev/full", "<&- 2>&-", "<&- >&- 2>&-", ">&- 2>&-"])
def test_nobody_hears_it(tmp_path: Path, how: str) -> None:
    """Units are written or not, and the exit status says so, even where nothing can be said."""
    stack(tmp_path, "site")
    done = by_shell(f'exec "$@" {how}', ["convert", "site", "-o", "units"], tmp_path)
    assert done.returncode == (2 if "full" in how else 0)
    assert "Traceback" not in done.stderr + done.stdout
    # No file was opened under the number of a stream that is closed, and so became what is said.
    assert (tmp_path / "site/compose.yaml").read_text() == SIMPLE
    if "full" not in how:
        assert (tmp_path / "units/site-web.container").read_text().startswith("# Made by compose2quadlet ")


@pytest.mark.parametrize("arguments", [["config", "site"], ["explain", "--all"], ["facts"], ["--help"]], ids=" ".join)
def test_the_reader_goes_away(tmp_path: Path, arguments: list[str]) -> None:
    stack(tmp_path, "site", "services:\n" + "".join(f"  s{i}: {{image: x}}\n" for i in range(3000)))
    done = by_shell('set -o pipefail; "$@" | exec true', arguments, tmp_path)
    assert done.stderr == ""


def test_the_working_directory_is_gone(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    (tmp_path / "gone").mkdir()
    go = f'cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec "$@"'
    done = by_shell(go, ["convert", "--stdout"], tmp_path)
    assert done.returncode == 2
    assert "Error: the working directory no longer exists." in done.stderr


# ---------------------------------------------------------------- the last handler

CRASH = """
import sys
from compose2quadlet import cli
def broken(*_, **__):
    raise ValueError("hunter2 is not a number")
{patch}
sys.argv = ["compose2quadlet", *sys.argv[1:]]
cli.run()
"""


def crashing(patch: str, arguments: list[str], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "", "HOME": str(folder), "PYTHONPATH": str(FIXTURES.parent), "LC_ALL": "C.UTF-8", **environ}
    command = [sys.executable, "-c", CRASH.format(patch=patch), *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


IN_A_PROJECT = "import compose2quadlet.planner.ports as p; p.check = broken"
ELSEWHERE = "import compose2quadlet.run.clashes as c; c.between = broken"


def test_a_defect_in_one_project(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    stack(tmp_path, "bad", "services: {web: {imagee: x}}\n")
    done = crashing(IN_A_PROJECT, ["convert", "site", "bad", "-o", "units"], tmp_path)
    assert done.returncode == 2
    assert "site: error[internal-error] this is a bug in compose2quadlet: ValueError while converting" in done.stderr
    assert "planner/__init__.py:" in done.stderr
    assert f"Please report these lines (compose2quadlet {__version__}, Python 3." in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "error[unknown-key]" in done.stderr, "the other project is checked all the same"
    assert not (tmp_path / "units").exists()


def test_a_defect_in_json(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    done = crashing(IN_A_PROJECT, ["convert", "site", "--json"], tmp_path)
    (found,) = [d for d in json.loads(done.stdout)["projects"][0]["diagnostics"] if d["severity"] == "error"]
    assert (found["code"], done.returncode) == ("internal-error", 2)
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize(
    ("patch", "arguments"),
    [
        (ELSEWHERE, ["convert", "site"]),
        ("import compose2quadlet.loader as x; x.load_tree = broken", ["config", "site"]),
        ("import compose2quadlet.lowering.explain as x; x.entries = broken", ["explain"]),
        ("import compose2quadlet.host.facts as x; x.gather = broken", ["facts"]),
        ("cli.main.main = broken", []),
        ("def broken(**_): raise RecursionError('hunter2')\ncli.main.main = broken", []),
        ("def broken(**_): raise MemoryError('hunter2')\ncli.main.main = broken", []),
        ("def broken(**_): raise PermissionError(13, 'hunter2', 'hunter2')\ncli.main.main = broken", []),
        ("def broken(**_): raise UnicodeDecodeError('utf-8', b'hunter2', 0, 1, 'hunter2')\ncli.main.main = broken", []),
    ],
    ids=lambda x: x[-40:] if isinstance(x, str) else "",
)
def test_a_defect_elsewhere(tmp_path: Path, patch: str, arguments: list[str]) -> None:
    stack(tmp_path, "site")
    done = crashing(patch, arguments, tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2].startswith("error[internal-error] this is a bug in compose2quadlet: ")
    assert "Please report these lines" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_the_traceback_of_a_defect(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    for patch in (IN_A_PROJECT, ELSEWHERE):
        done = crashing(patch, ["convert", "site"], tmp_path, COMPOSE2QUADLET_DEBUG="1")
        assert "\nTraceback (most recent call last):\n" in "\n" + done.stderr
        assert "ValueError: hunter2 is not a number\n" in done.stderr


def test_a_defect_says_where_it_is() -> None:
    def outer() -> None:
        json.loads("[")

    try:
        outer()
    except ValueError as e:
        found = crash.internal_error(e, "testing")
    assert "JSONDecodeError while testing, at " in found.message
    assert "test_output.py:" in found.message
    assert found.message.endswith(" raw_decode")


def test_an_interrupt(tmp_path: Path) -> None:
    done = crashing("def broken(**_): raise cli.click.Abort\ncli.main.main = broken", [], tmp_path)
    assert (done.returncode, done.stderr) == (2, "Interrupted.\n")


def test_the_entry_point_is_the_one_that_is_tested() -> None:
    assert 'compose2quadlet = "compose2quadlet.cli:run"' in (ROOT / "pyproject.toml").read_text()
    assert callable(cli.run)
