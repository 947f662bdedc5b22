"""What the scripts in units write to the journal: a path or a name in it can start no line, and has no priority."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from compose2quadlet.lowering import hosts, native
from tests.support.conversion import ROOT

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

HOSTILE = [
    "/dev/x\n<0>panic",
    "/dev/x\\n<0>panic",
    "/dev/x\\012<0>panic",
    "/dev/x\r<0>panic",
    "/dev/x\\c",
    "/dev/%s%n%d",
    "/dev/\x1b[31mred",
    "-n /dev/x",
    "-e",
    "--",
    "/dev/$(touch pwned)`touch pwned`",
    "/dev/ü\u2028x",
]


def printed(shell: str, script: str, *arguments: str, cwd: Path, path: str = "/usr/bin:/bin") -> list[str]:
    """The lines that a script writes, as the journal takes them."""
    command = ["busybox", "sh"] if shell == "busybox" else [shell]
    done = subprocess.run(
        [*command, "-c", script, "sh", *arguments],
        cwd=cwd,
        env={"PATH": path, "HOST_UNIT_SECONDS": "1"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == b""
    assert not list(cwd.glob("pwned"))
    return done.stdout.decode().split("\n")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("path", HOSTILE, ids=ascii)
def test_a_path_is_one_line(tmp_path: Path, shell: str, path: str) -> None:
    shown = "".join("?" if c < " " else c for c in path)
    assert printed(shell, hosts.LOOK_THERE, path, cwd=tmp_path) == [f"<3>{shown} is not there"]
    (line,) = printed(shell, hosts.LOOK_MOUNTED, path, cwd=tmp_path)
    assert line == f"<3>{shown} is not mounted: not starting on the empty directory"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("unit", ["a.service", r"mnt-x\n<0>panic.mount", r"x\cy.service", "%n.service", "-n.service"])
def test_a_unit_is_one_line(tmp_path: Path, shell: str, unit: str) -> None:
    program = tmp_path / "systemctl"
    program.write_text("#!/bin/sh\nprintf 'inactive\\n'; exit 3\n")
    program.chmod(0o755)
    assert printed(shell, native.WAIT, unit, cwd=tmp_path, path=f"{tmp_path}:/usr/bin:/bin") == [
        f"<5>waiting for {unit} of the system, which is inactive",
        f"<3>{unit} of the system is still inactive after 1 seconds: giving up",
    ]
    program.write_text("#!/bin/sh\nprintf 'active\\n'\n")
    lines = printed(shell, native.WAIT, unit, cwd=tmp_path, path=f"{tmp_path}:/usr/bin:/bin")
    assert lines == [f"{unit} of the system is active"]


def test_no_script_uses_echo() -> None:
    """The echo of dash takes backslashes for escapes, and that of bash takes -n for an option."""
    for room in ("lowering", "backend", "planner"):
        for path in (ROOT / "compose2quadlet" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    text = node.value.replace("echo net.ipv4.", "")  # a command for people
                    assert "echo " not in text, path
