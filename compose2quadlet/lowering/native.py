"""What is no Quadlet: units that systemd reads itself."""

from __future__ import annotations

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.planner import Plan, ServicePlan
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


def companion(plan: Plan, service: ServicePlan) -> Unit:
    """The unit for which systemd allocates the user that the service runs as, for as long as it runs."""
    assert service.companion is not None
    directives = [
        Directive("Unit", "Description", f"User of {service.name} (compose project {plan.project})"),
        Directive("Unit", "PartOf", plan.target),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "RemainAfterExit", "yes"),
        Directive("Service", "DynamicUser", "yes"),
        Directive("Service", "User", service.identity.user),
        Directive("Service", "ExecStart", ("/bin/true",)),
    ]
    return unit(service.companion.file, plan.project, f"user of service {service.name}", directives)
