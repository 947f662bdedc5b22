"""Native units, which systemd reads itself."""

from __future__ import annotations

from compose2quadlet.backend.unit import Directive, Specified, Unit, unit
from compose2quadlet.lowering.recovery import again
from compose2quadlet.planner import Plan, ServicePlan
from compose2quadlet.planner.boot import TARGETS
from compose2quadlet.planner.host import unitnames
from compose2quadlet.planner.targets import Target

UNTIL_SHUTDOWN = (
    Directive("Unit", "DefaultDependencies", "no"),
    Directive("Unit", "Conflicts", "shutdown.target"),
    Directive("Unit", "Before", "shutdown.target"),
)
"""The default dependencies of a unit, except the order that would make the boot wait for it."""

CHECK = (
    'scope=$1; shift; for unit; do if systemctl "$scope" is-failed --quiet "$unit"; then'
    ' printf "<3>%s has failed\\n" "$unit"; failed=1; fi; done; exit "${failed:-0}"'
)
"""Fails if a unit has failed, and names it. Arguments: --user|--system UNIT..."""


def target(plan: Plan, made: Target) -> Unit:
    """The unit of a target.

    Its units start with it and, as they are part of it, stop with it. It has started when they have. It is in the slice
    of the project, so it stops with that.
    """
    directives = [Directive("Unit", "Description", made.description)]
    if made.part_of:
        directives.append(Directive("Unit", "PartOf", made.part_of))
    directives += UNTIL_SHUTDOWN
    directives += [Directive("Unit", key, plan.slice) for key in ("Requires", "After")]
    directives += [Directive("Unit", "Wants", service) for service in made.services]
    if made.checked:
        directives.append(Directive("Unit", "Requires", made.checked))
    directives += [Directive("Unit", "After", other) for other in (*made.services, *filter(None, (made.checked,)))]
    return unit(made.name, plan.project, "target", directives)


def check(plan: Plan, made: Target) -> Unit:
    """The unit that makes the start of a target fail if one of its services has failed."""
    directives = [
        Directive("Unit", "Description", f"Check of the compose project {plan.project}"),
        *UNTIL_SHUTDOWN,
        *(Directive("Unit", "After", service) for service in made.services),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "Slice", plan.slice),
        Directive("Service", "ExecStart", ("/bin/sh", "-c", CHECK, "sh", f"--{plan.scope}", *made.services)),
    ]
    return unit(made.checked, plan.project, "check of the target", directives)


def boot(plan: Plan, made: Target) -> Unit:
    """The drop-in with which the system's, or the user's, service manager starts a target at boot without waiting."""
    where = TARGETS[plan.scope]
    return unit(
        f"{where}.d/50-{plan.project}.conf", plan.project, "start at boot", [Directive("Unit", "Wants", made.name)]
    )


def companion(plan: Plan, service: ServicePlan) -> Unit:
    """The companion unit: systemd allocates a user for it, which the service runs as, for as long as it runs."""
    assert service.companion is not None
    directives = [
        Directive("Unit", "Description", f"User of {service.name} (compose project {plan.project})"),
        Directive("Unit", "PartOf", plan.target),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "RemainAfterExit", "yes"),
        Directive("Service", "DynamicUser", "yes"),
        Directive("Service", "User", service.identity.user),
        Directive("Service", "Slice", plan.slice),
        Directive("Service", "ExecStart", ("/bin/true",)),
    ]
    return unit(service.companion.file, plan.project, f"user of service {service.name}", directives)


WAIT = (
    "n=0 said=;"
    ' until state=$(systemctl --system is-active -- "$1" 2>&1); do'
    ' [ "$state" = "$said" ] || printf "<5>waiting for %s of the system, which is %s\\n" "$1" "$state"; said=$state;'
    ' n=$((n + 1)); [ "$n" -lt "$HOST_UNIT_SECONDS" ]'
    ' || { printf "<3>%s of the system is still %s after %s seconds: giving up\\n" "$1" "$state" "$n"; exit 1; };'
    ' sleep 1; done; printf "%s of the system is active\\n" "$1"'
)
"""Waits for a unit of the system, which any user may ask about, and logs every change of its state."""

PATIENCE = 300
"""The seconds after which it gives up."""


def bridge(plan: Plan) -> Unit:
    """The user template whose instances wait for units of the system.

    It does not remain active, so it checks again at each start of its dependents, including automatic restarts.
    """
    directives = [
        Directive("Unit", "Description", Specified("%i", " of the system", "Wait for ")),
        # It starts with each container that needs it, often with many at a time.
        Directive("Unit", "StartLimitIntervalSec", "0"),
        Directive("Service", "Type", "oneshot"),
        Directive("Service", "Environment", (f"HOST_UNIT_SECONDS={PATIENCE}",)),
        Directive("Service", "ExecStart", ("/bin/sh", "-c", WAIT, "sh", Specified("%i"))),
        Directive("Service", "TimeoutStartSec", "infinity"),
        *(d for d in again(plan) if d.key not in ("StartLimitIntervalSec", "Slice")),
        Directive("Service", "SyslogIdentifier", "host-unit"),
    ]
    return unit(f"{unitnames.BRIDGE}.service", "", "", directives)
