"""Settings of Podman itself. Source: containers.conf(5)."""

from __future__ import annotations

from compose2quadlet import __version__

NAME = "50-quiet-health.conf"
"""Of the file, in a folder ``containers.conf.d``."""

QUIET = f"""\
# Made by compose2quadlet {__version__} for all projects.
# Keeps the line that Podman writes for each health check out of the journal.

[engine]
healthcheck_events = false
"""
