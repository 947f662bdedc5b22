"""How long whole runs take, side by side with Docker Compose: ``pytest tests/benchmarks -n0 -s``.

Every run is a process of its own, as a user starts it. Runs that are compared take turns, and the quickest of each
counts, so that other work on the machine disturbs little. Each row prints what it measured.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

MEMORY = 100
"""MiB that no run may exceed."""

COMPOSE = shutil.which("docker-compose")
needs_compose = pytest.mark.skipif(not COMPOSE, reason="there is no docker-compose to compare with")

SERVICE = """\
  app{n}:
    image: registry.example/app:{n}
    restart: unless-stopped
    ports: ["{port}:80"]
    environment: {{NAME: app{n}, PASSWORD: "${{PASSWORD:-secret}}", GREETING: "it's 100%"}}
    volumes: ["./data{n}:/data", "cache:/cache"]
    labels: ["traefik.enable=true", "traefik.http.routers.app{n}.rule=Host(`app{n}.example`)"]
    depends_on: {{db: {{condition: service_healthy}}}}
    healthcheck: {{test: ["CMD", "curl", "-f", "http://localhost"], interval: 30s}}
"""
DATABASE = """\
  db:
    image: postgres:16
    restart: always
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: pg_isready, interval: 10s}
volumes: {data: {}, cache: {}}
"""


def compose(count: int, first_port: int = 10000) -> str:
    """A project of ``count`` services and a database."""
    services = (SERVICE.format(n=n, port=first_port + n) for n in range(count))
    return "services:\n" + "".join(services) + DATABASE


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of CPU and by the clock, and its peak memory in MiB."""

    cpu: float
    wall: float
    memory: float


def run(arguments: list[str], folder: Path) -> Cost:
    """Run a program to its end, in ``folder``."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            os.chdir(folder)
            os.execve(arguments[0], arguments, environ)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    assert os.waitstatus_to_exitcode(status) == 0, arguments[:4]
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def convert(paths: list[Path], folder: Path) -> Callable[[], Cost]:
    """A run that finds no units yet."""
    options = ["--podman-version", "5.4", "--scope", "user", "-o", str(folder / "units")]
    arguments = [sys.executable, "-m", "compose2quadlet", "convert", *map(str, paths), *options]

    def afresh() -> Cost:
        shutil.rmtree(folder / "units", ignore_errors=True)
        return run(arguments, folder)

    return afresh


def config(paths: list[Path]) -> Callable[[], Cost]:
    """A run of ``docker-compose config`` for each project, one after the other; together they are one cost."""

    def all_of_them() -> Cost:
        assert COMPOSE
        costs = [run([COMPOSE, "config"], path) for path in paths]
        return Cost(sum(c.cpu for c in costs), sum(c.wall for c in costs), max(c.memory for c in costs))

    return all_of_them


def quickest(benchmark: BenchmarkFixture, rounds: int, *runs: Callable[[], Cost]) -> list[Cost]:
    """The least that each of the runs took, of some rounds in which they take turns."""
    taken: list[list[Cost]] = []
    benchmark.pedantic(lambda: taken.append([one() for one in runs]), rounds=rounds)  # type: ignore[no-untyped-call]
    return [
        Cost(min(c.cpu for c in costs), min(c.wall for c in costs), max(c.memory for c in costs))
        for costs in zip(*taken, strict=True)
    ]


def projects(folder: Path, count: int, services: int) -> list[Path]:
    """``count`` projects, each in a directory of its own."""
    made = []
    for n in range(count):
        path = folder / f"stack{n}" / "compose.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(compose(services, first_port=10000 + n * services))
        made.append(path.parent)
    return made


def judge(row: str, ratio: float, limit: float) -> None:
    """Print a row of the table, and fail where it is over its limit."""
    print(f"\n{row}: {ratio:.3f} (at most {limit})")  # noqa: T201 (what a benchmark is for)
    assert ratio <= limit, row


LIBRARIES = """
import click, yaml, jinja2
from pydantic import BaseModel
class Model(BaseModel):
    name: str = ""
"""
"""What a conversion cannot do without, before it has done anything."""


def test_start(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """One small project against importing the libraries."""
    small = convert(projects(tmp_path, 1, 1), tmp_path)
    ours, libraries = quickest(benchmark, 20, small, lambda: run([sys.executable, "-c", LIBRARIES], tmp_path))
    judge(f"small {ours.cpu:.3f} s, libraries {libraries.cpu:.3f} s, CPU", ours.cpu / libraries.cpu, 1.4)


@needs_compose
@pytest.mark.parametrize(("services", "rounds", "limit"), [(200, 5, 1.3), (1000, 3, 1.0)])
def test_services(services: int, rounds: int, limit: float, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """One large project against ``docker-compose config``."""
    made = projects(tmp_path, 1, services)
    ours, theirs = quickest(benchmark, rounds, convert(made, tmp_path), config(made))
    row = f"{services} services {ours.cpu:.2f} s, {ours.memory:.0f} MiB, docker-compose {theirs.cpu:.2f} s, CPU"
    judge(row, ours.cpu / theirs.cpu, limit)


def test_twice_the_services(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    one, two = (convert(projects(tmp_path / str(n), 1, n), tmp_path) for n in (1000, 2000))
    single, double = quickest(benchmark, 2, one, two)
    judge(f"2000 services {double.cpu:.2f} s, 1000 {single.cpu:.2f} s, CPU", double.cpu / single.cpu, 2.2)


@needs_compose
def test_many_projects(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """300 projects in one run against as many runs of ``docker-compose config``, by the clock."""
    made = projects(tmp_path, 300, 2)
    ours, theirs = quickest(benchmark, 2, convert(made, tmp_path), config(made))
    judge(f"300 projects {ours.wall:.2f} s, docker-compose {theirs.wall:.2f} s", ours.wall / theirs.wall, 0.07)


def test_very_many_projects(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A thousand projects take ten times as long as a hundred, but for the start, and little memory."""
    made = projects(tmp_path, 1000, 2)
    small, hundred, thousand = quickest(
        benchmark, 2, convert(made[:1], tmp_path), convert(made[:100], tmp_path), convert(made, tmp_path)
    )
    row = f"1000 projects {thousand.cpu:.2f} s, {thousand.memory:.0f} MiB, 100 {hundred.cpu:.2f} s, CPU"
    judge(row, (thousand.cpu - small.cpu) / (hundred.cpu - small.cpu), 11)
    judge("MiB", thousand.memory, MEMORY)
