"""When a service is restarted after it has ended.

Source: compose specification "restart", "deploy.restart_policy".
"""

from __future__ import annotations

from compose2quadlet.frozen import frozen
from compose2quadlet.model import Service
from compose2quadlet.numbers import whole

CONDITIONS = {"": "no", "any": "always", "none": "no"}
"""Conditions of ``deploy.restart_policy`` that have other names in ``restart``. Without one, Docker Compose restarts
nothing, although its specification says otherwise."""


@frozen()
class Restart:
    """When a service is restarted: ``always``, ``unless-stopped``, ``on-failure``, ``no``, or the text in the file.

    ``attempts`` of 0 mean no limit; ``delay`` and ``window`` are nanoseconds, or None.
    """

    name: str
    attempts: int = 0
    delay: int | None = None
    window: int | None = None


def restart(service: Service) -> Restart:
    """The restart policy; that of ``deploy`` takes precedence."""
    if service.deploy and (policy := service.deploy.restart_policy):
        name = CONDITIONS.get(policy.condition, policy.condition)
        return Restart(name, policy.max_attempts or 0, policy.delay, policy.window)
    name, colon, count = service.restart.partition(":")
    attempts = whole(count)
    if colon and (name != "on-failure" or attempts is None):
        return Restart(service.restart)
    return Restart(name or "no", attempts or 0)
