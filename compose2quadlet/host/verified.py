"""Compares all containers of a project before and after a move, and looks whether they answer as before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from compose2quadlet.compare import Finding, Outcome, Pair, Side, Values, Verified, kernel, living, read, rows
from compose2quadlet.host import answering
from compose2quadlet.host.inventory import ports
from compose2quadlet.host.pairs import Before, Key


def verified(project: str, before: Before, after: Mapping[Key, Side], live: bool) -> Verified:
    """All findings, in the order of services. ``live`` also looks at ports, names and files."""
    findings: list[Finding] = []
    pairs: list[Pair] = []
    for key, old in sorted(before.sides.items()):
        if key not in after:
            findings.append(_missing(old))
            continue
        pair = Pair(old, after[key])
        pairs.append(pair)
        findings += [*rows.inspected(pair), *kernel.seen(pair), *living.state(pair)]
    unknown: list[str] = []
    if pairs and not any(p.old.kernel for p in pairs):
        unknown.append(
            "how the kernel saw the old containers: they do not run; save it before a move, with 'verify --save FILE'"
        )
    if live:
        findings += _ports(pairs, before, unknown)
        for pair in pairs:
            findings += [*_names(pair, pairs), *_files(pair)]
    order = {p.new.name: i for i, p in enumerate(pairs)}
    return Verified(project, tuple(sorted(findings, key=lambda f: order.get(f.container, -1))), tuple(unknown))


def _missing(old: Side) -> Finding:
    ended = not (old.inspect.get("State") or {}).get("Running")
    if ended and read.restart_old(old)[""] == "no":
        reason = "it had ended; units remove containers that end"
        return Finding(old.name, "inspect", "container", Outcome.ON_PURPOSE, "ended", "not there", reason)
    reason = "start the project's target, and read: journalctl -b"
    return Finding(old.name, "inspect", "container", Outcome.DIFFERENT, "there", "not there", reason)


def _tcp(side: Side) -> list[tuple[str, int]]:
    """The TCP ports that a container publishes, with their addresses; empty for all."""
    found = ports(side.host.get("PortBindings") or {})
    return [(p.address, p.number) for p in found if p.protocol == "tcp" and p.number]


def _places(address: str, number: int) -> list[str]:
    """Where to ask this host for a port."""
    if not address:
        return [f"127.0.0.1:{number}", f"[::1]:{number}"]
    return [f"[{address}]:{number}" if ":" in address else f"{address}:{number}"]


def asked(sides: Iterable[Side]) -> tuple[dict[str, Values], dict[str, Values] | None]:
    """What the published ports of containers say to this host, and to another one, by container name; None where that
    cannot be tried."""
    here: dict[str, Values] = {}
    wanted: dict[str, list[str]] = {}
    for side in sides:
        if (side.inspect.get("State") or {}).get("Running"):
            here[side.name] = answering.from_here(place for port in _tcp(side) for place in _places(*port))
            wanted[side.name] = [str(number) for address, number in _tcp(side) if not address]
    answers = answering.from_elsewhere({int(n) for numbers in wanted.values() for n in numbers})
    if answers is None:
        return here, None
    return here, {name: {n: answers.get(n, "no answer") for n in numbers} for name, numbers in wanted.items()}


def _ports(pairs: Iterable[Pair], before: Before, unknown: list[str]) -> Iterator[Finding]:
    pairs = [*pairs]
    here, elsewhere = asked(p.new for p in pairs)
    if elsewhere is None:
        unknown.append("what ports say to other hosts: a network namespace cannot be made; it needs root and iproute2")
    for pair in pairs:
        old, new = pair.old.name, pair.new.name
        yield from living.reached(new, before.here.get(old, {}), here.get(new, {}), "this host")
        yield from living.reached(new, before.elsewhere.get(old, {}), (elsewhere or {}).get(new, {}), "another host")


def _names(pair: Pair, pairs: Iterable[Pair]) -> Iterator[Finding]:
    """Names of the project's other containers, on the networks that they share."""
    own = {n.partition(" on ")[2] for n in read.aliases(pair.old)}
    wanted = {
        name
        for other in pairs
        if other is not pair
        for name, _, network in (alias.partition(" on ") for alias in read.aliases(other.old))
        if network in own
    }
    pid = (pair.new.inspect.get("State") or {}).get("Pid")
    answers = answering.names(pid, sorted(wanted)) if pid and wanted else None
    if answers:
        yield from living.resolved(pair.new.name, tuple(sorted(wanted)), answers)


def _files(pair: Pair) -> Iterator[Finding]:
    pid = (pair.new.inspect.get("State") or {}).get("Pid")
    for mount in pair.old.inspect.get("Mounts") or ():
        source, target = mount.get("Source") or "", mount.get("Destination") or ""
        before = answering.entries(source) if os.path.isdir(source) else frozenset()
        if pid and before:
            yield living.held(pair.new.name, target, before, answering.entries(f"/proc/{pid}/root{target}"))
