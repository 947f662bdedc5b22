"""What is no Quadlet: units that systemd reads itself."""

from __future__ import annotations

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.planner import Plan
from compose2quadlet.planner.scope import TARGETS
from compose2quadlet.planner.targets import Target


def target(plan: Plan, made: Target) -> Unit:
    """The unit of a target. What it wants is started with it, and is part of it: stopped with it as well."""
    directives = [Directive("Unit", "Description", made.description)]
    if made.part_of:
        directives.append(Directive("Unit", "PartOf", made.part_of))
    directives += [Directive("Unit", "Wants", service) for service in made.services]
    directives.append(Directive("Install", "WantedBy", TARGETS[plan.scope]))
    return unit(made.name, plan.project, "target", directives)
