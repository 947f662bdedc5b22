"""How many containers a service has."""

from __future__ import annotations

from compose2quadlet.model import Service
from compose2quadlet.planner.ports import published

MOST = 100
"""Above this number, it is an error of the file rather than what somebody wants of one host."""


def wanted(service: Service) -> int:
    """How many containers a service is to have; ``scale`` counts more than ``deploy``."""
    if service.scale is not None:
        return service.scale
    given = service.deploy.replicas if service.deploy else None
    return 1 if given is None else given


def problem(service: Service, number: int) -> tuple[str, str] | None:
    """Why a service cannot have so many containers, and what to do; None where it can."""
    if number > MOST:
        return f"{MOST} is the most that is made of one service", "Choose a smaller number."
    if service.container_name:
        return f"only one can be called {service.container_name}", "Remove 'container_name:'."
    for port in service.ports:
        if 0 < len(published(port) or ()) < number:
            hint = f"Write a range of {number} host ports, or none, and put a reverse proxy before the service."
            return f"only one can publish the host port {port.published}", hint
    addresses = [service.mac_address]
    for network in service.networks.values():
        addresses += [network.ipv4_address, network.ipv6_address, network.mac_address] if network else []
    if address := next(filter(None, addresses), ""):
        return f"only one can have the address {address}", "Let the network give out the addresses."
    return None


def number(service: Service) -> int:
    """How many containers a service gets: what it wants, or one where it cannot have several."""
    count = wanted(service)
    return 1 if count < 1 or (count > 1 and problem(service, count)) else count
