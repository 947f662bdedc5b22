"""What a conversion costs grows as its project does: no part goes through all services for each of them."""

from __future__ import annotations

import cProfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts, HostUnit, Login, MountPoint
from compose2quadlet.loader import Request
from compose2quadlet.options import Options, Scope
from compose2quadlet.pipeline import convert

HOST = Facts(
    mounts=(MountPoint("/", "/dev/sda1", "ext4"), MountPoint("/mnt/nas", "nas:/x", "nfs4")),
    fstab=(MountPoint("/mnt/nas", "nas:/x", "nfs4"),),
    units={f"other{i}.service": HostUnit() for i in range(50)},
    login=Login("me", 1000, 1000, "/home/me"),
)


def services(count: int, body: Callable[[int], str], rest: str = "") -> str:
    return "services:\n" + "".join(f"  s{i}: {{image: x, {body(i)}}}\n" for i in range(count)) + rest


def stack(count: int) -> str:
    """A project in which each service has ports, volumes of its own and shared ones, networks, dependencies and a
    health check."""
    text = "services:\n"
    for i in range(count):
        text += (
            f"  s{i}:\n    image: registry.example/s{i}:1\n    restart: unless-stopped\n    ports: ['{10000 + i}:80']\n"
        )
        text += f"    networks: [n{i // 20}, front]\n    volumes: ['v{i}:/data', 'shared{i // 10}:/s', './d{i}:/d']\n"
        text += "    healthcheck: {test: [CMD, 'true', x]}\n"
        text += f"    depends_on: {{s{i - 1}: {{condition: service_healthy}}}}\n" if i else ""
    text += "networks: {front: , " + ", ".join(f"n{i}: " for i in range(count // 20 + 1)) + "}\n"
    names = [*(f"v{i}" for i in range(count)), *(f"shared{i}" for i in range(count // 10 + 1))]
    return text + "volumes: {" + ", ".join(f"{name}: " for name in names) + "}\n"


PROJECTS: dict[str, Callable[[int], str]] = {
    "stack": stack,
    "one volume": lambda n: services(n, lambda _i: "volumes: ['vol:/v', '/mnt/nas/x:/x']", "volumes: {vol: }\n"),
    "one port": lambda n: services(n, lambda _i: "ports: ['8080:80']"),
    "one network": lambda n: services(n, lambda _i: "networks: [front]", "networks: {front: {external: true}}\n"),
    "one that others live in": lambda n: services(
        n, lambda i: f"restart: always, network_mode: {'service:s0' if i else 'bridge'}"
    ),
    "names": lambda n: services(n, lambda i: f"container_name: c{i}, external_links: ['c{i // 2}:b']"),
    "volumes of others": lambda n: services(n, lambda i: f"volumes_from: ['s{i - 1}', 'container:c{i}']" if i else ""),
    "dormant": lambda n: services(n, lambda i: f"profiles: [p, q{i}]", "  z: {image: x}\n"),
    "gateways": lambda n: services(
        n,
        lambda i: f"networks: {{n{i}: {{gw_priority: 1}}, front: }}",
        "networks: {front: , " + ", ".join(f"n{i}: " for i in range(n)) + "}\n",
    ),
    "one with many": lambda n: (
        "services:\n  s: {image: x, environment: {"
        + ", ".join(f"A{i}: $B{i}" for i in range(n))
        + "}, volumes: ["
        + ", ".join(f"'/srv/{i}:/d{i}'" for i in range(n))
        + "], ports: ["
        + ", ".join(f"'{2000 + 2 * i}:{2000 + i}'" for i in range(n))
        + "]}\n"
    ),
}


def conversion(folder: Path, text: str, scope: Scope) -> Callable[[], None]:
    (folder / "compose.yaml").write_text(text)
    request = Request(str(folder), environ={}, project_name="p")
    options = Options(podman=(5, 8), scope=scope, host=HOST if scope is Scope.SYSTEM else None)

    def run() -> None:
        convert(request, options, Log())

    run()  # what is made once must not count
    return run


def calls(folder: Path, text: str, scope: Scope) -> int:
    """How many functions are called: a measure of the work that no other load changes."""
    run = conversion(folder, text, scope)
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("name", PROJECTS)
def test_calls_are_linear(tmp_path: Path, name: str, scope: Scope) -> None:
    # A little more than four times, because names are sorted.
    few, many = (calls(tmp_path, PROJECTS[name](count), scope) for count in (50, 200))
    assert many < 4.3 * few


def test_calls_of_a_large_project_are_linear(tmp_path: Path) -> None:
    few, many = (calls(tmp_path, stack(count), Scope.USER) for count in (150, 600))
    assert many < 4.2 * few


def test_time_is_linear(tmp_path: Path) -> None:
    """Comparisons are no calls, but take time. With one for each pair of services, it would be sixteen times."""

    def seconds(count: int) -> float:
        run, best = conversion(tmp_path, stack(count), Scope.USER), float("inf")
        for _ in range(2):
            start = time.process_time()
            run()
            best = min(best, time.process_time() - start)
        return best

    assert seconds(1000) < 7 * seconds(250)
