"""The stack as a whole: a start and a stop that wait, and a boot that does not."""

from __future__ import annotations

from functools import partial

import pytest

from tests.boot.hosts import BOOT_TARGETS, Host, lab

pytestmark = pytest.mark.lab

TWO = """
    name: two-words
    services:
      web:
        image: localhost/web
        restart: unless-stopped
        depends_on: {db: {condition: service_healthy}}
      db:
        image: localhost/db
        restart: unless-stopped
        environment: {READY_AFTER: "3"}
        stop_grace_period: 4s
        # It does not end when it is told to, so that its stop takes as long as it may.
        command: [sh, -c, "trap '' TERM; sleep 3; echo > /tmp/ready; while :; do sleep 1; done"]
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
    """
SERVICES = ("two-words-web", "two-words-db")
SLICE = r"two\x2dwords.slice"


def test_start_returns_when_the_stack_is_up(host: Host) -> None:
    host.install("two-words", TWO)
    assert host.start("two-words.target")
    assert host.states(*SERVICES) == dict.fromkeys(SERVICES, "active")
    assert host.inspect("two-words-db", "{{.State.Health.Status}}") == "healthy"
    assert host.show("two-words.target", "ActiveState") == "active"


def test_stop_of_the_slice_returns_when_all_have_ended(host: Host) -> None:
    host.install("two-words", TWO)
    assert host.start("two-words.target")
    shown = host.systemctl("status", "--no-pager", SLICE)
    assert all(f"{name}.service" in shown for name in SERVICES)

    host.systemctl("stop", SLICE)
    assert host.containers() == set()
    assert host.show("two-words.target", "ActiveState") == "inactive"
    assert host.systemctl("list-jobs", "--no-legend") == ""

    # And all of it can be started again.
    assert host.start("two-words.target")
    assert host.containers() == set(SERVICES)


def test_slice_of_one_stack_is_not_that_of_another(host: Host) -> None:
    host.install("two-words", TWO)
    host.install("two", "name: two\nservices: {one: {image: localhost/one, restart: always}}\n")
    assert host.start("two-words.target", "two.target")
    host.systemctl("stop", "two.slice")
    assert host.containers() == set(SERVICES)


FAILING = """
    services:
      bad:
        image: localhost/bad
        command: [no-such-program]
      good:
        image: localhost/good
        restart: always
    """


def test_start_fails_with_a_service_that_fails_for_good(host: Host) -> None:
    host.install("failing", FAILING)
    assert not host.start("failing.target")
    assert host.states("failing-good") == {"failing-good": "active"}


NEVER = """
    services:
      never:
        image: localhost/never
        restart: always
        command: [no-such-program]
      waits:
        image: localhost/waits
        restart: always
        depends_on: [never]
      alone:
        image: localhost/alone
        restart: always
    """


def _active(host: Host, unit: str) -> bool:
    return host.show(unit, "ActiveState") == "active"


def test_boot_starts_the_target_and_does_not_wait_for_it(fresh: list[Host]) -> None:
    for host in fresh:
        host.install("two-words", TWO)
        host.install("never", NEVER)
    lab("reboot", fresh[0].name)
    for host in fresh:
        assert host.within(30, partial(_active, host, BOOT_TARGETS[host.scope])), host.scope
        assert host.within(60, partial(_active, host, "two-words.target")), host.scope
        assert host.states(*SERVICES, "never-alone") == dict.fromkeys((*SERVICES, "never-alone"), "active")
        assert host.states("never-waits") == {"never-waits": "inactive"}
        assert "never-waits" not in host.containers()
