"""``help``: topics and commands by name, on a terminal and in a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from compose2quadlet import topics
from compose2quadlet.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent.parent


def test_lists_topics_and_commands() -> None:
    done = CliRunner().invoke(main, ["help"])
    assert done.exit_code == 0
    for name in topics.NAMES:
        assert f"  {name}" in done.stdout
        assert topics.title(name) in done.stdout
    for name, about in COMMANDS.items():
        assert f"  {name}" in done.stdout
        assert about in done.stdout


@pytest.mark.parametrize("name", topics.NAMES)
def test_a_topic_in_a_pipe_is_plain_text(name: str) -> None:
    done = CliRunner().invoke(main, ["help", name])
    assert done.exit_code == 0
    title, line = done.stdout.splitlines()[:2]
    assert title.endswith(topics.title(name)[1:])
    assert line == "=" * len(title)
    assert "\x1b" not in done.stdout


def test_keys_lists_every_key() -> None:
    from compose2quadlet.lowering.explain import entries

    shown = CliRunner().invoke(main, ["help", "keys"]).stdout
    assert all(f"`{entry.name}`" in shown for entry in entries())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_same_help_as_with_the_option(name: str) -> None:
    by_name, by_option = CliRunner().invoke(main, ["help", name]), CliRunner().invoke(main, [name, "--help"])
    assert by_name.exit_code == by_option.exit_code == 0
    assert by_name.stdout == by_option.stdout


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("isolaton", "Did you mean isolation?"),
        ("convrt", "Did you mean convert?"),
        ("cap_add", "compose2quadlet explain cap_add"),
        ("zzzz", "'compose2quadlet help' lists all."),
    ],
)
def test_what_there_is_not(name: str, advice: str) -> None:
    done = CliRunner().invoke(main, ["help", name])
    assert done.exit_code == 2
    assert f"there is no topic or command '{name}'" in done.stderr
    assert advice in done.stderr


def test_completion() -> None:
    complete = ShellComplete(main, {}, "compose2quadlet", "_COMPOSE2QUADLET_COMPLETE")
    assert [c.value for c in complete.get_completions(["help"], "ho")] == ["host-units"]
    assert [c.value for c in complete.get_completions(["help"], "con")] == ["convert", "config"]


def shown(topic: str, tmp_path: Path, **environ: str) -> bytes:
    """What ``help`` prints on a terminal of 24 lines."""
    terminal, child = os.openpty()
    pager = f"{sys.executable} -c \"import sys; print('PAGED', sys.stdin.read()[:400])\""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "xterm", "PAGER": pager}
    env |= {"LINES": "24", "COLUMNS": "80", "LC_ALL": "C.UTF-8", **environ}
    command = [sys.executable, "-m", "compose2quadlet", "help", topic]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdin=child, stdout=child, stderr=child) as process:
        os.close(child)
        text = b""
        while part := _part(terminal):
            text += part
        assert process.wait() == 0
    os.close(terminal)
    return text


def _part(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # so Linux says that nobody has the other end open
        return b""


def test_long_topics_are_paged_on_a_terminal(tmp_path: Path) -> None:
    text = shown("isolation", tmp_path)
    assert text.startswith(b"PAGED")
    assert b"Isolation: which user" in text


def test_short_topics_are_not_paged_and_styled(tmp_path: Path) -> None:
    text = shown("logging", tmp_path, LINES="200")
    assert b"PAGED" not in text
    assert b"\x1b[1m" in text


def test_no_colour(tmp_path: Path) -> None:
    for lines in ("24", "200"):
        text = shown("logging", tmp_path, LINES=lines, NO_COLOR="1")
        assert b"\x1b" not in text
        assert b"`journalctl -u UNIT`" in text
