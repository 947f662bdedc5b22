"""After a reboot, what was enabled runs again, and what was not does not."""

from __future__ import annotations

from functools import partial

import pytest

from compose2quadlet.options import Isolation, Options
from tests.boot.hosts import Host, lab

STACK = """
    services:
      web:
        image: localhost/web
        restart: unless-stopped
        depends_on: {db: {condition: service_healthy}}
        environment: {WRITE: /data/file}
        volumes: [data:/data]
      db:
        image: localhost/db
        healthcheck: {test: [CMD, check], interval: 1s, retries: 30}
      vpn:
        image: localhost/vpn
        restart: always
      rider:
        image: localhost/rider
        restart: always
        network_mode: service:vpn
      tool:
        image: localhost/tool
      job:
        image: localhost/job
        environment: {EXIT: "0"}
      extra:
        image: localhost/extra
        restart: always
        profiles: [extra]
    volumes: {data: }
    """
ENABLED = ("again-web", "again-db", "again-vpn", "again-rider")
NOT_ENABLED = ("again-tool", "again-job", "again-extra")


@pytest.mark.lab
def test_what_was_enabled_runs_after_a_reboot(fresh: list[Host]) -> None:
    for host in fresh:
        host.install("again", STACK, options=Options(isolation=Isolation.NONE))
        # The latter two are not enabled, but run when the machine goes down.
        assert host.start("again-web.service", "again-tool.service", "again-extra.service")
        assert host.run("podman", "exec", "again-web", "cat", "/data/file") == "written\n"
    lab("reboot", fresh[0].name)

    for host in fresh:
        assert host.within(150, partial(_runs, host)), (host.scope, host.states(*ENABLED))
        assert host.states(*NOT_ENABLED) == dict.fromkeys(NOT_ENABLED, "inactive")
        assert host.containers() == set(ENABLED)
        assert host.inspect("again-db", "{{.State.Health.Status}}") == "healthy"
        # It has started once more, and its data is that of before.
        assert host.run("podman", "exec", "again-web", "cat", "/data/file") == "written\n" * 2


def _runs(host: Host) -> bool:
    return host.states(*ENABLED) == dict.fromkeys(ENABLED, "active")
