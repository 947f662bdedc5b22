"""The order in which services start: ``depends_on``, and namespaces that services share.

Source: compose specification "depends_on"; systemd.unit(5). The effects were measured: ``Requires=`` with
``After=`` starts the dependency and waits for it, and does not start the dependent if it fails; an explicit
stop or restart is passed on. A container in the namespace of another dies when that one crashes. With ``BindsTo=``
on its side, and with the other one starting it, it is stopped at once, and started again after the other one.
With ``Requires=``, or without that start, it may stay down forever; with ``Upholds=``, it could not be stopped.
"""

from __future__ import annotations

from collections.abc import Iterable

from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts
from compose2quadlet.frozen import frozen
from compose2quadlet.planner.health import testable
from compose2quadlet.planner.index import Index
from compose2quadlet.planner.neighbours import Neighbours


@frozen()
class Order:
    """The units that a service's unit requires, wants, and starts after.

    It shares the namespaces of ``binds``, and stops when they end for any reason. ``riders`` share its namespaces, and
    start again with it.
    """

    requires: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    riders: tuple[str, ...] = ()


@frozen()
class Readiness:
    """When a service counts as started for its dependents."""

    healthy: bool = False
    completed: bool = False


def order(index: Index, name: str, dormant: frozenset[str], others: Neighbours) -> Order:
    """The dependencies of one service, as systemd services. ``dormant`` are those that it must not start;
    ``others`` what it has to do with other projects.

    A dependent needs all containers of a service, but shares the network of the first one.
    """
    service = index.project.services[name]
    required: dict[str, bool] = {}
    for other, dependency in service.depends_on.items():
        if other in index.units:  # an optional one may have been left out
            required[other] = dependency.required
    for given in service.volumes_from:
        lender = index.owner(":".join(given.split(":")[:2]))
        if lender and lender != name:
            required.setdefault(lender, True)
    binds = index.hosts[name]
    wanted = {other: need for other, need in required.items() if other not in dormant and other not in binds}
    modes = (mode.partition(":") for mode in (service.network_mode, service.ipc, service.pid))
    abroad = [others.containers[name] for kind, _, name in modes if kind == "container" and name in others.containers]
    return Order(
        requires=_all(index, (other for other, need in wanted.items() if need)),
        wants=_all(index, (other for other, need in wanted.items() if not need)),
        after=(*_all(index, dict.fromkeys((*required, *binds))), *dict.fromkeys(abroad)),
        binds=(*(index.units[host][0].service for host in binds), *dict.fromkeys(abroad)),
        riders=(
            *_all(index, (rider for rider in index.riders.get(name, ()) if rider not in dormant)),
            *others.riders.get(index.units[name][0].service, ()),
        ),
    )


def _all(index: Index, services: Iterable[str]) -> tuple[str, ...]:
    """The units of all containers of some services."""
    return tuple(unit.service for name in services for unit in index.units[name])


DIRECT = 254
"""The first systemd with ``RestartMode=direct``."""


def has_direct_restarts(host: Facts | None) -> bool:
    """Whether systemd restarts a unit without failing the units that wait for it; assumed if the version is unknown."""
    return host is None or host.systemd is None or host.systemd >= DIRECT


def readiness(index: Index, name: str, log: Log) -> Readiness:
    """What the dependents of the service ``name`` wait for; logs what is impossible."""
    waiting = index.dependents.get(name, {})
    completed = "service_completed_successfully" in waiting
    healthy = "service_healthy" in waiting
    tested = testable(index.project.services[name].healthcheck)
    if healthy and not tested:
        for other in waiting["service_healthy"]:
            log.warn(
                "healthy-unknown",
                f"'{other}' waits until '{name}' is healthy, but the compose file has no healthcheck for '{name}'",
                f"The unit waits until '{name}' runs. If the image has a healthcheck, repeat it in the compose file.",
                ("services", other, "depends_on", name),
            )
    if healthy and completed:
        log.warn(
            "readiness-conflict",
            f"some services wait until '{name}' is healthy, and others until it has ended",
            "'Started' can have only one meaning for a unit. Here, all of them wait until it has ended.",
            ("services", name),
        )
    return Readiness(healthy and tested and not completed, completed)
