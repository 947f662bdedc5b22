"""A stack started for real, under systemd and Podman, in both scopes: copy the units, reload, start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conversion import FIXTURES, converted
from tests.generators import LAB, Generator, generators, lab_roots

HERE = Path(__file__).parent
STACK = "photos"
UNITS = ["photos-cache", "photos-database", "photos-machine-learning", "photos-server"]
FOLDERS = {"user": "home/homelab/.config/containers/systemd", "system": "etc/containers/systemd"}
HOMELAB = 1500

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Host:
    """A booted lab host, as one of its users."""

    name: str
    generator: Generator
    scope: str

    @property
    def root(self) -> Path:
        return self.generator.root

    def run(self, *command: str, check: bool = True) -> str:
        """The output of a command."""
        how = "user" if self.scope == "user" else "exec"
        done = subprocess.run(
            [str(HERE / "lab"), how, self.name, *command], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.run("systemctl", f"--{self.scope}", *words, check=check)

    def give(self, path: Path) -> None:
        """Let the host's user own what was copied."""
        if self.scope == "user":
            subprocess.run(["chown", "-R", f"{HOMELAB}:{HOMELAB}", str(path)], check=True)


HOSTS: list[Generator | None] = [g for g in generators() if g.root in lab_roots()]


@pytest.fixture(scope="module", params=HOSTS or [None], ids=str)
def booted(request: pytest.FixtureRequest) -> Iterator[Generator]:
    if request.param is None:
        pytest.skip(f"no lab host: build one with tests/boot/lab, and set {LAB}")
    if os.geteuid() != 0:
        pytest.skip("booting a lab host needs root")
    lab = str(HERE / "lab")
    subprocess.run([lab, "boot", str(request.param.root), str(request.param)], check=True, timeout=120)
    # Units of a user wait 90 seconds for it where nothing on the host asks for it.
    subprocess.run([lab, "exec", str(request.param), "systemctl", "start", "network-online.target"], check=True)
    yield request.param
    subprocess.run([lab, "stop", str(request.param)], check=False, timeout=60)


@pytest.fixture(params=["user", "system"])
def host(request: pytest.FixtureRequest, booted: Generator) -> Iterator[Host]:
    host = Host(str(booted), booted, request.param)
    yield host
    host.systemctl("stop", *UNITS, check=False)
    shutil.rmtree(host.root / FOLDERS[host.scope], ignore_errors=True)
    host.systemctl("daemon-reload")


def install(host: Host) -> None:
    """Put the stack and its units where they belong."""
    stack = host.root / ("home/homelab" if host.scope == "user" else "srv") / STACK
    shutil.rmtree(stack, ignore_errors=True)
    shutil.copytree(FIXTURES / "projects" / STACK, stack)
    host.give(stack)
    conversion, _ = converted(stack, podman=host.generator.podman, scope=host.scope)
    assert conversion
    units = host.root / FOLDERS[host.scope]
    units.mkdir(parents=True, exist_ok=True)
    for name, text in conversion.files.items():
        (units / name).write_text(text.replace(str(host.root), ""))
    host.give(host.root / "home/homelab/.config")
    images = sorted({i for text in conversion.files.values() for i in re.findall(r"^Image=(.+)$", text, re.M)})
    shutil.copy(HERE / "stub-image", host.root / "usr/local/bin/compose2quadlet-stub-image")
    host.run("/usr/local/bin/compose2quadlet-stub-image", *images)


def test_stack_runs(host: Host) -> None:
    install(host)
    host.systemctl("daemon-reload")
    host.systemctl("start", "photos-server.service", "photos-machine-learning.service")
    assert host.systemctl("is-active", *UNITS).split() == ["active"] * len(UNITS)

    # Names: services, on the project's network, from either side.
    for name in ("cache", "database", "machine-learning", "server"):
        assert "Address" in host.run("podman", "exec", "photos_server", "nslookup", name)
    assert "Address" in host.run("podman", "exec", "photos_database", "nslookup", "server")

    # Values arrive as they were written.
    assert host.run("podman", "exec", "photos_server", "sh", "-c", 'echo "$DB_PASSWORD"') == 'pa$$word with "quotes"\n'

    # The journal has each service's output under its unit's name.
    for _ in range(20):
        log = host.run("journalctl", *(["--user"] if host.scope == "user" else []), "-u", "photos-cache", "-o", "cat")
        if "runs as" in log:
            break
        time.sleep(0.5)
    assert "runs as: /bin/valkey-server --save 60 1 --loglevel warning" in log

    # A service that waits for a healthy one starts after its check has passed.
    def moment(unit: str) -> int:
        shown = host.systemctl("show", "-P", "ActiveEnterTimestampMonotonic", unit)
        return int(shown)

    started = host.systemctl("show", "-P", "ExecMainStartTimestampMonotonic", "photos-server.service")
    assert moment("photos-database.service") <= int(started)
    assert host.run("podman", "exec", "photos_database", "cat", "/tmp/ready") == "ready\n"

    # Missing folders were made, resources have the names that Docker Compose gives them.
    assert "model-cache" in host.run("podman", "volume", "ls", "--format", "{{.Name}}")
    assert "photos_default" in host.run("podman", "network", "ls", "--format", "{{.Name}}").split()

    # A stop is no failure.
    host.systemctl("stop", *UNITS)
    assert set(host.systemctl("is-active", *UNITS, check=False).split()) == {"inactive"}


def test_boot_starts_what_restarts(host: Host) -> None:
    install(host)
    host.systemctl("daemon-reload")
    target = "default.target" if host.scope == "user" else "multi-user.target"
    wanted = host.systemctl("show", "-P", "Wants", target).split()
    assert {f"{unit}.service" for unit in UNITS} <= set(wanted)
