"""Names of units, containers, networks and volumes.

Units carry the project's name, because all Quadlet files share one namespace; resources keep the names that
Docker Compose gave them, so that data that was moved is found again.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.model import Network, Project, Volume
from compose2quadlet.options import Version
from compose2quadlet.planner.replicas import number

RESOURCE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
"""What Podman takes as the name of a container, a network or a volume."""

UNIT_SUFFIXES = (".network", ".volume", ".container", ".pod", ".image", ".build")
"""At the end of an external resource's name, Podman's generator takes these for a unit."""

OTHER_WORDS = {"network": "net", "volume": "vol", "build": "image"}

MAX_FILE_NAME = 255
"""Bytes in a file name, on all usual file systems."""

RESERVED = frozenset(
    "dbus dbus-broker docker containerd podman podman-auto-update podman-restart ssh sshd cron crond getty login"
    " network networking NetworkManager systemd-networkd systemd-resolved systemd-journald systemd-logind"
    " systemd-udevd systemd-timesyncd polkit firewalld ufw nftables user init".split()
)
"""Services that a host needs: a unit of such a name would take the place of the host's own."""

NAMED: Version = (4, 7)
"""The first Podman that gives a network or volume of a unit the name that it is to have."""


@dataclass(frozen=True, slots=True)
class Stem:
    """A unit's file name without and with its extension, and the systemd service that is made from it."""

    stem: str
    kind: str

    @property
    def file(self) -> str:
        return f"{self.stem}.{self.kind}"

    @property
    def service(self) -> str:
        return f"{self.stem}.service" if self.kind in ("container", "service") else f"{self.stem}-{self.kind}.service"


def service_of(file: str) -> str:
    """The systemd unit that is made from a unit file, or that it is."""
    stem, _, kind = file.rpartition(".")
    if kind in ("service", "target"):
        return file
    return Stem(stem, kind).service


def service_stem(project: str, service: str) -> Stem:
    """``<project>-<service>``, or just the name where both are the same and no unit of the host is called so."""
    short = service == project and service not in RESERVED
    return Stem(service if short else f"{project}-{service}", "container")


def resource_stem(project: str, key: str, kind: str, taken: Container[str] = ()) -> Stem:
    """``<project>-<key>`` with the extension ``kind``: network, volume or build.

    Where its service is one of those ``taken``, as that of the volume data is by a service data-volume, a word
    more makes it another.
    """
    stem = Stem(f"{project}-{key}", kind)
    return Stem(f"{stem.stem}-{OTHER_WORDS[kind]}", kind) if stem.service in taken else stem


def containers(project: Project) -> dict[str, str]:
    """The container of each service: its ``container_name``, else the name of the unit.

    Where another service has that as its ``container_name``, the number of Docker Compose is put behind it.
    """
    given = {
        name: s.container_name for name, s in project.services.items() if RESOURCE_NAME.fullmatch(s.container_name)
    }
    stems = {
        name: f"{project.name}-{name}-1" if number(s) > 1 else service_stem(project.name, name).stem
        for name, s in project.services.items()
    }
    return {name: given.get(name) or (f"{stem}-1" if stem in given.values() else stem) for name, stem in stems.items()}


def further_names(project: Project) -> dict[tuple[str, str], list[str]]:
    """The names of services besides their own aliases, by service and network.

    These are what links of others call it; its hostname, where a domain stands behind it; and the name that Docker
    Compose gives to its container, where the project mentions it, or other projects share the network.
    """
    found: dict[tuple[str, str], list[str]] = {}
    owners = {container: name for name, container in containers(project).items()}
    for service in project.services.values():
        links = [link.partition(":") for link in service.links]
        links += [
            (owners.get(c, ""), colon, alias) for c, colon, alias in (e.partition(":") for e in service.external_links)
        ]
        for name, _, alias in links:
            for network in service.networks if alias else ():
                found.setdefault((name, network), []).append(alias)
    text = repr(project.services)
    for name, service in project.services.items():
        default = f"{project.name}-{name}-1"
        for network in service.networks:
            more = [service.hostname] if service.hostname and service.domainname else []
            shared = default in text or project.networks[network].external
            more += [default] if shared and not service.container_name and number(service) == 1 else []
            if more:
                found.setdefault((name, network), []).extend(more)
    return found


def check(stems: dict[Path, Stem], project: Project, dormant: frozenset[str], log: Log) -> None:
    """Log an error for each name that cannot be used: too long, taken twice, or needed by the host.

    A container's name may be that of another whose profile is not active: their units exclude each other.
    """
    seen: dict[str, Path] = {}
    for path, stem in stems.items():
        place = ".".join(map(str, path))
        if len(stem.file.encode()) > MAX_FILE_NAME or stem.file.startswith("."):
            problem = "starts with a dot" if stem.file.startswith(".") else "is too long for a file name"
            log.error("bad-name", f"{place}: the unit name {stem.file} {problem}", "Rename it.", path)
        if stem.kind == "container" and stem.stem in RESERVED:
            hint = f"Give the project another name, with --project-name: the unit then is NAME-{path[1]}."
            log.error("unit-reserved", f"{place}: {stem.service} would replace the host's own unit", hint, path)
        if other := seen.get(stem.service):
            message = f"{'.'.join(map(str, other))} and {place} both become {stem.service}"
            log.error("unit-clash", message, "Rename one of the two.", other)
        seen[stem.service] = path
    for kind, resources in (("network", project.networks), ("volume", project.volumes)):
        for key, resource in resources.items():
            _check_resource(kind, key, resource, log)
    _check_containers(project, dormant, log)


def _check_containers(project: Project, dormant: frozenset[str], log: Log) -> None:
    """The names of containers are unique on a host: of two, the second that starts would delete the first."""
    seen: dict[str, str] = {}
    for name, container in containers(project).items():
        if name in dormant:
            continue
        given, path = project.services[name].container_name, ("services", name, "container_name")
        if given and given != container:
            message = f"{given!r} cannot be the name of a container; it is called {container}"
            log.warn("bad-name", message, f"{LETTERS} Is a variable in it not set?", path)
        if other := seen.get(container):
            message = f"the containers of '{other}' and '{name}' are both called {container}"
            log.error("container-clash", message, "Give one of them another container_name.", path)
        seen[container] = name


LETTERS = "Use letters, digits, '_', '.' and '-', starting with a letter or digit."


def _check_resource(kind: str, key: str, resource: Network | Volume, log: Log) -> None:
    """A network or volume is used by its name among options and paths: it must not look like one of these."""
    path, name = (f"{kind}s", key, "name"), resource.name
    if not RESOURCE_NAME.fullmatch(name):
        hint = f"{LETTERS} Is a variable in it not set?"
        log.error("bad-name", f"{kind}s.{key}: {name!r} cannot be the name of a {kind}", hint, path)
