"""Converts the projects behind running containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, Severity
from compose2quadlet.inventory import Container, Inventory, Project
from compose2quadlet.loader import load
from compose2quadlet.migrate import project
from compose2quadlet.model import Project as Model
from compose2quadlet.model import Service
from compose2quadlet.options import Isolation, Options
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner.isolation import users
from compose2quadlet.run import convert_all
from compose2quadlet.run.found import request

DONE = ("external-network", "external-volume", "port-in-use")
"""What a conversion asks people to do by hand, and the move does."""


@dataclass(slots=True)
class Converted:
    """The projects that could be converted, and why others could not; ``said`` is what to know of the units."""

    made: dict[str, Conversion] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)
    said: list[Diagnostic] = field(default_factory=list)


@dataclass(slots=True)
class Outside:
    """What is not in an inventory: ``users`` has the user of each image by ID, ``owner`` tells who owns the directory
    of a volume, and ``keep`` puts the override file of a project into a file, and returns its path."""

    users: Mapping[str, str]
    owner: Callable[[str], tuple[int, int] | None]
    keep: Callable[[str, str], str]


def converted(inventory: Inventory, wanted: list[Project], options: Options, outside: Outside) -> Converted:
    """Convert projects as they run: with the profiles that are on, names for volumes without one, and images as they
    are."""
    result, requests, names = Converted(), [], []
    environ = {"HOME": "/root"}
    for one in wanted:
        if one.problem:
            result.refused[one.name] = f"its compose files cannot be read: {one.problem}"
            continue
        given = request(one, environ)
        try:
            loaded = load(given, Log())
        except RefusedError as e:
            result.refused[one.name] = str(e)
            continue
        containers, services = inventory.of(one.name), Model.model_validate(loaded.project).services
        kept = _kept(containers, services, inventory, options, outside)
        if text := project.override(containers, services, one.name, kept):
            given = replace(given, files=(*given.files, outside.keep(one.name, text)))
        requests.append(given)
        names.append(one.name)
    run = convert_all(requests, options)
    for name, outcome in zip(names, run.outcomes, strict=True):
        if outcome.crash:
            raise outcome.crash
        if outcome.conversion is None:
            result.refused[name] = _errors(outcome.log)
            continue
        result.made[name] = outcome.conversion
        result.private |= outcome.conversion.private
        found = outcome.log.placed()
        result.said += [d for d in found if d.severity is not Severity.NOTE and d.code not in DONE]
    return result


def _errors(log: Log) -> str:
    return "; ".join(d.message for d in log.items if d.severity is Severity.ERROR)


def _kept(
    containers: list[Container],
    services: Mapping[str, Service],
    inventory: Inventory,
    options: Options,
    outside: Outside,
) -> dict[str, project.Numbers]:
    """For services that are to have ``keep-id``, and whose compose file does not say who they run as, the user of the
    image, or who owns their data: that one becomes the login user."""
    volumes = {v.name: v.path for v in inventory.volumes}
    found: dict[str, project.Numbers] = {}
    for one in containers:
        service = services.get(one.service)
        if service is None or options.isolations.get(one.service, options.isolation) is not Isolation.KEEP_ID:
            continue
        if service.user or service.userns_mode or users.of_image(service):
            continue
        user, _, group = outside.users.get(one.image_id, "").partition(":")
        if user.isdecimal() and user != "0":
            found[one.service] = int(user), int(group) if group.isdecimal() else int(user), False
            continue
        owners = [outside.owner(volumes[m.name]) for m in one.mounts if m.name in volumes and m.writable]
        if owner := next((o for o in owners if o and o[0]), None):
            found[one.service] = (*owner, True)
    return found
