"""The tables agree with each other: the compose schema, the attributes, the model, the rows, the fixtures."""

from __future__ import annotations

import contextlib
import itertools
import re
from pathlib import Path
from typing import Any, Never

import pytest

from compose2quadlet import lowering, model
from compose2quadlet.diagnostics import Log
from compose2quadlet.diagnostics.codes import codes
from compose2quadlet.loader import attributes
from compose2quadlet.loader.schema import schema
from compose2quadlet.lowering import build, network, service, top, volume
from compose2quadlet.lowering.explain import describe, entries, markdown
from compose2quadlet.lowering.nested import nested
from compose2quadlet.lowering.verbs import Row
from compose2quadlet.planner import Plan
from tests.support.conversion import FIXTURES, ROOT, converted

DEFINITIONS = schema()["definitions"]
BUILD = DEFINITIONS["service"]["properties"]["build"]["oneOf"][1]
NOT_OF_THE_MODEL = {"pull_refresh_after", "version", "include"}
"""In the schema, but Docker Compose itself forgets them while loading."""

EXTENSION = {"quadlet"}
"""Of the model, but of no schema: x-quadlet."""

PAIRS: list[tuple[str, dict[str, Any], type, tuple[Row, ...], str]] = [
    ("service", DEFINITIONS["service"]["properties"], model.Service, service.TABLE, ""),
    ("build", BUILD["properties"], model.Build, build.TABLE, "build."),
    ("network", DEFINITIONS["network"]["properties"], model.Network, network.TABLE, "networks."),
    ("volume", DEFINITIONS["volume"]["properties"], model.Volume, volume.TABLE, "volumes."),
]


@pytest.mark.parametrize(("name", "properties", "kind", "rows", "prefix"), PAIRS, ids=[p[0] for p in PAIRS])
def test_every_key_has_a_place(
    name: str, properties: dict[str, Any], kind: Any, rows: tuple[Row, ...], prefix: str
) -> None:
    keys, fields = set(properties) - NOT_OF_THE_MODEL, [f for f in kind.model_fields if f not in EXTENSION]
    canonical = list(getattr(attributes, name).fields)
    assert keys ^ set(fields) == set(), f"give these a field in compose2quadlet/model/, in class {kind.__name__}"
    assert keys ^ set(canonical) == set(), f"give these a canonical form in loader/attributes.py, in {name!r}"
    assert canonical == fields, f"loader/attributes.py and class {kind.__name__} must have the same order"
    listed = [row.key for row in rows]
    assert keys ^ set(listed) == set(), f"give these a row in compose2quadlet/lowering/{name}.py"
    assert len(listed) == len(keys), f"a key has two rows in compose2quadlet/lowering/{name}.py"
    for key in keys:
        assert (FIXTURES / "keys" / f"{prefix}{key}" / "compose.yaml").exists(), f"write fixtures/keys/{prefix}{key}"


def _inside(node: Any, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The attributes of a part of the schema, whatever the forms that it may have."""
    if not isinstance(node, dict):
        return {}
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return {} if name in seen else _inside(DEFINITIONS[name], (*seen, name))
    parts = [part for key in ("oneOf", "anyOf", "allOf") for part in node.get(key, [])]
    parts += [node.get("items"), node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    found = {name: value for part in parts for name, value in _inside(part, seen).items()}
    return {**found, **node.get("properties", {})}


def _covered(paths: dict[str, str], node: Any, path: str) -> list[str]:
    """The attributes below ``path`` that no line is about."""
    missing = []
    for name, below in _inside(node).items():
        here = f"{path}.{name}"
        if here in paths:
            continue
        deeper = _inside(below)
        missing += _covered(paths, below, here) if deeper else [here]
    return missing


GROUPS = {"service": "", "build": "build", "network": "networks", "volume": "volumes"}


@pytest.mark.parametrize(("name", "properties", "kind", "rows", "prefix"), PAIRS, ids=[p[0] for p in PAIRS])
def test_every_attribute_inside_of_a_key_is_explained(
    name: str, properties: dict[str, Any], kind: Any, rows: tuple[Row, ...], prefix: str
) -> None:
    lines = nested(GROUPS[name])
    carried = {row.key for row in rows if row.verb.status == "carried"} | {"external"} & {row.key for row in rows}
    for key in sorted(carried & set(properties) - {"build"}):
        assert _covered(lines, properties[key], key) == []
    for path in lines:
        node: Any = {"properties": properties}
        for step in path.split("."):
            assert step in _inside(node), path
            node = _inside(node)[step]


def test_configs_and_secrets_are_explained() -> None:
    for key in ("config", "secret"):
        assert _covered(nested("top"), DEFINITIONS[key], f"{key}s") == []


def test_printed_table_is_current(pytestconfig: pytest.Config) -> None:
    """``pytest --update-goldens`` makes it so; it is what ``explain --all --format markdown`` prints."""
    printed = FIXTURES / "explain.md"
    if pytestconfig.getoption("--update-goldens"):
        printed.write_text(markdown())
    assert printed.read_text() == markdown()


def test_every_top_level_key_has_a_row() -> None:
    assert sorted(row.key for row in top.TABLE) == sorted(schema()["properties"])


def test_fixtures_are_of_keys() -> None:
    named = {f"{prefix}{row.key}" for _, _, _, rows, prefix in PAIRS for row in rows}
    assert {p.name for p in (FIXTURES / "keys").iterdir()} == named


def test_rows_name_known_directives() -> None:
    for entry in entries():
        assert describe(entry)
        names = [name for name, _ in entry.directives()]
        assert sorted(name.rpartition(" ")[2].rstrip("=") for name in names) == sorted(entry.row.verb.keys)


@pytest.mark.parametrize("row", [row for p in PAIRS for row in p[3]], ids=lambda r: str(r.key))
def test_rows_say_what_they_do(row: Row) -> None:
    assert row.verb.how
    assert bool(row.verb.keys) == (row.verb.status == "carried")


FOLDERS = sorted({path.parent for path in FIXTURES.rglob("compose.yaml")})


class _LoweredError(Exception):
    """Ends a conversion where what it does next is of no interest, and takes longer than all before."""


def _written(folder: Path, podman: str, scope: str, isolation: str) -> set[tuple[str, str]]:
    """The directives of a fixture, each as the row that wrote it and ``[Section] Key=``."""
    found: set[tuple[str, str]] = set()
    lowered = lowering.lower

    def watched(plan: Plan, log: Log) -> Never:
        for unit in lowered(plan, log):
            found.update((d.row, f"[{d.section}] {d.key}=") for d in unit.directives if d.row)
        raise _LoweredError

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(_LoweredError):
        patch.setattr(lowering, "lower", watched)
        converted(folder, podman, scope, ("*",), isolation=isolation)
    return found


def test_rows_write_what_they_say() -> None:
    """In all fixtures together, each row writes the directives that it names, and no other."""
    places = (("user", "none"), ("system", "auto"))
    targets = [*((podman, *place) for podman in ("4.4", "5.0", "6.0") for place in places), ("6.0", "user", "auto")]
    written: dict[str, set[str]] = {}
    for folder, target in itertools.product(FOLDERS, targets):
        for row, directive in _written(folder, *target):
            written.setdefault(row, set()).add(directive)
    said = {e.name: {name for name, _ in e.directives()} for e in entries() if e.group != "top"}
    assert {name: written.get(name, set()) for name in said} == said
    assert written.keys() <= said.keys()


def test_rows_name_the_rows_that_write_for_them() -> None:
    names = {e.name for e in entries()}
    for entry in entries():
        assert set(entry.row.verb.of) <= names
        assert bool(entry.row.verb.of) or entry.row.verb.status != "part"


CODE = re.compile(
    r'(?:refuse|\.warn|\.note|\.error|_error|Diagnostic|_bad|_conflict)\(\s*"([a-z0-9.]+(?:-[a-z0-9.]+)*)"'
)
ELSEWHERE = {
    *(
        "file-exists",
        "output-unwritable",
        "stale-unit",
        "container-clash",
        "unit-of-the-host",
        "no-such-service",
        "no-such-profile",
        "host-silent",
        "internal-error",
    ),  # tests/cli
    *("network-changed", "orphan", "volume-changed"),  # tests/cli/test_others.py
    "bad-facts",  # tests/unit/test_facts.py
    *("bad-inventory", "docker-silent", "drift"),  # tests/unit/test_inventory.py, tests/cli/test_inventory.py
    "bad-before",  # tests/unit/test_compare.py
    *(
        "another-run",
        "bad-manifest",
        "edited-file",
        "half-written",
        "interrupted-run",
        "left-over",
        "open-file",
        "unsafe-directory",
    ),  # tests/write
    "bad-settings",  # tests/cli/test_settings.py
    *("generator-complaint", "systemd-complaint", "bad-allow", "unused-allow"),  # tests/cli/test_check.py
    *("file-too-large", "extends-too-deep", "include-too-deep"),  # tests/unit/test_limits.py
}


def test_every_diagnostic_has_a_row() -> None:
    """``diagnostics/codes.txt`` says of each slug what it means, with the severities that it is used with."""
    used: dict[str, set[str]] = {"unset-variable": {"warning"}}
    for path in (ROOT / "compose2quadlet").rglob("*.py"):
        for call, slug in re.findall(
            r'(refuse|log\.warn|log\.note|log\.error|_error|_bad)\(\s*"([a-z0-9.-]+)"', path.read_text()
        ):
            severity = {"log.warn": "warning", "log.note": "note"}.get(call, "error")
            used.setdefault(slug, set()).add(severity)
    said = {slug: {s.label for s in code.severities} for slug, code in codes().items()}
    for slug, severities in used.items():
        assert severities <= said.get(slug, set()), slug
    slugs = {slug for path in (ROOT / "compose2quadlet").rglob("*.py") for slug in CODE.findall(path.read_text())}
    assert said.keys() - slugs - used.keys() == set()
    assert all(code.title and code.meaning.endswith(".") and code.remedy.endswith(".") for code in codes().values())


def test_every_diagnostic_has_a_fixture() -> None:
    slugs = set()
    for path in (ROOT / "compose2quadlet").rglob("*.py"):
        slugs |= set(CODE.findall(path.read_text()))
    folders = sorted((FIXTURES / "diagnostics").iterdir())
    assert slugs - {p.name for p in folders} - ELSEWHERE == set()
    for path in folders:
        slug = path.name.partition("--")[0]  # what follows tells cases of one slug apart
        assert slug == "unset-variable" or f"[{slug}]" in (path / "golden.yml").read_text()
