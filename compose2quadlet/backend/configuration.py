"""Settings of Podman itself, for what Docker does and no unit can express. Source: containers.conf(5)."""

from __future__ import annotations

from compose2quadlet import __version__

QUIET = "50-quiet-health.conf"
NAMES = "50-names-as-docker.conf"
"""Files in a directory ``containers.conf.d``."""

HEAD = f"# Made by compose2quadlet {__version__} for all projects.\n"

TEXTS = {
    QUIET: f"""\
{HEAD}# Keeps Podman from logging every health check.

[engine]
healthcheck_events = false
""",
    NAMES: f"""\
{HEAD}# Containers look up a name as it is before they try the search domains of the host, as under Docker.

[containers]
dns_options = ["ndots:0"]
""",
}
