"""Hostile services in great number: many projects go through one run of the generator, whose start is what costs.

``python -m tests.property.many COUNT [SEED]`` makes COUNT examples, in equal shares for each generator at hand (see
``tests/support/generators.py``) and both scopes. What fails is printed as a compose file; it is not made smaller.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.property.cases import IMAGE, Case, cases, doubled, generated, units, verify
from tests.support.generators import Generator, generators

BATCH = 250
CHUNK = 5000
"""Examples of one seed."""


@dataclass
class Run:
    """One generator and scope: what was tried, and the cases that still wait for the generator."""

    generator: Generator
    scope: str
    plain: list[str]
    examples: int = 0
    refused: int = 0
    pending: list[Case] = field(default_factory=list)

    def add(self, case: Case) -> None:
        self.pending.append(case)
        if len(self.pending) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Send the waiting cases through the generator. Raises AssertionError, with the compose file."""
        waiting, self.pending = self.pending, []
        if not waiting:
            return
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            kept = list(self._converted(waiting, folder))
            made = generated(folder, self.generator, self.scope)
        for project, case in kept:
            try:
                verify(case, project, made[f"{project}-app.service"], self.plain)
            except Exception as e:
                raise AssertionError(doubled({"services": {"app": case.service}, **case.top})) from e
        self.examples += len(waiting)
        self.refused += len(waiting) - len(kept)

    def _converted(self, waiting: list[Case], folder: Path) -> Iterator[tuple[str, Case]]:
        for i, case in enumerate(waiting):
            project = f"p{i}"
            if files := units(case, project, self.generator, self.scope, folder):
                for name, text in files.items():
                    (folder / name).write_text(text)
                yield project, case


def plain(generator: Generator, scope: str) -> list[str]:
    """The service of a container with nothing but an image, of the project PROJECT."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (
            units(Case({"image": IMAGE, "network_mode": "bridge"}), "pp", generator, scope, folder) or {}
        ).items():
            (folder / file).write_text(text)
        rows = generated(folder, generator, scope)["pp-app.service"]
    return [row.replace("pp-app", "PROJECT-app") for row in rows]


def many(generator: Generator, scope: str, count: int, start: int) -> Run:
    """Try ``count`` examples, from the seed ``start`` on."""
    run = Run(generator, scope, plain(generator, scope))

    @seed(start)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases())
    def collect(case: Case) -> None:
        run.add(case)

    collect()
    run.flush()
    return run


def main() -> None:
    count, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    places = [(generator, scope) for generator in generators() for scope in ("user", "system")]
    parts = -(-count // (CHUNK * len(places)))
    for i, (generator, scope) in enumerate(places * parts):
        began = time.monotonic()
        run = many(generator, scope, count // (len(places) * parts), start + i)
        rate = run.examples / (time.monotonic() - began)
        said = f"{run.examples} examples from seed {start + i}, {run.refused} refused, {rate:.0f}/s"
        print(f"{generator}, {scope}: {said}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
