"""Booted lab hosts as the tests see them: run commands, install a converted project, ask systemd and the journal."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from compose2quadlet import Conversion, convert
from compose2quadlet.diagnostics import Log
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options, Scope
from tests.support.generators import Generator

HERE = Path(__file__).parent
HOMELAB = 1500
HOMES = {"user": "/home/homelab", "system": "/srv"}
QUADLETS = {"user": "/home/homelab/.config/containers/systemd", "system": "/etc/containers/systemd"}
NATIVE = {"user": "/home/homelab/.config/systemd/user", "system": "/etc/systemd/system"}
CONFIGURATION = {
    "user": "/home/homelab/.config/containers/containers.conf.d",
    "system": "/etc/containers/containers.conf.d",
}
BOOT_TARGETS = {"user": "default.target", "system": "multi-user.target"}
STUB = "/usr/local/bin/stub-image"
CLEAN = """
ctl="systemctl --$1"
$ctl stop $2
shift 2
rm -f -- "$@"
$ctl daemon-reload
$ctl reset-failed
podman rm --all --force --time 0
podman volume prune --force
podman network prune --force
"""
"""Stops services of a scope, and removes units and what Podman made of them."""


def lab(*words: str, check: bool = True, timeout: int = 600) -> str:
    """What tests/boot/lab prints."""
    done = subprocess.run(
        [str(HERE / "lab"), *words], capture_output=True, text=True, errors="replace", timeout=timeout, check=False
    )
    assert done.returncode == 0 or not check, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass
class Host:
    """A booted lab host in one scope. ``made`` are the files that were installed."""

    name: str
    generator: Generator
    scope: str
    made: list[str] = field(default_factory=list)

    def run(self, *command: str, check: bool = True) -> str:
        """The output of a command, in the scope: as root, or as the login user."""
        return lab("user" if self.scope == "user" else "exec", self.name, *command, check=check)

    def root(self, *command: str, check: bool = True) -> str:
        """The output of a command as root."""
        return lab("exec", self.name, *command, check=check)

    def put(self, files: Mapping[str, str], folder: str) -> None:
        """Write files into a folder of the host, for its user."""
        with tempfile.TemporaryDirectory() as made:
            for name, text in files.items():
                path = Path(made, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                path.chmod(0o755)
            Path(made).chmod(0o755)
            lab("put", self.name, made, folder)
        if folder.startswith("/home/homelab"):
            self.root("find", "/home/homelab", "-xdev", "-user", "root", "-exec", "chown", "-h", "homelab:", "{}", "+")

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.run("systemctl", f"--{self.scope}", *words, check=check)

    def start(self, *units: str) -> bool:
        """Start units, and wait; false where that fails."""
        return (
            self.run("sh", "-c", f'systemctl --{self.scope} start "$@" >&2 && echo ok', "sh", *units, check=False) != ""
        )

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.systemctl("show", "-P", name, unit).strip()

    def states(self, *units: str) -> dict[str, str]:
        """The active state of each unit."""
        text = self.systemctl("show", "-p", "Id,ActiveState", *units)
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
        return {b["Id"].removesuffix(".service"): b["ActiveState"] for b in blocks}

    def moment(self, unit: str, name: str) -> int:
        """A timestamp of a unit in microseconds since boot; 0 where it did not happen."""
        return int(self.show(unit, f"{name}TimestampMonotonic"))

    def inspect(self, container: str, form: str) -> str:
        """A fact about a container."""
        return self.run("podman", "inspect", "--format", form, container).strip()

    def containers(self) -> set[str]:
        """The names of all containers, running or not."""
        return set(self.run("podman", "ps", "--all", "--format", "{{.Names}}").split())

    def pid(self, container: str) -> int:
        """The process id on the host of a container's first process."""
        return int(self.inspect(container, "{{.State.Pid}}"))

    def uid(self, container: str) -> int:
        """The user on the host of a container's first process."""
        status = self.root("cat", f"/proc/{self.pid(container)}/status")
        return int(re.findall(r"^Uid:\t(\d+)", status, re.M)[0])

    def owner(self, path: str) -> int:
        """The user on the host that a file belongs to."""
        return int(self.root("stat", "-c", "%u", path))

    def journal(self, *words: str) -> list[dict[str, str]]:
        """Entries of the scope's journal."""
        text = self.run("journalctl", *(["--user"] if self.scope == "user" else []), "-o", "json", "--no-pager", *words)
        entries = [json.loads(line) for line in text.splitlines()]
        for entry in entries:
            if isinstance(entry["MESSAGE"], list):  # bytes, where a message does not end at its line
                entry["MESSAGE"] = bytes(entry["MESSAGE"]).decode()
            entry["MESSAGE"] = entry["MESSAGE"].rstrip("\n")
        return entries

    def within(self, seconds: float, holds: Callable[[], bool]) -> bool:
        """Whether something becomes true in time."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        return True

    def install(
        self,
        project: str,
        compose: str = "",
        folder: Path | None = None,
        options: Options | None = None,
    ) -> Conversion:
        """Convert a project and put it and its units where they belong, with images for all its services.

        ``compose`` is the text of the compose file, or ``folder`` has the project. The options' Podman and scope
        are the host's.
        """
        options = replace(
            options or Options(isolation=Isolation.NONE), podman=self.generator.version, scope=Scope(self.scope)
        )
        there = f"{HOMES[self.scope]}/{project}"
        with tempfile.TemporaryDirectory() as made:
            here = folder or Path(made, project)
            if not folder:
                here.mkdir()
                (here / "compose.yaml").write_text(textwrap.dedent(compose))
            self.put({p.name: p.read_text() for p in here.iterdir() if p.is_file()}, there)
            request = Request(str(here), environ={"HOME": "/home/homelab", "USER": "homelab"})
            conversion = convert(request, options, Log())
            quadlets, native = (
                {name: text.replace(str(here), there) for name, text in files.items()}
                for files in (conversion.files[Place.QUADLETS], conversion.files[Place.SYSTEMD])
            )
            self.units(quadlets, native, conversion.files[Place.PODMAN])
        return conversion

    def units(
        self, quadlets: Mapping[str, str], native: Mapping[str, str], podman: Mapping[str, str] | None = None
    ) -> None:
        """Install units, and files of Podman's configuration; make the images that the units want."""
        folders = (QUADLETS, NATIVE, CONFIGURATION)
        for files, folder in zip((quadlets, native, podman), (f[self.scope] for f in folders), strict=True):
            if files:
                self.put(files, folder)
                self.made += [f"{folder}/{name}" for name in files]
        named = {i for text in quadlets.values() for i in re.findall(r"^Image=(.+)$", text, re.M)}
        images = sorted(i for i in named if not i.endswith((".image", ".build")))
        if images:
            self.put({"stub-image": (HERE / "stub-image").read_text()}, str(Path(STUB).parent))
            self.run(STUB, *images)
        self.systemctl("daemon-reload")

    def clean(self) -> None:
        """Stop and remove all that was installed, with its data."""
        services = []
        for path in self.made:
            stem, _, kind = Path(path).name.rpartition(".")
            suffix = {"container": ".service"}
            suffix |= {kind: f"-{kind}.service" for kind in ("network", "volume", "image", "build")}
            if not stem.endswith("@") and kind != "conf":
                services.append(f"{stem}{suffix.get(kind, f'.{kind}')}")
        if self.made:
            self.run("sh", "-c", CLEAN, "sh", self.scope, " ".join(services), *self.made, check=False)
        self.made.clear()
