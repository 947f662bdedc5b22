"""Host ports that something on a known host listens on already, so that they cannot be published.

Measured in both scopes with Podman 5.4 and 5.8, for TCP and UDP: a port in use on one address cannot be published on
all, nor one in use on all on a single address; on another address, it can. While a container runs, its ports are in
use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts, Listener
from compose2quadlet.kinds import is_unit, unit_of
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.host import docker
from compose2quadlet.planner.ports import HostPorts, claimed, clashes

RUNNING = ("active", "activating", "deactivating", "reloading")
"""States in which a unit's container may have its ports."""


def check(published: Iterable[HostPorts], options: Options, log: Log) -> None:
    """Warn of ports that are in use, except by Podman's own DNS server and by what a Quadlet unit that is there
    publishes."""
    facts = options.host
    if facts is None or not facts.listeners:
        return
    ports = list(published)
    of_units = list(_of_units(facts))
    dns = {a for name, i in facts.interfaces.items() if name.startswith("podman") for a in i.addresses}
    others = (_ports(one) for one in facts.listeners if one.address not in dns)
    in_use = [one for one in others if not any(_overlap(one, unit) for unit in of_units)]
    found = [c for c in clashes([*in_use, *ports], lambda p: p.project) if not c.other.project and c.ports.project]
    if not found:
        return
    which = ", ".join(dict.fromkeys(c.shown for c in found))
    first = found[0]
    services = ", ".join(dict.fromkeys(f"'{c.ports.service}'" for c in found))
    before = (
        "If it is this project under Docker, stop that first: docker compose down. " if docker.is_there(options) else ""
    )
    flag = "u" if first.ports.protocol == "udp" else "t"
    log.warn(
        "port-in-use",
        f"{services} cannot publish {'a port' if len(found) == 1 else 'ports'} that something on this host listens on:"
        f" {which}",
        f"{before}To see who it is, as root: ss -ln{flag}p 'sport = :{first.first}'. Stop it, or publish another port.",
        first.ports.path,
    )


def _of_units(facts: Facts) -> Iterator[HostPorts]:
    """The ports of Quadlet units, as far as they are known to run, or it is not known whether they do."""
    for scope, quadlets in facts.quadlets.items():
        services = facts.units if scope == Scope.SYSTEM else facts.user_units
        for file, unit in quadlets.items():
            state = services.get(unit_of(file)) if services is not None and is_unit(file) else None
            if services is None or (state and state.state in RUNNING):
                yield from (found for value in unit.ports if (found := claimed(value, unit.project, file)))


def _ports(listener: Listener) -> HostPorts:
    return HostPorts(listener.address, listener.protocol, listener.port, listener.port, "", "", ())


def _overlap(one: HostPorts, other: HostPorts) -> bool:
    same = one.protocol == other.protocol and (one.ip == other.ip or not one.ip or not other.ip)
    return same and one.first <= other.last and other.first <= one.last
