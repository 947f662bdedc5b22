"""Networks, names and ports of a service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from compose2quadlet.backend.unit import Directive
from compose2quadlet.diagnostics import NAME, PORT, dotted, shown, told
from compose2quadlet.lowering.internal import closed
from compose2quadlet.lowering.verbs import Context, Verb, each, part, writing
from compose2quadlet.model import Port, ServiceNetwork
from compose2quadlet.planner.names import RESOURCE_NAME

Directives = Iterator[Directive]

NO_PORTS = {
    "host": "The container uses the host's ports directly.",
    "none": "A container without a network cannot be reached. Give it a network, or remove its ports.",
    "service": "Publish them in the service '{}', whose network it shares.",
    "container": "Publish them in the container '{}', whose network it shares.",
}
"""Network modes without their own ports, and what to do instead."""

PODMAN_MODES = ("pasta", "slirp4netns", "ns")
"""Modes that Docker does not know, with options after a colon. Files written for Podman have them."""

PROTOCOLS = ("tcp", "udp", "sctp")
MODE = re.compile(r"(service|container):[A-Za-z0-9_.-]{1,63}|[a-z0-9_-]{1,20}")
"""What a network mode looks like in messages; see ``diagnostics.shown``."""

INTERFACE = "com.docker.network.endpoint.ifname"


@writing(
    *("Network", "Requires", "After", "ExecStartPost"),
    how="one line per network, with the names that resolve to the service there",
)
def networks(values: dict[str, ServiceNetwork | None], c: Context) -> Directives:
    def priority(key: str) -> tuple[int, str]:
        given = values[key]
        return (-(given.priority if given else 0), key)

    # Docker attaches them in this order too, which numbers the interfaces.
    for i, key in enumerate(sorted(values, key=priority)):
        network = c.plan.networks[key]
        if network.unit is None and network.spec.name in ("host", "none"):
            yield c.put("Network", network.spec.name, key)
            continue
        given = values[key] or ServiceNetwork()
        if i == 0 and not given.mac_address:
            given = given.model_copy(update={"mac_address": c.service.spec.mac_address})
        yield c.put("Network", c.named(network, f":{','.join(_endpoint(given, key, c))}"), key)
        yield from c.needs(network.maker, key)
    yield from closed(tuple(values), c)


@part("networks", how="an alias of the other service, which everything on the network can use")
def links(values: tuple[str, ...], c: Context) -> tuple[Directive, ...]:
    own = c.service.spec.networks
    for i, link in enumerate(values):
        name = link.partition(":")[0]
        other = c.plan.services.get(name)
        if other and not own.keys() & other.spec.networks.keys():
            hint = "Put both services on one network."
            c.log.warn("key-lost", f"{c.place}.{i}: the two services share no network", hint, (*c.path, i))
    return ()


@part("networks", how="an alias, if the container is in this project; others keep their own names")
def external_links(values: tuple[str, ...], c: Context) -> tuple[Directive, ...]:
    for i, link in enumerate(values):
        container, _, alias = link.partition(":")
        named = told(container, NAME, "that it names")
        if container in c.plan.owners:
            continue
        if alias in ("", container):
            hint = "Put both containers on a network that is 'external:' here. On it, the container's name resolves."
            c.log.note("external-link", f"{c.place}.{i}: nothing makes the container {named} start", hint, (*c.path, i))
        else:
            other = told(alias, NAME, "of another kind")
            hint = "Use the container's own name instead; or give its service the alias, below 'networks:'."
            c.log.warn("key-lost", f"{c.place}.{i}: the container {named} gets no name {other}", hint, (*c.path, i))
    return ()


@writing("PodmanArgs", of=("networks",), how="on the first network; without a network, an option")
def mac_address(address: str, c: Context) -> Directives:
    service = c.service.spec
    if service.networks:
        return
    if service.network_mode in ("bridge", "default"):
        yield c.argument(f"--mac-address={address}")
    else:
        hint = "Only a container on a bridge network has its own address."
        c.log.warn("key-lost", f"{c.place} is not converted with this network_mode", hint, c.path)


def _endpoint(given: ServiceNetwork, key: str, c: Context) -> Iterator[str]:
    # Docker Compose names a container so, and finds it by that name, unless the file gives it another.
    of_compose = [f"{c.plan.project}-{c.service.name}-{c.service.number + 1}"]
    names = of_compose if not c.service.spec.container_name else []
    further = c.plan.further.get((c.service.name, key), ())
    for alias in dict.fromkeys((c.service.name, *given.aliases, *further, *names)):
        if re.search(r"[,:=\s]", alias):
            hint = "Use only letters, digits, '.', '_' and '-'."
            c.log.warn("bad-name", f"{c.place}.{key}: an alias cannot be written", hint, (*c.path, key))
        else:
            yield f"alias={alias}"
    interface = given.interface_name or given.driver_opts.get(INTERFACE, "")
    for name, text in (
        ("ip", given.ipv4_address),
        ("ip6", given.ipv6_address),
        ("mac", given.mac_address),
        ("interface_name", interface),
    ):
        if re.search(r"[,\s]", text):
            hint = "Write only the address or the name."
            c.log.error("bad-value", f"{c.place}.{key}: the value for {name} cannot be written", hint, (*c.path, key))
        elif text:
            yield f"{name}={text}"
    lost = ["link_local_ips"] if given.link_local_ips else []
    lost += [f"driver_opts.{name}" for name in given.driver_opts if name != INTERFACE]
    for name in lost:
        hint = "Podman has no such option for a container in a network."
        c.log.warn("key-lost", f"{c.place}.{key}.{dotted((name,))} is not converted", hint, (*c.path, key))


@writing("Network", how="host, none, or the network of another container, which starts first")
def network_mode(mode: str, c: Context) -> Directives:
    kind, _, name = mode.partition(":")
    if kind == "service":
        yield c.put("Network", f"container:{c.plan.services[name].container}")
        return
    plain = name if kind == "container" else mode
    if kind not in PODMAN_MODES and not RESOURCE_NAME.fullmatch(plain):
        hint = "Write host, none, bridge, service:NAME or container:NAME. For other networks, use 'networks:'."
        c.log.error("bad-value", f"{c.place}: {shown(mode, NAME)} is no mode that containers can have", hint, c.path)
        return
    if kind == "container" and name not in c.plan.owners and name not in c.plan.neighbours.containers:
        c.log.warn(
            "foreign-container",
            f"{c.place}: the container {told(name, NAME)} is not in this project, so it is not started first",
            "If a unit starts it, name its service: x-quadlet: {Unit: {BindsTo: NAME.service, After: NAME.service}}",
            c.path,
        )
    yield c.put("Network", "bridge" if mode == "default" else mode)


@writing("PublishPort", how="one line per port or range; without a host port, Podman chooses one")
def ports(values: tuple[Port, ...], c: Context) -> Directives:
    mode = c.service.spec.network_mode
    kind, _, other = mode.partition(":")
    if hint := NO_PORTS.get(kind):
        hint = hint.format(told(other, NAME, "that it names"))
        c.log.warn(
            "ports-dropped",
            f"{c.place}: with 'network_mode: {told(mode, MODE, '…')}' no port is published",
            hint,
            c.path,
        )
        return
    for i, (ip, host, inside, protocol) in _runs(values, c):
        address = f"[{ip}]" if ":" in ip else ip
        text = f"{host}:{inside}" if host else inside
        text = f"{address}:{text if host else ':' + text}" if address else text
        yield c.put("PublishPort", text if protocol == "tcp" else f"{text}/{protocol}", i)


Run = tuple[str, str, str, str]
"""Address, host ports, container ports, protocol."""


def _runs(values: tuple[Port, ...], c: Context) -> Iterator[tuple[int, Run]]:
    """The ports, with adjacent ones combined, since loading a project expands ranges."""
    groups: dict[tuple[str, str, int], dict[int, int]] = {}
    out: dict[int, Run] = {}
    for i, port in enumerate(values):
        host, protocol = port.published if port.published.strip("0") else "", port.protocol or "tcp"
        if protocol not in PROTOCOLS:
            hint = f"Write one of {', '.join(PROTOCOLS)}."
            c.log.error("bad-port", f"{c.place}.{i}.protocol: there is no such protocol", hint, (*c.path, i))
            continue
        if "-" in host:
            host = _first_of_range(port, c, i)
        if not host:
            out[i] = (port.host_ip, "", str(port.target), protocol)
        else:
            groups.setdefault((port.host_ip, protocol, int(host) - port.target), {})[port.target] = i
    for (ip, protocol, offset), members in groups.items():
        start = last = None
        for target in [*sorted(members), None]:
            if start is not None and last is not None and target != last + 1:
                inside = str(start) if start == last else f"{start}-{last}"
                host = str(start + offset) if start == last else f"{start + offset}-{last + offset}"
                out[min(members[t] for t in range(start, last + 1))] = (ip, host, inside, protocol)
                start = None
            start = target if start is None else start
            last = target
    yield from sorted(out.items())


def _first_of_range(port: Port, c: Context, i: int) -> str:
    first = port.published.partition("-")[0]
    if c.service.others or c.service.number:
        # Each of several containers gets its own.
        return str(int(first) + c.service.number)
    c.log.warn(
        "port-range",
        f"{c.place}.{i}: Podman cannot choose a host port from {told(port.published, PORT)}; it gets {first}",
        "Write a particular host port.",
        (*c.path, i),
    )
    return first


def resolver(key: str) -> Verb:
    """A setting of name resolution, which a container without a network does not have."""

    @writing(key, how="one line per value, if there is a network")
    def verb(values: tuple[str, ...], c: Context) -> Directives:
        if c.service.spec.network_mode == "none":
            hint = "Remove it. Podman would not start the container, and under Docker it has no effect."
            c.log.warn("key-lost", f"{c.place} is not converted with 'network_mode: none'", hint, c.path)
            return
        yield from each(key).lower(values, c)

    return verb


@writing("ExposeHostPort", "PodmanArgs", how="one line per port; for information only, as with Docker")
def expose(values: tuple[str, ...], c: Context) -> Directives:
    for i, port in enumerate(values):
        if re.fullmatch(r"[0-9]+(-[0-9]+)?(/(tcp|udp))?", port):
            yield c.put("ExposeHostPort", port, i)
        else:
            yield c.argument(f"--expose={port}", below=i)


@writing("AddHost", how="one line per address, as HOST:ADDRESS")
def extra_hosts(values: dict[str, Any], c: Context) -> Directives:
    for host, addresses in values.items():
        for address in addresses:
            yield c.put("AddHost", f"{host}:{address}", host)
