"""The commands as somebody types them: in this process, which takes a tenth of the time, or in one of their own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

from compose2quadlet import cli
from tests.support.conversion import ROOT

SIMPLE = "services:\n  web:\n    image: nginx:1\n    restart: always\n    ports: ['8080:80']\n"
"""A project of one service."""

Done = subprocess.CompletedProcess[str]


def environment(home: Path, further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a host without Podman or any other program."""
    return {"PATH": "/nonexistent", "HOME": str(home), "LC_ALL": "C.UTF-8", **(further or {})}


def run(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None, stdin: str = "") -> Done:
    """What a command does, in this process: ``environ`` is all that it has of an environment, but for the usual.

    What no command should let through is printed to stderr, as Python does.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment(cwd, environ), clear=True))
        stack.enter_context(patch.multiple(sys, argv=["compose2quadlet", *arguments], stdin=given))
        stack.enter_context(contextlib.chdir(cwd))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        code = _code()
    printed = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *printed)


def _code() -> int:
    try:
        cli.run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def program(*arguments: str) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "compose2quadlet", *arguments]


def run_program(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Done:
    """``run`` in a process of its own, for what depends on one: how Python was started, and its first imports."""
    env = {"PYTHONPATH": str(ROOT), **environment(cwd, environ)}
    return subprocess.run(
        program(*arguments), cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def stack(folder: Path, name: str, text: str = SIMPLE) -> Path:
    """A project below a folder."""
    (folder / name).mkdir(parents=True)
    (folder / name / "compose.yaml").write_text(text)
    return folder / name


def tree(folder: Path) -> dict[str, str]:
    """All files below a folder, but for the manifest, with their texts."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".compose2quadlet.json")
    return {str(p.relative_to(folder)): p.read_text() for p in files}
