"""Which bind mounts are meant for files."""

from __future__ import annotations

import pytest

from compose2quadlet.planner.host.filenames import is_for_file


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("/srv/x/init.sql", "/docker-entrypoint-initdb.d/init.sql"),
        ("/srv/x/init.sql", "/data"),
        ("/srv/x/settings", "/app/config.yml"),
        ("/srv/x/hosts", "/etc/hosts"),
        ("/srv/x/passwd", "/mosquitto/config/passwd"),
        ("/srv/x/Caddyfile", "/etc/caddy/Caddyfile"),
        ("/srv/x/.env", "/app/.env"),
        ("/srv/x/.env.production", "/app/x"),
        ("/etc/timezone", "/etc/timezone"),
        ("/etc/app", "/config"),
    ],
)
def test_files(source: str, target: str) -> None:
    assert is_for_file(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("/srv/x/data", "/data"),
        ("/srv/x/conf.d", "/etc/nginx/conf.d"),
        ("/etc/cron.d", "/etc/cron.d"),
        ("/etc/letsencrypt", "/etc/letsencrypt"),
        ("/etc/ssl/own", "/certs"),
        ("/srv/x/example.com", "/sites"),
        ("/srv/x/.config", "/config"),
        ("/srv/x/.ssh", "/root/.ssh"),
        ("/srv/x/1.25", "/data/v1.25"),
        ("/srv/x/app.v2", "/app"),
        ("/srv/group", "/group"),
        ("/srv/x/dir.json/", "/data"),
        ("/srv/x/app.sock", "/run/app.sock"),
    ],
)
def test_directories(source: str, target: str) -> None:
    assert not is_for_file(source, target)
