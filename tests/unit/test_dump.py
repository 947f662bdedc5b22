"""JSON to the letter as Go writes it; each expectation is what Docker Compose 2.40.3 prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.loader.dump import go_json, to_json
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
