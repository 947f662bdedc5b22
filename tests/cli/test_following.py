"""What a conversion ends with: what it did to files, what to run next, and how to undo it."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from tests.support.commands import SIMPLE, run, stack, tree

FILES = (
    "site-default.network, site-web.container, site.target, site-is-up.service, 50-site.conf, 50-names-as-docker.conf"
)


def ending(at: Path, *arguments: str) -> list[str]:
    """The lines after the summary."""
    done = run("convert", *arguments, "--scope", "user", "--host", "none", cwd=at)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    return lines[next(i for i, line in enumerate(lines) if " service" in line and line[0].isdigit()) + 1 :]


def test_into_a_directory(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert ending(tmp_path, "site", "-o", "units") == [
        f"New: {FILES.replace('50-site.conf', '50-site.conf')}",
        "Next: review units. Then convert without -o, or copy it to where Podman reads units.",
    ]
    assert ending(tmp_path, "site", "-o", "units") == []


def test_into_place_and_back(tmp_path: Path) -> None:
    """The command that undoes it leaves nothing behind."""
    stack(tmp_path, "site")
    new, next_, undo = ending(tmp_path, "site")
    assert new == f"New: {FILES}"
    assert next_ == "Next: systemctl --user daemon-reload; systemctl --user start site.target"
    stop, remove, reload = undo.removeprefix("Undo: ").split("; ")
    assert (stop, reload) == ("systemctl --user stop site.slice", "systemctl --user daemon-reload")
    subprocess.run(shlex.split(remove), cwd=tmp_path, check=True)
    left = [name for name in tree(tmp_path / ".config") if not name.endswith((".compose2quadlet.json", ".lock"))]
    assert left == []


def test_changed(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    ending(tmp_path, "site")
    (folder / "compose.yaml").write_text(SIMPLE.replace("8080", "8081"))
    assert ending(tmp_path, "site") == [
        "Changed: site-web.container",
        "Next: systemctl --user daemon-reload; systemctl --user try-restart site-web.service;"
        " systemctl --user start site.target",
        "Undo: convert the earlier compose file again",
    ]


def test_one_new_and_one_changed(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    ending(tmp_path, "site")
    (folder / "compose.yaml").write_text(SIMPLE.replace("8080", "8081"))
    stack(tmp_path, "two")
    lines = ending(tmp_path, "site", "two")
    assert lines[2].endswith("systemctl --user start site.target two.target")
    assert lines[3].startswith("Undo: systemctl --user stop two.slice; rm ")
    assert "site" not in lines[3]
    assert lines[3].endswith(
        "; systemctl --user daemon-reload. For what changed, convert the earlier compose file again"
    )


def test_quiet(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert run("convert", "site", "-q", "-o", "units", cwd=tmp_path).stderr == ""


def test_many_files_are_not_all_listed(tmp_path: Path) -> None:
    body = "services:\n" + "".join(f"  s{i}: {{image: x, restart: always}}\n" for i in range(20))
    stack(tmp_path, "site", body)
    (line, _) = ending(tmp_path, "site", "-o", "units")
    assert line.count(",") == 11
    assert line.endswith(" more")
