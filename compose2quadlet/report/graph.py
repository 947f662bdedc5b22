"""Projects as a graph: services, networks, volumes and units of the host, and what they have to do with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from compose2quadlet.frozen import frozen
from compose2quadlet.pipeline import Conversion


class Kind(StrEnum):
    """What a node is."""

    SERVICE = "service"
    NETWORK = "network"
    VOLUME = "volume"
    HOST = "host unit"


@frozen()
class Node:
    """A thing: ``group`` is the project that makes it, empty for what none of them makes; ``detail`` is a second
    line."""

    kind: Kind
    label: str
    group: str = ""
    detail: str = ""


@frozen()
class Edge:
    """``source`` needs ``target``, or uses it; both are numbers of nodes. ``label`` says how, if it is not plain."""

    source: int
    target: int
    label: str = ""


@dataclass(slots=True)
class Graph:
    """Nodes in the order of the projects, and edges between them."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    numbers: dict[tuple[Kind, str], int] = field(default_factory=dict, repr=False)
    connected: set[tuple[int, int]] = field(default_factory=set, repr=False)

    def add(self, node: Node, name: str) -> int:
        """The number of the node with this name, which is added if it is new. What a project makes belongs to it,
        though another may have used it before."""
        number = self.numbers.setdefault((node.kind, name), len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(node)
        elif node.group and not self.nodes[number].group:
            self.nodes[number] = node
        return number

    def connect(self, source: int, target: int, label: str = "") -> None:
        """Add an edge, unless there is one between the two."""
        if (source, target) not in self.connected:
            self.connected.add((source, target))
            self.edges.append(Edge(source, target, label))

    def groups(self) -> list[str]:
        """The projects, in order."""
        return list(dict.fromkeys(node.group for node in self.nodes if node.group))


def graph(projects: Iterable[Conversion]) -> Graph:
    """The graph of projects. What several of them use is one node."""
    found = Graph()
    for made in projects:
        _add(found, made)
    return found


def _add(found: Graph, made: Conversion) -> None:
    plan, project = made.plan, made.plan.project
    services = {
        name: found.add(Node(Kind.SERVICE, name, project, _image(one.image)), f"{project}/{name}")
        for name, one in plan.services.items()
    }
    networks = {
        key: found.add(Node(Kind.NETWORK, one.spec.name or key, project if one.unit else ""), one.spec.name or key)
        for key, one in plan.networks.items()
    }
    volumes = {
        key: found.add(Node(Kind.VOLUME, one.spec.name or key, project if one.unit else ""), one.spec.name or key)
        for key, one in plan.volumes.items()
    }
    for name, number in services.items():
        service = plan.services[name]
        for other, how in _dependencies(made, name):
            found.connect(number, services[other], how)
        for key in service.spec.networks:
            if key in networks:
                found.connect(number, networks[key])
        for mount in service.spec.volumes:
            if mount.type == "volume" and mount.source in volumes:
                found.connect(number, volumes[mount.source], "read-only" if mount.read_only else "")
        for (owner, _, _), one in plan.anonymous.items():
            if owner == name:
                found.connect(number, found.add(Node(Kind.VOLUME, one.spec.name, project), one.spec.name))
        for unit in service.host.units:
            found.connect(number, found.add(Node(Kind.HOST, unit), unit))


def _dependencies(made: Conversion, name: str) -> Iterator[tuple[str, str]]:
    """The services that a service needs, each with how, if it is not just after its start."""
    plan, spec = made.plan, made.plan.services[name].spec
    words = {"service_healthy": "healthy", "service_completed_successfully": "completed"}
    found = {other: [words.get(d.condition, "")] for other, d in spec.depends_on.items() if other in plan.services}
    for kind in ("network_mode", "ipc", "pid"):
        mode, _, other = getattr(spec, kind).partition(":")
        owner = other if mode == "service" else plan.owners.get(other, "") if mode == "container" else ""
        if owner in plan.services and owner != name:
            found.setdefault(owner, []).append(f"in its {kind.removesuffix('_mode')}")
    for other, hows in found.items():
        yield other, ", ".join(how for how in hows if how)


def _image(image: str) -> str:
    """The last part of an image's name, with its tag."""
    return image.partition("@")[0].rpartition("/")[2]
