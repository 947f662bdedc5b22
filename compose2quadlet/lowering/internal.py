"""Keeps the containers of other networks away from an internal network, as Docker does.

Podman writes no firewall rules for an internal network: it turns off forwarding on the network's bridge. But when
forwarding is turned on for a whole network namespace, the kernel turns it on for each bridge there, and Podman does so
for the first network that is not internal. If the internal one was there before, other containers reach it. So the
namespace has to forward first. ``isolate=strict`` makes no difference.
Source: netavark ``src/network/bridge.rs``; measured with netavark 1.14 and 1.17.
"""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive
from compose2quadlet.lowering.verbs import Context, writing
from compose2quadlet.options import Scope
from compose2quadlet.planner import NetworkPlan

FORWARD = "printf 1 > /proc/sys/net/ipv4/ip_forward"

CLOSE = (
    f"""podman unshare --rootless-netns sh -c '{FORWARD};"""
    ' for bridge; do printf 0 > "/proc/sys/net/ipv4/conf/$bridge/forwarding"; done\' sh'
    ' $(podman network inspect --format "{{.NetworkInterface}}" "$@")'
)
"""Closes the bridges of the networks that are its arguments, in the login user's network namespace, which exists only
while containers run."""


def _of_bridge(network: NetworkPlan) -> bool:
    return network.spec.internal and network.spec.driver not in ("macvlan", "ipvlan")


@writing("Internal", "ExecStartPre", how="true if it is true; in system scope, the host forwards before it is created")
def internal(given: bool, c: Context) -> Iterator[Directive]:
    if given:
        yield c.put("Internal", True)
    if _of_bridge(c.network) and c.plan.scope is Scope.SYSTEM:
        yield c.put("ExecStartPre", ("/bin/sh", "-c", FORWARD), section="Service")


def closed(keys: tuple[str, ...], c: Context) -> Iterator[Directive]:
    """For a service of a login user, on the networks with these keys: closes the internal ones when it has started."""
    names = [c.plan.networks[key].spec.name for key in keys if _of_bridge(c.plan.networks[key])]
    if names and c.plan.scope is Scope.USER and not c.service.readiness.completed:
        yield c.put("ExecStartPost", ("-/bin/sh", "-c", CLOSE, "sh", *names), section="Service")
