"""A plan of a migration, and how one went, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compose2quadlet.migrate.plan import BindMove, Group, Plan, VolumeMove

SIZES = ("bytes", "KiB", "MiB", "GiB", "TiB")


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in SIZES[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {SIZES[-1]}"


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def markdown(plan: Plan) -> str:
    """The plan as a document to review."""
    whose = f"the service manager of {plan.user}" if plan.user else "the system's service manager"
    lines = [
        f"# Migration {plan.id}",
        "",
        f"From Docker {plan.docker} to Podman {plan.podman} under {whose}. Made {plan.made}.",
        "",
        "Nothing has changed yet. `compose2quadlet migrate run` with this plan does it. Docker's data is only read.",
        "",
    ]
    if plan.whole:
        lines += ["At the end, Docker is switched off: " + ", ".join(plan.docker_units) + ".", ""]
    for group in plan.groups:
        lines += _group(group)
    if plan.stays:
        lines += ["## What stays under Docker", ""]
        lines += [f"- {_plain(name)}: {_plain(reason)}" for name, reason in plan.stays] + [""]
    return "\n".join(lines)


def _group(group: Group) -> Iterator[str]:
    yield from (f"## {group.name}", "")
    if len(group.projects) > 1:
        yield from ("These projects share volumes or networks, so they move together.", "")
    for blocker in group.blockers:
        yield f"- **Cannot move:** {_plain(blocker)}"
    for note in group.notes:
        yield f"- {_plain(note)}"
    if group.blockers or group.notes:
        yield ""
    yield from (f"Estimated downtime: {duration(group.seconds)}.", "")
    yield from _table(
        "Containers, in the order in which they start",
        ("container", "runs", "restart policy", "becomes"),
        [(c.name, "yes" if c.running else "no", c.policy, _unit(group, c.name)) for c in group.containers],
    )
    yield from _table(
        "Images",
        ("image", "size", "how"),
        [(i.names[0] if i.names else i.id, size(i.size), "is there" if i.there else "copied") for i in group.images],
    )
    yield from _table(
        "Volumes",
        ("volume", "files", "size", "from", "owners"),
        [(v.into, str(v.files), _space(v), v.source, _owners(v)) for v in group.volumes],
    )
    yield from _table("Bind mounts, which stay where they are", ("path", "owner", "inside", ""), map_binds(group.binds))
    yield from _table(
        "Ports that change hands",
        ("port", "service"),
        [(f"{p.address or '*'}:{p.number}/{p.protocol}", p.service) for p in group.ports],
    )
    yield from _table(
        "Networks that are created",
        ("network", ""),
        [(n.name, "is there" if n.there else "internal" if n.internal else "") for n in group.networks],
    )
    yield from _steps(group)


def map_binds(binds: Sequence[BindMove]) -> list[tuple[str, ...]]:
    """The rows of bind mounts."""
    return [(b.path, f"{b.uid}:{b.gid} {b.mode:04o}", b.seen, b.problem) for b in binds]


def _unit(group: Group, name: str) -> str:
    return next((s.unit for s in group.services if s.old == name), "")


def _space(volume: VolumeMove) -> str:
    return f"{size(volume.size)}, {'shared blocks' if volume.reflink else size(volume.space) + ' on the disk'}"


def _owners(volume: VolumeMove) -> str:
    """The map of IDs for people: ``as they are``, or for the largest of its owners what becomes of it."""
    if volume.ids.identity:
        return f"as they are ({volume.why})"
    pairs = [f"{n} → {volume.ids.user(n)}" for n in sorted({*volume.users[:2], *volume.users[-1:]})]
    return f"{', '.join(pairs)} ({volume.why})"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield from (f"### {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}")
        yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
        yield ""


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _steps(group: Group) -> Iterator[str]:
    yield from ("### Steps", "")
    for number, step in enumerate(group.steps, 1):
        yield f"{number}. {step.title}"
        yield from _commands(step.commands)
    yield ""
    yield from ("### The way back", "", "The steps that were done are undone, the last one first.", "")
    for step in reversed(group.steps):
        if step.back:
            yield f"- {step.title}"
            yield from _commands(step.back)
    yield ""


def _commands(commands: Sequence[str]) -> Iterator[str]:
    if commands:
        yield from ("", "   ```sh")
        yield from (f"   {_plain(command)}" for command in commands)
        yield from ("   ```", "")


def summary(plan: Plan) -> Iterator[str]:
    """A few lines about a plan."""
    for group in plan.groups:
        files, space = sum(v.files for v in group.volumes), sum(v.space for v in group.volumes if not v.reflink)
        what = (
            f"{len(group.containers)} containers, {len(group.volumes)} volumes ({files} files, {size(space)} to copy)"
        )
        yield f"{group.name}: {what}, away for about {duration(group.seconds)}"
        yield from (f"    cannot move: {blocker}" for blocker in group.blockers)
        yield from (f"    {note}" for note in group.notes)
        yield from (f"    {bind.path}: {bind.problem}" for bind in group.binds if bind.problem)
    for name, reason in plan.stays:
        yield f"{name} stays under Docker: {reason}"
