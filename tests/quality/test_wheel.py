"""A wheel, built as pip builds it, but from what is installed here."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from compose2quadlet import topics
from compose2quadlet.cli import COMMANDS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("module", ["hatchling", "click_man"])
def test_what_builds_is_in_the_test_extra(module: str) -> None:
    assert importlib.util.find_spec(module), "the next test would be left out"


@pytest.mark.skipif(not importlib.util.find_spec("pip"), reason="there is no pip")
def test_a_wheel_has_the_manual_pages_and_topics(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w"]
    done = subprocess.run(
        [*command, str(tmp_path), str(ROOT)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    wheel = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    shared = {name.partition("/data/")[2]: name for name in wheel.namelist() if "/data/" in name}
    pages = [f"share/man/man1/compose2quadlet{name}.1" for name in ("", *(f"-{name}" for name in COMMANDS))]
    pages += [f"share/man/man7/compose2quadlet-{name}.7" for name in topics.NAMES]
    assert sorted(shared) == sorted(pages)
    convert = wheel.read(shared["share/man/man1/compose2quadlet-convert.1"]).decode()
    assert r"\fB\-\-podman\-version\fP" in convert
    assert "\b" not in convert, "a mark that only click understands"
    assert all(f"compose2quadlet/topics/{name}.md" in wheel.namelist() for name in topics.NAMES)
