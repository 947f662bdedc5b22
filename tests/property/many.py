"""Hostile texts in great number: hundreds of projects go through one run of a generator, whose start is what costs.

``python -m tests.property.many COUNT [SEED]`` tries COUNT texts, in equal shares for each generator at hand (see
``tests/support/generators.py``), both scopes and several Podman versions, on all cores. What fails is printed once for
each kind, with its number; ``python -m tests.property.many --one NUMBER [SEED]`` tries that one again, and makes it
smaller.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from tests.property.observing import Place, yaml_text
from tests.property.surroundings import project
from tests.property.values import Fault, Tally, case, run, tried
from tests.support.generators import generators

BATCH = 400
OLDER = ("4.4", "4.9", "5.2")
"""Podman versions whose units are tried as well: in them, options stand in for keys. A newer generator reads them."""


def places() -> list[Place]:
    """Where texts are tried: each generator with the units for its own version, and with those for older ones."""
    found: list[Place] = []
    for generator, scope in product(generators() or (None,), ("user", "system")):
        own = generator.podman if generator else "5.4"
        found += [Place(podman, scope, "none", generator) for podman in (own, *OLDER)]
        found.append(Place(own, scope, "auto", generator))
    return found


def place(number: int) -> Place:
    """The place of a case, by its number."""
    known = places()
    return known[number // BATCH % len(known)]


def batch(job: tuple[int, int, int]) -> Tally:
    """Try the cases from one number up to another, all in one place."""
    seed, first, last = job
    tally = Tally()
    run(seed, range(first, last), place(first), tally)
    return tally


def many(count: int, seed: int) -> Iterator[Tally]:
    """Try cases on all cores, batch by batch."""
    jobs = [(seed, first, min(first + BATCH, count)) for first in range(0, count, BATCH)]
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        yield from pool.imap_unordered(batch, jobs)


def smaller(fault: Fault) -> Fault:
    """The same fault with as little text as possible: pieces are left out as long as it stays."""
    size = len(fault.case.text)
    while size := size // 2:
        at = 0
        while at < len(fault.case.text):
            text = fault.case.text[:at] + fault.case.text[at + size :]
            (found,) = tried([replace(fault.case, text=text)], fault.place)
            if isinstance(found, Fault) and found.kind == fault.kind:
                fault = found
            else:
                at += size
    return fault


def shown(fault: Fault) -> str:
    """A fault for people, with the compose file."""
    compose = yaml_text(project(fault.case.position, fault.case.written))
    where = f"{fault.case.position} as {fault.case.form}"
    return f"{where} ({fault.place}): {fault.detail[:1000]}\n    {compose[:500]}"


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        number, seed = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
        (found,) = tried([case(seed, number)], place(number))
        print(shown(smaller(found)) if isinstance(found, Fault) else found or "as it was meant")  # noqa: T201
        return int(isinstance(found, Fault))
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began, total, refused = time.monotonic(), 0, 0
    kinds: Counter[tuple[str, str]] = Counter()
    for i, tally in enumerate(many(count, seed)):
        total, refused = total + tally.tried, refused + tally.refused
        for fault in tally.faults:
            if not kinds[str(fault.case.position), fault.kind]:
                print(f"{fault.number}: {shown(fault)}", flush=True)  # noqa: T201
            kinds[str(fault.case.position), fault.kind] += 1
        if i % 50 == 0 or total == count:
            rate = total / (time.monotonic() - began)
            said = f"{total} texts from seed {seed}, {refused} refused, {kinds.total()} faults, {rate:.0f}/s"
            print(said, flush=True)  # noqa: T201
    for (position, kind), times in kinds.most_common():
        print(f"{times} times {position}: {kind}")  # noqa: T201
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
