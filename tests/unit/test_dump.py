"""JSON to the letter as Go writes it; each expectation is what Docker Compose 2.40.3 prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.loader.dump import go_json, service_hash, to_json, to_yaml, tree_json, tree_yaml
from tests.support.loader import Case


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0"),
        (1e10, "10000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (0.00001234, "0.00001234"),
        (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"),
        (-1e-9, "-1e-9"),
        (1.5e300, "1.5e+300"),
        ("<a & b>", '"\\u003ca \\u0026 b\\u003e"'),
        ({"a": [1, True, None], "b": {}, "c": []}, '{"a":[1,true,null],"b":{},"c":[]}'),
    ],
)
def test_json(value: Any, text: str) -> None:
    assert go_json(value) == text


def test_json_indented() -> None:
    assert go_json({"a": [1, {"b": "c"}], "d": {}}, 2) == (
        '{\n  "a": [\n    1,\n    {\n      "b": "c"\n    }\n  ],\n  "d": {}\n}'
    )


def test_json_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="infinity"):
        go_json([float("inf")])


def test_empty_lists_of_extensions(tmp_path: Path) -> None:
    text = "services: {a: {image: x, network_mode: none, command: []}}\nx-a: {b: [], c: {}, d: [[]]}\n"
    case = Case("json", "extensions", {"compose.yaml": text})
    case.prepare(tmp_path)
    printed = to_json(case.load(tmp_path).project)
    assert printed.endswith('"x-a": {\n    "b": null,\n    "c": {},\n    "d": [\n      null\n    ]\n  }\n}')
    assert '"command": []' in printed


def test_watch_without_a_command(tmp_path: Path) -> None:
    """The command that is not given prints, as one of the service does."""
    text = "services: {a: {build: ., develop: {watch: [{path: ., action: rebuild}]}}}\n"
    case = Case("json", "watch", {"compose.yaml": text})
    case.prepare(tmp_path)
    assert '"exec": {\n              "command": null\n            }' in to_json(case.load(tmp_path).project)


LONG = "6enp" * 18
"""54 bytes of 0xe9 as base64."""


@pytest.mark.parametrize(
    ("data", "as_yaml", "as_json"),
    [
        (b"caf\xe9", "!!binary Y2Fm6Q==", '"caf\\ufffd"'),
        (b"a\xff\xfeb", "!!binary Yf/+Yg==", '"a\\ufffd\\ufffdb"'),
        (b"\xe9" * 51, f"!!binary {LONG[:68]}", '"' + "\\ufffd" * 51 + '"'),
        (b"\xe9" * 54, f"!!binary |\n        {LONG[:70]}\n        {LONG[70:]}", '"' + "\\ufffd" * 54 + '"'),
        ("ü€".encode(), "ü€", '"ü€"'),
    ],
    ids=["one byte", "two bytes", "68 characters", "two lines", "in UTF-8"],
)
def test_bytes_that_are_not_utf_8(tmp_path: Path, data: bytes, as_yaml: str, as_json: str) -> None:
    """As go-yaml and Go's encoding/json have them; compared with Docker Compose 2.40.3 at all lengths around a line."""
    case = Case(
        "bytes", "x", {"compose.yaml": "services: {a: {image: x, network_mode: none, environment: {A: '${B}'}}}\n"}
    )
    case.prepare(tmp_path)
    (tmp_path / ".env").write_bytes(b"B=" + data + b"\n")
    project = case.load(tmp_path).project
    assert f"\n      A: {as_yaml}\n" in to_yaml(project)
    assert f'\n        "A": {as_json}\n' in to_json(project)
    assert len(service_hash(project["services"]["a"])) == 64


def test_a_command_of_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    """Docker Compose takes a text apart by characters, and so loses what is none; a list it leaves alone."""
    text = "services: {a: {image: x, network_mode: none, command: '${B} x', entrypoint: ['${B}']}}\n"
    case = Case("bytes", "command", {"compose.yaml": text})
    case.prepare(tmp_path)
    (tmp_path / ".env").write_bytes(b"B=caf\xe9\n")
    service = case.load(tmp_path).project["services"]["a"]
    assert (service["command"], service["entrypoint"]) == (["caf\ufffd", "x"], ["caf\udce9"])


@pytest.mark.parametrize(
    ("text", "printed"),
    [("a\x85b", '"a\\Nb"'), ("a\nb\x85", '"a\\nb\\N"'), ("a\x9bb", '"a\\x9Bb"'), ("a\u202eb", "a\u202eb")],
)
def test_no_line_break_of_c1_is_printed(text: str, printed: str) -> None:
    assert tree_yaml({"k": text}) == f"k: {printed}\n"
    assert tree_yaml({text: "v"}) in (f"{printed}: v\n", f"? {printed}\n: v\n")


def test_no_control_character_is_printed(tmp_path: Path) -> None:
    case = Case("json", "c1", {"compose.yaml": 'services: {a: {image: x, hostname: "a\\x9bb\\x7f"}}'})
    case.prepare(tmp_path)
    assert '"hostname": "a\\u009bb\\u007f"' in to_json(case.load(tmp_path).project)
    assert tree_json({"a": "\x85"}) == '{\n  "a": "\\u0085"\n}'
