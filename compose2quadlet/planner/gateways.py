"""Which of its networks has the default route of a service: ``gw_priority``.

Podman has no such priority. But the kernel uses the default route with the lowest metric, and that is an option
of a network. If no two services want opposite things, metrics can be chosen that suit all of them.
Source: ``podman-network-create(1)``, compose specification "gw_priority".
"""

from __future__ import annotations

from collections.abc import Mapping

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Network, Project, Service

METRIC = 100
"""The metric of a network that does not set one."""

STEP = 10


def metrics(project: Project, log: Log) -> dict[str, int]:
    """The new metrics of the networks that need one, by key; logs which priorities are impossible."""
    given = {key: _given(network) for key, network in project.networks.items()}
    chosen = dict(given)
    wishes = [(name, wish) for name, service in project.services.items() if (wish := _wish(service, project.networks))]
    for _ in chosen:
        for _name, (first, others) in wishes:
            if not project.networks[first].external:
                chosen[first] = min(chosen[first], min(chosen[o] for o in others) - STEP)
    for name, (first, others) in wishes:
        if chosen[first] <= 0 or chosen[first] >= min(chosen[o] for o in others):
            hint = "Create that network with a lower metric than the others: 'driver_opts: {metric: 10}'."
            message = f"services.{name}.networks.{first}.gw_priority is not converted"
            log.warn("key-lost", message, hint, ("services", name, "networks", first, "gw_priority"))
    return {key: metric for key, metric in chosen.items() if 0 < metric < given[key]}


def _given(network: Network) -> int:
    text = network.driver_opts.get("metric", "")
    return int(text) if text.isdecimal() else METRIC


def _wish(service: Service, networks: Mapping[str, Network]) -> tuple[str, list[str]] | None:
    """The network that should have the default route, and the others; None if it does not matter."""
    priorities = {key: given.gw_priority if given else 0 for key, given in service.networks.items()}
    # An internal network has no default route.
    ranked = sorted((k for k in priorities if not networks[k].internal), key=lambda k: (-priorities[k], k))
    if len(ranked) < 2 or not any(priorities.values()):
        return None
    return ranked[0], ranked[1:]
