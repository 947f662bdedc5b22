"""Which of its networks a service goes out by: ``gw_priority``.

Podman has no such priority. The kernel takes the default route with the lowest metric, though, and that is an option
of a network: where no two services want the opposite, the metrics can be chosen so that each gets its way.
Source: ``podman-network-create(1)``, compose specification "gw_priority".
"""

from __future__ import annotations

from collections.abc import Mapping

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Network, Project, Service
from compose2quadlet.numbers import whole

METRIC = 100
"""The metric of a network that says nothing of it."""

STEP = 10


def metrics(project: Project, log: Log) -> dict[str, int]:
    """The metrics of the networks that need another one than they have, by their keys; logs what cannot be had."""
    given = {key: _given(network) for key, network in project.networks.items()}
    chosen = dict(given)
    wishes = [(name, wish) for name, service in project.services.items() if (wish := _wish(service, project.networks))]
    for _ in chosen:
        for _name, (first, others) in wishes:
            if not project.networks[first].external:
                chosen[first] = min(chosen[first], min(chosen[o] for o in others) - STEP)
    for name, (first, others) in wishes:
        if chosen[first] <= 0 or chosen[first] >= min(chosen[o] for o in others):
            hint = "Make that network with a lower metric than the others have: 'driver_opts: {metric: 10}'."
            message = f"services.{name}.networks.{first}.gw_priority is not carried over"
            log.warn("key-lost", message, hint, ("services", name, "networks", first, "gw_priority"))
    return {key: metric for key, metric in chosen.items() if 0 < metric < given[key]}


def _given(network: Network) -> int:
    text = network.driver_opts.get("metric", "")
    given = whole(text)
    return METRIC if given is None else given


def _wish(service: Service, networks: Mapping[str, Network]) -> tuple[str, list[str]] | None:
    """The network that is to have the default route, and those that are not; None where it is all the same."""
    priorities = {key: given.gw_priority if given else 0 for key, given in service.networks.items()}
    # An internal network leads nowhere.
    ranked = sorted((k for k in priorities if not networks[k].internal), key=lambda k: (-priorities[k], k))
    if len(ranked) < 2 or not any(priorities.values()):
        return None
    return ranked[0], ranked[1:]
