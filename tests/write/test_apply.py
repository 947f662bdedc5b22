"""``apply``, ``rollback``, ``remove`` and ``status``, with stand-ins for systemd and Podman that remember what runs."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from compose2quadlet.host.apply import records
from tests.support.commands import Done, run, stack
from tests.write.processes import KILLED, in_child, killing
from tests.write.stacks import snapshot

SYSTEMCTL = """#!/bin/sh
# Units that run are files in $C2Q/active; those in $C2Q/broken do not start.
PATH=/usr/bin:/bin
shift
verb=$1; shift
while [ $# -gt 0 ]; do case $1 in --property=*|--no-block|--) shift ;; *) break ;; esac; done
case $verb in show) ;; *) echo "$verb $*" >> "$C2Q/log" ;; esac
for unit; do
    case $verb in
    start|restart) if [ -e "$C2Q/broken/$unit" ]; then rm -f "$C2Q/active/$unit"; echo x > "$C2Q/failed/$unit"; else
        rm -f "$C2Q/failed/$unit"; echo > "$C2Q/active/$unit"; fi ;;
    stop) rm -f "$C2Q/active/$unit" ;;
    show)
        state=inactive result=success
        [ ! -e "$C2Q/active/$unit" ] || state=active
        [ ! -e "$C2Q/failed/$unit" ] || { state=failed result=exit-code; }
        printf '%s\\n' "Id=$unit" LoadState=loaded ActiveState=$state SubState=x Result=$result NRestarts=0 ""
        ;;
    esac
done
"""
OTHER = '#!/bin/sh\n[ "${0##*/}" != journalctl ] || echo the last line\nexit 0\n'
COMPOSE = """
services:
  db: {image: 'localhost/db:1', environment: {PASSWORD: hunter2}, volumes: ['data:/data']}
  web: {image: 'localhost/web:1', depends_on: [db]}
volumes: {data: {}}
"""
HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.8")


class Box:
    """A host: its home directory, what runs there, and a project that is converted into ``units``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in ("bin", "run/active", "run/failed", "run/broken"):
            (home / name).mkdir(parents=True)
        for name, text in (("systemctl", SYSTEMCTL), ("podman", OTHER), ("journalctl", OTHER)):
            (home / "bin" / name).write_text(text)
            (home / "bin" / name).chmod(0o755)
        stack(home, "shop", COMPOSE)
        self.convert()

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.home / "bin"), "HOME": str(self.home), "C2Q": str(self.home / "run")}

    def run(self, *words: str, stdin: str = "") -> Done:
        if words[0] in ("rollback", "remove", "status"):
            words = (*words, "--scope", "user")
        return run(*words, cwd=self.home, environ=self.environ, stdin=stdin)

    def convert(self, *pairs: tuple[str, str], text: str = COMPOSE) -> None:
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (self.home / "shop/compose.yaml").write_text(text)
        done = self.run("convert", "shop", "-o", "units", *HERE)
        assert done.returncode == 0, done.stderr

    def apply(self, *words: str, stdin: str = "") -> Done:
        return self.run("apply", "units", *(words or ("--yes",)), stdin=stdin)

    def there(self) -> dict[str, str]:
        """The files in place."""
        places = (self.home / ".config/containers", self.home / ".config/systemd")
        paths = (p for place in places for p in place.rglob("*") if p.is_file() and not p.name.startswith(".compose2"))
        return {str(p.relative_to(self.home)): p.read_text() for p in paths}

    def active(self) -> set[str]:
        return set(os.listdir(self.home / "run/active"))

    def log(self) -> list[str]:
        """What was asked of systemd since the last time."""
        path = self.home / "run/log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in lines if line != "daemon-reload "]

    def file(self, name: str) -> Path:
        return next(path for path in (self.home / ".config").rglob(name) if path.is_file())

    def plan(self, *words: str) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = json.loads(self.apply("--json", *words).stdout)
        return found


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of these hosts needs time."""
    monkeypatch.setattr("compose2quadlet.host.apply.manager.GRACE", 0)
    monkeypatch.setattr("compose2quadlet.host.apply.manager.PAUSE", 0)


@pytest.fixture
def box(folder: Path) -> Box:
    return Box(folder)


ALL = {"shop.target", "shop-db.service", "shop-web.service"}


def test_first_and_second(box: Box) -> None:
    done = box.apply()
    assert done.returncode == 0, done.stderr
    assert box.active() == ALL
    assert "hunter2" not in done.stdout + done.stderr
    before = snapshot(box.home / ".config")
    box.log()
    done = box.apply()
    assert "Nothing to change." in done.stderr
    assert snapshot(box.home / ".config") == before
    assert box.log() == []


def test_only_what_changed_restarts(box: Box) -> None:
    box.apply()
    box.log()
    box.convert(("web:1", "web:2"))
    done = box.apply()
    assert "restart   shop-web.service: Image changed" in done.stderr
    assert box.log() == ["restart shop-web.service"]
    path = next(path for path in (box.home / "units").rglob("shop-db.container"))
    path.write_text(path.read_text().replace("Description=db", "Description=Database") + "# a comment\n")
    assert box.apply().returncode == 0
    assert box.log() == []
    assert "Description=Database" in box.file("shop-db.container").read_text()


def test_question(box: Box) -> None:
    before = snapshot(box.home / "units")
    for answer in ("n\n", "", "maybe\nno\n"):
        done = box.apply("--timeout", "5", stdin=answer)
        assert done.returncode == 2
        assert done.stderr.count("Apply this?") == max(answer.count("\n"), 1)
    assert box.there() == {}
    assert snapshot(box.home / "units") == before
    assert box.apply("--timeout", "5", stdin="y\n").returncode == 0


def test_failure_is_told_and_the_others_run(box: Box) -> None:
    (box.home / "run/broken/shop-db.service").touch()
    done = box.apply()
    assert done.returncode == 1
    assert "shop-db.service: its start failed (exit-code)" in done.stderr
    assert "    the last line" in done.stderr
    assert box.active() == ALL - {"shop-db.service"}
    (box.home / "run/broken/shop-db.service").unlink()
    box.log()
    assert box.apply().returncode == 0
    assert box.log() == ["start shop-db.service"]


def test_rollback(box: Box) -> None:
    box.apply()
    before, files = snapshot(box.home / "units"), box.there()
    box.convert(("db:1", "db:2"), ("  web:", "  new: {image: 'localhost/new:1'}\n  web:"))
    (box.home / "run/broken/shop-db.service").touch()
    assert box.apply().returncode == 1
    assert "shop-new.service" in box.active()
    (box.home / "run/broken/shop-db.service").unlink()
    done = box.run("rollback", "--yes")
    assert done.returncode == 0, done.stderr
    assert box.there() == files
    assert box.active() == ALL
    assert snapshot(box.home / "units") != before
    assert box.run("rollback", "--yes").returncode == 0  # of the first one
    assert box.there() == {}
    assert "there is nothing to roll back" in box.run("rollback", "--yes").stderr


def test_rollback_that_does_not_bring_all_back(box: Box) -> None:
    box.apply()
    box.convert(("db:1", "db:2"))
    (box.home / "run/broken/shop-db.service").touch()
    done = box.apply("--yes", "--rollback-on-failure")
    assert done.returncode == 1
    assert "Not active again: shop-db.service" in done.stderr
    assert "db:1" in box.file("shop-db.container").read_text()


def test_files_of_others(box: Box) -> None:
    """They stop a run; with --force, rollback brings them back."""
    place = box.home / ".config/containers/systemd"
    place.mkdir(parents=True)
    box.apply("--dry-run")
    name = next(p["path"] for p in box.plan("--dry-run")["files"] if p["path"].endswith("shop-db.container"))
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[Container]\nImage=mine\n")
    done = box.apply()
    assert done.returncode == 2
    assert "this tool did not write it" in done.stderr
    assert box.apply("--yes", "--force").returncode == 0
    assert "Image=mine" not in path.read_text()
    assert box.run("rollback", "--yes").returncode == 0
    assert path.read_text() == "[Container]\nImage=mine\n"


def test_edited_file(box: Box) -> None:
    box.apply()
    path = box.file("shop-web.container")
    ours = path.read_text()
    theirs = ours.replace("[Container]\n", "[Container]\nEnvironment=MINE=1\n")
    path.write_text(theirs)
    assert box.apply().returncode == 2
    assert box.apply("--timeout", "5", stdin="q\n").returncode == 2
    assert path.read_text() == theirs
    assert box.apply("--timeout", "5", stdin="what\nk\n").returncode == 0
    assert path.read_text() == theirs
    done = box.apply("--timeout", "5", stdin="d\ny\n")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == ours
    assert (path.parent / "shop-web.container.d/50-local.conf").read_text() == "[Container]\nEnvironment=MINE=1\n"
    assert "Nothing to change." in box.apply().stderr
    assert (path.parent / "shop-web.container.d/50-local.conf").exists()
    path.write_text(theirs)
    assert box.apply("--yes", "--edited", "ours").returncode == 0
    assert path.read_text() == ours


def test_edit_stays_an_edit_after_a_rollback(box: Box) -> None:
    box.apply()
    path = box.file("shop-web.container")
    path.write_text(path.read_text() + "# mine\n")
    assert box.apply("--yes", "--edited", "ours").returncode == 0
    assert box.run("rollback", "--yes").returncode == 0
    assert path.read_text().endswith("# mine\n")
    assert box.apply().returncode == 2


def test_changed_network_stays_until_told(box: Box) -> None:
    box.apply()
    box.log()
    box.convert(("volumes: {data: {}}", "volumes: {data: {}}\nnetworks: {default: {driver_opts: {mtu: '1400'}}}"))
    done = box.apply("--dry-run")
    assert "The network shop_default stays as it is: Options changed" in done.stderr
    assert "--recreate shop_default" in done.stderr
    assert box.apply().returncode == 0
    assert box.log() == []


def test_remove(box: Box) -> None:
    box.apply()
    done = box.run("remove", "shop", "--dry-run")
    assert "stays     volume shop_data" in done.stderr
    assert box.active() == ALL
    assert json.loads(box.run("remove", "shop", "--dry-run", "--json").stdout)["applied"] is False
    assert box.run("remove", "shop", "--json", stdin="n\n").stdout == "", "nothing was removed, so nothing is reported"
    done = box.run("remove", "shop", "--yes", "--json")
    assert (done.returncode, json.loads(done.stdout)["applied"]) == (0, True)
    assert (box.there(), box.active()) == ({}, set())
    done = box.run("remove", "shop", "--yes")
    assert done.returncode == 2
    assert "no units of a project shop are in place" in done.stderr
    assert box.run("rollback", "--yes").returncode == 0
    assert box.active() == ALL


def test_status(box: Box) -> None:
    assert "No project is in place" in box.run("status").stderr
    box.apply()
    rows = json.loads(box.run("status", "--json").stdout)["services"]
    assert [(r["unit"], r["state"], r["image"]) for r in rows] == [
        ("shop-db.service", "active (x)", "localhost/db:1"),
        ("shop-web.service", "active (x)", "localhost/web:1"),
    ]
    (box.home / "run/active/shop-db.service").unlink()
    (box.home / "run/failed/shop-db.service").touch()
    done = box.run("status")
    assert done.returncode == 1
    assert "failed" in done.stdout


def test_nothing_is_written_that_only_looks(box: Box) -> None:
    box.apply()
    box.convert(("web:1", "web:2"))
    before = snapshot(box.home)
    for words in (("apply", "units", "--dry-run"), ("diff", "units"), ("status",), ("rollback", "--dry-run")):
        assert box.run(*words).returncode == 0
    assert box.run("remove", "shop", "--dry-run").returncode == 0
    assert snapshot(box.home) == before


def test_one_at_a_time(box: Box) -> None:
    with records.locked(box.home / ".local/state/compose2quadlet/applied"):
        done = box.apply()
    assert done.returncode == 2
    assert "another run of this tool is applying units" in done.stderr
    assert box.there() == {}


def test_records_are_for_their_owner_only(box: Box) -> None:
    box.apply()
    found = list((box.home / ".local/state/compose2quadlet/applied").iterdir())
    assert len(found) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in found)


@pytest.mark.parametrize("seed", range(12))
def test_dry_run_equals_apply(box: Box, seed: int) -> None:
    """File by file and unit by unit, between two random versions of a project."""
    dice = random.Random(seed)

    def version() -> str:
        names = [name for name in "abcd" if dice.random() < 0.7] or ["a"]
        lines = ["services:"]
        for name in names:
            needs = [other for other in names if other < name and dice.random() < 0.4]
            lines.append(f"  {name}: {{image: 'localhost/x:{dice.randint(1, 2)}', depends_on: {json.dumps(needs)}}}")
        return "\n".join(lines) + "\n"

    box.convert(text=version())
    assert box.apply().returncode == 0
    box.convert(text=version())
    for path in (box.home / "units").glob("**/*.container"):  # those that the project has no longer
        if f"service {path.stem.removeprefix('shop-')[:1]}" and f"  {path.stem[-1]}:" not in (
            (box.home / "shop/compose.yaml").read_text()
        ):
            path.unlink()
    box.log()
    before, ran = box.there(), box.active()
    plan = box.plan("--dry-run")
    assert box.there() == before
    assert box.apply().returncode == 0
    after = box.there()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {os.path.relpath(one["path"], box.home) for one in plan["files"]} == changed
    verbs = [(line.split()[0], unit) for line in box.log() for unit in line.split()[1:]]
    assert sorted(verbs) == sorted((one["action"], one["unit"]) for one in plan["units"] if one["action"] != "recreate")
    assert box.active() - ran == {one["unit"] for one in plan["units"] if one["action"] == "start"}
    assert "Nothing to change." in box.apply().stderr


def test_killed_after_each_call(box: Box, no_disk: None) -> None:
    """The files are old or new, the next run says what happened, and after it everything is as it should be."""
    box.apply()
    old = box.there()
    state = [box.home / ".config", box.home / ".local", box.home / "run"]
    kept = box.home / "kept"
    box.convert(("web:1", "web:2"), ("db:1", "db:2"))
    for path in state:
        os.system(f"mkdir -p {kept} && cp -a {path} {kept}/")
    box.apply()
    new = box.there()
    said = set()
    for number in range(1, 400):
        for path in state:
            os.system(f"rm -rf {path} && cp -a {kept}/{path.name} {path}")
        box.log()
        ended = in_child(lambda: box.apply().returncode, killing(number))
        if ended.code != KILLED:
            break
        now = box.there()
        assert all(text in (old.get(name), new.get(name)) for name, text in now.items())
        done = box.apply()
        assert done.returncode == 0, done.stderr
        said |= {line for line in done.stderr.splitlines() if "was interrupted" in line}
        assert box.there() == new
        assert box.active() == ALL
        restarted = {unit for line in box.log() if line.startswith("restart") for unit in line.split()[1:]}
        assert restarted in ({"shop-db.service", "shop-web.service"}, set()), number
    assert ended.code == 0
    assert number > 20
    assert any("before all files were in place" in line for line in said)
    assert any("after its files were in place" in line for line in said)
