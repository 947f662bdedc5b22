"""What could not start at first and then can: all that waited for it comes up by itself, as it does under Docker."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.boot.hosts import HOMES, NATIVE, Host

pytestmark = pytest.mark.lab

LATE = 8
"""Seconds in which a unit that cannot start is tried, at least once."""

IN_TIME = 60
"""Seconds until all that waited for it has to run."""

WHOLE = """
    services:
      app:
        image: localhost/app
        restart: unless-stopped
        depends_on:
          db: {condition: service_started}
          cache: {condition: service_healthy}
          migrate: {condition: service_completed_successfully}
      web:
        image: localhost/web
        restart: unless-stopped
        depends_on: {app: {condition: service_started, restart: true}}
      db:
        image: localhost/db
        restart: unless-stopped
        volumes: [{type: bind, source: ./db, target: /db, bind: {create_host_path: false}}]
      cache:
        image: localhost/cache
        restart: unless-stopped
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
        volumes: [{type: bind, source: ./cache, target: /cache, bind: {create_host_path: false}}]
      migrate:
        image: localhost/migrate
        restart: on-failure
        command: [sh, -c, "test -e /flags/migrate"]
        volumes: ["./flags:/flags"]
      optional:
        image: localhost/optional
        restart: unless-stopped
        depends_on: {db: {condition: service_started, required: false}}
    """
SERVICES = ("late-app", "late-web", "late-db", "late-cache", "late-migrate", "late-optional")
WAITING = ("late-app", "late-web", "late-optional")


def _make(host: Host, *names: str) -> None:
    """Make directories of the project, for the user of its units."""
    for name in names:
        host.run("mkdir", "-p", f"{HOMES[host.scope]}/late/{name}")


def _up(host: Host, *units: str) -> bool:
    return set(host.states(*units).values()) == {"active"}


def _down(host: Host, unit: str) -> bool:
    return not _up(host, unit)


def _calm(host: Host, *units: str) -> bool:
    """Whether no unit starts again within some seconds."""
    before = {unit: host.show(f"{unit}.service", "InvocationID") for unit in units}
    return not host.within(8, lambda: before != {unit: host.show(f"{unit}.service", "InvocationID") for unit in units})


@pytest.fixture
def late(host: Host) -> Iterator[Host]:
    """The host, with no directory of an earlier test."""
    host.root("rm", "-rf", f"{HOMES[host.scope]}/late")
    yield host
    host.root("rm", "-rf", f"{HOMES[host.scope]}/late")


def test_dependents_come_up_when_their_dependencies_recover(late: Host) -> None:
    late.install("late", WHOLE)
    _make(late, "flags")
    late.systemctl("start", "--no-block", "late.target")
    assert not late.within(LATE, lambda: _up(late, *WAITING[:1])), "app runs without its database"
    assert set(late.states(*WAITING).values()) == {"inactive"}

    _make(late, "db", "cache", "flags/migrate")
    assert late.within(IN_TIME, lambda: _up(late, *SERVICES)), late.states(*SERVICES)
    assert late.within(10, lambda: late.show("late.target", "ActiveState") == "active")
    assert late.systemctl("list-jobs", "--no-legend") == ""
    assert _calm(late, *SERVICES)


def test_dependents_run_on_when_a_dependency_crashes(late: Host) -> None:
    late.install("late", WHOLE)
    _make(late, "db", "cache", "flags/migrate")
    assert late.start("late.target")
    running = [s for s in SERVICES if s != "late-migrate"]
    before = {unit: late.pid(unit) for unit in running}
    for crashed in ("late-db", "late-cache"):
        # It cannot start again at once.
        late.run("mv", f"{HOMES[late.scope]}/late/{crashed[5:]}", f"{HOMES[late.scope]}/late/away")
        late.root("kill", "-9", str(before[crashed]))
        assert late.within(10, partial(_down, late, crashed))
        assert not late.within(LATE, partial(_up, late, crashed))
        assert _up(late, *WAITING)
        late.run("mv", f"{HOMES[late.scope]}/late/away", f"{HOMES[late.scope]}/late/{crashed[5:]}")
        assert late.within(IN_TIME, lambda: _up(late, *SERVICES)), late.states(*SERVICES)
    after = {unit: late.pid(unit) for unit in running}
    assert {unit for unit in running if after[unit] != before[unit]} == {"late-db", "late-cache"}


def test_restart_by_hand_takes_along_those_that_ask_for_it(late: Host) -> None:
    late.install("late", WHOLE)
    _make(late, "db", "cache", "flags/migrate")
    assert late.start("late.target")
    before = late.pid("late-web")
    late.systemctl("restart", "late-app.service")
    assert late.within(IN_TIME, lambda: _up(late, *SERVICES))
    assert late.pid("late-web") != before


LIMITED = """
    services:
      app:
        image: localhost/app
        restart: always
        depends_on: {job: {condition: service_completed_successfully}}
      job:
        image: localhost/job
        restart: on-failure:1
        command: ["false"]
      other:
        image: localhost/other
        restart: always
    """


def test_job_that_has_failed_for_good_leaves_no_start_behind(host: Host) -> None:
    host.install("limited", LIMITED)
    host.systemctl("start", "--no-block", "limited.target")
    assert host.within(IN_TIME, lambda: host.states("limited-job") == {"limited-job": "failed"})
    assert host.within(10, lambda: host.systemctl("list-jobs", "--no-legend") == "")
    assert host.states("limited-app", "limited-other") == {"limited-app": "inactive", "limited-other": "active"}


RIDES = """
    services:
      vpn:
        image: localhost/vpn
        restart: unless-stopped
        volumes: [{type: bind, source: ./vpn, target: /vpn, bind: {create_host_path: false}}]
      torrents:
        image: localhost/torrents
        restart: unless-stopped
        network_mode: service:vpn
      indexer:
        image: localhost/indexer
        restart: unless-stopped
        depends_on: [torrents]
      reader:
        image: localhost/reader
        restart: unless-stopped
        depends_on: [indexer]
    """
RIDING = ("late-vpn", "late-torrents", "late-indexer", "late-reader")


def test_riders_and_their_dependents_come_up_with_a_late_vpn(late: Host) -> None:
    late.install("late", RIDES)
    late.systemctl("start", "--no-block", "late.target")
    assert not late.within(LATE, lambda: _up(late, "late-torrents"))
    _make(late, "vpn")
    assert late.within(IN_TIME, lambda: _up(late, *RIDING)), late.states(*RIDING)

    # When the vpn crashes its riders stop with it, and what needs a rider with these: all come back.
    late.root("kill", "-9", str(late.pid("late-vpn")))
    assert late.within(10, lambda: not _up(late, "late-torrents"))
    assert late.within(IN_TIME, lambda: _up(late, *RIDING)), late.states(*RIDING)
    namespaces = {late.root("readlink", f"/proc/{late.pid(name)}/ns/net") for name in RIDING[:2]}
    assert len(namespaces) == 1
    assert _calm(late, *RIDING)


PULLED = """
    services:
      app:
        image: localhost/app
        restart: always
        depends_on: [db]
      db:
        image: localhost/late-image
        restart: always
    """


def test_first_pull_that_fails_is_tried_again(host: Host) -> None:
    host.install("pulled", PULLED)
    host.run("podman", "untag", "localhost/late-image", "localhost/late-image")
    host.systemctl("start", "--no-block", "pulled.target")
    assert not host.within(LATE, lambda: _up(host, "pulled-app"))
    host.run("podman", "tag", "localhost/stub:latest", "localhost/late-image")
    assert host.within(IN_TIME, lambda: _up(host, "pulled-app", "pulled-db")), host.states("pulled-app", "pulled-db")


NETWORKED = """
    services:
      app:
        image: localhost/app
        restart: always
    networks:
      default: {ipam: {config: [{subnet: 10.77.0.0/24}]}}
    """


def test_network_that_cannot_be_made_at_first(host: Host) -> None:
    host.run("podman", "network", "create", "--subnet=10.77.0.0/24", "taken")
    host.install("networked", NETWORKED)
    host.systemctl("start", "--no-block", "networked.target")
    assert not host.within(LATE, lambda: _up(host, "networked-app"))
    host.run("podman", "network", "rm", "taken")
    assert host.within(IN_TIME, lambda: _up(host, "networked-app")), host.states("networked-app")


HOSTED = """
    services:
      app:
        image: localhost/app
        restart: always
        depends_on: [db]
      db:
        image: localhost/db
        restart: always
        x-quadlet: {host_units: [plugged.service]}
    """
PLUGGED = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/test -e /run/plugged\n"


def test_service_of_the_host_that_comes_after_the_wait_was_given_up(host: Host) -> None:
    host.put({"plugged.service": PLUGGED}, NATIVE["system"])
    host.put({"t.conf": "[Service]\nEnvironment=HOST_UNIT_SECONDS=3\n"}, "/etc/systemd/user/host-unit@.service.d")
    host.root("systemctl", "daemon-reload")
    try:
        host.install("hosted", HOSTED)
        host.systemctl("start", "--no-block", "hosted.target")
        assert not host.within(LATE, lambda: _up(host, "hosted-app"))
        host.root("touch", "/run/plugged")
        host.root("systemctl", "start", "plugged.service")
        assert host.within(IN_TIME, lambda: _up(host, "hosted-app", "hosted-db")), host.states("hosted-db")
    finally:
        host.clean()
        host.root("systemctl", "stop", "plugged.service")
        host.root("rm", "-rf", "/run/plugged", f"{NATIVE['system']}/plugged.service")
        host.root("rm", "-rf", "/etc/systemd/user/host-unit@.service.d")
        host.root("systemctl", "daemon-reload")
