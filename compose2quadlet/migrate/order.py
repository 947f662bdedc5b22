"""In which order containers start, and which projects have to move together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compose2quadlet.inventory import OWN_NETWORKS, Container, Inventory


def started(containers: Sequence[Container]) -> list[Container]:
    """Containers in the order in which they start: each after those that it needs, or whose network it shares."""
    by_service: dict[tuple[str, str], list[Container]] = {}
    by_id = {c.id: c for c in containers}
    for one in containers:
        by_service.setdefault((one.project, one.service), []).append(one)
    found: dict[str, Container] = {}
    open_ones: set[str] = set()

    def visit(one: Container) -> None:
        if one.id in found or one.id in open_ones:
            return
        open_ones.add(one.id)
        if one.beside in by_id:
            visit(by_id[one.beside])
        for name in one.needs:
            for other in by_service.get((one.project, name), ()):
                visit(other)
        found[one.id] = one

    for one in sorted(containers, key=lambda c: (c.project, c.service, c.number, c.name)):
        visit(one)
    return list(found.values())


def groups(inventory: Inventory, wanted: Iterable[str]) -> list[tuple[str, ...]]:
    """Projects that have to move together, since they share volumes or networks; each group is sorted."""
    names = sorted(set(wanted))
    leader = {name: name for name in names}

    def top(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    seen: dict[tuple[str, str], str] = {}
    for name in names:
        for one in inventory.of(name):
            shared = [("volume", m.name) for m in one.mounts if m.type == "volume"]
            shared += [("network", n) for n in one.networks if n not in OWN_NETWORKS]
            for thing in shared:
                other = seen.setdefault(thing, name)
                leader[top(name)] = top(other)
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(top(name), []).append(name)
    return sorted(tuple(sorted(members)) for members in found.values())
