"""Health checks, which Podman writes a line about into the journal, each time.

No unit can change that, since Podman runs them in units of its own; only its configuration can, which was measured with
Podman 5.4 and 5.8.
"""

from __future__ import annotations

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Healthcheck, Project
from compose2quadlet.options import Options, Version

QUIET: Version = (5, 1)
"""The first Podman whose configuration has ``healthcheck_events``."""


def testable(check: Healthcheck | None) -> bool:
    """Whether there is a test that Podman runs."""
    return check is not None and bool(check.test) and check.test[0] != "NONE" and not check.disable


def quiet(project: Project, options: Options, log: Log) -> bool:
    """Whether Podman is to be told to write no line for each check."""
    checked = [name for name, service in project.services.items() if testable(service.healthcheck)]
    if not checked or options.health_events:
        return False
    if options.podman < QUIET:
        message = "each health check leaves a line of Podman in the journal"
        log.note("health-events", message, "From Podman 5.1 on, it can be told not to.", ("services", checked[0]))
        return False
    message = f"Podman is told to write no line for each health check, for all containers of this {options.scope}"
    hint = "What listens to these events no longer gets them: to keep them, use --health-events."
    log.note("health-events", message, hint, ("services", checked[0], "healthcheck"))
    return True
