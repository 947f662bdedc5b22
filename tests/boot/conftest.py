"""Lab hosts for the tests: booted once per run and Podman version, in namespaces or as a virtual machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.boot.hosts import Host, lab
from tests.support.generators import LAB, Generator, generators, lab_roots

HOSTS: list[Generator | None] = [g for g in generators() if g.root in lab_roots()]
WITH_DOCKER: list[Generator | None] = [*generators(docker=True)]


def generator_of(request: pytest.FixtureRequest) -> Generator:
    """The host's generator; skips where there is no host, or no right to boot it."""
    generator: Generator | None = request.param
    if generator is None:
        pytest.skip(f"no lab host: build one with tests/boot/lab, and set {LAB}")
    if os.geteuid() != 0:
        pytest.skip("booting a lab host needs root")
    return generator


@pytest.fixture(scope="session", params=HOSTS or [None], ids=str)
def booted(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host in namespaces of its own."""
    generator = generator_of(request)
    name = f"{generator}-{os.getpid()}"
    lab("boot", str(generator.root), name)
    yield Host(name, generator, "system")
    lab("stop", name, check=False)


@pytest.fixture(params=["user", "system"])
def host(request: pytest.FixtureRequest, booted: Host) -> Iterator[Host]:
    """The booted host, in each scope."""
    host = Host(booted.name, booted.generator, request.param)
    yield host
    host.clean()


@pytest.fixture
def user_host(booted: Host) -> Iterator[Host]:
    """The booted host, in user scope."""
    host = Host(booted.name, booted.generator, "user")
    yield host
    host.clean()


@pytest.fixture(params=HOSTS or [None], ids=str)
def fresh(request: pytest.FixtureRequest) -> Iterator[list[Host]]:
    """A host that nothing else uses, in both scopes."""
    generator = generator_of(request)
    name = f"{generator}-fresh-{os.getpid()}"
    lab("boot", str(generator.root), name)
    yield [Host(name, generator, scope) for scope in ("user", "system")]
    lab("stop", name, check=False)


@pytest.fixture(scope="session", params=HOSTS or [None], ids=str)
def machine(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A virtual machine, in system scope: with user namespaces for root, and controllers of cgroups."""
    generator = generator_of(request)
    if not shutil.which("qemu-system-x86_64"):
        pytest.skip("no virtual machine: qemu-system-x86 is not installed")
    if not list((generator.root / "boot").glob("vmlinuz-*")):
        pytest.skip("no virtual machine: the host has no kernel; build it again with tests/boot/lab")
    name = f"{generator}-vm-{os.getpid()}"
    try:
        lab("vm", str(generator.root), name)
    except AssertionError as error:
        lab("stop", name, check=False)
        if "did not boot" not in str(error):
            raise
        pytest.skip(f"no virtual machine: it does not boot here: {error}")
    yield Host(name, generator, "system")
    lab("stop", name, check=False)


@pytest.fixture
def vm(machine: Host) -> Iterator[Host]:
    yield machine
    machine.clean()


@pytest.fixture(scope="module", params=WITH_DOCKER or [None], ids=str)
def docker_host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host where Docker runs three stacks, and containers outside of them; with another machine on its network."""
    if request.param is None:
        pytest.skip(f"no lab host with Docker: add it with tests/boot/docker-host, and set {LAB}")
    generator = generator_of(request)
    name = f"{generator}-docker-{os.getpid()}"
    lab("boot", str(generator.root), name)
    host = Host(name, generator, "system")
    host.root("docker-stacks", "up")
    host.root("docker-stacks", "lan")
    yield host
    lab("stop", name, check=False)
