"""What a project opens to the network, or of the host to a container: what somebody who reviews it looks at first."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.frozen import frozen
from compose2quadlet.pipeline import Conversion

STRONG = frozenset("ALL SYS_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO NET_ADMIN DAC_READ_SEARCH BPF".split())
"""Capabilities with which a container can leave its confinement, or change the host. Source: capabilities(7)."""

SOCKETS = ("docker.sock", "podman.sock")


@frozen()
class Exposure:
    """One opening: of which service, what it is, and whether it is ``wide``: to everybody, or to the whole host."""

    service: str
    what: str
    wide: bool = False


def exposures(made: Conversion) -> Iterator[Exposure]:
    """The openings of a project, by service."""
    for name, service in made.plan.services.items():
        spec = service.spec
        for port in made.plan.ports:
            if port.service == name:
                numbers = str(port.first) if port.first == port.last else f"{port.first}-{port.last}"
                where = port.ip or "all addresses"
                yield Exposure(name, f"port {numbers}/{port.protocol} on {where}", wide=not port.ip)
        if spec.network_mode == "host":
            yield Exposure(name, "the network of the host, with all of its ports", wide=True)
        for kind in ("pid", "ipc", "uts"):
            if getattr(spec, kind) == "host":
                yield Exposure(name, f"the {kind} namespace of the host", wide=kind == "pid")
        if service.host.api_socket or service.host.sockets or any(m.source.endswith(SOCKETS) for m in spec.volumes):
            yield Exposure(name, "the socket of the container engine: it can do what the engine can", wide=True)
        if spec.privileged:
            yield Exposure(name, "privileged: all devices and capabilities", wide=True)
        for capability in spec.cap_add:
            plain = capability.upper().removeprefix("CAP_")
            yield Exposure(name, f"the capability {plain}", wide=plain in STRONG)
        for device in spec.devices:
            yield Exposure(name, f"the device {device.source}")
