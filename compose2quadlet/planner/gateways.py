"""Which of its networks a service goes out by: the one with the highest ``gw_priority``, else the first by its name.

Podman has no such rule: it gives the container a default route for each network, in no certain order. The kernel takes
the one with the lowest metric, though, and that is an option of a network: where no two services want the opposite, the
metrics can be chosen so that each gets its way. Nothing is chosen between networks that lead out in the same way: the
project's own bridges about which it says nothing. The host translates the addresses of each.
Sources: ``podman-network-create(1)``; compose specification "gw_priority"; Docker, "Networking overview", on several
networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compose2quadlet.diagnostics import Log
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Network, Project, Service
from compose2quadlet.numbers import whole

METRIC = 100
"""The metric of a network that does not set one."""

STEP = 10
"""Between two metrics, unless there are so many networks that they would not fit."""

NO_NETWORKS = ("host", "none")
"""Networks of Docker's own that are none of Podman's."""


@frozen()
class Wish:
    """The network that is to have a service's default route, by its key, and those that are not; ``stated`` says
    whether the compose file asks for it by ``gw_priority``."""

    service: str
    first: str
    others: tuple[str, ...]
    stated: bool

    def met(self, metrics: Mapping[str, int]) -> bool:
        return 0 < metrics[self.first] < min(metrics[other] for other in self.others)


def metrics(project: Project, log: Log) -> dict[str, int]:
    """The new metrics of the networks that need one, by key; logs which priorities are impossible."""
    given = {key: _given(network) for key, network in project.networks.items()}
    wishes = [w for name, service in project.services.items() if (w := _wish(name, service, project.networks))]
    chosen = _chosen(given, wishes, project.networks)
    if not all(wish.met(chosen) for wish in wishes):
        # What is asked for comes before what would be so by itself.
        stated = _chosen(given, [wish for wish in wishes if wish.stated], project.networks)
        chosen = stated if any(wish.stated for wish in wishes) else chosen
    for wish in wishes:
        if wish.stated and not wish.met(chosen):
            hint = "Create that network with a lower metric than the others: 'driver_opts: {metric: 10}'."
            path = ("services", wish.service, "networks", wish.first, "gw_priority")
            log.warn("key-lost", f"{'.'.join(path)} is not carried over", hint, path)
    _note_unmet([wish for wish in wishes if not wish.stated and not wish.met(chosen)], log)
    return {key: metric for key, metric in chosen.items() if 0 < metric != given[key]}


def _note_unmet(wishes: list[Wish], log: Log) -> None:
    if wishes:
        names = ", ".join(f"'{wish.service}' ({wish.first})" for wish in wishes)
        hint = (
            "Where it matters, make that network with a lower metric than the others have: 'driver_opts: {metric: 10}'."
        )
        message = f"Podman leaves to chance by which network these go out, unlike Docker (in brackets): {names}"
        log.warn("default-route", message, hint, ("services", wishes[0].service, "networks", wishes[0].first))


def _chosen(given: Mapping[str, int], wishes: Iterable[Wish], networks: Mapping[str, Network]) -> dict[str, int]:
    """Metrics by which the wishes come true, as far as they agree; those of external networks stay what they are."""
    chosen = dict(given)
    step = max(1, min(STEP, (METRIC - 1) // max(1, len(given))))
    # No metric can be reached in more steps: wishes that are still not met then contradict each other.
    for _ in range(min(len(given), METRIC)):
        before = dict(chosen)
        for wish in wishes:
            if not networks[wish.first].external:
                chosen[wish.first] = min(chosen[wish.first], min(chosen[other] for other in wish.others) - step)
                continue
            for other in wish.others:
                if not networks[other].external:
                    chosen[other] = max(chosen[other], chosen[wish.first] + step)
        if chosen == before:
            break
    return chosen


def _given(network: Network) -> int:
    text = network.driver_opts.get("metric", "")
    given = whole(text)
    return METRIC if given is None else given


def _wish(name: str, service: Service, networks: Mapping[str, Network]) -> Wish | None:
    """What a service wants; None where it has no choice."""
    priorities = {key: given.gw_priority if given else 0 for key, given in service.networks.items()}
    # An internal network has no default route.
    choice = [key for key in priorities if not networks[key].internal and networks[key].name not in NO_NETWORKS]
    ranked = sorted(choice, key=lambda key: (-priorities[key], networks[key].name, key))
    if len(ranked) < 2:
        return None
    stated = priorities[ranked[0]] != priorities[ranked[1]]
    if not stated and all(_plain(networks[key]) for key in ranked):
        return None
    return Wish(name, ranked[0], tuple(ranked[1:]), stated)


def _plain(network: Network) -> bool:
    """Whether a network is a bridge whose interface and addresses nobody outside of the project can know."""
    told = network.external or network.driver_opts or network.ipam.config or network.enable_ipv6
    own = network.quadlet.sections
    return not told and not own and network.driver in ("", "default", "bridge")
