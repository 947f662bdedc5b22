"""Which of Docker's volumes becomes which of Podman's, with which owners, and which cannot be moved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from compose2quadlet.diagnostics import command
from compose2quadlet.frozen import frozen
from compose2quadlet.inventory import Container, Inventory, Mount, Volume
from compose2quadlet.migrate.idmap import Subordinate, of_policy
from compose2quadlet.migrate.plan import VolumeMove
from compose2quadlet.numbers import whole
from compose2quadlet.options import Scope
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner import ServicePlan, VolumePlan

SIZE = re.compile(r"size=(\d+)")
USUAL_RANGE = 1024
"""How many IDs ``UserNS=auto`` has without a size. Source: containers-storage.conf(5), ``auto-userns-min-size``."""

Pairs = Sequence[tuple[Container, ServicePlan]]


@frozen()
class Count:
    """The sums over a volume: see ``tree.Totals``. ``reflink`` says that a copy can share its blocks."""

    files: int
    size: int
    space: int
    users: tuple[int, ...]
    groups: tuple[int, ...]
    guards: tuple[str, ...]
    reflink: bool = False


@frozen()
class Rules:
    """Who gets the volumes. ``marks`` are Podman's volumes that have data, with the migration that they are a copy of;
    with ``replace``, such a copy may be written over."""

    scope: Scope
    login: Subordinate | None
    marks: Mapping[str, str]
    replace: bool


def moves(
    pairs: Pairs, inventory: Inventory, made: Mapping[str, Conversion], counts: Mapping[str, Count], rules: Rules
) -> tuple[tuple[VolumeMove, ...], list[str]]:
    """The volumes to copy, and why some cannot be."""
    known = {v.name: v for v in inventory.volumes}
    found: dict[str, VolumeMove] = {}
    blockers: list[str] = []
    for one, plan in pairs:
        for mount in (m for m in one.mounts if m.type == "volume"):
            target = _target(one, plan, mount, made[one.project])
            problem = _problem(one, mount, target, known, counts)
            if problem or target is None:
                blockers += [problem] if problem else []
                continue
            move = _move(one, plan, mount, target, known, counts[mount.name], rules)
            before = found.get(mount.name)
            if before and before.ids != move.ids:
                owners = f"{before.services[0]} and {one.service} would see different owners in it"
                blockers.append(f"the volume {mount.name}: {owners}: give both the same policy with --isolation")
            services = (*before.services, one.service) if before else (one.service,)
            found[mount.name] = replace(before or move, services=services)
            blockers += _unmapped(one, plan, move, rules)
    blockers += [text for move in found.values() for text in _taken(move, rules)]
    return tuple(found.values()), blockers


def _target(one: Container, plan: ServicePlan, mount: Mount, made: Conversion) -> VolumePlan | None:
    """The volume that the unit mounts at the same place."""
    for other in plan.spec.volumes:
        if other.type == "volume" and other.target.rstrip("/") == mount.target.rstrip("/"):
            if other.source:
                return made.plan.volumes.get(other.source)
            return made.plan.anonymous.get((one.service, one.number - 1, other.target))
    return None


def _problem(
    one: Container, mount: Mount, target: VolumePlan | None, known: Mapping[str, Volume], counts: Mapping[str, Count]
) -> str:
    """Why a volume cannot be copied; empty if it can, or if it is a mount of something that both engines use."""
    volume = known.get(mount.name)
    if volume is None:
        return f"the volume {mount.name} of the container {one.name} is gone"
    if volume.driver != "local":
        return f"the volume {mount.name} is of the plugin {volume.driver}, whose data only that plugin can move"
    if target is None:
        return (
            f"the container {one.name} has the volume {mount.name} at {mount.target}, and the compose file no longer"
            f" does: create it anew with 'docker compose up -d', or put the volume back"
        )
    if volume.options.get("device") or target.spec.driver_opts.get("device"):
        return ""
    if not volume.anonymous and target.spec.name != mount.name:
        return (
            f"the container {one.name} has the volume {mount.name} at {mount.target}, and the compose file"
            f" {target.spec.name}: create it anew with 'docker compose up -d'"
        )
    if mount.name not in counts:
        return f"the data of the volume {mount.name} cannot be read at {volume.path}"
    return ""


def _move(
    one: Container,
    plan: ServicePlan,
    mount: Mount,
    target: VolumePlan,
    known: Mapping[str, Volume],
    count: Count,
    rules: Rules,
) -> VolumeMove:
    identity, volume = plan.identity, known[mount.name]
    return VolumeMove(
        name=mount.name,
        source=volume.path,
        into=target.spec.name,
        unit=target.unit.service if target.unit else target.elsewhere.service if target.elsewhere else "",
        file=target.unit.file if target.unit else "",
        ids=of_policy(rules.scope, identity.policy, identity.userns, rules.login),
        why=f"{rules.scope} scope, {identity.policy}{f', {identity.userns}' if identity.userns else ''}",
        services=(one.service,),
        users=count.users,
        groups=count.groups,
        files=count.files,
        size=count.size,
        space=count.space,
        reflink=count.reflink,
        guards=count.guards,
        unnamed=volume.anonymous,
        replaces=rules.marks.get(target.spec.name, "") if rules.replace else "",
    )


def _unmapped(one: Container, plan: ServicePlan, move: VolumeMove, rules: Rules) -> Iterable[str]:
    """The owners of files that the container would not have."""
    size = _range(plan.identity.userns) if rules.scope is Scope.SYSTEM else None
    outside = move.ids.outside(move.users, move.groups)
    if size is not None:
        outside += [f"user {n}" for n in move.users if n >= size] + [f"group {n}" for n in move.groups if n >= size]
    if outside:
        names = ", ".join(outside[:5]) + (f" and {len(outside) - 5} more" if len(outside) > 5 else "")
        yield (
            f"the volume {move.name} has files of {names}, which '{one.service}' would not have with"
            f" {plan.identity.policy}: choose {command('--isolation', f'{one.service}=none')}, or more subordinate IDs"
        )


def _range(userns: str) -> int | None:
    """How many IDs a container of the system has; None for all."""
    if not userns.startswith("auto"):
        return None
    found = SIZE.search(userns)
    return (whole(found[1]) or 0) if found else USUAL_RANGE


def _taken(move: VolumeMove, rules: Rules) -> Iterable[str]:
    """Why Podman's volume of that name must not be written to."""
    mark = rules.marks.get(move.into)
    if mark is None or (mark and rules.replace):
        return
    if mark:
        yield (
            f"Podman's volume {move.into} has the data of an earlier migration, {mark}: plan with --replace to write"
            f" over it"
        )
    else:
        yield f"Podman already has a volume {move.into} with data: remove it if nobody needs it"
