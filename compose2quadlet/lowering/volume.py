"""Turns a volume into its ``.volume`` unit."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.diagnostics import NAME, Log, dotted, told
from compose2quadlet.lowering.labels import with_own
from compose2quadlet.lowering.recovery import again
from compose2quadlet.lowering.verbs import Context, Row, apply, ignored, value, writing
from compose2quadlet.planner import Plan, VolumePlan
from compose2quadlet.planner.host.mounts import NETWORK_TYPES

Directives = Iterator[Directive]


@writing("Driver", how="left out for 'local'; any other needs a volume plugin for Podman")
def driver(name: str, c: Context) -> Directives:
    if name in ("", "local", "default"):
        return
    hint = "Install a Podman volume plugin of that name, or use the local driver."
    c.log.warn(
        "volume-driver",
        f"{c.place}: the driver {told(name, NAME, 'of that name')} must be a plugin that Podman has",
        hint,
        c.path,
    )
    yield c.put("Driver", name)


@writing("Type", "Device", "Options", "RequiresMountsFor", "Wants", "After", how="type, device and mount options")
def driver_opts(options: dict[str, str], c: Context) -> Directives:
    kind, device = options.get("type", ""), options.get("device", "")
    for name in options:
        if name not in ("type", "device", "o"):
            hint = "Podman's local driver knows only type, device and o, and refuses the volume with any other option."
            c.log.warn("key-lost", f"{c.place}.{dotted((name,))} is not carried over", hint, (*c.path, name))
    if device:
        if kind:
            yield c.put("Type", kind, "type")
        yield c.put("Device", device, "device")
        if text := options.get("o"):
            yield c.put("Options", text, "o")
    else:
        for name in ("type", "o"):
            if options.get(name):
                message = f"{c.place}.{name} is not converted: it has no effect without a device"
                c.log.warn("key-lost", message, "Add 'device:'.", (*c.path, name))
    if "bind" in options.get("o", "").split(",") and device.startswith("/"):
        yield c.put("RequiresMountsFor", (device,), "device", section="Unit")
    if kind in NETWORK_TYPES:
        for key in ("Wants", "After"):
            yield c.put(key, "network-online.target", "type", section="Unit")


@writing("Label", how="one line per KEY=VALUE, and the labels of Docker Compose")
def labels(values: dict[str, str], c: Context) -> Directives:
    yield from with_own(values, {"project": c.plan.project, "volume": c.volume.key}, c)


TABLE: tuple[Row, ...] = (
    Row("name", value("VolumeName")),
    Row("driver", driver),
    Row("driver_opts", driver_opts),
    Row("labels", labels, always=True),
    Row("external", ignored("It gets no unit: services use the volume by its name, and it must exist.")),
)


def volume(plan: Plan, made: VolumePlan, log: Log) -> Unit:
    """The ``.volume`` unit of a volume that belongs to the project."""
    assert made.unit is not None
    context = Context(plan, made, "Volume", ("volumes", made.key), log)
    description = Directive("Unit", "Description", f"Volume {made.key} (compose project {plan.project})")
    directives = [description, *apply(TABLE, made.spec, context), *again(plan)]
    return unit(made.unit.file, plan.project, f"volume {made.key}", directives)
