"""Whose environment a project is loaded with."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.loader import Request, load

HOME = "services: {a: {image: i, volumes: ['~/a:/a']}}"
LITERAL = "services: {a: {image: i, volumes: ['/root/a:/a'], environment: {A: ~/a, B: b}}}"
DEFAULT = "services: {a: {image: '${UID:-1}'}}"
ROOT = {"HOME": "/root", "USER": "root", "SUDO_USER": "bob", "UID": "0"}


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        (HOME, ROOT, True),
        (DEFAULT, ROOT, True),
        (HOME, {**ROOT, "HOME": "/home/bob"}, False),
        (HOME, {**ROOT, "SUDO_USER": ""}, False),
        (HOME, {**ROOT, "SUDO_USER": "root"}, False),
        (LITERAL, ROOT, False),
        (DEFAULT, {**ROOT, "UID": "1000"}, False),
    ],
)
def test_said_of_what_is_roots_and_used(tmp_path: Path, text: str, environ: dict[str, str], said: bool) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    log = Log()
    load(Request(str(tmp_path), environ=environ, project_name="p"), log)
    assert any(d.code == "sudo-environment" for d in log.items) == said
