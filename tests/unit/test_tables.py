"""The tables agree with each other: the compose schema, the attributes, the model, the rows, the fixtures."""

from __future__ import annotations

import re
from typing import Any

import pytest

from compose2quadlet import model
from compose2quadlet.loader import attributes
from compose2quadlet.loader.schema import schema
from compose2quadlet.lowering import build, network, service, top, volume
from compose2quadlet.lowering.explain import describe, entries, markdown
from compose2quadlet.lowering.nested import nested
from compose2quadlet.lowering.verbs import Row
from compose2quadlet.options import DEFAULT_PODMAN
from tests.conversion import FIXTURES, ROOT

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
    keys = set(properties) - NOT_OF_THE_MODEL
    assert set(kind.model_fields) - EXTENSION == keys
    assert list(getattr(attributes, name).fields) == [f for f in kind.model_fields if f not in EXTENSION], "their order"
    listed = [row.key for row in rows]
    assert sorted(listed) == sorted(keys), "one row for each key"
    for key in keys:
        assert (FIXTURES / "keys" / f"{prefix}{key}" / "compose.yaml").exists(), f"a fixture for {prefix}{key}"


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


def test_printed_table_is_current() -> None:
    """``compose2quadlet explain --all --format markdown >fixtures/explain.md`` makes it so."""
    assert (FIXTURES / "explain.md").read_text() == markdown()


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


def test_goldens_show_only_named_directives() -> None:
    """A unit of a key's fixture has no directive that neither its row nor the rows of all services name."""
    always = {"Image", "ContainerName", "Network", "LogDriver", "Description", "TimeoutStartSec", "SuccessExitStatus"}
    always |= {"ImageTag", "SetWorkingDirectory", "File", "LogOpt"}
    always |= {
        "Volume",
        "Environment",
        "Type",
        "RemainAfterExit",
        "NetworkName",
        "VolumeName",
        "Requires",
        "After",
        "Wants",
        "WantedBy",
        "PartOf",
        "BindsTo",
        "LogOpt",
    }
    by_name: dict[str, set[str]] = {}
    for entry in entries():
        by_name.setdefault(entry.name, set()).update(entry.row.verb.keys)
        if any(key.fallback and key.since > DEFAULT_PODMAN for _, key in entry.directives()):
            by_name[entry.name].add("PodmanArgs")
    constellations = {
        "depends_on",
        "network_mode",
        "volumes",
        "label_file",
        "post_start",
        "shm_size",
        "networks",
        "networks.driver",
        "networks.ipam",
        "volumes.external",
        "build",
    }
    for folder in sorted((FIXTURES / "keys").iterdir()):
        if folder.name in constellations:
            continue  # other keys stand in them as well
        text = (folder / "golden.yml").read_text()
        used = set(re.findall(r"^    ([A-Z][A-Za-z0-9]+)=", text, re.M))
        extra = used - always - by_name[folder.name]
        assert not extra, f"{folder.name}: {extra}"


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
    ),  # tests/cli
    "bad-facts",  # tests/unit/test_facts.py
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
    *("file-too-large", "extends-too-deep", "include-too-deep"),  # tests/unit/test_limits.py
}


def test_every_diagnostic_has_a_fixture() -> None:
    slugs = set()
    for path in (ROOT / "compose2quadlet").rglob("*.py"):
        slugs |= set(CODE.findall(path.read_text()))
    folders = sorted((FIXTURES / "diagnostics").iterdir())
    assert slugs - {p.name for p in folders} - ELSEWHERE == set()
    for path in folders:
        slug = path.name.partition("--")[0]  # what follows tells cases of one slug apart
        assert slug == "unset-variable" or f"[{slug}]" in (path / "golden.yml").read_text()
