"""Turns short forms into long ones, with one verb per attribute, and fills in the defaults of the long forms.

Source: compose specification; compose-go ``transform``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compose2quadlet.diagnostics import Path, RefusedError, dotted, refuse
from compose2quadlet.loader import scalars
from compose2quadlet.loader.limits import MAX_PORTS, too_many_ports
from compose2quadlet.loader.merge import as_mapping, started
from compose2quadlet.loader.paths import clean
from compose2quadlet.loader.rules import Rules, Verb, descend, rewrite, table
from compose2quadlet.loader.short import parse_device, parse_port, parse_volume, port_count
from compose2quadlet.loader.tree import Map, Seq


def canonical(tree: Map, interpolated: bool = True) -> Map:
    """Turn every attribute of ``tree`` into its long form; changes ``tree``. Raises RefusedError.

    If variables were not replaced (not ``interpolated``), text that does not parse stays as it is.
    """
    _count_ports(tree)
    rewrite(tree, RULES if interpolated else LENIENT)
    services = tree.get("services")
    for service in services.values() if isinstance(services, Map) else ():
        dns = service.get("dns") if isinstance(service, Map) else None
        if isinstance(dns, Seq) and not all(dns):
            service["dns"] = Seq((d for d in dns if d), dns.mark)
    return tree


def _count_ports(tree: Map) -> None:
    """Raise RefusedError for more ports than a project may have, before their ranges are expanded."""
    count, services = 0, tree.get("services")
    for name, service in services.items() if isinstance(services, Map) else ():
        ports = service.get("ports") if isinstance(service, Map) else None
        for i, port in enumerate(ports if isinstance(ports, Seq) else ()):
            count += port_count(port) if isinstance(port, str) else 1
            if count > MAX_PORTS:
                raise too_many_ports(("services", name, "ports", i))


def add_defaults(tree: Map) -> Map:
    """Fill in what the long forms leave out; changes ``tree``."""
    rewrite(tree, DEFAULTS)
    return tree


def _wrong(value: Any, path: Path, wanted: str) -> Exception:
    message = f"{dotted(path)} must be {wanted}, not {scalars.kind(value)}"
    return refuse("wrong-type", message, f"Write {wanted} here.", path)


# ---------------------------------------------------------------- verbs


def mapping(value: Any, path: Path, rules: Rules[Verb]) -> Any:
    return descend(value, path, rules) if isinstance(value, Map) else value


def listed(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
    """A single text as a list with one item."""
    return Seq([value], getattr(value, "mark", None)) if isinstance(value, str) else value


def written_out(value: Any, _path: Path, _rules: Rules[Verb]) -> str:
    return scalars.text(value)


def named(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
    """A list of names as a mapping from each name to nothing."""
    return as_mapping(value) if isinstance(value, Seq) else value


def under(key: str, **more: Any) -> Verb:
    """A text stands for a mapping that has the text at ``key``."""

    def verb(value: Any, path: Path, rules: Rules[Verb]) -> Any:
        if isinstance(value, str):
            return Map({key: value, **more})
        if not isinstance(value, Map):
            raise _wrong(value, path, "a text or a mapping")
        return descend(value, path, rules)

    return verb


def pairs(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    """A list of ``key=value`` as a mapping."""
    if isinstance(value, Map):
        return value
    if not isinstance(value, Seq):
        raise _wrong(value, path, "a list or a mapping")
    out = Map((), value.mark)
    for i, (item, mark) in enumerate(value.marked()):
        key, equals, text = str(item).partition("=")
        if not equals:
            raise refuse("wrong-type", f"{dotted((*path, i))} has no '='", "Write NAME=VALUE.", (*path, i))
        out[key] = text
        if mark is not None:
            out.marks[key] = mark
    return out


def depends_on(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, Seq):
        return as_mapping(value, started)
    if not isinstance(value, Map):
        raise _wrong(value, path, "a list or a mapping")
    for name, dependency in value.items():
        if not isinstance(dependency, Map):
            raise _wrong(dependency, (*path, name), "a mapping with 'condition:'")
        for key, default in started().items():
            dependency.setdefault(key, default)
    return value


def env_files(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    files = listed(value, path, _rules)
    if not isinstance(files, Seq):
        raise _wrong(value, path, "a path or a list of paths")
    for i, item in enumerate(files):
        if isinstance(item, str):
            files[i] = Map({"path": item, "required": True}, files.marks[i])
        elif isinstance(item, Map):
            item.setdefault("required", True)
    return files


def gpus(value: Any, path: Path, rules: Rules[Verb]) -> Any:
    if isinstance(value, str):
        return Seq([Map({"count": "all"})])
    if not isinstance(value, Seq):
        raise _wrong(value, path, "'all' or a list")
    return descend(value, path, rules)


def ssh(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    """``[default, id=path]`` as a mapping from each ID to its path."""
    if isinstance(value, Map):
        return value
    if not isinstance(value, Seq):
        raise _wrong(value, path, "a list or a mapping")
    out = Map((), value.mark)
    for item in value:
        key, equals, where = str(item).partition("=")
        if not equals and key != "default":
            raise _wrong(item, path, "a list of 'default' or ID=PATH")
        out[key] = where if equals else None
    return out


def external(value: Any, path: Path, rules: Rules[Verb]) -> Any:
    """``external: {name: x}``, the old form, as ``external: true`` and ``name: x``."""
    if value is None:
        return value
    if not isinstance(value, Map):  # under a name that the schema does not look at
        raise _wrong(value, path, "a mapping")
    descend(value, path, rules)
    old = value.get("external")
    if isinstance(old, Map):
        value["external"] = True
        if "name" in old:
            if "name" in value and value["name"] != old["name"]:
                raise refuse(
                    "external-conflict",
                    f"{dotted(path)}: 'name' and 'external.name' differ",
                    "Keep 'name:' and write 'external: true'.",
                    path,
                )
            value["name"] = old["name"]
    return value


def ports(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if not isinstance(value, Seq):
        raise _wrong(value, path, "a list of ports")
    out = Seq((), value.mark)
    for i, (item, mark) in enumerate(value.marked()):
        if isinstance(item, Map):
            out.add(item, mark)
        elif isinstance(item, bool) or not isinstance(item, str | int):
            raise _wrong(item, (*path, i), "a port in quotes")
        else:
            for port in parse_port(str(item), (*path, i)):
                out.add(port, mark)
    return out


def short(parse: Callable[[str, Path], Map]) -> Verb:
    """The short form SOURCE:TARGET as the mapping that it stands for."""

    def verb(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
        if isinstance(value, Map):
            return value
        if not isinstance(value, str):
            raise _wrong(value, path, "SOURCE:TARGET or a mapping")
        return parse(value, path)

    return verb


def _volume(spec: str, path: Path) -> Map:
    out = parse_volume(spec, path)
    out["target"] = clean(out["target"]) if out["target"] else ""
    return out


def limit(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Map):
        raise _wrong(value, path, "a whole number without quotes")
    return value


def leniently(verb: Verb) -> Verb:
    """The verb, except that it leaves alone what it cannot parse."""

    def lenient(value: Any, path: Path, rules: Rules[Verb]) -> Any:
        try:
            return verb(value, path, rules)
        except RefusedError:
            return value

    return lenient


TABLE: dict[str, Verb] = {
    "services.*": mapping,
    "services.*.build": under("context"),
    "services.*.build.additional_contexts": pairs,
    "services.*.build.provenance": written_out,
    "services.*.build.sbom": written_out,
    "services.*.build.secrets.*": under("source"),
    "services.*.build.ssh": ssh,
    "services.*.build.ulimits.*": limit,
    "services.*.configs.*": under("source"),
    "services.*.depends_on": depends_on,
    "services.*.develop.watch.*.ignore": listed,
    "services.*.develop.watch.*.include": listed,
    "services.*.devices.*": short(parse_device),
    "services.*.dns": listed,
    "services.*.env_file": env_files,
    "services.*.extends": under("service"),
    "services.*.gpus": gpus,
    "services.*.label_file": listed,
    "services.*.models": named,
    "services.*.networks": named,
    "services.*.ports": ports,
    "services.*.secrets.*": under("source"),
    "services.*.ulimits.*": limit,
    "services.*.volumes.*": short(_volume),
    "volumes.*": external,
    "networks.*": external,
    "secrets.*": external,
    "configs.*": external,
    "include.*": under("path"),
}
RULES: Rules[Verb] = table(TABLE)
LENIENT: Rules[Verb] = table({pattern: leniently(verb) for pattern, verb in TABLE.items()})


# ---------------------------------------------------------------- defaults


def default(**values: Any) -> Verb:
    def verb(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
        if isinstance(value, Map):
            for key, item in values.items():
                value.setdefault(key, item)
        return value

    return verb


def secret_target(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, Map):
        value.setdefault("target", f"/run/secrets/{value.get('source')}")
    return value


def device_count(value: Any, _path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, Map) and "device_ids" not in value:
        value.setdefault("count", "all")
    return value


DEFAULTS: Rules[Verb] = table(
    {
        "services.*.build": default(context="."),
        "services.*.secrets.*": secret_target,
        "services.*.ports.*": default(protocol="tcp", mode="ingress"),
        "services.*.deploy.resources.reservations.devices.*": device_count,
        "services.*.gpus.*": device_count,
    }
)
