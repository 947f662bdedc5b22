"""Makes the plan: from what runs under Docker, the converted projects, and what was found on the disks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from compose2quadlet.diagnostics import command
from compose2quadlet.frozen import frozen
from compose2quadlet.inventory import OWN_NETWORKS, Container, Image, Inventory, Network
from compose2quadlet.migrate import volumes
from compose2quadlet.migrate.idmap import Subordinate, of_policy
from compose2quadlet.migrate.order import started
from compose2quadlet.migrate.plan import (
    BindMove,
    Group,
    ImageMove,
    NetworkMove,
    Old,
    PortMove,
    Service,
    UnitFile,
    downtime,
)
from compose2quadlet.options import Scope
from compose2quadlet.pipeline import Conversion
from compose2quadlet.planner import ServicePlan
from compose2quadlet.planner.external import OF_PODMAN
from compose2quadlet.planner.images import qualified


@frozen()
class Survey:
    """What was found on the disks and in Podman. ``counts`` has the sums over each of Docker's volumes; ``marks`` has
    Podman's volumes that hold data, and the migration whose copy each is, empty for none; ``owners`` the user, group
    and mode of paths of the host, ``hashes`` what files have in them; ``first_port`` is the first port that the units
    may use, ``stops`` has for containers the seconds in which they stop. ``unmappable`` are paths of bind mounts where
    the kernel cannot map owners, and ``unmappable_store`` says so of Podman's volumes."""

    counts: Mapping[str, volumes.Count] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    images: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict)
    login: Subordinate | None = None
    replace: bool = False
    first_port: int = 0
    unmappable: frozenset[str] = frozenset()
    unmappable_store: bool = False
    stops: Mapping[str, int] = field(default_factory=dict)


@frozen()
class Context:
    """All that a group is made from. ``files`` are the units of each project, with their absolute paths."""

    inventory: Inventory
    made: Mapping[str, Conversion]
    files: Mapping[str, tuple[UnitFile, ...]]
    survey: Survey
    scope: Scope

    @property
    def images(self) -> dict[str, Image]:
        """Docker's images by their IDs."""
        return {image.id: image for image in self.inventory.images}

    @property
    def networks(self) -> dict[str, Network]:
        """Docker's networks by their names."""
        return {network.name: network for network in self.inventory.networks}

    @property
    def traps(self) -> list[str]:
        """Why nothing of this Docker can move. A volume of a plugin is a matter of its project."""
        return [f"{t.message}: {t.remedy}" for t in self.inventory.traps if t.refused and t.name != "volume-plugin"]


def group(names: Sequence[str], context: Context) -> Group:
    """The plan for projects that move together."""
    everything = started([c for name in names for c in context.inventory.of(name)])
    kept = [c for c in everything if _plan_of(c, context)]
    pairs = [(c, found) for c in kept if (found := _plan_of(c, context))]
    moves, blockers = volumes.moves(
        pairs, context.inventory, context.made, context.survey.counts, _volume_rules(context)
    )
    olds = tuple(_old(c, context.survey) for c in kept)
    images = tuple(_images(kept, context))
    services = tuple(_services(pairs))
    blockers = [*context.traps, *blockers, *_blockers(names, kept, images, context)]
    return Group(
        name="+".join(names),
        projects=tuple(names),
        containers=olds,
        images=images,
        volumes=moves,
        binds=tuple(_binds(pairs, context)),
        ports=tuple(_ports(kept)),
        networks=tuple(_networks(names, context)),
        bridges=tuple(_bridges(names, context)),
        files=tuple(f for name in names for f in context.files[name]),
        targets=tuple(context.made[name].plan.target for name in names),
        services=services,
        sources=tuple((file, context.survey.hashes[file]) for file in _sources(kept, context)),
        seconds=downtime(moves, olds, sum(s.needed for s in services)),
        blockers=tuple(dict.fromkeys(blockers)),
        notes=tuple(_notes(names, everything, kept, context)),
    )


def _volume_rules(context: Context) -> volumes.Rules:
    survey = context.survey
    return volumes.Rules(context.scope, survey.login, survey.marks, survey.replace)


def _plan_of(container: Container, context: Context) -> ServicePlan | None:
    """The unit's plan that stands for a container; None if the compose file no longer has its service."""
    made = context.made[container.project]
    service = made.plan.services.get(container.service)
    if service is None or service.name not in made.project.services:
        return None
    return next((one for one in service.each() if one.number == container.number - 1), None)


def _old(c: Container, survey: Survey) -> Old:
    stop = survey.stops.get(c.id, 10)
    return Old(c.id, c.name, c.project, c.service, c.image_id, c.running, c.health, c.restart, c.config_hash, stop)


def wanted_image(container: Container, plan: ServicePlan) -> str:
    """The full name of the image that a unit starts; empty if it has none."""
    return qualified(plan.image) or plan.image


def _images(containers: Sequence[Container], context: Context) -> Iterator[ImageMove]:
    names: dict[str, dict[str, None]] = {}
    for one in containers:
        plan = _plan_of(one, context)
        image = context.images.get(one.image_id)
        all_names = [*(image.names if image else ())]
        all_names += [wanted_image(one, plan)] if plan else []
        names.setdefault(one.image_id, {}).update(dict.fromkeys(full(all_names)))
    for number, wanted in names.items():
        if image := context.images.get(number):
            there = number in context.survey.images
            yield ImageMove(number, tuple(wanted), image.layers, image.size, there)


def full(names: Iterable[str]) -> tuple[str, ...]:
    """The names of an image in full; without those that are a digest, which ``podman tag`` cannot give."""
    named = (qualified(name) for name in names if not name.startswith("sha256:") and "@" not in name)
    return tuple(name for name in named if name)


def _services(pairs: Sequence[tuple[Container, ServicePlan]]) -> Iterator[Service]:
    for one, plan in pairs:
        yield Service(plan.unit.service, plan.container, one.name, one.running, bool(one.health))


def _ports(containers: Sequence[Container]) -> Iterator[PortMove]:
    for one in containers:
        for port in dict.fromkeys(p for p in one.ports if p.number):
            yield PortMove(port.address, port.number, port.protocol, one.service, one.running)


def _networks(names: Sequence[str], context: Context) -> Iterator[NetworkMove]:
    """The networks that nobody creates."""
    made = {n.spec.name for one in context.made.values() for n in one.plan.networks.values() if n.unit}
    found = {}
    for name in names:
        for n in context.made[name].plan.networks.values():
            if n.unit is None and n.elsewhere is None and n.spec.name not in (*OF_PODMAN, *made):
                old = context.networks.get(n.spec.name)
                there = n.spec.name in context.survey.networks
                found[n.spec.name] = NetworkMove(n.spec.name, bool(old and old.internal), there)
    yield from found.values()


def _bridges(names: Sequence[str], context: Context) -> Iterator[tuple[str, str]]:
    """Docker's bridges that have a subnet which a unit wants: the interface, and the network's name."""
    for name in names:
        for n in context.made[name].plan.networks.values():
            old = context.networks.get(n.spec.name)
            wanted = {c.subnet for c in n.spec.ipam.config if c.subnet}
            if n.unit and old and old.driver == "bridge" and wanted & set(old.subnets):
                yield old.bridge, old.name


def _binds(pairs: Sequence[tuple[Container, ServicePlan]], context: Context) -> Iterator[BindMove]:
    found: dict[str, BindMove] = {}
    for one, plan in pairs:
        ids = of_policy(context.scope, plan.identity.policy, plan.identity.userns, context.survey.login)
        for mount in one.mounts:
            owner = context.survey.owners.get(mount.source)
            if mount.type != "bind" or owner is None:
                continue
            uid, gid, mode = owner
            inside = ids.user_inside(uid), ids.group_inside(gid)
            seen = ":".join("nobody" if n is None else str(n) for n in inside)
            problem = ""
            if None in inside and mount.writable:
                problem = f"'{one.service}' sees its owner {uid}:{gid} as {seen}, so it may not be able to write there"
            before = found.get(mount.source)
            services = (*before.services, one.service) if before else (one.service,)
            writable = mount.writable or bool(before and before.writable)
            problem = problem or (before.problem if before else "")
            found[mount.source] = BindMove(mount.source, uid, gid, mode, writable, services, seen, problem)
    yield from found.values()


def _sources(containers: Sequence[Container], context: Context) -> list[str]:
    projects = {c.project for c in containers}
    found = [p for p in context.inventory.projects if p.name in projects]
    files = dict.fromkeys(f for p in found for f in (*p.files, *p.env_files))
    return [file for file in files if file in context.survey.hashes]


def _blockers(
    names: Sequence[str], kept: Sequence[Container], images: Sequence[ImageMove], context: Context
) -> Iterator[str]:
    """Why a group cannot move, besides its volumes."""
    moving = {c.id for c in kept}
    mounted = {m.name: c for c in kept for m in c.mounts if m.type == "volume"}
    for other in context.inventory.containers:
        for mount in other.mounts if other.id not in moving else ():
            if mount.type == "volume" and mount.name in mounted:
                yield (
                    f"the volume {mount.name} is shared with the container {other.name}, which stays under Docker:"
                    f" stop and remove it, or move its project too"
                )
    for one in kept:
        if one.image_id not in context.images:
            yield f"the image of the container {one.name} is gone from Docker"
        for port in one.ports:
            if port.number < context.survey.first_port:
                yield (
                    f"a login user cannot publish the port {port.number} of '{one.service}': allow it with"
                    f" 'sysctl net.ipv4.ip_unprivileged_port_start={port.number}', or move it to the system"
                )
        yield from _unmappable(one, context)
    by_name: dict[str, str] = {}
    for image in images:
        for name in image.names:
            if by_name.setdefault(name, image.id) != image.id:
                yield f"two images have the name {name}: create the older container anew with 'docker compose up -d'"


def _unmappable(one: Container, context: Context) -> Iterator[str]:
    """Bind mounts and volumes of a service whose owners Podman is to map, and cannot."""
    plan = _plan_of(one, context)
    if plan is None or "idmap" not in (plan.identity.bind_option, plan.identity.volume_option):
        return
    found = [m.source for m in one.mounts if m.type == "bind" and m.source in context.survey.unmappable]
    if context.survey.unmappable_store and any(m.type == "volume" for m in one.mounts):
        found.append("Podman's volumes")
    if found:
        yield (
            f"the file system of {found[0]} cannot map owners, which '{one.service}' needs with {plan.identity.policy}:"
            f" choose {command('--isolation', f'{one.service}=none')}"
        )


def _notes(
    names: Sequence[str], everything: Sequence[Container], kept: Sequence[Container], context: Context
) -> Iterator[str]:
    for project in context.inventory.projects:
        for drift in project.drift if project.name in names else ():
            who = f"the container {drift.container}" if drift.container else "the project"
            yield f"{who} is not as the compose files say, which the units follow: {drift.what}"
    for one in kept:
        if one.changed:
            paths = ", ".join(change[2:] for change in one.changed[:5])
            yield f"the container {one.name} has written outside of its volumes, which is not copied: {paths}"
    stays = [c for c in everything if c not in kept]
    for one in stays:
        yield f"the container {one.name} stays under Docker: the compose file has no service for it"
    moving = {c.id for c in kept}
    joined = {n for c in kept for n in c.networks} - set(OWN_NETWORKS)
    for other in context.inventory.containers:
        shared = joined & set(other.networks)
        if other.id not in moving and shared and other.project not in names:
            yield f"the container {other.name} stays under Docker, and no longer reaches the network {min(shared)}"
    for one in kept:
        if not one.running:
            yield f"the container {one.name} does not run, so its unit is not started, unless another needs it"
    if any(c.removed for c in kept):
        yield "containers with --rm are gone once they are stopped, so a rollback cannot start them"
