"""What a plan is made of: groups, order, override files, guards, and its own file."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from compose2quadlet.host.migrate.steps.firewall import without_docker
from compose2quadlet.inventory import Container, Engine, Inventory, Mount
from compose2quadlet.migrate import guard, project
from compose2quadlet.migrate.order import groups, started
from compose2quadlet.migrate.plan import PlanError, downtime, dump, load
from compose2quadlet.model import Service
from compose2quadlet.report.migration import markdown, size, summary
from tests.migrate.values import GROUP, PLAN, VOLUME


def container(name: str, service: str = "", **more: object) -> Container:
    made = Container(id=f"id-{name}", name=name, image="x", project="shop", service=service or name)
    return replace(made, **more)  # type: ignore[arg-type]


def test_each_starts_after_what_it_needs() -> None:
    app, db = container("app", needs=("db",)), container("db", needs=("cache",))
    cache, side = container("cache", needs=("app",)), container("side", beside="id-app")
    assert [c.name for c in started([side, app, db])] == ["db", "app", "side"]
    assert {c.name for c in started([app, db, cache])} == {"app", "db", "cache"}, "a circle is no end"


def test_projects_that_share_something_move_together() -> None:
    data = (Mount("volume", "/d", "data"),)
    found = Inventory(
        Engine("x"),
        containers=(
            container("a", project="a", mounts=data),
            container("b", project="b", mounts=data, networks=("bridge",)),
            container("c", project="c", networks=("bridge", "proxy")),
            container("d", project="d", networks=("proxy",)),
            container("e", project="e", networks=("bridge",)),
        ),
    )
    assert groups(found, "abcde") == [("a", "b"), ("c", "d"), ("e",)]
    assert groups(found, "ace") == [("a",), ("c",), ("e",)]


def test_an_override_names_what_has_no_name() -> None:
    services = {
        "cache": Service.model_validate({"image": "cache"}),
        "web": Service.model_validate(
            {"build": {"context": "/x"}, "volumes": [{"type": "volume", "target": "/known"}]}
        ),
    }
    mounts = (Mount("volume", "/da$ta", "0123"), Mount("bind", "/etc"), Mount("volume", "/known", "4567"))
    text = project.override([container("cache", mounts=mounts), container("web", mounts=mounts)], services, "shop", {})
    assert text.splitlines()[1:] == [
        "services:",
        '  "cache":',
        "    volumes:",
        '      - {"type": "volume", "target": "/da$$ta"}',
        '      - {"type": "volume", "target": "/known"}',
        '  "web":',
        "    volumes:",
        '      - {"type": "volume", "target": "/da$$ta"}',
        "    build: !reset null",
        '    image: "docker.io/library/shop-web:latest"',
        "    pull_policy: never",
    ]
    plain = {"cache": services["cache"]}
    assert project.override([container("cache")], plain, "shop", {}) == ""
    kept = project.override([container("cache")], plain, "shop", {"cache": (999, 998, True)})
    assert '"keep-id:uid=999,gid=998"' in kept
    assert 'user: "0:0"' in kept


def test_a_guard_looks_for_what_was_copied() -> None:
    text = guard.drop_in("shop", [VOLUME], "/store", rootless=True)
    assert "podman unshare /bin/sh -c 'for f in PG_VERSION; do if [ -e /store/shop_data/_data/" in text
    assert guard.drop_in("shop", [replace(VOLUME, guards=())], "/store", rootless=False) == ""
    assert guard.drop_in("shop", [VOLUME], "/a b", rootless=False) == "", "a path that would need quotes"


def test_a_plan_is_a_file() -> None:
    assert asdict(load(dump(PLAN), "f")) == asdict(PLAN)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2}', '{"version": 1}', "[" * 100_000, dump(PLAN).replace('"uid"', '"gui"', 1)],
    ids=range(7),
)
def test_another_file_is_no_plan(text: str) -> None:
    with pytest.raises(PlanError, match="cannot be used as a plan"):
        load(text, "f")


def test_a_plan_for_people() -> None:
    text = markdown(replace(PLAN, groups=(replace(GROUP, blockers=("a | b",)),)))
    assert "- **Cannot move:** a | b" in text
    assert "| shop_data | 3 | 286.1 MiB, 0 bytes on the disk | /docker/shop_data/_data | 0 → 1500, 999 → 100998" in text
    assert "it is not of a compose project" in text
    assert any("cannot move: x" in line for line in summary(replace(PLAN, groups=(replace(GROUP, blockers=("x",)),))))
    assert [size(n) for n in (0, 1023, 1024, 5 * 2**30)] == ["0 bytes", "1023 bytes", "1.0 KiB", "5.0 GiB"]
    json.loads(dump(PLAN))


def test_shared_blocks_make_it_shorter() -> None:
    slow, fast = (downtime([replace(VOLUME, reflink=r)], GROUP.containers, 1) for r in (False, True))
    assert fast < slow


RULES = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER -d 172.18.0.3/32 ! -i br-a2ba35d2c27b -o br-a2ba35d2c27b -p tcp -m tcp --dport 80 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""


def test_what_docker_leaves_in_the_firewall() -> None:
    left = without_docker(RULES)
    assert left.splitlines() == [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        ":FORWARD ACCEPT [0:0]",
        "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
        "COMMIT",
    ]
    assert without_docker(left) == left
    ufw = RULES.replace("-A FORWARD", "-A FORWARD -j ufw-before-forward\n-A FORWARD", 1)
    assert ":FORWARD DROP" in without_docker(ufw), "the policy is that of ufw"
