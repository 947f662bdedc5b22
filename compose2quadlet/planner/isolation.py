"""Under which identity a service runs. Policies are decided here, per service, and nowhere else."""

from __future__ import annotations

from compose2quadlet.model import Service
from compose2quadlet.options import Isolation


def identity(_service: Service, isolation: Isolation) -> Isolation:
    """The policy for one service: so far, the one that the caller chose."""
    return isolation
