"""What is no Quadlet: units that systemd reads itself."""

from __future__ import annotations

from compose2quadlet.backend.unit import Directive, Specified, Unit, unit
from compose2quadlet.planner import Plan, ServicePlan, unitnames
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


WAIT = (
    "n=0 said=;"
    ' until state=$(systemctl --system is-active -- "$1" 2>&1); do'
    ' [ "$state" = "$said" ] || echo "<5>waiting for $1 of the system, which is $state"; said=$state;'
    ' n=$((n + 1)); [ "$n" -lt "$HOST_UNIT_SECONDS" ]'
    ' || { echo "<3>$1 of the system is still $state after $n seconds: giving up"; exit 1; };'
    ' sleep 1; done; echo "$1 of the system is active"'
)
"""Waits for a unit of the system's manager, which anybody may ask, and says so whenever its state changes."""

PATIENCE = 300
"""Seconds until it gives up."""


def bridge() -> Unit:
    """The template for the user's manager whose instances wait for units of the system.

    It does not remain active, so it looks again at each start of what needs it, automatic restarts among them.
    """
    directives = [
        Directive("Unit", "Description", Specified("%i", " of the system", "Wait for ")),
        # It starts with each of the containers that need it, often many at a time.
        Directive("Unit", "StartLimitIntervalSec", "0"),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "Environment", (f"HOST_UNIT_SECONDS={PATIENCE}",)),
        Directive("Service", "ExecStart", ("/bin/sh", "-c", WAIT, "sh", Specified("%i"))),
        Directive("Service", "TimeoutStartSec", "infinity"),
        Directive("Service", "SyslogIdentifier", "host-unit"),
    ]
    return unit(f"{unitnames.BRIDGE}.service", "", "", directives)
