"""Stacks of the fixtures under a real Docker and under the units: what the kernel says of their processes.

What ``inspect`` of the engines says hides differences that the kernel shows. Those that remain are in ``REASONS``, and
in 'compose2quadlet help differences'.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import Conversion
from tests.boot.conftest import WITH_DOCKER, generator_of
from tests.boot.hosts import HOMES, STUB, Host, lab
from tests.support.conversion import FIXTURES

pytestmark = pytest.mark.lab

LOOK = '''
import json, os, subprocess, sys

SYSCTLS = """net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range net/ipv4/ip_forward kernel/shmmax
    net/core/somaxconn kernel/msgmax fs/mqueue/msg_max""".split()

def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout

def look(pid):
    at = f"/proc/{pid}"
    status = dict(line.split(":", 1) for line in open(f"{at}/status"))
    seen = {key: " ".join(status[key].split()) for key in ("Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp")}
    seen |= {key: int(status[key], 16) for key in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb")}
    for line in list(open(f"{at}/limits"))[1:]:
        seen["limit " + line[:26].strip().lower()] = line[26:66].split()
    for line in open(f"{at}/mountinfo"):
        own, _, other = line.partition(" - ")
        fields = own.split()
        kind, _, options = other.split(None, 2)
        seen[f"mount {fields[4]}"] = [kind, sorted(fields[5].split(","))]
    seen["oom_score_adj"] = open(f"{at}/oom_score_adj").read().strip()
    names = f"{at}/root/etc/resolv.conf"
    seen["resolv.conf"] = open(names).read().splitlines() if os.path.exists(names) else []
    for name in SYSCTLS:
        seen[f"sysctl {name}"] = run("nsenter", "-t", pid, "-n", "-i", "cat", f"/proc/sys/{name}").split()
    return seen

engine, *names = sys.argv[1:]
print(json.dumps({n: look(run(engine, "inspect", "-f", "{{.State.Pid}}", n).strip()) for n in names}))
'''
"""Prints what the kernel says of the first process of each container: ENGINE NAME..."""

KEYS = """
    name: keys
    services:
      plain: {image: localhost/plain, ipc: shareable}
      user: {image: localhost/user, user: "1000", group_add: ["44"]}
      closed:
        image: localhost/closed
        read_only: true
        tmpfs: ["/tmp:size=16m,mode=1777", /scratch]
        cap_drop: [ALL]
        cap_add: [NET_BIND_SERVICE]
        security_opt: ["no-new-privileges:true"]
        ulimits: {nofile: {soft: 512, hard: 1024}, core: 0}
        shm_size: 32m
        volumes: ["data:/data", "/srv:/host:ro"]
        dns: [192.0.2.53]
        dns_search: [example.org]
        networks: {default: {}, back: {}}
      all: {image: localhost/all, privileged: true}
      beside: {image: localhost/beside, network_mode: "service:plain", ipc: "service:plain"}
      host: {image: localhost/host, network_mode: host, ipc: host}
      alone: {image: localhost/alone, network_mode: none, init: true, oom_score_adj: 300}
    volumes: {data: }
    networks: {back: {internal: true}}
    """


NOT_IN_PODMAN = 1 << 13 | 1 << 27 | 1 << 29
"""NET_RAW, MKNOD and AUDIT_WRITE, which Docker gives to containers, and Podman only if asked."""

FLAGS = {"relatime", "nosuid", "nodev", "nosymfollow"}
"""Options of mounts that Podman sets and Docker does not; ``noexec``, ``ro`` and ``rw`` are compared."""

OWN_FILES = r"/etc/(hosts|hostname|resolv\.conf)"
REASONS = (
    (r"\S+ Groups: '0' -> ''", "Docker gives root its own group a second time"),
    (r"\S+ limit max core file size: .*", "Podman's soft limit of core files is 0"),
    (r"\S+ limit max open files: .*", "Podman's soft limit of open files is the hard one"),
    (rf"\S+ mount {OWN_FILES}: .*", "files that each engine makes for itself"),
    (r"\S+ mount /run/\.containerenv: None -> .*", "Podman's mark of a container"),
    (r"\S+ mount /proc/(interrupts|keys|timer_list): .*", "Podman's masks are read-only"),
    (r"keys-closed mount /(run|var/tmp): None -> .*'ro'.*", "Podman covers them if the root is read-only"),
    (r"keys-host mount /dev/shm: .*", "Podman does not run programs from the host's shared memory"),
    (r"keys-alone mount /(sbin/docker-init|run/podman-init): .*", "the engine's own init"),
    (r"\S+ resolv.conf: .*127\.0\.0\.11.* -> .*10\.89\..*ndots:0.*", "each engine's name server"),
    (r"keys-host resolv.conf: .* -> .*ndots:0.*", "Podman's setting is for the containers of the host's network, too"),
    (r"keys-alone resolv.conf: .* -> \[\]", "without a network, Podman names no server"),
)
"""What differs, and why; 'compose2quadlet help differences' has those that anybody can notice."""


def _different(name: str, docker: dict[str, Any], podman: dict[str, Any]) -> Iterator[str]:
    for key in sorted(docker.keys() | podman.keys()):
        one: Any = docker.get(key)
        other: Any = podman.get(key)
        if key.startswith("Cap") and not one & 1 << 21:  # SYS_ADMIN: who is privileged has all of them
            one &= ~NOT_IN_PODMAN
        elif key.startswith("mount "):
            one, other = ([m[0], sorted({*m[1]} - FLAGS)] if m else None for m in (one, other))
        elif key == "resolv.conf":
            one = [line for line in one if line and not line.startswith("#")]
        if one != other:
            yield f"{name} {key}: {one!r} -> {other!r}"


@pytest.fixture(scope="module", params=WITH_DOCKER or [None], ids=str)
def engines(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host with Docker and Podman."""
    if request.param is None:
        pytest.skip("no lab host with Docker: add it with tests/boot/docker-host")
    generator = generator_of(request)
    name = f"{generator}-kernel-{os.getpid()}"
    lab("boot", str(generator.root), name)
    host = Host(name, generator, "system")
    host.put({"look.py": LOOK}, "/opt")
    yield host
    lab("stop", name, check=False)


def _names(conversion: Conversion) -> dict[str, str]:
    """The container of each service, by its name under Docker Compose."""
    return {
        s.spec.container_name or f"{conversion.plan.project}-{s.name}-1": s.container
        for s in conversion.plan.services.values()
    }


def _look(host: Host, engine: str, names: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(host.root("python3", "/opt/look.py", engine, *names))
    return found


@pytest.mark.parametrize("project", ["keys", "photos"])
def test_kernel_sees_the_same(engines: Host, tmp_path: Path, project: str) -> None:
    folder = tmp_path / project
    if project == "keys":
        folder.mkdir()
        (folder / "compose.yaml").write_text(textwrap.dedent(KEYS))
    else:
        shutil.copytree(FIXTURES / "projects" / project, folder)
    conversion = engines.install(project, folder=folder)
    there = f"{HOMES['system']}/{project}"
    images = sorted({s.image for s in conversion.plan.services.values()})
    engines.root(STUB, *images)
    engines.root("sh", "-c", "podman save -q localhost/stub:latest | docker load -q")
    for image in images:
        engines.root("docker", "tag", "localhost/stub:latest", image)
    names = _names(conversion)
    compose = ("docker", "compose", "--progress", "quiet", "-f", f"{there}/compose.yaml", "-p", project)
    try:
        engines.root(*compose, "up", "-d", "--pull", "never")
        docker = _look(engines, "docker", list(names))
        engines.root(*compose, "down", "-v", "-t", "1")
        assert engines.start(f"{project}.target")
        podman = _look(engines, "podman", list(names.values()))
    finally:
        engines.root(*compose, "down", "-v", "-t", "1", check=False)
        engines.clean()
    different = [d for name, own in names.items() for d in _different(own, docker[name], podman[own])]
    unexplained = [d for d in different if not any(re.fullmatch(pattern, d) for pattern, _ in REASONS)]
    assert unexplained == []
    if project == "keys":  # it has something of everything, so a reason that explains nothing there is an old one
        assert [why for pattern, why in REASONS if not any(re.fullmatch(pattern, d) for d in different)] == []
