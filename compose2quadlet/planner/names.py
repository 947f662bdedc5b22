"""Names of containers, networks and volumes.

They are those that Docker Compose gave them, so that data that was moved is found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from compose2quadlet.diagnostics import WORDS, Log, shown
from compose2quadlet.model import Network, Project, Volume
from compose2quadlet.options import Version
from compose2quadlet.planner.replicas import Count
from compose2quadlet.planner.units import service_units

if TYPE_CHECKING:
    from compose2quadlet.planner.index import Index

RESOURCE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
"""What Podman takes as the name of a container, a network or a volume."""

UNIT_SUFFIXES = (".network", ".volume", ".container", ".pod", ".image", ".build")
"""At the end of an external resource's name, Podman's generator takes these for a unit."""

NAMED: Version = (4, 7)
"""The first Podman that gives a network or volume of a unit the name that it is to have."""


LETTERS = "Use letters, digits, '_', '.' and '-', starting with a letter or digit."


def containers(project: Project, counts: Mapping[str, Count]) -> dict[str, str]:
    """The container of each service, of several the first: its ``container_name``, else the name of the unit.

    Where another service has that as its ``container_name``, the number of Docker Compose is put behind it.
    """
    given = {
        name: s.container_name for name, s in project.services.items() if RESOURCE_NAME.fullmatch(s.container_name)
    }
    taken = set(given.values())
    names = {
        name: f"{project.name}-{name}-1" if counts[name].number > 1 else unit.stem
        for name, unit in service_units(project.name, project.services).items()
    }
    return {name: given.get(name) or (f"{own}-1" if own in taken else own) for name, own in names.items()}


def further_names(index: Index) -> dict[tuple[str, str], list[str]]:
    """The names of services besides their own aliases, by service and network.

    These are what links of others call it, and its hostname, where a domain stands behind it.
    """
    found: dict[tuple[str, str], list[str]] = {}
    project = index.project
    for service in project.services.values():
        links = [link.partition(":") for link in service.links]
        links += [
            (index.owners.get(c, ""), colon, alias)
            for c, colon, alias in (e.partition(":") for e in service.external_links)
        ]
        for name, _, alias in links:
            for network in service.networks if alias else ():
                found.setdefault((name, network), []).append(alias)
    for name, service in project.services.items():
        if service.hostname and service.domainname:
            for network in service.networks:
                found.setdefault((name, network), []).append(service.hostname)
    return found


def check(index: Index, dormant: frozenset[str], log: Log) -> None:
    """Log an error for each name that cannot be used, or that is taken twice.

    A container's name may be that of another whose profile is not active: their units exclude each other.
    """
    for kind, resources in (("network", index.project.networks), ("volume", index.project.volumes)):
        for key, resource in resources.items():
            _check_resource(kind, key, resource, log)
    _check_containers(index, dormant, log)


def _check_containers(index: Index, dormant: frozenset[str], log: Log) -> None:
    """The names of containers are unique on a host: of two, the second that starts would delete the first."""
    seen: dict[str, str] = {}
    for name, container in index.containers.items():
        if name in dormant:
            continue
        given, path = index.project.services[name].container_name, ("services", name, "container_name")
        if given and given != container:
            message = f"{shown(given, WORDS)} cannot be the name of a container; it is called {container}"
            log.warn("bad-name", message, f"{LETTERS} Is a variable in it not set?", path)
        if other := seen.get(container):
            message = f"the containers of '{other}' and '{name}' are both called {container}"
            log.error("container-clash", message, "Give one of them another container_name.", path)
        seen[container] = name


def _check_resource(kind: str, key: str, resource: Network | Volume, log: Log) -> None:
    """A network or volume is used by its name among options and paths: it must not look like one of these."""
    path, name = (f"{kind}s", key, "name"), resource.name
    if not RESOURCE_NAME.fullmatch(name):
        hint = f"{LETTERS} Is a variable in it not set?"
        log.error("bad-name", f"{kind}s.{key}: {shown(name, WORDS)} cannot be the name of a {kind}", hint, path)
