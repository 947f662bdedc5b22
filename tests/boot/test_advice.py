"""What the warnings about a known host advise is run there, and helps."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from compose2quadlet import convert
from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts, Login, Seen
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options
from tests.boot.hosts import Host
from tests.support.commands import run

LOGIN = Login("homelab", 1500, 1500, "/home/homelab", True)
IDS: dict[str, tuple[tuple[int, int], ...]] = {"homelab": ((100_000, 65_536),)}
"""The login user of the lab."""

OWNED = """services:
  db:
    image: localhost/db
    volumes: ["/srv/owned/db:/data"]
    x-quadlet: {isolation: ISOLATION}
"""

NETWORK = """services:
  web:
    image: localhost/web
    networks: [back]
networks:
  back: {BACK}
"""


@pytest.mark.lab
@pytest.mark.parametrize("isolation", ["none", "keep-id:70"])
def test_owners_that_are_nobody(user_host: Host, tmp_path: Path, isolation: str) -> None:
    """With the command of the hint, who owned the files under Docker owns them again inside."""
    policy, _, user = isolation.partition(":")
    text = OWNED.replace("ISOLATION", policy) + (f'    user: "{user}:{user}"\n' if user else "")
    owned = Seen(stat.S_IFDIR | 0o700, 70, 70)
    facts = Facts(login=LOGIN, subuids=IDS, subgids=IDS, paths={"/srv/owned/db": owned})
    options = Options(host=facts, isolation=Isolation.NONE)
    (tmp_path / "compose.yaml").write_text(text)
    log = Log()
    convert(Request(str(tmp_path), project_name="owned", environ={}), options, log)
    (hint,) = (d.hint for d in log.items if d.code == "owner-unmapped")
    user_host.root("install", "-d", "-m", "700", "-o", "70", "-g", "70", "/srv/owned/db")
    try:
        user_host.install("owned", text, options=options)
        assert user_host.start("owned-db.service")
        assert _owner(user_host) == "65534"
        command = hint.removeprefix("As root, while Docker does not use it: ").removesuffix(".")
        user_host.root("sh", "-c", command)
        assert _owner(user_host) == "70"
    finally:
        user_host.root("rm", "-r", "/srv/owned")


def _owner(host: Host) -> str:
    return host.run("podman", "exec", "owned-db", "stat", "-c", "%u", "/data").strip()


@pytest.mark.lab
def test_a_network_that_changed(host: Host, tmp_path: Path) -> None:
    """No restart applies it; the commands of the hint do."""
    before, after = (NETWORK.replace("BACK", f"internal: {value}") for value in ("false", "true"))
    host.install("changed", before)
    assert _hint(tmp_path, before, host) == ""
    assert host.start("changed.target")
    hint = _hint(tmp_path, after, host)
    host.install("changed", after)
    host.systemctl("restart", "changed-back-network.service", "changed-web.service")
    assert _is_internal(host) == "false"
    host.run("sh", "-c", hint)
    assert _is_internal(host) == "true"
    assert host.states("changed-web.service") == {"changed-web": "active"}


def _hint(folder: Path, text: str, host: Host) -> str:
    (folder / "changed").mkdir(exist_ok=True)
    (folder / "changed/compose.yaml").write_text(text)
    version = ".".join(map(str, host.generator.version))
    options = ("--scope", host.scope, "--podman-version", version, "--isolation", "none", "--host", "none")
    done = run("convert", "changed", "-o", "units", *options, cwd=folder)
    found = re.search(r"network-changed\].*\n {4}(.*)", done.stderr)
    return found[1] if found else ""


def _is_internal(host: Host) -> str:
    return host.run("podman", "network", "inspect", "changed_back", "--format", "{{.Internal}}").strip()
