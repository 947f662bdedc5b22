"""Limits, namespaces, devices and graphics cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compose2quadlet.backend.unit import Directive
from compose2quadlet.lowering.verbs import Context, Verb, warning, writing
from compose2quadlet.model import Blkio, Deploy, DeviceRequest, Resource
from compose2quadlet.planner.host.rules import wanted_gpus

Directives = Iterator[Directive]

EVERYWHERE = "mode", "update_config", "rollback_config", "placement", "endpoint_mode", "labels"
"""The keys of ``deploy`` that are for a swarm. On one host, Docker Compose ignores them, too."""


MOST_CARDS = 64
"""The most graphics cards that a service may request. Machines with 16 of them exist."""

SLICE = re.compile(r"[A-Za-z0-9:_.\\-]+\.slice")
"""The name of a slice. systemd ignores a line with any other name."""


def namespace(option: str) -> Verb:
    """A namespace: the host's, a private one, or that of another container."""

    @writing("PodmanArgs", how=f"the option {option}; 'service:NAME' becomes the container of that service")
    def verb(mode: str, c: Context) -> Directives:
        kind, _, name = mode.partition(":")
        text = f"container:{c.plan.services[name].container}" if kind == "service" else mode
        yield c.argument(f"{option}={text}")

    return verb


@writing("Slice", how="the slice in which the service runs")
def cgroup_parent(name: str, c: Context) -> Directives:
    if SLICE.fullmatch(name):
        yield c.put("Slice", name, section="Service")
        return
    hint = "With systemd, it must be the name of a slice, such as 'limited.slice'."
    c.log.warn("key-lost", f"{c.place} is not carried over: it names no slice", hint, c.path)


OF_VERSION_1 = warning(
    "key-lost",
    ": it needs version 1 of control groups, and Podman would not start the container with it",
    "Remove it. Current hosts have version 2 of control groups, which lacks it.",
    "left out: it needs version 1 of control groups",
)


def memory(size: int) -> str:
    """A size in bytes as people write it: in the largest unit that gives a whole number."""
    for unit, count in (("g", 1024**3), ("m", 1024**2), ("k", 1024)):
        if size >= count and size % count == 0:
            return f"{size // count}{unit}"
    return str(size)


MEM_LIMIT = writing("Memory", how="its size")(lambda size, c: [c.put("Memory", memory(size))])


def memory_option(name: str) -> Verb:
    """A size for a ``podman`` option."""
    return writing("PodmanArgs", how=f"the option {name}")(lambda size, c: [c.argument(f"{name}={memory(size)}")])


@writing("PodmanArgs", how="the option --cpus")
def cpus(number: float, c: Context) -> Directives:
    yield c.argument(f"--cpus={number:g}")


@writing("PodmanArgs", how="the options --blkio-weight, and --device-read-bps and its kin, one per device")
def blkio_config(given: Blkio, c: Context) -> Directives:
    if given.weight:
        yield c.argument(f"--blkio-weight={given.weight}", below="weight")
    for device in given.weight_device:
        yield c.argument(f"--blkio-weight-device={device.path}:{device.weight}", below="weight_device")
    for key in ("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"):
        for throttle in getattr(given, key):
            yield c.argument(f"--{key.replace('_', '-')}={throttle.path}:{int(throttle.rate)}", below=key)


# ---------------------------------------------------------------- graphics cards


@writing("AddDevice", how="graphics cards by their CDI names, such as nvidia.com/gpu=all")
def gpus(requests: tuple[DeviceRequest, ...], c: Context) -> Directives:
    for i, request in enumerate(requests):
        # As with Docker Compose, everything below this key is a graphics card.
        yield from _devices(request.model_copy(update={"capabilities": (*request.capabilities, "gpu")}), c, i)


def _devices(request: DeviceRequest, c: Context, i: str | int) -> Directives:
    vendor = request.driver or "nvidia"
    if vendor == "cdi":
        yield from (c.put("AddDevice", name, i) for name in request.device_ids)
        return
    if vendor not in ("nvidia", "amd") or not (request.driver or "gpu" in request.capabilities):
        hint = "Name the device by its path or its CDI name: x-quadlet: {Container: {AddDevice: …}}"
        c.log.warn("key-unsupported", f"{c.place}.{i} does not request a graphics card", hint, (*c.path, i))
        return
    if request.count > MOST_CARDS:
        hint = f"Write a number up to {MOST_CARDS}, or 'all'."
        c.log.error("bad-value", f"{c.place}.{i}: no host has {request.count} graphics cards", hint, (*c.path, i))
        return
    names: Iterable[str | int] = request.device_ids or (range(request.count) if request.count > 0 else ["all"])
    yield from (c.put("AddDevice", f"{vendor}.com/gpu={name}", i) for name in names)
    c.log.note(
        "gpu-by-cdi",
        f"{c.place}: Podman finds graphics cards by CDI, so the host needs a CDI description of them",
        "For NVIDIA: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml",
        c.path,
    )


@writing(
    *("PodmanArgs", "AddDevice"),
    how="the option --runtime; 'nvidia' becomes graphics cards by CDI: those in NVIDIA_VISIBLE_DEVICES, or all",
)
def runtime(name: str, c: Context) -> Directives:
    if name != "nvidia":
        yield c.argument(f"--runtime={name}")
        return
    service = c.service.spec
    visible = service.environment.get("NVIDIA_VISIBLE_DEVICES") or "all"
    if not wanted_gpus(service) and visible not in ("none", "void"):
        ids = () if visible == "all" else tuple(word.strip() for word in visible.split(","))
        yield from _devices(DeviceRequest(driver="nvidia", device_ids=ids), c, "nvidia")


@writing("ShmSize", how="its size")
def shm_size(size: int, c: Context) -> Directives:
    if (ipc := c.service.spec.ipc) in ("host", "none"):
        hint = f"Remove it, or 'ipc: {ipc}'. Docker ignores it in that case; Podman would not start the container."
        c.log.warn("key-lost", f"{c.place}: has no effect with 'ipc: {ipc}', which shares the memory", hint, c.path)
        return
    yield c.put("ShmSize", memory(size))


# ---------------------------------------------------------------- deploy


@writing(
    *("Memory", "PidsLimit", "AddDevice", "PodmanArgs"),
    of=("restart",),
    how="limits, reservations, and the restart policy, which wins over 'restart'",
)
def deploy(given: Deploy, c: Context) -> Directives:
    limits, reserved = given.resources.limits or Resource(), given.resources.reservations or Resource()
    service = c.service.spec
    if limits.cpus and not service.cpus:
        yield c.argument(f"--cpus={limits.cpus:g}", below="resources")
    if limits.memory and not service.mem_limit:
        yield c.put("Memory", memory(limits.memory), "resources")
    if limits.pids and not service.pids_limit:
        yield c.put("PidsLimit", str(limits.pids), "resources")
    if reserved.memory and not service.mem_reservation:
        yield c.argument(f"--memory-reservation={memory(reserved.memory)}", below="resources")
    for request in reserved.devices:
        yield from _devices(request, c, "resources")
    ignored = [key for key in EVERYWHERE if getattr(given, key)]
    ignored += [f"resources.reservations.{key}" for key in ("cpus", "generic_resources") if getattr(reserved, key)]
    if ignored:
        hint = "They are for a swarm."
        mean = "has" if len(ignored) == 1 else "have"
        c.log.note("swarm-only", f"{c.place}: {', '.join(ignored)} {mean} no effect on one host", hint, c.path)
