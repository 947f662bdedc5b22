"""Sequences whose items have a key: an item overrides the earlier one with the same key, in its place.

Source: compose specification "Unique resources"; compose-go ``override/uncity.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from compose2quadlet.diagnostics import Path, dotted, refuse
from compose2quadlet.loader import scalars
from compose2quadlet.loader.rules import Rules, Verb, rewrite, table
from compose2quadlet.loader.short import parse_volume
from compose2quadlet.loader.tree import Map, Mark, Seq

Key = Callable[[Any, Path], Hashable]


def enforce(tree: Map) -> Map:
    """Drop overridden items everywhere; changes ``tree``. Raises RefusedError for an item without its key."""
    rewrite(tree, RULES)
    return tree


def by(key: Key) -> Verb:
    """The verb that makes a sequence unique by ``key``."""

    def verb(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
        if not isinstance(value, Seq):
            return value
        chosen: dict[Hashable, tuple[Any, Mark | None]] = {}
        for i, (item, mark) in enumerate(value.marked()):
            chosen[key(item, (*path, i))] = (item, mark)
        if len(chosen) == len(value):
            return value
        return Seq((item for item, _ in chosen.values()), value.mark, [mark for _, mark in chosen.values()])

    return verb


def _wrong(path: Path, problem: str, hint: str) -> Exception:
    return refuse("wrong-type", f"{dotted(path)}: {problem}", hint, path)


def name(item: Any, path: Path) -> Hashable:
    """What stands before ``=``."""
    if not isinstance(item, str):
        raise _wrong(path, f"it is {scalars.kind(item)}, not a text", "Put it in quotes.")
    return item.partition("=")[0]


def target(item: Any, path: Path) -> Hashable:
    """Where a volume is mounted."""
    if isinstance(item, Map):
        if not isinstance(item.get("target"), str):
            raise _wrong(path, "the volume has no target", "Add 'target:', the path inside the container.")
        return str(item["target"])
    return parse_volume(item, path)["target"] if isinstance(item, str) else ""


def device(item: Any, path: Path) -> Hashable:
    """Where a device appears in the container."""
    if isinstance(item, Map):
        if not isinstance(item.get("target"), str):
            raise _wrong(path, "the device has no target", "Add 'target:', its path inside the container.")
        return str(item["target"])
    parts = item.split(":") if isinstance(item, str) else [""]
    return parts[1] if len(parts) > 1 else parts[0]


def exposed(item: Any, path: Path) -> Hashable:
    if isinstance(item, bool) or not isinstance(item, str | int):
        raise _wrong(path, f"it is {scalars.kind(item)}, not a port", "Write a whole number, or '8080/udp'.")
    return str(item)


def mounted(folder: str) -> Key:
    """Where a config or secret appears; short names are below ``folder``."""

    def key(item: Any, path: Path) -> Hashable:
        if isinstance(item, str):
            return f"{folder}/{item}"
        if isinstance(item, Map):
            # An empty target is a key like any other; a variable without a value leads to it.
            return str(item["target"]) if "target" in item else f"{folder}/{item.get('source')}"
        raise _wrong(path, f"it is {scalars.kind(item)}, not a name", "Write the name of a config or secret.")

    return key


def port(item: Any, path: Path) -> Hashable:
    if isinstance(item, Map):
        if "target" not in item:
            raise _wrong(path, "the port has no target", "Add 'target:', the port inside the container.")
        return (
            scalars.text(item.get("host_ip", "0.0.0.0")),  # noqa: S104
            repr(item.get("published")),
            scalars.text(item["target"]),
            scalars.text(item.get("protocol", "tcp")),
        )
    return scalars.text(item)


def env_file(item: Any, path: Path) -> Hashable:
    if isinstance(item, Map):
        if "path" not in item:
            raise _wrong(path, "the env file has no path", "Add 'path:'.")
        return str(item["path"])
    return str(item)


RULES: Rules[Verb] = table(
    {
        "networks.*.labels": by(name),
        "networks.*.ipam.options": by(name),
        **{
            f"services.*.{key}": by(name)
            for key in (
                *("annotations", "build.args", "build.additional_contexts", "build.labels", "build.tags", "cap_add"),
                *("cap_drop", "deploy.labels", "dns", "dns_opt", "dns_search", "environment", "labels", "links"),
                *("networks.*.aliases", "networks.*.link_local_ips", "profiles", "sysctls", "tmpfs"),
            )
        },
        "services.*.configs": by(mounted("")),
        "services.*.devices": by(device),
        "services.*.env_file": by(env_file),
        "services.*.expose": by(exposed),
        "services.*.ports": by(port),
        "services.*.secrets": by(mounted("/run/secrets")),
        "services.*.volumes": by(target),
    }
)
