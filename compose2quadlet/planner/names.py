"""Names of containers, networks and volumes. They keep the names that Docker Compose gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from compose2quadlet.diagnostics import WORDS, Log, dotted, shown
from compose2quadlet.model import Network, Project, Volume
from compose2quadlet.options import Version
from compose2quadlet.planner.replicas import Count
from compose2quadlet.planner.units import service_units

if TYPE_CHECKING:
    from compose2quadlet.planner.index import Index

RESOURCE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
"""What Podman accepts as the name of a container, network or volume."""

UNIT_SUFFIXES = (".network", ".volume", ".container", ".pod", ".image", ".build")
"""If the name of an external resource ends with one of these, Podman's generator takes it for a unit."""

NAMED: Version = (4, 7)
"""The first Podman whose units can name networks and volumes."""


LETTERS = "Use letters, digits, '_', '.' and '-', starting with a letter or digit."


def containers(project: Project, counts: Mapping[str, Count]) -> dict[str, str]:
    """The first container of each service: its ``container_name``, or else the name of the unit.

    If another service has that as its ``container_name``, Docker Compose's number is appended.
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
    """Further names of services, besides their own aliases, by service and network.

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
    """Log an error for each name that cannot be used, or is used twice.

    A container may have the name of another one whose profile is not active: their units exclude each other.
    """
    for kind, resources in (("network", index.project.networks), ("volume", index.project.volumes)):
        for key, resource in resources.items():
            _check_resource(kind, key, resource, log)
    _check_containers(index, dormant, log)


def _check_containers(index: Index, dormant: frozenset[str], log: Log) -> None:
    """Container names are unique on a host: the second container that starts would delete the first."""
    seen: dict[str, str] = {}
    for name, container in index.containers.items():
        if name in dormant:
            continue
        given, path = index.project.services[name].container_name, ("services", name, "container_name")
        if given and given != container:
            message = (
                f"{shown(given, WORDS)} is not a valid container name; the container is called {container} instead"
            )
            log.warn("bad-name", message, f"{LETTERS} If it contains a variable, check that it is set.", path)
        if other := seen.get(container):
            message = f"'{other}' and '{name}' have the same container name: {container}"
            log.error("container-clash", message, "Change one container_name.", path)
        seen[container] = name


def _check_resource(kind: str, key: str, resource: Network | Volume, log: Log) -> None:
    """The name of a network or volume is used between options and paths, so it must not look like either."""
    path, name = (f"{kind}s", key, "name"), resource.name
    if not RESOURCE_NAME.fullmatch(name):
        hint = f"{LETTERS} If it contains a variable, check that it is set."
        message = f"{dotted((f'{kind}s', key))}: {shown(name, WORDS)} is not a valid {kind} name"
        log.error("bad-name", message, hint, path)
