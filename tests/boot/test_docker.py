"""What is found, and compared, on a host with a real Docker beside Podman."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import inventory
from tests.boot.hosts import Host, lab

pytestmark = pytest.mark.lab

PACKAGE = Path(inventory.__file__).parent
PLACE = "/opt/compose2quadlet"
TOOL = ("env", f"PYTHONPATH={PLACE}", "PYTHONDONTWRITEBYTECODE=1", "python3", "-m", "compose2quadlet")


def tool(host: Host, *words: str, check: bool = True) -> str:
    """What this tool prints on the host."""
    if "ok" not in host.root("sh", "-c", f"test -e {PLACE} && echo ok || echo no"):
        lab("put", host.name, str(PACKAGE), f"{PLACE}/compose2quadlet")
        templates = PACKAGE / "templates"
        templates = templates if templates.exists() else PACKAGE.parent / "templates"
        lab("put", host.name, str(templates), f"{PLACE}/compose2quadlet/templates")
    return host.root(*TOOL, *words, check=check)


def taken(host: Host) -> inventory.Inventory:
    return inventory.load(tool(host, "inventory", "--json"), "stdout")


def test_the_inventory(docker_host: Host) -> None:
    found = taken(docker_host)
    assert [p.name for p in found.projects] == ["media", "shop", "tools"]
    assert {c.name for c in found.of("")} == {"adhoc", "onevol", "finished"}
    volumes = {v.name: v for v in found.volumes}
    assert not volumes["old_backup"].users
    uploads = volumes["shop_uploads"].data
    assert uploads
    assert (uploads.uid, uploads.mode, uploads.largest_uid) == (999, "0700", 1000)
    # one file in it is sparse: Docker says 69 MB
    assert uploads.bytes
    assert uploads.bytes < 10 * 10**6
    unnamed = {v.users[0]: v.holds_data for v in volumes.values() if v.anonymous}
    assert unnamed == {"adhoc": True, "media-cache-1": True, "shop-app-1": False}
    assert {i.names[0]: i.local for i in found.images}["tools-web:latest"] is True
    assert [n.name for n in found.networks if n.by_hand] == ["shared"]
    drift = [(d.container, d.what) for p in found.projects for d in p.drift]
    assert drift == [("stub", "environment: TZ")]


def test_data_in_a_container(docker_host: Host) -> None:
    docker_host.root("docker", "exec", "onevol", "sh", "-c", "echo kept > /bin/kept; touch /tmp/x /etc/y.pid")
    one = next(c for c in taken(docker_host).containers if c.name == "onevol")
    assert one.changed == ("A /bin/kept",)
    assert one.written
    docker_host.root("docker", "exec", "onevol", "rm", "/bin/kept")


def test_it_says_the_same_when_docker_is_stopped(docker_host: Host) -> None:
    """Also of the containers' command lines; and it does not start Docker, for which systemd listens."""
    before = taken(docker_host)
    docker_host.root("systemctl", "stop", "docker.service")
    try:
        after = taken(docker_host)
        assert docker_host.root("systemctl", "is-active", "docker.service", check=False).strip() == "inactive"
        assert docker_host.root("systemctl", "is-active", "docker.socket").strip() == "active"
    finally:
        docker_host.root("systemctl", "start", "docker.service")
    assert [t.name for t in after.traps] == ["socket-activation"]
    assert [(p.name, p.options(), p.drift) for p in after.projects] == [
        (p.name, p.options(), p.drift) for p in before.projects
    ]
    same: Any = lambda c: (c.name, c.project, c.image, c.image_id, c.restart, c.mounts, c.ports, c.networks)  # noqa: E731
    assert [same(c) for c in after.containers] == [same(c) for c in before.containers]
    assert [(i.id, i.layers, i.local) for i in after.images] == [(i.id, i.layers, i.local) for i in before.images]
    assert [(v.name, v.users) for v in after.volumes] == [(v.name, v.users) for v in before.volumes]
    docker_host.root("docker", "start", "onevol", "media-cache-1", "stub", "shop-db-1", "tools-side-1")


def test_traps_of_a_real_engine(docker_host: Host) -> None:
    settings = "/etc/docker/daemon.json"
    before = docker_host.root("cat", settings)
    changed = json.dumps({**json.loads(before), "live-restore": True})
    try:
        docker_host.root("sh", "-c", f"echo '{changed}' > {settings} && systemctl reload docker && sleep 1")
        assert "live-restore" in [t.name for t in taken(docker_host).traps]
    finally:
        docker_host.root("sh", "-c", f"echo '{before}' > {settings} && systemctl reload docker")


def test_convert_from_docker(docker_host: Host) -> None:
    tool(docker_host, "convert", "--from-docker", "-o", "/root/units", "--isolation", "none")
    made = docker_host.root("ls", "/root/units").split()
    assert {"shop-db.container", "media-stub.container", "tools-web.container"} <= {*made, *made}
    assert not any(name.startswith("adhoc") for name in made)


def verify(host: Host, *words: str) -> dict[str, set[str]]:
    """The fields that ``verify`` shows, by result, with their containers."""
    found = json.loads(tool(host, "verify", *words, "--json", check=False))
    fields: dict[str, set[str]] = {}
    for one in found["findings"]:
        name = f"{one['view']}: " if one["view"] != "inspect" else ""
        fields.setdefault(one["result"], set()).add(f"{one['container']} {name}{one['field']}")
    return fields


def test_verify_after_a_move(docker_host: Host) -> None:
    """Nothing is different but the variable that was edited and never applied; then each change is found, in the unit,
    in the firewall, and in the data. It comes last: the projects no longer run under Docker."""
    for project in ("shop", "media", "tools"):
        tool(docker_host, "verify", project, "--save", f"/root/{project}.json")
    assert docker_host.root("stat", "-c", "%a", "/root/shop.json").strip() == "600"
    tool(docker_host, "migrate", "plan", "-o", "/root/plan")
    tool(docker_host, "migrate", "run", "/root/plan")
    found = {p: verify(docker_host, p, "--before", f"/root/{p}.json") for p in ("shop", "media", "tools")}
    different = {one for fields in found.values() for one in fields.get("different", ())}
    assert different == {"stub environment", "stub kernel: environment"}
    for field in ("user", "environment", "mounts", "networks", "kernel: user", "live: port from another host"):
        assert f"shop-app {field}" in found["shop"]["equal"], field
    recorded = verify(docker_host, "shop")
    assert "different" not in recorded
    assert "shop-app restart" not in recorded["on purpose"]  # the policy is that of before the move

    drop_in = "/etc/containers/systemd/shop-app.container.d/50-test.conf"
    text = "[Container]\nEnvironment=MORE=1\nSysctl=\nTmpfs=/more\nDNSSearch=example.org\n"
    docker_host.root("sh", "-c", f"mkdir -p {Path(drop_in).parent} && printf '{text}' > {drop_in}")
    docker_host.root("sh", "-c", "systemctl daemon-reload && systemctl restart shop-app && sleep 2")
    docker_host.root("sh", "-c", "rm -r $(podman volume inspect -f '{{.Mountpoint}}' shop_uploads)/sticky")
    docker_host.root("iptables", "-I", "FORWARD", "-i", "c2q+", "-j", "DROP")
    assert verify(docker_host, "shop", "--before", "/root/shop.json")["different"] >= {
        "shop-app environment",
        "shop-app tmpfs",
        "shop-app DNS search",
        "shop-app kernel: environment",
        "shop-app kernel: mounts",
        "shop-app kernel: resolver",
        "shop-app live: files",
        "shop-app live: port from another host",
    }
    docker_host.root("iptables", "-D", "FORWARD", "-i", "c2q+", "-j", "DROP")
    docker_host.root("systemctl", "stop", "shop-app")
    assert "shop-app-1 container" in verify(docker_host, "shop", "--before", "/root/shop.json")["different"]
    left = docker_host.root("sh", "-c", "ip netns list; ip -br link").split()
    assert not [name for name in left if name.startswith("c2q")]
