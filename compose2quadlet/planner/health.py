"""Keeps Podman from logging every health check to the journal.

No unit can do that, since Podman runs the checks in units of its own. Its configuration can, as measured with
Podman 5.4 and 5.8.
"""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Healthcheck, Project
from compose2quadlet.options import Options, Version

QUIET: Version = (5, 1)
"""The first Podman whose configuration has ``healthcheck_events``."""


def testable(check: Healthcheck | None) -> bool:
    """Whether Podman has a test to run."""
    return check is not None and bool(check.test) and check.test[0] != "NONE" and not check.disable


def quiet(project: Project, options: Options, log: Log) -> bool:
    """Whether to configure Podman not to log every health check."""
    checked = [name for name, service in project.services.items() if testable(service.healthcheck)]
    if not checked or options.health_events:
        return False
    if options.podman < QUIET:
        message = "Podman logs every health check to the journal"
        log.note("health-events", message, "Podman 5.1 and later can be configured not to.", ("services", checked[0]))
        return False
    message = f"Podman will not log every health check of the containers of this {options.scope}"
    hint = "Tools that listen to these events no longer get them. To keep them, use --health-events."
    log.note("health-events", message, hint, ("services", checked[0], "healthcheck"))
    return True
