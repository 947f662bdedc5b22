"""``diff`` and ``convert --diff``: what is there against what would be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Done, run, stack
from tests.write.stacks import snapshot

COMPOSE = """
services:
  db:
    image: nginx:1
    environment: {PASSWORD: hunter2}
  web:
    image: nginx:1
"""
HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.8")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose units are in ``units``."""
    stack(tmp_path, "shop", COMPOSE)
    assert run("convert", "shop", "-o", "units", *HERE, cwd=tmp_path).returncode == 0
    return tmp_path


def unit(folder: Path, name: str) -> Path:
    return next(folder.rglob(name))


def change(folder: Path, *pairs: tuple[str, str]) -> None:
    path = folder / "shop/compose.yaml"
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def diff(folder: Path, *words: str) -> Done:
    return run("diff", "shop", "-o", "units", *words, *HERE, cwd=folder)


def test_no_difference(shop: Path) -> None:
    done = diff(shop, "--exit-code")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no difference, 0 warnings\n"


def test_what_happens_to_each_file(shop: Path) -> None:
    change(shop, ("  web:", "  new:"), ("nginx:1\n    env", "nginx:2\n    env"))
    with unit(shop, "shop-default.network").open("a") as f:
        f.write("# mine\n")
    done = diff(shop, "--exit-code")
    assert done.returncode == 1
    heads = {line.rpartition("/")[2] for line in done.stdout.splitlines() if line.startswith("units/")}
    assert heads >= {
        "shop-db.container: changed",
        "shop-new.container: new",
        "shop-web.container: removed: the project no longer has it",
        "shop-default.network: edited since it was written",
    }
    lines = done.stdout.splitlines()
    assert "-Image=docker.io/library/nginx:1" in lines
    assert "+Image=docker.io/library/nginx:2" in lines
    assert "-# mine" in lines
    assert "+++ /dev/null" in lines
    assert "--- /dev/null" in lines
    assert "1 edited" in done.stderr
    assert "1 removed" in done.stderr


def test_it_is_a_patch(shop: Path) -> None:
    """What a unified diff shows is what writing does."""
    change(shop, ("nginx:1\n    env", "nginx:2\n    env"))
    shown = diff(shop, "--reveal").stdout.splitlines()
    before = unit(shop, "shop-db.container").read_text().splitlines()
    assert run("convert", "shop", "-o", "units", *HERE, cwd=shop).returncode == 0
    after = unit(shop, "shop-db.container").read_text().splitlines()
    assert [line[1:] for line in shown[3:] if line[:1] == "-"] == [line for line in before if line not in after]
    assert [line[1:] for line in shown[3:] if line[:1] == "+"] == [line for line in after if line not in before]


def test_values_are_hidden(shop: Path) -> None:
    change(shop, ("hunter2", "hunter3"))
    done = diff(shop)
    assert "hunter" not in done.stdout + done.stderr
    assert "+Environment=PASSWORD=••• (changed)" in done.stdout.splitlines()
    assert '+Environment="PASSWORD=hunter3"' in diff(shop, "--reveal").stdout.splitlines()


def test_stat(shop: Path) -> None:
    change(shop, ("hunter2", "hunter3"))
    assert diff(shop, "--stat").stdout.rstrip().endswith("shop-db.container | +1 -1 changed")


def test_nothing_is_written(shop: Path) -> None:
    change(shop, ("nginx:1", "nginx:2"))
    before = snapshot(shop)
    assert diff(shop).returncode == 0
    assert run("diff", "units", cwd=shop).returncode == 0
    assert run("convert", "shop", "-o", "units", "--diff", *HERE, cwd=shop).stdout == diff(shop).stdout != ""
    assert run("convert", "shop", "-o", "other", "--diff", *HERE, cwd=shop).returncode == 0
    assert snapshot(shop) == before


def test_directory_against_where_podman_reads(shop: Path) -> None:
    """A directory that was converted is compared with where it would be applied."""
    done = run("diff", "units", "--stat", cwd=shop)
    rows = [line for line in done.stdout.splitlines() if ".container " in line]
    assert len(rows) == 2
    assert all(line.strip().startswith(".config/containers/systemd/") and line.endswith(" new") for line in rows)


def test_project_that_cannot_be_converted(shop: Path) -> None:
    change(shop, ("image: nginx:1", "bogus: 1"))
    done = diff(shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bogus" in done.stderr


@pytest.mark.parametrize("command", ["convert", "diff"])
def test_an_empty_directory_name_is_refused(shop: Path, command: str) -> None:
    """As of a variable that is not set: it must not stand for the working directory."""
    done = run(command, "shop", "-o", "", *HERE, cwd=shop)
    assert done.returncode == 2
    assert "it is empty; check that its variables are set" in done.stderr
