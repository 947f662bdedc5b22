"""Merges one compose file over another, and a service over the one that it extends.

By default, mappings merge key by key, sequences are appended, and anything else is replaced. The table has the
attributes that differ. Source: compose specification "Merge"; compose-go ``override``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compose2quadlet.diagnostics import Path, dotted, refuse
from compose2quadlet.loader import scalars
from compose2quadlet.loader.rules import Rules, table
from compose2quadlet.loader.tree import Map, Mark, Seq, to_position

Merger = Callable[[Any, Any, Path, Rules[Any]], Any]
"""Takes the base value, the overriding value, their path, and the rules below it."""


def merge(base: Map, over: Map) -> Map:
    """Two whole files, ``over`` merged over ``base``; changes ``base``. Raises RefusedError."""
    return _mappings(base, over, (), RULES)


def extend(base: Map, over: Map, name: str) -> Map:
    """The service ``over`` merged over ``base``, the one it extends; changes ``base``. Raises RefusedError."""
    rules = RULES.step("services")
    assert rules is not None
    below = rules.step(name)
    return _mappings(base, over, ("services", name), below or Rules())


def _value(base: Any, over: Any, path: Path, rules: Rules[Merger] | None, mark: Mark | None) -> Any:
    rules = rules or Rules()
    if rules.verb is not None:
        return rules.verb(base, over, path, rules)
    if over is None:
        return base
    if isinstance(base, Map):
        if not isinstance(over, Map):
            raise _mismatch(path, "a mapping", mark)
        return _mappings(base, over, path, rules)
    if isinstance(base, Seq):
        if not isinstance(over, Seq):
            raise _mismatch(path, "a list", mark)
        return base.joined(over)
    return over


def _mismatch(path: Path, kind: str, mark: Mark | None) -> Exception:
    place = dotted(path)
    return refuse(
        "cannot-merge",
        f"{place}: one file has {kind} here, and another file cannot override it with another kind of value",
        f"Write {place} as {kind} here too, or put '!override' before the value to replace the whole of it.",
        path,
        to_position(mark),
    )


def _mappings(base: Map, over: Map, path: Path, rules: Rules[Merger]) -> Map:
    for key, value in over.items():
        if key in base:
            value = _value(base[key], value, (*path, key), rules.step(key), over.marks.get(key))
            if value is base[key]:
                continue
        base.put(key, value, over)
    return base


# ---------------------------------------------------------------- the mergers of the table


def replaced(_base: Any, over: Any, _path: Path, _rules: Rules[Any]) -> Any:
    return over


def as_sequence(value: Any) -> Seq:
    """``key: value`` pairs as ``key=value`` items, sorted; a list as it is; a text as a list of one."""
    if isinstance(value, Seq):
        return value
    if isinstance(value, Map):
        items: list[tuple[str, Mark | None]] = []
        for key, item in value.items():
            for one in item if isinstance(item, Seq) else [item]:
                text = key if one is None else f"{key}={scalars.text(one)}"
                items.append((text, value.marks.get(key)))
        items.sort(key=lambda pair: pair[0].encode(errors="surrogatepass"))
        return Seq((text for text, _ in items), value.mark, [mark for _, mark in items])
    return Seq([value]) if isinstance(value, str) else Seq()


def sequences(base: Any, over: Any, _path: Path, _rules: Rules[Any]) -> Seq:
    return as_sequence(base).joined(as_sequence(over))


def new_items(base: Any, over: Any, _path: Path, _rules: Rules[Any]) -> Seq:
    """Like ``sequences``, without the items that are already there."""
    out = as_sequence(base)
    for item, mark in as_sequence(over).marked():
        if item not in out:
            out.add(item, mark)
    return out


def as_mapping(value: Any, default: Callable[[], Any] = lambda: None) -> Map:
    """A list of names as a mapping of the names to ``default()``; a mapping as it is."""
    if isinstance(value, Map):
        return value
    out = Map((), getattr(value, "mark", None))
    for name, mark in value.marked() if isinstance(value, Seq) else ():
        if isinstance(name, str):
            out[name] = default()
            if mark is not None:
                out.marks[name] = mark
    return out


def mappings(base: Any, over: Any, path: Path, rules: Rules[Any]) -> Map:
    return _mappings(as_mapping(base), as_mapping(over), path, rules)


def started() -> Map:
    """What ``depends_on: [name]`` is short for."""
    return Map({"condition": "service_started", "required": True})


def dependencies(base: Any, over: Any, path: Path, rules: Rules[Any]) -> Map:
    return _mappings(as_mapping(base, started), as_mapping(over, started), path, rules)


def builds(base: Any, over: Any, path: Path, rules: Rules[Any]) -> Map:
    def long(value: Any) -> Map:
        return Map({"context": value}) if isinstance(value, str) else as_mapping(value)

    return _mappings(long(base), long(over), path, rules)


def logging(base: Any, over: Any, path: Path, rules: Rules[Any]) -> Any:
    """Options merge only if both files use the same driver."""
    base, over = as_mapping(base), as_mapping(over)
    if "driver" in base and "driver" in over and base["driver"] != over["driver"]:
        return over
    return _mappings(base, over, path, rules)


def pools(base: Any, over: Any, path: Path, rules: Rules[Any]) -> Seq:
    """``ipam.config``: pools with the same subnet merge."""
    if not isinstance(base, Seq) or not isinstance(over, Seq):
        raise _mismatch(path, "a list", getattr(over, "mark", None))
    out = Seq((), base.mark)

    def place(pool: Map, mark: Mark | None, replace: bool) -> None:
        for i, other in enumerate(out):
            if other.get("subnet") == pool.get("subnet"):
                out[i] = pool if replace else other
                return
        out.add(pool, mark)

    for old, old_mark in base.marked():
        for new, new_mark in over.marked():
            one, two = as_mapping(old), as_mapping(new)
            known = any(other.get("subnet") == two.get("subnet") for other in out)
            if one.get("subnet") != two.get("subnet") and not known:
                place(two, new_mark, replace=False)
                continue
            place(_mappings(one, two, path, rules), old_mark, replace=True)
    return out


RULES: Rules[Merger] = table(
    {
        "networks.*.ipam.config": pools,
        "networks.*.labels": sequences,
        "volumes.*.labels": sequences,
        "services.*.build": builds,
        "services.*.build.extra_hosts": new_items,
        "services.*.extra_hosts": new_items,
        "services.*.depends_on": dependencies,
        "services.*.logging": logging,
        "services.*.models": mappings,
        "services.*.networks": mappings,
        "services.*.ulimits.*": replaced,
        "services.*.volumes.*.volume.labels": sequences,
        **{f"services.*.{key}": replaced for key in ("command", "entrypoint", "healthcheck.test")},
        **{
            f"services.*.{key}": sequences
            for key in (
                *("annotations", "build.additional_contexts", "build.args", "build.labels", "deploy.labels", "dns"),
                *("dns_opt", "dns_search", "env_file", "environment", "label_file", "labels", "sysctls", "tmpfs"),
            )
        },
    }
)
