"""What is looked up of a project once, and the decisions that hang on it."""

from __future__ import annotations

from typing import Any

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.facts import Facts, HostUnit, Login, MountPoint
from compose2quadlet.model import Project
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner import replicas
from compose2quadlet.planner.index import index
from compose2quadlet.planner.isolation.policy import identities


def project(services: dict[str, dict[str, Any]], **more: Any) -> Project:
    networks = {key: {"name": key} for s in services.values() for key in s.get("networks", ())}
    given = {name: {"networks": {}, **s, **_networks(s)} for name, s in services.items()}
    return Project.model_validate({"name": "st", "services": given, "networks": networks, **more})


def _networks(service: dict[str, Any]) -> dict[str, Any]:
    return {"networks": dict.fromkeys(service["networks"])} if "networks" in service else {}


def test_relations() -> None:
    found = index(
        project(
            {
                "web": {"container_name": "front", "restart": "always"},
                "vpn": {"network_mode": "container:front", "restart": "always"},
                "job": {"ipc": "service:web"},
                "app": {
                    "restart": "always",
                    "depends_on": {"vpn": {"condition": "service_healthy", "required": True}},
                    "volumes_from": ["job:ro"],
                    "volumes": [{"type": "volume", "source": "data", "target": "/d"}],
                },
                "other": {"network_mode": "container:elsewhere", "volumes": [{"type": "volume", "source": "data"}]},
            },
            volumes={"data": {}},
        ),
        None,
    )
    assert found.owners == {"front": "web", "st-vpn": "vpn", "st-job": "job", "st-app": "app", "st-other": "other"}
    assert found.hosts == {"web": (), "vpn": ("web",), "job": ("web",), "app": (), "other": ()}
    # Only what starts at boot is started again with what it lives in, and so is what needs it.
    assert found.riders == {"web": ("vpn", "app")}
    assert found.dependents == {"vpn": {"service_healthy": ("app",)}}
    assert found.borrowers == {"job": ("app",)}
    assert found.users == {"data": ("app", "other")}


def test_no_more_containers_than_a_host_has() -> None:
    found = index(project({f"s{i}": {"scale": 80} for i in range(4)} | {"t": {"scale": 101}, "u": {"scale": 0}}), None)
    numbers = {name: count.number for name, count in found.counts.items()}
    assert numbers == {"s0": 80, "s1": 80, "s2": 1, "s3": 1, "t": 1, "u": 1}
    log = Log()
    replicas.note(found.project, found.counts, found.units, log)
    warned = [d.message for d in log.items if "instead of" in d.message]
    assert warned == [
        "'s2' gets one container instead of 80: a project can have at most 200 replicas",
        "'s3' gets one container instead of 80: a project can have at most 200 replicas",
        "'t' gets one container instead of 101: a service can have at most 100",
    ]


HOST = Facts(
    mounts=(
        MountPoint("/", "/dev/sda1", "ext4"),
        MountPoint("/mnt/nas", "nas:/x", "nfs4"),
        MountPoint("/mnt/pool", "pool", "zfs"),
        MountPoint("/mnt/disk", "/dev/sdb1", "xfs"),
    ),
    units={"srv-later.mount": HostUnit("inactive", "enabled")},
    login=Login("me", 1000, 1000, "/home/me"),
)
MOUNTS = [
    ("/srv/x", "/", True),
    ("/mnt/disk/x", "/mnt/disk", True),
    ("//mnt/disk", "/mnt/disk", True),
    ("/mnt/nas/x", "/mnt/nas", False),
    ("/mnt/nas2", "/", True),
    ("/mnt/pool", "/mnt/pool", False),
    ("/srv/later/x", "/srv/later", False),
]


@pytest.mark.parametrize(("path", "target", "maps"), MOUNTS)
@pytest.mark.parametrize("kind", ["bind", "volume"])
def test_one_answer_to_which_mount_a_path_is_on(path: str, target: str, maps: bool, kind: str) -> None:
    """A bind mount and a volume that is one, isolation and what is waited for: all go by the same mount."""
    options = {"type": "none", "o": "bind", "device": path}
    mount = {"type": kind, "source": path if kind == "bind" else "data", "target": "/x"}
    made = project({"app": {"volumes": [mount]}}, volumes={"data": {"driver_opts": options}})
    found = index(made, HOST)
    (host,) = found.paths["app"]
    assert host.mount is not None
    assert (host.mount.target, host.mount.maps_owners) == (target, maps)
    chosen = identities(found, Options(scope=Scope.SYSTEM, host=HOST), Log())["app"]
    assert (chosen.policy is Isolation.USERNS) is maps
    # A user's own directory keeps its owner, whichever way it is mounted.
    of_user = identities(found, Options(host=HOST), Log())["app"]
    assert (of_user.policy, of_user.volume_option) == (Isolation.NONE, "")


def test_nothing_is_concluded_of_a_host_that_is_not_known() -> None:
    found = index(project({"app": {"volumes": [{"type": "bind", "source": "/srv/x", "target": "/x"}]}}), None)
    assert [host.mount for host in found.paths["app"]] == [None]
    assert identities(found, Options(scope=Scope.SYSTEM), Log())["app"].policy is Isolation.USERNS
