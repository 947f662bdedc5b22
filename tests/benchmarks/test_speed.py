"""How long a whole run takes, and how much memory it needs at most: ``pytest tests/benchmarks``.

Every run is a process of its own, as a user starts it; ``extra_info`` has its peak memory in MiB.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

MEMORY = 100
"""MiB that no run may exceed."""

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


def run(arguments: list[str], folder: Path) -> float:
    """Run Python to its end; the peak memory in MiB."""
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    pid = os.posix_spawn(sys.executable, [sys.executable, *arguments], environ, file_actions=actions)
    os.close(null)
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return usage.ru_maxrss / 1024


def convert(paths: list[Path], folder: Path) -> list[str]:
    options = ["--podman-version", "5.4", "--scope", "user", "--force", "-o", str(folder / "units")]
    return ["-m", "compose2quadlet", "convert", *map(str, paths), *options]


def projects(folder: Path, count: int, services: int) -> list[Path]:
    """``count`` projects, each in a folder of its own."""
    made = []
    for n in range(count):
        path = folder / f"stack{n}" / "compose.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(compose(services, first_port=10000 + n * services))
        made.append(path.parent)
    return made


IMPORTS = "import click, yaml, jinja2, pydantic; from pydantic import BaseModel"
"""What a conversion cannot do without, before it has done anything."""


def measure(benchmark: BenchmarkFixture, arguments: list[str], folder: Path, rounds: int) -> float:
    """Time some rounds of a run, each of which finds no units yet; the peak memory of the last, in MiB."""

    def afresh() -> tuple[tuple[list[str], Path], dict[str, object]]:
        shutil.rmtree(folder / "units", ignore_errors=True)
        return (arguments, folder), {}

    memory: float = benchmark.pedantic(run, setup=afresh, rounds=rounds, warmup_rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["MiB"] = round(memory)
    return memory


@pytest.mark.parametrize("code", ["pass", IMPORTS], ids=["python", "libraries"])
def test_floor(code: str, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """What the cold start is to be compared with: Python alone, and the libraries alone."""
    measure(benchmark, ["-c", code], tmp_path, 20)


@pytest.mark.parametrize(
    ("count", "services", "seconds"), [(1, 1, None), (1, 200, 0.5), (300, 2, 4.0)], ids=["small", "large", "many"]
)
def test_convert(count: int, services: int, seconds: float | None, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A small file (the cold start), one of 200 services, and 300 projects in one run."""
    made = projects(tmp_path, count, services)
    memory = measure(benchmark, convert(made, tmp_path), tmp_path, 20 if count * services == 1 else 5)
    assert memory <= MEMORY
    if benchmark.stats is not None:
        assert seconds is None or benchmark.stats.stats.median <= seconds
