"""What the journal has of a converted service, by unit, by identifier and by priority."""

from __future__ import annotations

import time

import pytest

from compose2quadlet.options import Isolation, LogDriver, Options
from tests.boot.hosts import Host

pytestmark = pytest.mark.lab

MACHINERY = {"systemd", "podman", "conmon"}
"""Identifiers of those that run a service, and tell of it under its unit's name."""

STACK = """
    services:
      server:
        image: localhost/server
        # Another name than the unit's.
        container_name: loud_server
        environment: {SAY: all is well, COMPLAIN: all is lost, READY_AFTER: "1"}
        healthcheck: {test: [CMD-SHELL, "echo checked; echo checked >&2; check"], interval: 1s, retries: 30}
      job:
        image: localhost/job
        environment: {SAY: job done, COMPLAIN: job undone, READY_AFTER: "1", EXIT: "0"}
      after:
        image: localhost/after
        depends_on:
          server: {condition: service_healthy}
          job: {condition: service_completed_successfully}
    """
SAID = {
    "loud-server": ["runs as: /bin/serve", "all is well", "all is lost", "ready"],
    "loud-job": ["runs as: /bin/serve", "job done", "job undone"],
}
COMPLAINED = {"loud-server": ["all is lost"], "loud-job": ["job undone"]}


def _lines(host: Host, *words: str) -> list[str]:
    """What the container itself said, by a filter of the journal."""
    entries = [e for e in host.journal(*words) if e["SYSLOG_IDENTIFIER"] not in MACHINERY]
    # Podman prints the id of a container that it starts.
    return [e["MESSAGE"].strip() for e in entries if not _is_id(e["MESSAGE"])]


def _is_id(message: str) -> bool:
    return len(message) == 64 and set(message) <= set("0123456789abcdef")


@pytest.fixture
def loud(host: Host) -> Host:
    """The host with the stack started, its journal as of now."""
    host.root("sh", "-c", "journalctl --rotate && journalctl --vacuum-time=1s")
    host.install("loud", STACK, options=Options(isolation=Isolation.NONE))
    assert host.start("loud-after.service")
    assert host.within(10, lambda: "ready" in _lines(host, "-u", "loud-server"))
    return host


def test_filters_return_exactly_the_lines(loud: Host) -> None:
    for name, said in SAID.items():
        assert sorted(_lines(loud, "-u", name)) == sorted(said)
        assert sorted(_lines(loud, "-t", name)) == sorted(said)
        assert _lines(loud, "-u", name, "-p", "warning") == COMPLAINED[name]
        assert _lines(loud, "-t", name, "-p", "warning") == COMPLAINED[name]
        assert {e["PRIORITY"] for e in loud.journal("-u", name) if e["MESSAGE"] in SAID[name]} == {"3", "6"}
        assert {e["PRIORITY"] for e in loud.journal("-t", name, "-p", "err")} == {"3"}

    # Checks are not among them.
    time.sleep(4)
    assert loud.inspect("loud_server", "{{.State.Health.Status}}") == "healthy"
    assert len(loud.inspect("loud_server", "{{range .State.Health.Log}}x{{end}}")) >= 3
    for words in (("-u", "loud-server"), ("-t", "loud-server"), ("-p", "warning")):
        told = [e["MESSAGE"] for e in loud.journal(*words)]
        assert not [m for m in told if "checked" in m or "health_status" in m or "healthcheck" in m]

    # Nor does anybody else tell of each: systemd only of the timer that makes them.
    told = [e["MESSAGE"] for e in loud.journal()]
    assert not [m for m in told if "checked" in m or "health_status" in m]
    assert len([m for m in told if "podman healthcheck run" in m]) <= 1


def test_passthrough_reads_priorities_from_prefixes(host: Host) -> None:
    host.root("sh", "-c", "journalctl --rotate && journalctl --vacuum-time=1s")
    host.install(
        "straight",
        """
        services:
          app:
            image: localhost/app
            container_name: straight_app
            environment: {SAY: "<4>look out", COMPLAIN: "no prefix", READY_AFTER: "1"}
        """,
        options=Options(isolation=Isolation.NONE, log_driver=LogDriver.PASSTHROUGH),
    )
    assert host.start("straight-app.service")
    assert host.within(10, lambda: "ready" in _lines(host, "-u", "straight-app"))
    assert sorted(_lines(host, "-t", "straight-app")) == sorted(
        ["runs as: /bin/serve", "look out", "no prefix", "ready"]
    )
    assert _lines(host, "-u", "straight-app", "-p", "warning") == ["look out"]
