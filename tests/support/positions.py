"""Every place of the compose schema in which a value or a key can stand, each with a project around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from compose2quadlet.loader.schema import schema

TOP: dict[str, Any] = {
    "networks": {"n": {}},
    "volumes": {"n": {}},
    "secrets": {"n": {"file": "/s"}},
    "configs": {"n": {"content": "c"}},
}
"""What there is to refer to at the top level."""


@dataclass(frozen=True)
class Place:
    """A place: ``path`` is dotted, with ``*`` for names and ``KEY`` for one of them; ``kind`` is the type that the
    schema wants there, or ``key``. ``make`` gives a project with a value there."""

    path: str
    kind: str
    make: Callable[[Any], dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.path} ({self.kind})"


def places() -> list[Place]:
    """All places, each once for each type that it may have."""
    found: dict[tuple[str, str], Place] = {}
    for path, kind, make in _walk(schema(), (), lambda value: value, ()):
        found.setdefault((path, kind), Place(path, kind, _then(make, _project)))
    return list(found.values())


def _then(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: second(first(value))


def _under(key: str, beside: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda value: {**beside, key: value}


def _named(value: Any, beside: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda key: {**beside, key: value}


Step = tuple[str, str, Callable[[Any], Any]]


def _walk(node: Any, path: tuple[str, ...], make: Callable[[Any], Any], seen: tuple[str, ...]) -> Iterator[Step]:
    if isinstance(node, dict) and "$ref" in node:
        if node["$ref"] in seen:
            return
        seen, node = (*seen, node["$ref"]), _resolved(node)
    if node is True or node == {}:
        yield ".".join(path), "any", make
        return
    for alternative in (a for key in ("oneOf", "anyOf", "allOf") for a in node.get(key, ())):
        yield from _walk(alternative, path, make, seen)
    yield from _below(node, path, make, seen)
    if "items" in node:
        yield from _walk(node["items"], (*path, "0"), lambda value: make([value]), seen)
    for kind in _types(node):
        if kind not in ("object", "array"):
            yield ".".join(path), kind, make


def _below(node: Any, path: tuple[str, ...], make: Callable[[Any], Any], seen: tuple[str, ...]) -> Iterator[Step]:
    """The places in a mapping: its own keys, and names of the user's."""
    properties = node.get("properties", {})
    needed = {key: _sample(properties[key]) for key in node.get("required", ()) if key in properties}
    for key, below in properties.items():
        yield from _walk(below, (*path, key), _then(_under(key, needed), make), seen)
    named = [below for pattern, below in node.get("patternProperties", {}).items() if pattern != "^x-"]
    if "object" in _types(node) and (further := node.get("additionalProperties", False)) is not False:
        named.append(further)
    for below in named:
        if below is not True:
            yield from _walk(below, (*path, "*"), _then(_under("n", needed), make), seen)
        inside = "x" if below is True else _sample(below)
        yield ".".join((*path, "KEY")), "key", _then(_named(inside, needed), make)


def _resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        node = schema()["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def _types(node: Any) -> list[str]:
    kinds = node.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _sample(node: Any) -> Any:
    """A value that the schema takes."""
    node = _resolved(node)
    for key in ("oneOf", "anyOf"):
        if key in node:
            return _sample(node[key][0])
    if "enum" in node:
        return node["enum"][0]
    match (_types(node) or ["string"])[0]:
        case "object":
            return {key: _sample(node["properties"][key]) for key in node.get("required", ())}
        case "array":
            return [_sample(node["items"])]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return "x"


def _project(made: dict[str, Any]) -> dict[str, Any]:
    """A whole project around a part of one, in which all that is declared is also used."""
    project: dict[str, Any] = {"name": "p", **TOP, "services": {}}
    for key, value in made.items():
        both = isinstance(value, dict) and isinstance(project.get(key), dict)
        project[key] = {**project[key], **value} if both else value
    services = project["services"]
    if isinstance(services, dict):
        for name, service in services.items():
            if isinstance(service, dict) and not {"image", "build", "provider"} & service.keys():
                services[name] = {"image": "x", **service}
        user: dict[str, Any] = {"image": "y"}
        for key in ("networks", "secrets", "configs"):
            user[key] = list(project[key]) if isinstance(project[key], dict) else []
        volumes = project["volumes"] if isinstance(project["volumes"], dict) else {}
        user["volumes"] = [{"type": "volume", "source": v, "target": f"/v{i}"} for i, v in enumerate(volumes)]
        services.setdefault("user", user)
    return project
