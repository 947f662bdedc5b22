"""The Quadlet generators at hand: this machine's, and those of lab hosts (see tests/boot/lab)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from compose2quadlet.options import Version, parse_version

PLACES = ("usr/libexec/podman/quadlet", "usr/lib/podman/quadlet")
LAB = "COMPOSE2QUADLET_LAB"
"""The environment variable that names the folder with lab hosts."""


DOCKER = "usr/local/sbin/docker-stacks"
"""What a lab host has to which tests/boot/docker-host added Docker."""


def lab_roots(docker: bool = False) -> list[Path]:
    """The root folders of the lab hosts that were built: those without Docker, or those with it."""
    folder = os.environ.get(LAB)
    found = sorted(p for p in Path(folder).iterdir() if (p / PLACES[0]).exists()) if folder else []
    return [p for p in found if (p / DOCKER).exists() is docker]


NO_GENERATOR = "there is no Podman here, nor a lab host (tests/boot/lab)"


@dataclass(frozen=True)
class Generator:
    """One generator, and the root folder of the host that it belongs to."""

    program: Path
    root: Path
    version: Version

    def __str__(self) -> str:
        return f"podman{self.version[0]}.{self.version[1]}"

    @property
    def podman(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"

    def dry_run(self, units: Path, user: bool) -> subprocess.CompletedProcess[str]:
        """The services that the generator makes of a folder, on stdout; what it says on stderr."""
        command = [str(self.program), "-dryrun", *(["-user"] if user else [])]
        environ = {"QUADLET_UNIT_DIRS": str(units), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": "/run/user/1500"}
        done = subprocess.run(command, env=environ, capture_output=True, timeout=60, check=False)
        # Not as text: that would turn a carriage return into the end of a line.
        out, err = (data.decode("utf-8", "surrogateescape") for data in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(command, done.returncode, out, err)

    def generate(self, units: Path, into: Path, user: bool) -> None:
        """Write the services into a folder."""
        command = [str(self.program), *(["-user"] if user else []), *[str(into)] * 3]
        environ = {"QUADLET_UNIT_DIRS": str(units), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": "/run/user/1500"}
        subprocess.run(command, env=environ, capture_output=True, timeout=60, check=True)

    def verify(self, units: Path, native: Mapping[str, str], user: bool) -> tuple[list[str], str]:
        """The services that are made of a folder of units, and what ``systemd-analyze`` says of them and of native
        units. It runs in the generator's own root, where its podman is. Skips where that cannot be."""
        if os.geteuid() != 0 and self.root != Path("/"):
            pytest.skip("looking into a lab host needs root")
        if not (self.root / "usr/bin/systemd-analyze").exists():
            pytest.skip("there is no systemd-analyze")
        made = Path(tempfile.mkdtemp(prefix="compose2quadlet-verify-", dir=self.root / "run"))
        inside = Path("/run", made.name)
        try:
            self.generate(units, made, user)
            found = sorted(p.name for p in made.glob("*.service"))
            for name, text in native.items():
                (made / name).write_text(text)
            command = ["chroot", str(self.root)] if self.root != Path("/") else []
            command += ["/usr/bin/env", "-i", f"SYSTEMD_UNIT_PATH={inside}:", "XDG_RUNTIME_DIR=/run", "HOME=/root"]
            command += ["systemd-analyze", "--user" if user else "--system", "--man=no", "verify"]
            command += [str(inside / name) for name in (*found, *native)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            return found, done.stdout + done.stderr + (f"exit {done.returncode}" if done.returncode else "")
        finally:
            shutil.rmtree(made)


@cache
def generators(docker: bool = False) -> tuple[Generator, ...]:
    """Every generator that runs here, oldest first; or those of the lab hosts with Docker."""
    found = []
    for root in lab_roots(docker=True) if docker else (Path("/"), *lab_roots()):
        program = next((root / place for place in PLACES if (root / place).exists()), None)
        if program is None:
            continue
        done = subprocess.run([str(program), "-version"], capture_output=True, text=True, check=False)
        if match := re.search(r"\d+\.\d+", done.stdout):
            found.append(Generator(program, root, parse_version(match.group())))
    return tuple(sorted(found, key=lambda g: g.version))


def services(text: str) -> dict[str, list[str]]:
    """A dry run's output as the lines of each service."""
    out: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        if match := re.fullmatch(r"---(.+)---", line):
            name = match[1]
            out[name] = []
        elif name:
            out[name].append(line)
    return out


def complaints(stderr: str) -> list[str]:
    """What a generator said, but for which files it reads."""
    return [line for line in stderr.splitlines() if "Loading source unit file" not in line]
