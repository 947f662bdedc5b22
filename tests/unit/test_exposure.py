"""What of a project is open, and the lines of compose files that are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Position
from compose2quadlet.report.exposure import exposures
from compose2quadlet.report.source import MOST_LINES, Sources
from tests.support.conversion import converted


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ports: ['8080:80']", [("port 8080/tcp on all addresses", True)]),
        ("ports: ['127.0.0.1:8080-8082:80-82/udp']", [("port 8080-8082/udp on 127.0.0.1", False)]),
        ("expose: [80]", []),
        ("network_mode: host", [("the network of the host, with all of its ports", True)]),
        ("pid: host", [("the pid namespace of the host", True)]),
        ("ipc: host", [("the ipc namespace of the host", False)]),
        (
            "volumes: ['/var/run/docker.sock:/var/run/docker.sock']",
            [("the socket of the container engine: it can do what the engine can", True)],
        ),
        ("privileged: true", [("privileged: all devices and capabilities", True)]),
        ("cap_add: [NET_BIND_SERVICE]", [("the capability NET_BIND_SERVICE", False)]),
        ("cap_add: [cap_sys_admin]", [("the capability SYS_ADMIN", True)]),
        ("devices: [/dev/fuse]", [("the device /dev/fuse", False)]),
        ("volumes: ['data:/data']", []),
    ],
)
def test_exposures(key: str, expected: list[tuple[str, bool]], tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f"services:\n  web:\n    image: x:1\n    {key}\nvolumes: {{data: }}\n")
    made, log = converted(tmp_path, scope="system")
    assert made, log.items
    assert [(e.what, e.wide) for e in exposures(made)] == expected


TEXT = """\
services:
  web:
    ports:
    - "80:80"  # in the column of its key

    # about the next key
    image: x
    command: >-
      one
        two

      three
  db: {image: y}
"""


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (3, 5, ["ports:", '- "80:80"  # in the column of its key']),
        (7, 5, ["image: x"]),
        (8, 5, ["command: >-", "  one", "    two", "", "  three"]),
        (13, 3, ["db: {image: y}"]),
        (13, 8, ["  db: {image: y}"]),
        (99, 1, []),
    ],
)
def test_lines_of_a_key(line: int, column: int, expected: list[str]) -> None:
    found = Sources(lambda _: TEXT).excerpt(Position("f", line, column))
    assert [text.strip() if column == 8 else text for text in found.lines] == [
        text.strip() if column == 8 else text for text in expected
    ]


def test_long_texts_are_cut() -> None:
    text = "a:\n" + "  b\n" * 200
    found = Sources(lambda _: text).excerpt(Position("f", 1, 1))
    assert (len(found.lines), found.more) == (MOST_LINES, 201 - MOST_LINES)
