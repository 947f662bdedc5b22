"""Who runs on the host, and whose the files are."""

from __future__ import annotations

import re

import pytest

from compose2quadlet.options import Isolation, Options
from tests.boot.hosts import HOMELAB, Host

DYNAMIC = range(61184, 65520)
"""The users that systemd allocates. Source: systemd's "Users, Groups, UIDs and GIDs on systemd Systems"."""

CONTAINERS = range(1_000_000, 11_000_000)
SUBORDINATE = range(100_000, 165_536)
"""The ids of the users 'containers' and 'homelab' in the lab."""

STATEFUL = """
    services:
      one:
        image: localhost/one
        user: "1234"
        environment: {WRITE: /data/file}
        volumes: [one:/data]
      two:
        image: localhost/two
        user: "1234"
        environment: {WRITE: /data/file}
        volumes: [two:/data]
    volumes: {one: , two: }
    """


def _ids(host: Host, container: str) -> range:
    """The users on the host that a container's first users are."""
    inside, outside, count = host.root("cat", f"/proc/{host.pid(container)}/uid_map").split()[:3]
    assert inside == "0"
    return range(int(outside), int(outside) + int(count))


@pytest.mark.lab
@pytest.mark.vm
def test_dynamic_user(vm: Host) -> None:
    vm.install("nobody", STATEFUL, options=Options(isolation=Isolation.DYNAMIC_USER))
    assert vm.start("nobody-one.service", "nobody-two.service")
    one, two = vm.uid("nobody-one"), vm.uid("nobody-two")
    assert one in DYNAMIC
    assert two in DYNAMIC
    assert one != two
    assert vm.root("getent", "passwd", str(one)).startswith("c2q-nobody-one:")
    assert vm.run("podman", "exec", "nobody-one", "id", "-u").strip() == str(one)

    # The volume is its own: what it wrote, and the folder.
    where = vm.run("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "nobody_one").strip()
    assert [vm.owner(where), vm.owner(f"{where}/file")] == [one, one]

    # After a restart, of the service and of all, the data is there and still its own.
    vm.systemctl("restart", "nobody-one.service")
    assert vm.uid("nobody-one") == vm.owner(f"{where}/file") == one
    vm.systemctl("stop", "nobody.target")
    assert vm.within(60, lambda: vm.containers() == set())
    gone = vm.within(60, lambda: vm.root("getent", "passwd", str(one), check=False) == "")
    assert gone, "the user is not given back"
    assert vm.start("nobody-one.service")
    again = vm.uid("nobody-one")
    assert again in DYNAMIC
    assert vm.owner(f"{where}/file") == again
    assert vm.root("cat", f"{where}/file") == "written\n" * 3


@pytest.mark.lab
@pytest.mark.vm
def test_user_namespaces_of_the_system(vm: Host) -> None:
    vm.put({"own/theirs": "of 1000\n", "own/ours": "of root\n"}, "/srv/ranges")
    vm.root("chown", "1000:1000", "/srv/ranges/own/theirs")
    vm.install(
        "ranges",
        """
        services:
          one:
            image: localhost/one
            environment: {WRITE: /data/file}
            volumes: [one:/data, ./own:/own]
          two:
            image: localhost/two
            environment: {WRITE: /data/file}
            volumes: [two:/data]
        volumes: {one: , two: }
        """,
        options=Options(isolation=Isolation.USERNS),
    )
    assert vm.start("ranges-one.service", "ranges-two.service")
    one, two = _ids(vm, "ranges-one"), _ids(vm, "ranges-two")
    for ids in (one, two):
        assert ids[0] in CONTAINERS
        assert ids[-1] in CONTAINERS
    assert set(one).isdisjoint(two)
    assert vm.uid("ranges-one") == one[0]

    # On disk, owners are those that the container sees, whatever its range is.
    assert vm.run("podman", "exec", "ranges-one", "stat", "-c", "%u", "/own/theirs", "/own/ours").split() == [
        "1000",
        "0",
    ]
    vm.run("podman", "exec", "ranges-one", "sh", "-c", "touch /own/new; touch /own/app; chown 1000 /own/app")
    assert [vm.owner(f"/srv/ranges/own/{n}") for n in ("theirs", "ours", "new", "app")] == [1000, 0, 0, 1000]
    where = vm.run("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "ranges_one").strip()
    assert vm.owner(f"{where}/file") == 0

    # They stay so in a range that may be another.
    vm.systemctl("stop", "ranges-two.service")
    vm.systemctl("restart", "ranges-one.service")
    assert vm.root("cat", f"{where}/file") == "written\n" * 2
    assert [vm.owner(f"{where}/file"), vm.owner("/srv/ranges/own/theirs")] == [0, 1000]


@pytest.mark.lab
def test_user_namespaces_of_a_login_user(user_host: Host) -> None:
    user_host.install(
        "ranges",
        """
        services:
          one:
            image: localhost/one
            environment: {WRITE: /data/file}
            volumes: [one:/data]
          two: {image: localhost/two}
        volumes: {one: }
        """,
        options=Options(isolation=Isolation.USERNS),
    )
    assert user_host.start("ranges-one.service", "ranges-two.service")
    one, two = _ids(user_host, "ranges-one"), _ids(user_host, "ranges-two")
    # Of a rootless container, the map is the one of its parent, Podman's own namespace: ids there, not on the host.
    assert set(one).isdisjoint(two)
    uids = {name: user_host.uid(f"ranges-{name}") for name in ("one", "two")}
    assert set(uids.values()) <= set(SUBORDINATE)
    assert len(set(uids.values())) == 2
    where = user_host.run("podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "ranges_one").strip()
    assert user_host.owner(f"{where}/file") == uids["one"]
    user_host.systemctl("restart", "ranges-one.service")
    assert user_host.root("cat", f"{where}/file") == "written\n" * 2


@pytest.mark.lab
def test_keep_id_writes_as_the_login_user(user_host: Host) -> None:
    user_host.install(
        "mine",
        """
        services:
          number:
            image: localhost/number
            user: "1000:1000"
            environment: {WRITE: /data/number}
            volumes: [./data:/data]
          image:
            image: localhost/image
            environment: {PUID: "1000", PGID: "1000", WRITE: /data/image}
            command: [su, -p, app, -c, serve]
            volumes: [./data:/data]
        """,
        options=Options(isolation=Isolation.KEEP_ID),
    )
    data = "/home/homelab/mine/data"
    for name in ("number", "image"):
        # Each for itself, since one such namespace takes all the ids that the login user has.
        assert user_host.start(f"mine-{name}.service")
        assert user_host.within(20, lambda n=name: user_host.root("ls", data).split().count(n) == 1)  # type: ignore[misc]
        assert user_host.run("podman", "exec", f"mine-{name}", "stat", "-c", "%u", f"/data/{name}").strip() == "1000"
        assert user_host.owner(f"{data}/{name}") == HOMELAB
        writers = user_host.root("cat", f"/proc/{user_host.pid(f'mine-{name}')}/status")
        assert re.findall(r"^Uid:\t(\d+)", writers, re.M) == [str(HOMELAB)]
        user_host.systemctl("stop", f"mine-{name}.service")
    assert user_host.run("rm", f"{data}/number", f"{data}/image") == ""


@pytest.mark.lab
def test_without_a_policy_root_inside_is_the_login_user(user_host: Host) -> None:
    user_host.install("plain", "services: {app: {image: localhost/app}}", options=Options(isolation=Isolation.NONE))
    assert user_host.start("plain-app.service")
    assert user_host.run("podman", "exec", "plain-app", "id", "-u") == "0\n"
    assert user_host.uid("plain-app") == HOMELAB
