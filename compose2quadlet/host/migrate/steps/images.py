"""Brings images over: by their ID, since a name may have moved on, and several names at once would be lost.

Measured: ``docker save`` of several images, or of one with several names, loses their names on the way. With Docker's
containerd store the IDs differ, and the layers are the same in all cases.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

from compose2quadlet.diagnostics import command
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.host.migrate.runner import Step, Work
from compose2quadlet.migrate.plan import ImageMove

PIPE = 'docker save "$1" | { shift; "$@"; }'
SHORT = 12
"""How many digits of an ID are shown."""


def short(number: str) -> str:
    """An ID as people see it."""
    return number.removeprefix("sha256:")[:SHORT]


def step(image: ImageMove) -> Step:
    """The step for one image. It can stay when the rest is undone."""
    name = image.names[0] if image.names else short(image.id)
    return Step(f"image {short(image.id)}", f"bring over the image {name}", lambda w: _do(w, image), holds=_held(image))


def there(machine: Machine, image: ImageMove) -> bool:
    """Whether Podman has an image under all of its names."""
    return bool(image.names) and all(layers(machine, name) == image.layers for name in image.names)


def layers(machine: Machine, name: str) -> tuple[str, ...] | None:
    """The layers of Podman's image of that name; None if it has none."""
    did = machine.look(*machine.runner.podman("image", "inspect", "--format", "{{json .RootFS.Layers}}", "--", name))
    return tuple(json.loads(did.output) or ()) if did.ok else None


def _held(image: ImageMove) -> Callable[[Work], bool]:
    return lambda work: there(work.machine, image)


def _do(work: Work, image: ImageMove) -> None:
    machine, podman = work.machine, work.machine.runner.podman
    if there(machine, image):
        return
    load = podman("load", "--quiet")
    shown = f"docker save {image.id} | {shlex.join(load)}"
    said = machine.change("sh", "-euc", PIPE, "sh", image.id, *load, shown=shown)
    number = said.split()[-1] if said.split() else image.id
    if image.names:
        machine.change(*podman("tag", number, *image.names))
    if machine.dry:
        return
    wrong = [name for name in image.names or (number,) if layers(machine, name) != image.layers]
    if wrong:
        raise FailedError(
            f"the image {wrong[0]} has other layers than Docker's {short(image.id)}",
            f"Remove it, and run this again: {command('podman', 'rmi', wrong[0])}",
        )
