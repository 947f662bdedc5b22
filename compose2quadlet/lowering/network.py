"""Turns a network into its ``.network`` unit."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.diagnostics import NAME, Log, dotted, told
from compose2quadlet.lowering.internal import internal
from compose2quadlet.lowering.labels import with_own
from compose2quadlet.lowering.recovery import again
from compose2quadlet.lowering.verbs import Context, Row, Verb, apply, ignored, value, writing
from compose2quadlet.model import Ipam
from compose2quadlet.planner import NetworkPlan, Plan

Directives = Iterator[Directive]

DRIVERS = ("bridge", "macvlan", "ipvlan")
BRIDGE_OPTIONS = {
    **{name: name for name in ("mtu", "isolate", "metric", "vrf", "no_default_route", "vlan")},
    "com.docker.network.driver.mtu": "mtu",
    "com.docker.network.bridge.name": "com.docker.network.bridge.name",
}
VLAN_OPTIONS = {
    **{name: name for name in ("parent", "mode", "mtu", "metric", "no_default_route")},
    "macvlan_mode": "mode",
    "ipvlan_mode": "mode",
    "com.docker.network.driver.mtu": "mtu",
}
"""Options of drivers that Podman knows, and their names there. Podman refuses a network with any other."""


@writing("Driver", how="bridge, macvlan or ipvlan; overlay becomes a bridge on this host")
def driver(name: str, c: Context) -> Directives:
    if name in DRIVERS:
        yield c.put("Driver", name)
    elif name not in ("", "default"):
        hint = "Podman's networks do not reach other hosts. To connect hosts, publish ports, or use a VPN."
        c.log.warn(
            "network-driver",
            f"{c.place}: there is no driver {told(name, NAME, 'of that name')}; it becomes a bridge",
            hint,
            c.path,
        )


@writing(
    "Options",
    how="one line per option that Podman's drivers know; isolate=true, as in Docker; a metric"
    " where services are on several networks, for the one by which they go out",
)
def driver_opts(options: dict[str, str], c: Context) -> Directives:
    vlan = c.network.spec.driver in ("macvlan", "ipvlan")
    known = VLAN_OPTIONS if vlan else BRIDGE_OPTIONS
    metric = c.network.metric
    if not vlan and "isolate" not in options:
        # Docker isolates its bridges. Without this option, Podman lets containers of one stack reach those of another.
        yield c.put("Options", "isolate=true")
    if metric is not None:
        yield c.put("Options", f"metric={metric}")
    for name, text in options.items():
        if name == "metric" and metric is not None:
            continue
        if name in known:
            yield c.put("Options", f"{known[name]}={text}", name)
        else:
            hint = (
                f"Podman would refuse the network with it. The options are: {', '.join(sorted(set(known.values())))}."
            )
            c.log.warn("key-lost", f"{c.place}.{dotted((name,))} is not converted", hint, (*c.path, name))


@writing(
    *("IPAMDriver", "Subnet", "Gateway", "IPRange", "PodmanArgs"),
    how="the lines of each address pool; options, if a pool without a gateway comes before one with a gateway",
)
def ipam(given: Ipam, c: Context) -> Directives:
    if given.driver == "dhcp":
        yield c.put("IPAMDriver", "dhcp", "driver")
    elif given.driver not in ("", "default"):
        hint = "Podman has the drivers host-local (the default), dhcp and none."
        c.log.warn(
            "key-lost", f"{c.place}.driver: {told(given.driver, NAME)} is not converted", hint, (*c.path, "driver")
        )
    gateways = [bool(pool.gateway) for pool in given.config]
    for i, pool in enumerate(given.config):
        path = ("config", i)
        if pool.aux_addresses:
            hint = "Choose an ip_range without these addresses."
            c.log.warn("key-lost", f"{c.place}.config.{i}.aux_addresses is not converted", hint, (*c.path, *path))
        if not pool.subnet:
            if pool.gateway or pool.ip_range:
                hint = "Add 'subnet:'."
                c.log.warn("key-lost", f"{c.place}.config.{i} has no effect without a subnet", hint, c.path)
            continue
        if any(gateways) and not all(gateways[: i + 1]):
            # Subnets and gateways are paired by position. As a directive, this gateway would go to another subnet.
            words = [f"--subnet={pool.subnet}"]
            words += [f"--gateway={pool.gateway}"] if pool.gateway else []
            words += [f"--ip-range={pool.ip_range}"] if pool.ip_range else []
            yield c.put("PodmanArgs", tuple(words), *path)
            continue
        for key, text in (("Subnet", pool.subnet), ("Gateway", pool.gateway), ("IPRange", pool.ip_range)):
            if text:
                yield c.put(key, text, *path)


@writing("IPv6", how="true if it is true")
def enable_ipv6(given: bool, c: Context) -> Directives:
    # With it, Podman adds an IPv4 subnet; the IPv6 subnet suffices.
    if given and not (c.network.spec.enable_ipv4 is False and _of_ipv6(c)):
        yield c.put("IPv6", True)


def enable_ipv4(given: bool, c: Context) -> tuple[Directive, ...]:
    if not given and not _of_ipv6(c):
        hint = "Give the network only IPv6 subnets."
        c.log.warn("key-lost", f"{c.place}: Podman still gives the network an IPv4 subnet", hint, c.path)
    return ()


def _of_ipv6(c: Context) -> bool:
    """Whether a network has subnets, and all of them are IPv6."""
    subnets = [pool.subnet for pool in c.network.spec.ipam.config if pool.subnet]
    return bool(subnets) and all(":" in subnet for subnet in subnets)


@writing("Label", how="one line per KEY=VALUE, and the labels of Docker Compose")
def labels(values: dict[str, str], c: Context) -> Directives:
    yield from with_own(values, {"project": c.plan.project, "network": c.network.key}, c)


TABLE: tuple[Row, ...] = (
    Row("name", value("NetworkName")),
    Row("driver", driver),
    Row("driver_opts", driver_opts, always=True),
    Row("ipam", ipam),
    Row("internal", internal),
    Row("enable_ipv6", enable_ipv6),
    Row("enable_ipv4", Verb(enable_ipv4, "false only works if all subnets are IPv6", status="ignored")),
    Row("attachable", ignored("Containers can always join a Podman network.")),
    Row("labels", labels, always=True),
    Row("external", ignored("It gets no unit: services use the network by its name, and it must exist.")),
)


def network(plan: Plan, made: NetworkPlan, log: Log) -> Unit:
    """The ``.network`` unit of a network that belongs to the project."""
    assert made.unit is not None
    context = Context(plan, made, "Network", ("networks", made.key), log)
    description = Directive("Unit", "Description", f"Network {made.key} (compose project {plan.project})")
    device = [Directive("Unit", key, made.device) for key in ("Wants", "After") if made.device]
    return unit(
        made.unit.file,
        plan.project,
        f"network {made.key}",
        [description, *device, *apply(TABLE, made.spec, context), *again(plan)],
    )
