"""A stack started for real, under systemd and Podman, in both scopes: copy the units, reload, start."""

from __future__ import annotations

import pytest

from tests.boot.hosts import BOOT_TARGETS, Host
from tests.support.conversion import FIXTURES

PHOTOS = FIXTURES / "projects" / "photos"
UNITS = ["photos-cache", "photos-database", "photos-machine-learning", "photos-server"]

pytestmark = pytest.mark.lab


def test_stack_runs(host: Host) -> None:
    host.install("photos", folder=PHOTOS)
    assert host.start("photos-server.service", "photos-machine-learning.service")
    assert host.states(*UNITS) == dict.fromkeys(UNITS, "active")

    # Names: services, on the project's network, from either side.
    for name in ("cache", "database", "machine-learning", "server"):
        assert "Address" in host.run("podman", "exec", "photos_server", "nslookup", name)
    assert "Address" in host.run("podman", "exec", "photos_database", "nslookup", "server")

    # Values arrive as they were written.
    assert host.run("podman", "exec", "photos_server", "sh", "-c", 'echo "$DB_PASSWORD"') == 'pa$$word with "quotes"\n'

    # A service that waits for a healthy one starts after its check has passed.
    started = host.moment("photos-server.service", "ExecMainStart")
    assert 0 < host.moment("photos-database.service", "ActiveEnter") <= started
    assert host.run("podman", "exec", "photos_database", "cat", "/tmp/ready") == "ready\n"

    # Missing folders were made, resources have the names that Docker Compose gives them.
    assert "photos_model-cache" in host.run("podman", "volume", "ls", "--format", "{{.Name}}").split()
    assert "photos_default" in host.run("podman", "network", "ls", "--format", "{{.Name}}").split()

    # A stop is no failure.
    host.systemctl("stop", *UNITS)
    assert host.states(*UNITS) == dict.fromkeys(UNITS, "inactive")


def test_boot_starts_what_restarts(host: Host) -> None:
    host.install("photos", folder=PHOTOS)
    assert "photos.target" in host.show(BOOT_TARGETS[host.scope], "Wants").split()
    assert {f"{unit}.service" for unit in UNITS} <= set(host.show("photos.target", "Wants").split())
