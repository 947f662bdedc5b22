"""The checks across several fields that Docker Compose makes in addition to its schema.

Two rounds: on the merged tree (``check_tree``, compose-go ``validation``) and on the finished project
(``check_project``, compose-go ``loader/validate.go`` and ``graph``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compose2quadlet.diagnostics import (
    NAME,
    PATH,
    PORT,
    WORDS,
    Diagnostic,
    Path,
    RefusedError,
    Severity,
    dotted,
    refuse,
    shown,
    told,
)
from compose2quadlet.loader.rules import Rules, Verb, rewrite, table
from compose2quadlet.loader.short import valid_ip
from compose2quadlet.loader.tree import Map

# ---------------------------------------------------------------- on the merged tree


def check_tree(tree: Map) -> None:
    """Raise RefusedError for keys that exclude each other, and for keys that need one another."""
    rewrite(tree, TREE_RULES)


def _conflict(path: Path, problem: str, hint: str) -> RefusedError:
    return refuse("conflict", f"{dotted(path)}: {problem}", hint, path)


def volume(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, Map) and value.get("external"):
        for key in value:
            if key not in ("name", "external") and not key.startswith("x-"):
                raise _conflict(
                    (*path, key),
                    "an external volume already exists, so it cannot be defined here",
                    f"Remove '{key}', or remove 'external'.",
                )
    return value


def one_source(*keys: str) -> Verb:
    """The verb that requires exactly one of ``keys``, except for external objects and those of a driver."""

    def verb(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
        if not isinstance(value, Map):
            raise _conflict(path, "it has no content", f"Add one of: {', '.join(keys)}.")
        given = [key for key in keys if key in value]
        if len(given) > 1:
            raise _conflict(path, f"{' and '.join(given)} exclude each other", f"Keep one of: {', '.join(given)}.")
        if not given and "driver" not in value and "external" not in value:
            raise _conflict(path, "it has no content", f"Add one of: {', '.join(keys)}, external.")
        return value

    return verb


def host_ip(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    ip = value.get("host_ip") if isinstance(value, Map) else None
    if isinstance(ip, str) and not valid_ip(ip):
        hint = "Use an address such as 127.0.0.1, or leave out host_ip to publish on all addresses."
        message = f"{dotted((*path, 'host_ip'))}: {shown(ip, PORT)} is no IP address"
        raise refuse("bad-port", message, hint, (*path, "host_ip"))
    return value


def watched(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if value == "":
        raise _conflict(path, "the path is empty", "Set the path to watch.")
    return value


def device_request(value: Any, path: Path, _rules: Rules[Verb]) -> Any:
    if isinstance(value, Map) and "count" in value and "device_ids" in value:
        raise _conflict(path, "count and device_ids exclude each other", "Keep one of the two.")
    return value


TREE_RULES: Rules[Verb] = table(
    {
        "volumes.*": volume,
        "configs.*": one_source("file", "environment", "content"),
        "secrets.*": one_source("file", "environment"),
        "services.*.ports.*": host_ip,
        "services.*.develop.watch.*.path": watched,
        "services.*.deploy.resources.reservations.devices.*": device_request,
        "services.*.gpus.*": device_request,
    }
)


# ---------------------------------------------------------------- on the finished project

Found = Iterator[Diagnostic]
Service = dict[str, Any]


def check_project(project: dict[str, Any], disabled: dict[str, Any]) -> None:
    """Check an active project for consistency, then copy ``scale`` to ``deploy.replicas``.

    ``project`` is the canonical project, ``disabled`` its services without an active profile. Raises
    RefusedError with everything that was found.
    """
    found: list[Diagnostic] = []
    for name, service in project["services"].items():
        for check in SERVICE_CHECKS:
            found += check(name, service, project, disabled)
    for name, secret in (project.get("secrets") or {}).items():
        if not secret.get("external") and not secret.get("file") and not secret.get("environment"):
            found.append(_error(("secrets", name), "it has no content", "Add 'file:' or 'environment:'."))
    found = found or list(_cycle(project["services"]))
    if found:
        raise RefusedError(*found)
    for service in project["services"].values():
        _take_scale(service)


def _take_scale(service: Service) -> None:
    deploy, count = service.get("deploy"), service.get("scale")
    if deploy is not None and count is not None:
        rest = {key: deploy.pop(key) for key in list(deploy) if key not in ("mode", "replicas")}
        deploy.update({"replicas": count, **rest})  # only the mode is printed before it


def _error(path: Path, problem: str, hint: str, code: str = "inconsistent") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, f"{dotted(path)}: {problem}", hint, path)


def source(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    if "build" not in s and not s.get("image") and "provider" not in s:
        hint = "Add 'image:' or 'build:'. If this is an override file, name the base file as well."
        yield _error(("services", name), "the service has neither 'image' nor 'build'", hint, "no-image")


def build(name: str, s: Service, project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    b, path = s.get("build"), ("services", name, "build")
    if b is None:
        return
    if b.get("dockerfile_inline") and b.get("dockerfile"):
        yield _error(path, "dockerfile and dockerfile_inline exclude each other", "Keep one of the two.")
    for key, context in (b.get("additional_contexts") or {}).items():
        other = context.removeprefix("service:") if context.startswith("service:") else None
        if other is None:
            continue
        if other not in project["services"]:
            problem = f"there is no service {shown(other, NAME, 'of that name')}"
            yield _error((*path, "additional_contexts", key), problem, _services(project))
        elif "build" not in project["services"][other]:
            yield _error((*path, "additional_contexts", key), f"'{other}' has no build", "Name a service with a build.")
    if b.get("platforms") and s.get("platform") and s["platform"] not in b["platforms"]:
        yield _error((*path, "platforms"), "the service's platform is not in the list", "Add it.")


def _services(project: dict[str, Any]) -> str:
    return f"The services are: {', '.join(sorted(project['services']))}."


def references(name: str, s: Service, project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    """Networks, volumes, configs, secrets and models must be defined at the top level."""
    path = ("services", name)
    if s.get("network_mode") and s.get("networks"):
        hint = "Keep 'networks:' for networks of the project, or 'network_mode:' for the host's or a container's."
        yield _error((*path, "network_mode"), "network_mode and networks exclude each other", hint)
    wanted: list[tuple[str, Path, str]] = [("networks", (*path, "networks", n), n) for n in s.get("networks") or ()]
    for i, v in enumerate(s.get("volumes") or ()):
        if v.get("type") == "volume" and v.get("source"):
            wanted.append(("volumes", (*path, "volumes", i), v["source"]))
    for kind, keys in (("configs", ("configs",)), ("secrets", ("secrets",)), ("secrets", ("build", "secrets"))):
        holder = s.get("build") or {} if keys[0] == "build" else s
        wanted += [(kind, (*path, *keys, i), c.get("source") or "") for i, c in enumerate(holder.get(keys[-1]) or ())]
    wanted += [("models", (*path, "models", n), n) for n in s.get("models") or ()]
    for kind, where, reference in wanted:
        if reference not in (project.get(kind) or {}):
            named = NAME.fullmatch(reference)
            key = f"the key '{reference}:'" if named else "its name as the key"
            hint = f"Declare it: '{kind}:' at the top level, with {key}."
            problem = f"there is no {kind[:-1]} {shown(reference, NAME, 'of that name')} in the project"
            yield _error(where, problem, hint, "undefined")


def healthcheck(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    test = (s.get("healthcheck") or {}).get("test")
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        hint = 'Write ["CMD", …] before it, or the whole test as one text.'
        yield _error(("services", name, "healthcheck", "test"), "a list must start with CMD, CMD-SHELL or NONE", hint)


def dependencies(name: str, s: Service, project: dict[str, Any], disabled: dict[str, Any]) -> Found:
    path = ("services", name)
    for other, dependency in (s.get("depends_on") or {}).items():
        if other in project["services"] or (other in disabled and not dependency["required"]):
            continue
        if other in disabled:
            profiles = " or ".join(told(p, WORDS, "its name") for p in disabled[other].get("profiles") or ())
            hint = f"Activate one of its profiles: --profile with {profiles}."
            yield _error((*path, "depends_on", other), f"'{other}' is required, but its profiles are not active", hint)
        else:
            problem = f"there is no service {shown(other, NAME, 'of that name')} to depend on"
            yield _error((*path, "depends_on", other), problem, _services(project), "undefined")
    mode = s.get("network_mode") or ""
    other = mode.removeprefix("service:")
    if mode.startswith("service:") and other not in project["services"] and other not in disabled:
        problem = f"there is no service {shown(other, NAME, 'of that name')}"
        yield _error((*path, "network_mode"), problem, _services(project), "undefined")


def scale(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    path, one, two = ("services", name), s.get("scale"), (s.get("deploy") or {}).get("replicas")
    if one is not None and two is not None and one != two:
        yield _error((*path, "scale"), f"scale is {one} but deploy.replicas is {two}", "Keep one of the two.")
    count = one if one is not None else two
    if count is not None and count < 0:
        yield _error(
            (*path, "scale" if one is not None else "deploy"), "a negative number of replicas", "Write 0 or more."
        )
    if count is not None and count > 1 and s.get("container_name"):
        hint = "Remove container_name: container names are unique, but there are several containers."
        yield _error((*path, "container_name"), f"{count} containers cannot share one name", hint)


LIMITS = (
    ("cpus", "limits", "cpus"),
    ("mem_limit", "limits", "memory"),
    ("mem_reservation", "reservations", "memory"),
    ("pids_limit", "limits", "pids"),
)


def limits(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    """The old key and its successor below deploy.resources must agree, if that part is set at all."""
    resources = (s.get("deploy") or {}).get("resources") or {}
    for key, part, new in LIMITS:
        if s.get(key) and resources.get(part) is not None and (resources[part].get(new) or 0) != s[key]:
            problem = f"{key} and deploy.resources.{part}.{new} differ"
            yield _error(("services", name, key), problem, "Keep one of the two.")


def watch(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    for i, rule in enumerate((s.get("develop") or {}).get("watch") or ()):
        if not rule.get("target") and rule.get("action") not in ("rebuild", "restart"):
            path = ("services", name, "develop", "watch", i)
            yield _error(path, "this action needs a target", "Add 'target:', the path in the container.")


def mounts(name: str, s: Service, _project: dict[str, Any], _disabled: dict[str, Any]) -> Found:
    seen: dict[str, Path] = {}
    targets = [(t.partition(":")[0], ("tmpfs", i)) for i, t in enumerate(s.get("tmpfs") or ())]
    targets += [(v.get("target") or "", ("volumes", i)) for i, v in enumerate(s.get("volumes") or ())]
    for target, where in targets:
        if target in seen:
            problem = f"{told(target, PATH, 'its target')} is already mounted by {dotted(seen[target])}"
            yield _error(("services", name, *where), problem, "Keep one of the two.")
        seen[target] = where


SERVICE_CHECKS = (source, build, references, healthcheck, dependencies, scale, limits, watch, mounts)


def _cycle(services: dict[str, Any]) -> Found:
    """A cycle of dependencies, if there is one. Iterative, because a chain may be long."""
    done: set[str] = set()
    for start in sorted(services):
        if start in done:
            continue
        trail = [start]
        stack = [iter(sorted(services[start].get("depends_on") or ()))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                done.add(trail.pop())
            elif name in trail:
                circle = [*trail[trail.index(name) :], name]
                path = ("services", circle[-2], "depends_on", name)
                yield _error(path, f"the services depend on each other: {' → '.join(circle)}", "Remove one.", "cycle")
                return
            elif name in services and name not in done:
                trail.append(name)
                stack.append(iter(sorted(services[name].get("depends_on") or ())))


def check_container_names(services: dict[str, Any]) -> None:
    """Raise RefusedError where two services have the same container_name."""
    seen: dict[str, str] = {}
    for name, service in sorted(services.items()):
        container = service.get("container_name")
        if container and container in seen:
            problem = f"the container name {shown(container, NAME, 'here')} is taken by the service '{seen[container]}'"
            raise RefusedError(
                _error(("services", name, "container_name"), problem, "Give each service its own container_name.")
            )
        if container:
            seen[container] = name
