"""Adds what Compose adds by itself: implicit networks and dependencies, names, values from the environment.

Source: compose-go ``loader/normalize.go`` and ``loader/environment.go``.
"""

from __future__ import annotations

from typing import Any

from compose2quadlet.loader.interpolate import Lookup
from compose2quadlet.loader.paths import clean
from compose2quadlet.loader.tree import Map, Seq


def take_environment(tree: Map, lookup: Lookup) -> None:
    """Give names without a value the one from ``lookup``, in the files that were read with it; changes ``tree``.

    Values of secrets are left out here, because they must not get into any output.
    """
    for service in _maps(tree, "services"):
        if isinstance(names := service.get("environment"), Seq):
            for i, item in enumerate(names):
                if isinstance(item, str) and (value := lookup(item)) is not None:
                    names[i] = f"{item}={value}"
    for config in _maps(tree, "configs"):
        name = config.get("environment")
        if isinstance(name, str) and (value := lookup(name)) is not None:
            config["content"] = value


def _maps(tree: Map, key: str) -> list[Map]:
    section = tree.get(key)
    return [v for v in section.values() if isinstance(v, Map)] if isinstance(section, Map) else []


def normalize(tree: Map, name: str, lookup: Lookup) -> None:
    """Complete the merged tree of the project ``name``; changes ``tree``."""
    tree["name"] = name
    services = _maps(tree, "services")
    joined = [_joins_default(service) for service in services]
    if any(joined):
        networks = tree.get("networks")
        if not isinstance(networks, Map):
            networks = tree["networks"] = Map()
        networks.setdefault("default", None)
    for service in services:
        _service(service, lookup)
    _name_resources(tree, name)


def _joins_default(service: Map) -> bool:
    """Whether a service is on the default network, which it joins if it names no other."""
    if "provider" in service or "network_mode" in service:
        return False
    if not service.get("networks"):
        service["networks"] = Map({"default": None})
    return "default" in service["networks"]


def _service(service: Map, lookup: Lookup) -> None:
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    if isinstance(build := service.get("build"), Map):
        if build.get("context") is None:
            build["context"] = "."
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if "args" in build:
            build["args"] = _resolved(build["args"], lookup, keep=False)
    if "environment" in service:
        service["environment"] = _resolved(service["environment"], lookup, keep=True)
    for volume in service.get("volumes") or ():
        if isinstance(volume, Map) and isinstance(volume.get("target"), str):
            volume["target"] = clean(volume["target"])
    _implied_dependencies(service)


def _resolved(value: Any, lookup: Lookup, keep: bool) -> Any:
    """Names without a value get it from ``lookup``, or stay only if ``keep``."""
    if isinstance(value, Seq):
        out = Seq((), value.mark)
        for item, mark in value.marked():
            found = lookup(item) if isinstance(item, str) and "=" not in item else None
            if found is not None:
                out.add(f"{item}={found}", mark)
            elif keep or "=" in str(item):
                out.add(item, mark)
        return out
    if isinstance(value, Map):
        for key in [k for k, v in value.items() if v is None]:
            if (found := lookup(key)) is not None:
                value[key] = found
            elif not keep:
                del value[key]
    return value


def _implied_dependencies(service: Map) -> None:
    """Links, shared namespaces and ``volumes_from`` need the other service to start first."""
    links = [(link, link.split(":")) for link in service.get("links") or ()]
    wanted = [(parts[0] if len(parts) == 2 else link, True) for link, parts in links]
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        mode = service.get(key)
        if isinstance(mode, str) and mode.startswith("service:"):
            wanted.append((mode.removeprefix("service:"), True))
    sources = [source for source in service.get("volumes_from") or () if not source.startswith("container:")]
    wanted += [(source.split(":")[0], False) for source in sources]
    if not wanted:
        return
    depends = service.get("depends_on")
    if not isinstance(depends, Map):
        depends = service["depends_on"] = Map()
    for name, restart in wanted:
        if name not in depends:
            depends[name] = Map({"condition": "service_started", "restart": restart, "required": True})


def _name_resources(tree: Map, name: str) -> None:
    for kind in ("networks", "volumes", "configs", "secrets"):
        section = tree.get(kind)
        if not isinstance(section, Map):
            continue
        for key in section:
            if section[key] is None:
                section[key] = Map()
            resource = section[key]
            if isinstance(resource, Map) and resource.get("name") is None:
                resource["name"] = key if resource.get("external") in (True, "true", 1) else f"{name}_{key}"
