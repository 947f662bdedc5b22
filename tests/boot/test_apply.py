"""The whole way on a real host: converted into a git repository, applied, broken, taken back, edited, removed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click
import pytest

import compose2quadlet
from tests.boot.hosts import NATIVE, QUADLETS, STUB, Host, lab
from tests.support.commands import run

HERE = Path(__file__).parent
PACKAGE = Path(compose2quadlet.__file__).parent
PLACE = "/opt/compose2quadlet"
TOOL = (
    *("env", f"PYTHONPATH={PLACE}", f"PYTHONHOME={PLACE}", f"LD_LIBRARY_PATH={PLACE}/lib", "PYTHONDONTWRITEBYTECODE=1"),
    *(f"{PLACE}/python", "-m", "compose2quadlet"),
)
NEEDED = ("click", "yaml", "pydantic", "pydantic_core", "annotated_types", "typing_inspection", "jinja2", "markupsafe")
"""The packages that these commands import."""

UNUSED = ("*-packages", "test", "tests", "__pycache__", "idlelib", "lib2to3", "ensurepip", "tkinter", "config-*")
"""What of Python's library is left behind."""

UNITS = "/var/tmp/units"

pytestmark = pytest.mark.lab

SHOP = """
services:
  db:
    image: localhost/db:1
    restart: always
    environment: {PASSWORD: hunter2}
    volumes: [data:/data]
  web:
    image: localhost/web:1
    restart: always
    depends_on: [db]
volumes: {data: {}}
"""
ONE = "services:\n  app:\n    image: localhost/app:1\n    restart: always\n"


class Walk:
    """A git repository with units of three stacks, and the host that they are applied to."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder
        self.stacks = {"shop": SHOP, "one": ONE, "two": ONE}
        if "ok" not in host.root("sh", "-c", f"test -e {PLACE} && echo ok || echo no"):
            _install(host, folder / "tool")
        host.put({"stub-image": (HERE / "stub-image").read_text()}, str(Path(STUB).parent))
        host.run(STUB, "localhost/db:1", "localhost/web:1", "localhost/app:1")
        self.git("init", "-q")
        self.convert("first")

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def convert(self, message: str) -> None:
        """Convert the stacks, commit, and bring the repository to the host."""
        for name, text in self.stacks.items():
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name / "compose.yaml").write_text(text)
        version = ".".join(map(str, self.host.generator.version))
        target = ("--scope", self.host.scope, "--podman-version", version, "--host", "none", "--isolation", "none")
        done = run("convert", *self.stacks, "-o", "units", *target, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.host.root("rm", "-rf", UNITS)
        lab("put", self.host.name, str(self.folder / "units"), UNITS)
        self.host.root("chmod", "-R", "a+rX", UNITS)

    def tool(self, *words: str, status: int = 0) -> str:
        """What the tool prints on the host, to stdout and stderr."""
        script = '"$@" 2>&1; echo "exit $?"'
        text = self.host.run("sh", "-c", script, "sh", *TOOL, *words, check=False)
        said, _, code = text.rstrip().rpartition("exit ")
        assert code == str(status), text
        return said

    def json(self, *words: str, status: int = 0) -> dict[str, list[dict[str, str]]]:
        out = self.tool(*words, "--json", status=status)
        found: dict[str, list[dict[str, str]]] = json.loads(out[out.index("{") : out.rindex("}") + 1])
        return found

    def there(self) -> dict[str, str]:
        """The files in place with their hashes, but for the manifest."""
        places = (QUADLETS[self.host.scope], NATIVE[self.host.scope])
        script = 'find "$@" -type f ! -name ".compose2quadlet*" -exec sha256sum {} + 2>/dev/null; true'
        rows = self.host.root("sh", "-c", script, "sh", *places).splitlines()
        return {row.split("  ", 1)[1]: row.split("  ", 1)[0] for row in rows}

    def up(self, *units: str) -> bool:
        return set(self.host.states(*(f"{u}.service" for u in units)).values()) == {"active"}

    def file(self, name: str) -> str:
        return next(path for path in self.there() if path.endswith(f"/{name}"))


def _install(host: Host, folder: Path) -> None:
    """Bring this Python to a host that has only a part of one, and this tool."""
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(library, folder / "lib" / library.name, ignore=shutil.ignore_patterns(*UNUSED))
    for shared in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*.so*"):
        shutil.copy(shared, folder / "lib")
    shutil.copy(Path(sys.executable).resolve(), folder / "python")
    shutil.copytree(PACKAGE, folder / "compose2quadlet", ignore=shutil.ignore_patterns("__pycache__"))
    packages = Path(click.__file__).parent.parent
    for name in NEEDED:
        shutil.copytree(packages / name, folder / name)
    shutil.copy(packages / "typing_extensions.py", folder)
    lab("put", host.name, str(folder), PLACE)
    host.root("chmod", "-R", "a+rX", PLACE)
    shutil.rmtree(folder)


ALL = ("shop-db", "shop-web", "one-app", "two-app")


def test_the_whole_way(host: Host, tmp_path: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    before = None
    walk = Walk(host, tmp_path)
    try:
        before = walk.there()
        _first(walk)
        _second_changes_nothing(walk)
        _change(walk)
        _broken(walk)
        _back(walk)
        _edited(walk)
        _removed(walk)
    finally:
        for project in walk.stacks:
            host.run(*TOOL, "remove", project, "--yes", check=False)
        host.run("podman", "volume", "rm", "shop_data", check=False)
    assert walk.there() == before


def _first(walk: Walk) -> None:
    there = walk.there()
    plan = walk.json("apply", UNITS, "--dry-run")
    assert walk.there() == there
    assert {"shop-db.service", "shop.target", "one-app.service"} <= {u["unit"] for u in plan["units"]}
    assert {u["action"] for u in plan["units"]} == {"start"}
    said = walk.tool("apply", UNITS, "--yes")
    assert "hunter2" not in said
    assert walk.up(*ALL), said
    assert {u["path"] for u in plan["files"]} >= walk.there().keys() - there.keys() != set()
    status = {s["unit"]: s["state"] for s in walk.json("status")["services"]}
    assert status == {f"{unit}.service": "active" for unit in ALL}


def _second_changes_nothing(walk: Walk) -> None:
    there, pids = walk.there(), {unit: walk.host.pid(unit) for unit in ALL}
    assert "Nothing to change." in walk.tool("apply", UNITS, "--yes")
    assert (walk.there(), {unit: walk.host.pid(unit) for unit in ALL}) == (there, pids)


def _change(walk: Walk) -> None:
    """A service changes, and another one only in what restarts nothing."""
    walk.stacks["one"] = ONE + "    environment: {COLOUR: blue}\n"
    walk.stacks["two"] = ONE + "    depends_on: {}\n"
    walk.convert("blue")
    there, pids = walk.there(), {unit: walk.host.pid(unit) for unit in ALL}
    diff = walk.tool("diff", UNITS)
    assert "+Environment=COLOUR=•••" in diff
    plan = walk.json("apply", UNITS, "--dry-run")
    assert walk.there() == there
    assert [(u["unit"], u["action"]) for u in plan["units"]] == [("one-app.service", "restart")]
    walk.tool("apply", UNITS, "--yes")
    assert walk.up(*ALL)
    assert {unit for unit in ALL if walk.host.pid(unit) != pids[unit]} == {"one-app"}


def _broken(walk: Walk) -> None:
    """A database that cannot start is reported, and the others run."""
    walk.stacks["shop"] = SHOP.replace("hunter2}", "hunter2}\n    entrypoint: [/nonexistent]")
    walk.convert("broken")
    said = walk.tool("apply", UNITS, "--yes", "--timeout", "60", status=1)
    assert "shop-db.service: " in said
    assert "/nonexistent" in said
    assert walk.up("one-app", "two-app")
    assert not walk.up("shop-db")


def _back(walk: Walk) -> None:
    """The database comes back, and what requires it."""
    said = walk.tool("rollback", "--yes")
    assert walk.up(*ALL), said
    text = walk.host.root("cat", walk.file("shop-db.container"))
    assert "nonexistent" not in text
    walk.stacks["shop"] = SHOP
    walk.convert("mended")
    assert "Nothing to change." in walk.tool("apply", UNITS, "--yes")


def _edited(walk: Walk) -> None:
    """An edit by hand is not overwritten; it moves into a drop-in, and counts there."""
    path = walk.file("two-app.container")
    ours = walk.host.root("cat", path)
    walk.host.root("sed", "-i", "s/^\\[Container\\]/[Container]\\nEnvironment=EDITED=yes/", path)
    there = walk.there()
    walk.tool("apply", UNITS, "--yes", status=2)
    assert walk.there() == there
    said = walk.tool("apply", UNITS, "--yes", "--edited", "drop-in")
    assert walk.host.root("cat", path) == ours
    assert walk.host.root("cat", f"{path}.d/50-local.conf") == "[Container]\nEnvironment=EDITED=yes\n"
    assert "EDITED=yes" in walk.host.inspect("two-app", "{{.Config.Env}}"), said
    assert "Nothing to change." in walk.tool("apply", UNITS, "--yes")


def _removed(walk: Walk) -> None:
    walk.host.root("rm", "-r", f"{walk.file('two-app.container')}.d")
    said = walk.tool("remove", "shop", "--yes")
    assert "volume shop_data in /" in said
    assert not [path for path in walk.there() if "shop" in path]
    assert walk.up("one-app", "two-app")
    assert "shop_data" in walk.host.run("podman", "volume", "ls", "-q").split()
    assert "shop_default" not in walk.host.run("podman", "network", "ls", "--format", "{{.Name}}").split()
    assert {"shop-db", "shop-web"}.isdisjoint(walk.host.containers())
    for project in ("one", "two"):
        walk.tool("remove", project, "--yes")
