"""Shell scripts through shellcheck: those of the repository, and those that units run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.conversion import ROOT
from tests.support.goldens import case, folders
from tests.support.systemd import commands

HERE = Path(sys.executable).parent / "shellcheck"
SHELLCHECK = str(HERE) if HERE.exists() else shutil.which("shellcheck")
"""That of the virtual environment comes first: its version is pinned."""

pytestmark = pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")


def checked(*arguments: str, text: str | None = None) -> str:
    """What shellcheck finds."""
    command = [str(SHELLCHECK), "--norc", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def scripts() -> list[str]:
    """Every file of the repository that a shell runs, by its first line."""
    found = []
    for path in [*ROOT.glob(".ci/*"), *(p for place in ("tests", "templates") for p in (ROOT / place).rglob("*"))]:
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            first = path.read_bytes().partition(b"\n")[0].split()
            if first and first[0].startswith(b"#!") and first[-1].endswith(b"sh"):
                found.append(str(path.relative_to(ROOT)))
    return sorted(found)


def test_scripts() -> None:
    assert {"tests/boot/lab", "tests/boot/docker-host", "tests/boot/stub-image"} <= set(scripts())
    assert checked(*scripts()) == ""


def run_by_units(podman: str) -> set[str]:
    """The scripts that units run in a shell of the host. With ``$`` and ``%`` doubled as in the unit, undone."""
    found = set()
    for folder in folders("keys", "hosts"):
        texts = case(folder).units("user", podman).values()
        for line in (line for text in texts for line in text.splitlines()):
            key, _, value = line.partition("=")
            if key.startswith("Exec") and value.startswith("/bin/sh -c "):
                found.add(commands(value, {})[0][2])
    return found


def test_scripts_in_units() -> None:
    found = sorted(run_by_units("4.4") | run_by_units("5.4"))
    assert len(found) >= 7, "folders, looks, configs, waiting for the host and for health, networks by command"
    for script in found:
        # SC2015: in a look at the host, both commands before the '||' are the condition.
        assert checked("--shell=sh", "--exclude=SC2015", "-", text=script) == "", script


def test_shellcheck_finds_something() -> None:
    assert "SC2086" in checked("--shell=sh", "-", text="rm $1")
