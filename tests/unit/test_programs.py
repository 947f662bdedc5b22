"""Programs of the host, well and badly behaved ones: what is run, for how long, and what is said of it."""

from __future__ import annotations

import ast
import os
import re
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet.host import facts, programs
from compose2quadlet.host.podman import installed_version
from compose2quadlet.host.programs import Ending, Programs, find, run
from tests.support.conversion import ROOT

Script = Callable[[str, str], Path]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Makes a program of a shell script, in a directory that comes first in PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(name: str, text: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
        return folder / name

    return make


def test_output(script: Script) -> None:
    script("podman", "echo podman version 5.4.2; echo noise >&2")
    ran = run(["podman", "--version"])
    assert (ran.ending, ran.output, ran.problem) == (Ending.DONE, "podman version 5.4.2\n", "")
    assert installed_version() == ((5, 4), "")


@pytest.mark.parametrize(
    ("text", "ending", "problem"),
    [
        ("echo half; exit 3", Ending.FAILED, "podman failed with exit status 3"),
        ("kill -9 $$", Ending.FAILED, "podman was killed by signal 9"),
        ("exec sleep 60", Ending.SLOW, "podman did not answer within 0.3 s"),
        ("exec >&-; exec sleep 60", Ending.SLOW, "podman did not answer within 0.3 s"),
        ("trap '' TERM INT; while :; do sleep 1; done", Ending.SLOW, "podman did not answer within 0.3 s"),
    ],
)
def test_what_went_wrong(script: Script, text: str, ending: Ending, problem: str) -> None:
    script("podman", text)
    start = time.monotonic()
    ran = run(["podman"], seconds=0.3)
    assert (ran.ending, ran.output, ran.problem) == (ending, "", problem)
    assert time.monotonic() - start < 5


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    assert run(["no-such-program"]).problem == "no-such-program is not installed"
    script("podman", "").write_text("#!/no/such/interpreter\n")
    assert run(["podman"]).problem == "podman failed with exit status 126"
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert installed_version() == (None, "none is installed here")


def test_children_are_killed_as_well(script: Script, tmp_path: Path) -> None:
    script("podman", f"sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60' & exec sleep 60")
    assert run(["podman"], seconds=1).ending is Ending.SLOW
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the child still runs")


def test_what_a_program_leaves_behind_is_not_waited_for(script: Script, tmp_path: Path) -> None:
    script("podman", f"sleep 60 & echo $! > {tmp_path}/pid; echo done")
    start = time.monotonic()
    ran = run(["podman"], seconds=20)
    assert (ran.ending, ran.output) == (Ending.DONE, "done\n")
    assert time.monotonic() - start < 10
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_endless_output(script: Script) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    script("podman", "exec cat /dev/zero")
    ran = run(["podman"], seconds=30)
    assert (ran.ending, ran.output, ran.problem) == (Ending.FLOODED, "", "podman printed more than 4 MiB")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_output_in_no_encoding(script: Script) -> None:
    script("podman", r"printf 'podman version 5.8.1 \377\376\200\n'")
    assert run(["podman"]).output == "podman version 5.8.1 \ufffd\ufffd\ufffd\n"
    assert installed_version() == ((5, 8), "")


@pytest.mark.parametrize("text", ["podman version five", "version ².³", f"version {'9' * 5000}.1", ""])
def test_a_podman_without_a_version(script: Script, text: str) -> None:
    script("podman", f"echo '{text}'")
    assert installed_version() == (None, "podman does not say its version")


def test_surroundings(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locale is C whatever it was, and there is nothing to read."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    script("podman", 'cat; echo "$LC_ALL"')
    assert run(["podman"]).output == "C\n"


@pytest.mark.parametrize("path", [".", "", "bin", "./bin", ":", "bin:", "../here:./bin"])
def test_nothing_of_the_working_directory_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    here = tmp_path / "here"
    for place in (here / "podman", here / "bin/podman"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("#!/bin/sh\ntouch ran\n")
        place.chmod(0o755)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", path)
    assert find("podman") is None
    assert run(["podman"]).ending is Ending.ABSENT
    assert not (here / "ran").exists()


def test_only_files_that_can_be_run_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    (tmp_path / "one/podman").mkdir()
    (tmp_path / "two/podman").write_text("#!/bin/sh\n")
    (tmp_path / "three/podman").write_text("#!/bin/sh\n")
    (tmp_path / "two/podman").chmod(0o644)
    (tmp_path / "three/podman").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / n) for n in ("one", "two", "three")))
    assert find("podman") == str(tmp_path / "three/podman")


def test_what_hangs_is_asked_once(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    script("systemctl", "exec sleep 60")
    script("ip", "echo '[]'")
    asked = Programs()
    start = time.monotonic()
    for manager in ("--system", "--user", "--version"):
        assert asked.output(["systemctl", manager]) == ""
    assert asked.output(["ip"]) == "[]\n"
    assert time.monotonic() - start < 5
    assert asked.problems() == ["systemctl did not answer within 0.3 s"]


def test_all_programs_together_have_a_limit(script: Script) -> None:
    asked = Programs(total=0.5)
    for name in ("one", "two", "three"):
        script(name, "exec sleep 60")
        asked.run([name])
    assert [r.ending for r in asked.ran] == [Ending.SLOW, Ending.SKIPPED, Ending.SKIPPED]
    assert asked.problems() == [
        "one did not answer within 0.5 s",
        "two was not run, because other programs took too long",
        "three was not run, because other programs took too long",
    ]
    assert asked.problems(but="one")[0].startswith("two")


def test_a_host_on_which_everything_hangs(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts are gathered all the same, in bounded time, and nothing is made up."""
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    (tmp_path / "root/run/systemd/system").mkdir(parents=True)
    for name in ("systemctl", "podman", "ip"):
        script(name, "exec sleep 60")
    start = time.monotonic()
    found = facts.gather(f"{tmp_path}/root/")
    assert time.monotonic() - start < 5
    assert (found.units, found.user_units, found.systemd, found.podman, found.interfaces) == (None, None, None, "", {})


def test_half_an_answer_of_systemd_is_none(tmp_path: Path) -> None:
    """From the files alone, every unit would look as if it did not run."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)

    def answer(command: object) -> str:
        return "postgresql.service enabled enabled\n" if "list-unit-files" in str(command) else ""

    assert facts.gather(f"{tmp_path}/", answer).units is None


@pytest.mark.parametrize(
    "text",
    ["[", "[1]", "[" * 100_000, '[{"ifname": 5, "addr_info": 7}]', '[{"ifname": "e", "addr_info": [{"local": 7}]}]'],
)
def test_addresses_in_no_format(tmp_path: Path, text: str) -> None:
    found = facts.gather(f"{tmp_path}/", lambda command: text if command[0] == "ip" else "")
    assert all(isinstance(a, str) for i in found.interfaces.values() for a in i.addresses)


def test_numbers_of_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/subuid").write_text(f"a:{'9' * 5000}:1\nb:²:1\nc:٣:1\nd:1:65536\ne:1\nf:1:2:3\ng:-1:5\n")
    (tmp_path / "proc/sys/net/ipv4").mkdir(parents=True)
    (tmp_path / "proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("9" * 5000)
    found = facts.gather(f"{tmp_path}/", lambda _command: "")
    assert (found.subuids, found.first_port) == ({"d": ((1, 65536),)}, None)


def test_one_module_runs_programs() -> None:
    """Whatever runs a program goes through host/programs.py, with its limits."""
    running = re.compile(
        r"\b(subprocess|Popen|popen|posix_spawn\w*|spawn[lv]\w*|exec[lv]\w*|multiprocessing)\b|os\.system\b"
    )
    for path in sorted((ROOT / "compose2quadlet").rglob("*.py")):
        if path == ROOT / "compose2quadlet/host/programs.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute | ast.Name | ast.Import | ast.ImportFrom):
                assert not running.search(ast.unparse(node)), f"{path}:{node.lineno}"
