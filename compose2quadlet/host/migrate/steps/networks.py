"""Networks that units use and do not create, and subnets that Docker's bridges still have."""

from __future__ import annotations

from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.migrate.plan import NetworkMove


def step(network: NetworkMove) -> Step:
    """Create a network that was made by hand. It is removed again if this made it, and nobody uses it."""
    return Step(
        f"network {network.name}",
        f"create the network {network.name}",
        lambda work: _create(work, network),
        lambda work: _remove(work, network.name),
        lambda work: _exists(work, network.name),
    )


def _exists(work: Work, name: str) -> bool:
    return work.machine.look(*work.machine.runner.podman("network", "exists", name)).ok


def _create(work: Work, network: NetworkMove) -> dict[str, bool]:
    made = work.known(f"network {network.name}").get("made", False)
    if _exists(work, network.name):
        return {"made": made}
    options = ["--internal"] if network.internal else []
    work.machine.change(*work.machine.runner.podman("network", "create", *options, network.name))
    return {"made": True}


def _remove(work: Work, name: str) -> None:
    if work.machine.dry or work.known(f"network {name}").get("made"):
        work.machine.attempt(*work.machine.runner.podman("network", "rm", name))  # others may use it by now


def bridge(interface: str, name: str) -> Step:
    """Take the address of a Docker bridge whose subnet a unit wants: Podman refuses one that the host has."""
    return Step(
        f"bridge {interface}",
        f"take the subnet of Docker's network {name}, which is not in use",
        lambda work: _take(work, interface),
        lambda work: _give(work, interface),
        lambda work: not _addresses(work, interface),
    )


def _addresses(work: Work, interface: str) -> list[str]:
    lines = work.machine.look("ip", "-brief", "-4", "address", "show", "dev", interface).output.split()
    return [word for word in lines[2:] if "/" in word]


def _take(work: Work, interface: str) -> dict[str, list[str]]:
    known: list[str] = work.known(f"bridge {interface}").get("addresses", [])
    found = _addresses(work, interface)
    for address in found:
        work.machine.change("ip", "address", "del", address, "dev", interface)
    return {"addresses": [*dict.fromkeys([*known, *found])]}


def _give(work: Work, interface: str) -> None:
    there = _addresses(work, interface)
    for address in work.known(f"bridge {interface}").get("addresses", []):
        if address not in there:
            work.machine.change("ip", "address", "add", address, "dev", interface)
