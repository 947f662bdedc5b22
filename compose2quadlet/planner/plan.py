"""The decisions about a project, as values. The other modules make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from compose2quadlet.diagnostics import Path
from compose2quadlet.frozen import frozen
from compose2quadlet.model import FileObject, Network, Service, Volume
from compose2quadlet.options import LogDriver, Scope
from compose2quadlet.planner import anonymous
from compose2quadlet.planner.host.needs import HostNeeds
from compose2quadlet.planner.isolation.policy import Identity
from compose2quadlet.planner.neighbours import Neighbours
from compose2quadlet.planner.order import Order, Readiness
from compose2quadlet.planner.ports import HostPorts
from compose2quadlet.planner.restart import Restart
from compose2quadlet.planner.targets import Target
from compose2quadlet.planner.units import UnitName


@frozen(kw_only=True)
class ServicePlan:
    """The decisions about one service, which is ``spec`` in the compose file.

    With several containers, they are about the first; ``others`` are the units of the others, and ``number`` counts
    all of them from 0. ``part_of`` are the targets that stop the service.
    """

    name: str
    spec: Service
    unit: UnitName
    container: str
    image: str
    build: UnitName | None
    order: Order
    readiness: Readiness
    restart: Restart
    boot_target: str | None
    identity: Identity
    host: HostNeeds
    updates: str
    part_of: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    others: tuple[UnitName, ...] = ()
    number: int = 0

    def each(self) -> Iterator[ServicePlan]:
        """One plan for each container."""
        yield self
        for i, unit in enumerate(self.others, 1):
            # Services that share the network of another one share that of its first container.
            order = replace(self.order, riders=())
            yield replace(self, unit=unit, container=unit.stem, order=order, number=i)

    @property
    def companion(self) -> UnitName | None:
        """The unit that has the dynamic user of the service."""
        return self.identity.companion


@frozen(kw_only=True)
class NetworkPlan:
    """A network: ``unit`` is None for an external one, which is used by name; ``device`` is the unit of its parent
    interface, if any.

    ``metric`` is the metric of its default routes, or None if it does not matter.
    With ``by_command``, a native service creates it instead of a Quadlet unit, because this Podman cannot name it. An
    external one may be created ``elsewhere``, by a unit of another project.
    """

    key: str
    spec: Network
    unit: UnitName | None
    device: str | None
    by_command: bool = False
    metric: int | None = None
    elsewhere: UnitName | None = None

    @property
    def maker(self) -> str:
        """The service that a container has to require if the generator does not add it; otherwise empty."""
        return self.unit.service if self.unit and self.by_command else ""


@frozen(kw_only=True)
class VolumePlan:
    """A volume; like a network."""

    key: str
    spec: Volume
    unit: UnitName | None
    by_command: bool = False
    elsewhere: UnitName | None = None

    @property
    def maker(self) -> str:
        """The service that a container has to require if the generator does not add it; otherwise empty."""
        return self.unit.service if self.unit and self.by_command else ""


@frozen(kw_only=True)
class Plan:
    """All decisions about a project. Its relative paths start at ``folder``.

    ``further`` has, by service and network, the names besides the aliases of the compose file; ``owners`` the service
    by container name. ``booting`` are the units that start at boot; ``direct`` says whether systemd restarts units
    without failing the units that wait for them. ``ports`` are the host ports of all services.
    """

    project: str
    folder: str
    scope: Scope
    log_driver: LogDriver
    services: Mapping[str, ServicePlan]
    networks: Mapping[str, NetworkPlan]
    volumes: Mapping[str, VolumePlan]
    anonymous: Mapping[anonymous.Place, VolumePlan]
    configs: Mapping[str, FileObject]
    secrets: Mapping[str, FileObject]
    further: Mapping[tuple[str, str], list[str]]
    owners: Mapping[str, str]
    targets: tuple[Target, ...]
    slice: str
    booting: frozenset[str]
    direct: bool
    configuration: tuple[str, ...]
    neighbours: Neighbours
    ports: tuple[HostPorts, ...]

    @property
    def target(self) -> str:
        """The target that the whole project is part of."""
        return self.targets[0].name

    @property
    def bridge(self) -> bool:
        """Whether a user unit has to wait for units of the system."""
        return any(s.host.bridge for s in self.services.values())

    def units(self) -> dict[Path, UnitName]:
        """The future units, by the compose path of their source."""
        found: dict[Path, UnitName] = {("services", n): s.unit for n, s in self.services.items()}
        found |= {("services", n, "scale", i): o for n, s in self.services.items() for i, o in enumerate(s.others)}
        found |= {("services", n, "x-quadlet"): s.companion for n, s in self.services.items() if s.companion}
        found |= {("services", n, "build"): s.build for n, s in self.services.items() if s.build}
        found |= {("networks", k): n.unit for k, n in self.networks.items() if n.unit}
        found |= {("services", n, "volumes", i, t): v.unit for (n, i, t), v in self.anonymous.items() if v.unit}
        return found | {("volumes", k): v.unit for k, v in self.volumes.items() if v.unit}
