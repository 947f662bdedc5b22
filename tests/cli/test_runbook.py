"""``help migration --for``: the commands of a move by hand, with a project's own names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.loader import Request
from compose2quadlet.migrate.idmap import Subordinate
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.pipeline import convert
from compose2quadlet.report.runbook import Runbook, text
from tests.support.commands import run, stack

SHOP = """
services:
  web:
    image: ghcr.io/example/web:1
    container_name: "the-web"
    restart: unless-stopped
    depends_on: [db]
    networks: [default, lan]
    volumes: ["./www:/www", "/cache"]
  db:
    image: postgres:18
    user: "1000"
    restart: always
    volumes: ["data:/data", "nas:/nas", "old:/old"]
  debug:
    image: busybox:1
    profiles: [debug]
volumes:
  data:
  nas: {driver_opts: {type: nfs, device: ":/export", o: "addr=192.0.2.7"}}
  old: {external: true, name: old_data}
networks:
  lan: {external: true}
"""

LOGIN = Subordinate(1500, 1500, ((100000, 65536),), ((100000, 65536),))


def runbook(folder: Path, login: Subordinate | None = None, db: Isolation = Isolation.NONE) -> str:
    (folder / "compose.yaml").write_text(SHOP)
    scope = Scope.USER if login else Scope.SYSTEM
    options = Options(scope=scope, isolation=Isolation.NONE, isolations={"db": db})
    made = convert(Request(str(folder), project_name="shop"), options, Log())
    return text(Runbook(made, login, "homelab" if login else ""))


def blocks(markdown: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", markdown, re.S)


def test_own_names(tmp_path: Path) -> None:
    found = runbook(tmp_path)
    for line in (
        "podman network create --ignore lan",
        'podman tag "$new" docker.io/library/postgres:18',
        "docker update --restart=no shop-db-1 the-web",
        "systemctl start shop-data-volume.service",
        "podman volume create --ignore old_data",
        "# shop_nas is a mount of :/export: nothing to copy",
        "to=$(podman volume inspect -f '{{.Mountpoint}}' shop_web-cache)",
        f"stat -c '%u:%g %a %n' {tmp_path}/www | tee shop-owners",
        "docker update --restart=unless-stopped the-web",
        "docker start shop-db-1 the-web",
        "systemctl start shop.target",
        "compose2quadlet verify shop --before shop-before.json",
        "iptables -I DOCKER-USER -i podman+ -j ACCEPT",
    ):
        assert f"\n{line}\n" in found, line
    assert "debug" not in found
    assert "sudo" not in found


@pytest.mark.parametrize(
    ("policy", "map_of_root"),
    [
        (Isolation.NONE, "'u:1500:0:1 u:100000:1:65536 g:1500:0:1 g:100000:1:65536' 1500"),
        (
            Isolation.KEEP_ID,
            "'u:100000:0:1000 u:1500:1000:1 u:101000:1001:64536"
            " g:100000:0:1000 g:1500:1000:1 g:101000:1001:64536' 100000",
        ),
    ],
)
def test_a_login_user(tmp_path: Path, policy: Isolation, map_of_root: str) -> None:
    """The kernel maps the owners while root copies."""
    found = runbook(tmp_path, LOGIN, policy)
    assert f'\nsudo sh ./copy "$from" "$to" {map_of_root}\n' in found
    assert "\nsystemctl --user start shop-data-volume.service\n" in found
    assert "\nsudo compose2quadlet verify shop --user homelab --before shop-before.json\n" in found
    assert "iptables" not in found


@pytest.mark.parametrize("login", [None, LOGIN])
def test_a_shell_reads_all_commands(tmp_path: Path, login: Subordinate | None) -> None:
    found = blocks(runbook(tmp_path, login))
    assert len(found) >= 10
    for block in found:
        subprocess.run(["sh", "-n", "-c", block], check=True)


def test_the_script_copies_into_an_empty_directory_only(tmp_path: Path) -> None:
    script = next(block for block in blocks(runbook(tmp_path)) if block.startswith("cat > copy"))
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "from/file").write_text("x")
    command = ["sh", "./copy", "from", "to"]
    first, second = (subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False) for _ in "12")
    assert (first.returncode, first.stdout) == (0, "to: the same as from\n")
    assert (second.returncode, second.stderr) == (1, "to is not an empty directory\n")
    gone = subprocess.run(["sh", "./copy", "from", ""], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert gone.returncode == 1


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)  # root gets one for the system
    stack(tmp_path, "site")
    done = run("help", "migration", "--for", "site", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "docker update --restart=no site-web-1" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["isolation", "--for", "site"], "--for is an option of the topic 'migration'"),
        (["migration", "--for", "site", "--user", "nobody-of-that-name"], "there is no user nobody-of-that-name"),
    ],
)
def test_what_has_no_runbook(tmp_path: Path, words: list[str], said: str) -> None:
    done = run("help", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
