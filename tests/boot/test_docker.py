"""What is found, and compared, on a host with a real Docker beside Podman."""

from __future__ import annotations

import json
import re
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


def runbook(host: Host) -> dict[str, str]:
    """The commands of each step of the move by hand, by the start of its title."""
    steps: dict[str, list[str]] = {}
    lines = tool(host, "help", "migration", "--for", "/srv/stacks/shop").splitlines()
    for line in lines:
        if title := re.match(r"\d+\. (\w+)", line):
            steps[title[1]] = []
        elif line.startswith("    ") and steps:
            steps[[*steps][-1]].append(line[4:])
    return {title: "\n".join(code) for title, code in steps.items()}


ITEMS = "busybox wget -T 20 -qO- http://127.0.0.1:8081/cgi-bin/items"
"""Asks the application for the number of rows of its database, and for a checksum."""

WRAPPER = f'#!/bin/sh\nexec {" ".join(TOOL)} "$@"\n'


def test_the_runbook_and_what_verify_finds(docker_host: Host) -> None:
    """A stack is moved by the commands of the runbook, nothing is different but on purpose, each change is found, and
    the stack is back under Docker by the last commands."""
    host = docker_host
    steps = runbook(host)
    host.put({"compose2quadlet": WRAPPER}, "/usr/local/bin")
    before = host.root("sh", "-c", ITEMS)
    assert before.startswith("20000|")
    # the lab's root is an overlay, whose directories the kernel cannot map into a user namespace
    steps["Put"] = steps["Put"].replace(" convert ", " convert --isolation none ")
    for step in ("Look", "Bring", "Stop", "Put", "Copy", "Keep", "Let", "Start"):
        host.root("sh", "-e", "-c", f"cd /root\n{steps[step]}")
    assert host.root("stat", "-c", "%a", "/root/shop-before.json").strip() == "600"
    assert host.within(60, lambda: host.root("sh", "-c", ITEMS, check=False) == before)
    host.root("sh", "-e", "-c", f"cd /root\n{steps['Compare']}")  # which fails where something is different
    given = ("shop", "--before", "/root/shop-before.json")
    found = verify(host, *given)
    assert "different" not in found
    for field in ("user", "environment", "mounts", "networks", "kernel: user", "live: port from another host"):
        assert f"shop-app {field}" in found["equal"], field

    drop_in = "/etc/containers/systemd/shop-app.container.d/50-test.conf"
    text = "[Container]\\nEnvironment=MORE=1\\nTmpfs=/more\\nDNSSearch=example.org\\n"
    host.root("sh", "-c", f"mkdir -p {Path(drop_in).parent} && printf '{text}' > {drop_in}")
    host.root("sh", "-c", "systemctl daemon-reload && systemctl restart shop-app && sleep 2")
    host.root("sh", "-c", "rm -r $(podman volume inspect -f '{{.Mountpoint}}' shop_uploads)/sticky")
    host.root("iptables", "-I", "FORWARD", "-i", "c2q+", "-j", "DROP")
    assert verify(host, *given)["different"] >= {
        "shop-app environment",
        "shop-app tmpfs",
        "shop-app DNS search",
        "shop-app kernel: environment",
        "shop-app kernel: mounts",
        "shop-app kernel: resolver",
        "shop-app live: files",
        "shop-app live: port from another host",
    }
    host.root("iptables", "-D", "FORWARD", "-i", "c2q+", "-j", "DROP")
    left = host.root("sh", "-c", "ip netns list; ip -br link").split()
    assert not [name for name in left if name.startswith("c2q")]
    host.root("sh", "-e", "-c", f"cd /root\n{steps['Go']}")
    assert host.within(60, lambda: host.root("sh", "-c", ITEMS, check=False) == before)
    assert "shop-app-1" in host.root("docker", "ps", "--format", "{{.Names}}")
    policy = host.root("docker", "inspect", "-f", "{{.HostConfig.RestartPolicy.Name}}", "shop-app-1", "shop-db-1")
    assert policy.split() == ["always", "unless-stopped"]


def test_the_script_of_the_runbook_maps_owners(docker_host: Host) -> None:
    """As for a login user: root copies, and the kernel gives the subordinate IDs."""
    script = "cd /var/lib/containers\n" + runbook(docker_host)["Copy"].partition("\nEND\n")[0] + "\nEND\n"
    ids = "u:1500:0:1 u:100000:1:65536 g:1500:0:1 g:100000:1:65536"
    commands = f"""
        mkdir -p map/from map/to && echo x > map/from/file && chown 999:999 map/from/file
        chown 1500:1500 map/to
        sh ./copy map/from map/to "{ids}" 1500
        stat -c %u:%g map/to/file; ls -A map/to"""
    said = docker_host.root("sh", "-e", "-c", script + commands).split("\n")
    assert said[:3] == ["map/to: the same as map/from", "100998:100998", "file"]
    refused = commands.replace("1500\n        stat", "77\n        stat").replace("map", "other")
    assert "same" not in docker_host.root("sh", "-e", "-c", script + refused, check=False)
