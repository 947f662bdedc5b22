"""Order, health, crashes and the project's target, as a running systemd has them."""

from __future__ import annotations

import time

import pytest

from tests.boot.hosts import Host

pytestmark = pytest.mark.lab

CHAIN = """
    services:
      web:
        image: localhost/web
        depends_on: {api: {condition: service_healthy}}
      api:
        image: localhost/api
        environment: {READY_AFTER: "3"}
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
        depends_on: {db: {condition: service_healthy}}
      db:
        image: localhost/db
        environment: {READY_AFTER: "4"}
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
    """


def test_healthy_chain_starts_in_order(host: Host) -> None:
    host.install("chain", CHAIN)
    assert host.start("chain-web.service")
    begun = {name: host.moment(f"chain-{name}.service", "InactiveExit") for name in ("web", "api", "db")}
    ready = {name: host.moment(f"chain-{name}.service", "ActiveEnter") for name in ("web", "api", "db")}
    # Each begins when the one before is ready, which takes it as long as it said.
    assert 0 < begun["db"] < ready["db"] <= begun["api"] < ready["api"] <= begun["web"]
    assert ready["db"] - begun["db"] >= 4_000_000
    assert ready["api"] - begun["api"] >= 3_000_000
    assert host.run("podman", "exec", "chain-db", "cat", "/tmp/ready") == "ready\n"
    assert host.inspect("chain-db", "{{.State.Health.Status}}") == "healthy"


def test_failing_job_keeps_its_dependants_down(host: Host) -> None:
    host.install(
        "jobs",
        """
        services:
          app:
            image: localhost/app
            depends_on: {migrate: {condition: service_completed_successfully}}
          other:
            image: localhost/other
            depends_on: {prepare: {condition: service_completed_successfully}}
          migrate:
            image: localhost/migrate
            environment: {EXIT: "3"}
          prepare:
            image: localhost/prepare
            environment: {EXIT: "0", READY_AFTER: "3"}
        """,
    )
    assert not host.start("jobs-app.service")
    assert host.start("jobs-other.service")
    assert host.states("jobs-migrate", "jobs-app", "jobs-prepare", "jobs-other") == {
        "jobs-migrate": "failed",
        "jobs-app": "inactive",
        "jobs-prepare": "active",
        "jobs-other": "active",
    }
    assert host.show("jobs-migrate.service", "ExecMainStatus") == "3"
    assert host.containers() == {"jobs-other"}
    # The one that may start has waited until its job was done.
    begun = host.moment("jobs-prepare.service", "InactiveExit")
    assert host.moment("jobs-other.service", "InactiveExit") - begun >= 3_000_000


VPN = """
    services:
      vpn:
        image: localhost/vpn
        restart: unless-stopped
      torrents:
        image: localhost/torrents
        restart: unless-stopped
        network_mode: service:vpn
      indexer:
        image: localhost/indexer
        restart: unless-stopped
        network_mode: service:vpn
    """
RIDERS = ("rides-torrents", "rides-indexer")


def _network(host: Host, container: str) -> str:
    """The network namespace that a container's process is in."""
    return host.root("readlink", f"/proc/{host.pid(container)}/ns/net").strip()


def _riding(host: Host) -> bool:
    """Whether all run, in one network."""
    units = ("rides-vpn", *RIDERS)
    if set(host.states(*units).values()) != {"active"} or host.containers() != set(units):
        return False
    return len({_network(host, unit) for unit in units}) == 1


def test_crash_of_the_vpn_restarts_its_riders(host: Host) -> None:
    host.install("rides", VPN)
    assert host.start("rides.target")
    assert _riding(host)
    for victim in ("container", "monitor"):
        before = {unit: host.pid(unit) for unit in ("rides-vpn", *RIDERS)}
        killed = before["rides-vpn"] if victim == "container" else int(host.show("rides-vpn.service", "MainPID"))
        host.root("kill", "-9", str(killed))
        assert host.within(5, lambda: set(host.states(*RIDERS).values()) == {"inactive"}), (
            "riders ran on without the vpn"
        )
        assert host.within(90, lambda: _riding(host)), host.states("rides-vpn", *RIDERS)
        assert not before.items() & {unit: host.pid(unit) for unit in before}.items()


def test_restart_and_stop_of_the_vpn_take_its_riders_along(host: Host) -> None:
    host.install("rides", VPN)
    assert host.start("rides.target")
    before = {unit: host.pid(unit) for unit in RIDERS}
    host.systemctl("restart", "rides-vpn.service")
    assert host.within(30, lambda: _riding(host))
    assert not before.items() & {unit: host.pid(unit) for unit in RIDERS}.items()

    # A rider that is stopped by hand stays so.
    host.systemctl("stop", "rides-indexer.service")
    assert not host.within(6, lambda: host.states("rides-indexer") != {"rides-indexer": "inactive"})

    host.systemctl("stop", "rides-vpn.service")
    assert set(host.states("rides-vpn", *RIDERS).values()) == {"inactive"}
    assert host.containers() == set()


def test_vpn_that_cannot_start_is_tried_after_a_pause(host: Host) -> None:
    host.install(
        "rides", VPN.replace("image: localhost/vpn", "image: localhost/vpn\n        command: [no-such-program]")
    )
    host.systemctl("start", "--no-block", "rides.target")
    time.sleep(17)
    # Five seconds lie between two attempts, each of which takes a moment.
    assert 1 <= int(host.show("rides-vpn.service", "NRestarts")) <= 4
    assert set(host.states(*RIDERS).values()) == {"inactive"}


STACK = """
    services:
      web:
        image: localhost/web
        restart: always
        depends_on:
          db: {condition: service_healthy}
          migrate: {condition: service_completed_successfully}
      db:
        image: localhost/db
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
        volumes: [data:/data]
      migrate:
        image: localhost/migrate
        environment: {EXIT: "0"}
        depends_on: {db: {condition: service_healthy}}
      vpn:
        image: localhost/vpn
        restart: always
      rider:
        image: localhost/rider
        network_mode: service:vpn
      extra:
        image: localhost/extra
        profiles: [extra]
    volumes: {data: }
    """
PARTS = ("whole-web", "whole-db", "whole-migrate", "whole-vpn", "whole-rider")


def test_target_starts_and_stops_the_whole_stack(host: Host) -> None:
    host.install("whole", STACK)
    assert host.start("whole.target")
    assert host.within(30, lambda: host.states(*PARTS) == dict.fromkeys(PARTS, "active")), host.states(*PARTS)
    assert host.containers() == {"whole-web", "whole-db", "whole-vpn", "whole-rider"}

    host.systemctl("stop", "whole.target")
    assert host.within(30, lambda: host.states(*PARTS) == dict.fromkeys(PARTS, "inactive")), host.states(*PARTS)
    assert host.containers() == set()

    # Stopping does as much where the services were started one by one, some only because others need them.
    assert host.start("whole-web.service", "whole-rider.service", "whole-extra.service")
    assert host.states("whole.target") == {"whole.target": "inactive"}
    assert {"whole-db", "whole-vpn", "whole-extra"} < host.containers()
    host.systemctl("stop", "whole.target")
    every = (*PARTS, "whole-extra")
    assert host.within(30, lambda: host.states(*every) == dict.fromkeys(every, "inactive")), host.states(*every)
    assert host.containers() == set()

    # A profile has a target of its own.
    assert host.start("whole-extra.target")
    assert host.containers() == {"whole-extra"}
    host.systemctl("stop", "whole-extra.target")
    assert host.within(30, lambda: host.containers() == set())
