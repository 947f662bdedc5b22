"""When a service starts, when it counts as started, how it stops, and what happens when it fails."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Iterator
from typing import Any

from compose2quadlet.backend.unit import Directive
from compose2quadlet.diagnostics import NAME, dotted, shown, told
from compose2quadlet.lowering.logtags import podman_tag
from compose2quadlet.lowering.recovery import DELAY
from compose2quadlet.lowering.verbs import Context, writing
from compose2quadlet.model import Healthcheck, Hook, Logging
from compose2quadlet.planner import ServicePlan

Directives = Iterator[Directive]

SECOND = 10**9
MOST_ATTEMPTS = 2**32 - 1
"""From this limit on, systemd would ignore it; in practice, it is never reached."""

TEST_KINDS = ("CMD", "CMD-SHELL", "NONE")
START_TIMEOUT = 900
"""Seconds for a start. systemd's default of 90 is too short for the first start, which may have to pull the image."""


@writing(
    *("BindsTo", "Requires", "Wants", "After", "ExecStartPost"),
    how="what the unit requires, or wants if it exists, and what it starts after; BindsTo= if it shares the network of"
    " another service, which then starts it",
)
def depends_on(_values: Any, c: Context) -> Directives:
    order = c.service.order
    for key, units in (
        ("BindsTo", order.binds),
        ("Requires", order.requires),
        ("Wants", order.wants),
        ("After", order.after),
    ):
        for unit in units:
            yield c.put(key, unit, section="Unit")
    if order.riders:
        # With Wants= instead, systemd would retry a service that cannot start without waiting RestartSec=.
        words = ("-systemctl", f"--{c.plan.scope}", "start", "--no-block", *order.riders)
        yield c.put("ExecStartPost", words, section="Service")


@writing(
    *("HealthCmd", "HealthInterval", "HealthTimeout", "HealthRetries", "HealthStartPeriod"),
    *("HealthStartupCmd", "HealthStartupInterval", "Notify"),
    how="the health check and its times; if a dependent waits for it, the unit has started when the check passes",
)
def healthcheck(check: Healthcheck, c: Context) -> Directives:
    if check.disable or (check.test and check.test[0] == "NONE"):
        yield c.put("HealthCmd", "none", "test")
        return
    if not check.test:
        c.log.warn(
            "healthcheck-without-test",
            f"{c.place} changes the times of the image's own health check, which Podman cannot do",
            "Repeat the image's health check in the compose file.",
            c.path,
        )
        return
    if check.test[0] == "CMD" and (len(check.test) == 1 or check.test[1].upper() in TEST_KINDS):
        hint = "Add the program and its arguments after CMD."
        message = f"{c.place}.test: it has no program, so the service never becomes healthy"
        c.log.warn("bad-value", message, hint, (*c.path, "test"))
    if check.test[0] == "CMD" and len(check.test) == 2 and any(char.isspace() for char in check.test[1]):
        message = f"{c.place}.test: Podman splits the only word at its blanks; Docker looks for a program of that name"
        c.log.warn("health-test-split", message, "Write each word as a separate item.", (*c.path, "test"))
    test = _health_command(check.test)
    yield c.put("HealthCmd", test, "test")
    for key, time in (("HealthInterval", check.interval), ("HealthTimeout", check.timeout)):
        if time:
            yield c.put(key, seconds(time))
    if check.retries:
        yield c.put("HealthRetries", str(check.retries), "retries")
    if check.start_period:
        yield c.put("HealthStartPeriod", seconds(check.start_period), "start_period")
    if check.start_interval:
        yield c.put("HealthStartupCmd", test, "start_interval")
        yield c.put("HealthStartupInterval", seconds(check.start_interval), "start_interval")
    if c.service.readiness.healthy:
        yield c.put("Notify", "healthy")


def _health_command(test: tuple[str, ...]) -> str:
    """The health check in a form that Podman's generator accepts in all versions.

    A list without the leading CMD is a command; a single word needs CMD, or a shell would run it.
    If the program has the name of one of the kinds of tests, a shell has to find it.
    """
    kind, *words = test
    if kind == "CMD" and (not words or words[0].upper() in TEST_KINDS):
        return json.dumps(("CMD-SHELL", shlex.join(words) or "false"), ensure_ascii=False)
    if kind == "CMD" and len(words) == 1:
        return f"CMD {words[0]}"
    return json.dumps(words if kind == "CMD" else test, ensure_ascii=False)


def seconds(nanoseconds: int) -> str:
    """A duration that both Podman and systemd can read."""
    whole, rest = divmod(int(nanoseconds), SECOND)
    return f"{whole}s" if not rest else f"{int(nanoseconds) // 10**6}ms"


@writing("StopTimeout", "TimeoutStopSec", how="seconds until the container is killed")
def stop_grace_period(value: int, c: Context) -> Directives:
    timeout = int(value) // SECOND
    yield c.put("StopTimeout", str(timeout))
    if timeout >= 80:
        # systemd would otherwise kill podman itself after 90 seconds, and leave the container behind.
        yield c.put("TimeoutStopSec", str(timeout + 30), section="Service")


POLICY = re.compile(r"[a-z-]{1,20}(:[a-z0-9-]{0,10})?")
"""What a restart policy looks like in messages; see ``diagnostics.shown``."""

TO_JOURNAL = ("", "json-file", "local", "journald")
OWN_DRIVERS = ("none", "k8s-file", "passthrough")
LOG_OPTIONS = {"journald": ("tag",), "k8s-file": ("max-size", "path")}
"""The options that Podman's log drivers know."""


@writing("LogDriver", "LogOpt", "PodmanArgs", how="the unit's journal, for any driver except 'none'")
def logging(given: Logging | None, c: Context) -> Directives:
    driver = given.driver if given else ""
    chosen = driver if driver in OWN_DRIVERS else c.plan.log_driver.value
    options = _log_options(given, c) if given and chosen == "journald" else given.options if given else {}
    if driver not in (*TO_JOURNAL, *OWN_DRIVERS):
        hint = "To send logs elsewhere, use systemd-journal-upload, or a log shipper that reads the journal."
        c.log.warn(
            "log-driver",
            f"{c.place}: there is no log driver {told(driver, NAME, 'of that name')}; the journal is used",
            hint,
            c.path,
        )
    yield c.put("LogDriver", chosen)
    known = LOG_OPTIONS.get(chosen, ())
    yield from (c.put("LogOpt", f"{name}={options[name]}", "options", name) for name in options if name in known)
    if chosen == "journald" and "tag" not in options and c.service.container != c.service.unit.stem:
        # Otherwise, the journal has the lines under the container's name instead of the unit name.
        yield c.put("LogOpt", f"tag={c.service.unit.stem}")
    if chosen == "journald" and c.service.readiness.completed:
        # Podman waits for the end of a job, and would send its output to the journal a second time.
        yield c.argument("--attach=stdin")
    if lost := [name for name in options if name not in known]:
        mean = "has" if len(lost) == 1 else "have"
        hint = "To limit the size of the journal, set SystemMaxUse= and MaxRetentionSec= in journald.conf."
        c.log.note(
            "log-options",
            f"{c.place}: {', '.join(dotted((o,)) for o in lost)} {mean} no effect with the driver {chosen}",
            hint,
            c.path,
        )


def _log_options(given: Logging, c: Context) -> dict[str, str]:
    """The options for the journal, with the tag as Podman takes it, or without it."""
    tag = given.options.get("tag", "")
    text = podman_tag(tag)
    if text is None:
        hint = "Podman knows {{.Name}}, {{.ID}} and {{.ImageName}}; a text without braces stays as it is."
        message = f"{c.place}.options.tag is left out: Podman cannot fill it in, and would not start the container"
        c.log.warn("log-tag", message, hint, (*c.path, "options", "tag"))
    return {k: text if k == "tag" and text else v for k, v in given.options.items() if k != "tag" or text is not None}


@writing(
    *("Restart", "RestartSec", "RestartMode", "StartLimitIntervalSec", "StartLimitBurst"),
    how="when systemd restarts it, without giving up; the target decides whether it starts at boot",
)
def restart(_written: str, c: Context) -> Directives:
    policy = c.service.restart
    name = policy.name
    completed = c.service.readiness.completed
    if name in ("always", "unless-stopped") and completed:
        hint = "Remove 'restart:'. The unit runs once, and again when a dependent starts."
        c.log.warn("restart-of-job", f"{c.place}: dependents wait for it to end, so it is not restarted", hint, c.path)
        name = "no"
    if name in ("always", "unless-stopped", "on-failure"):
        limited = name == "on-failure" and 0 < policy.attempts < MOST_ATTEMPTS
        window = seconds(policy.window) if policy.window else "infinity"
        yield c.put("StartLimitIntervalSec", window if limited else "0", section="Unit")
        if limited:
            # The first start counts, too.
            yield c.put("StartLimitBurst", str(policy.attempts + 1), section="Unit")
        yield c.put("Restart", "on-failure" if name == "on-failure" else "always", section="Service")
        delay = DELAY if policy.delay is None else seconds(policy.delay)
        yield c.put("RestartSec", delay, section="Service")
        if c.plan.direct:
            yield c.put("RestartMode", "direct", section="Service")
    elif name != "no":
        hint = "Write no, always, unless-stopped, on-failure or on-failure:COUNT."
        c.log.warn(
            "bad-value", f"{c.place}: there is no restart policy {shown(name, POLICY, 'of that name')}", hint, c.path
        )


def timing(service: ServicePlan) -> Directives:
    """The directives of every unit about its start and end."""
    if service.readiness.completed:
        yield Directive("Service", "Type", "oneshot")
        yield Directive("Service", "RemainAfterExit", "yes")
        return
    yield Directive("Service", "TimeoutStartSec", str(max(START_TIMEOUT, _until_healthy(service))))
    # A container that ends on SIGTERM exits with this code, which is not a failure.
    yield Directive("Service", "SuccessExitStatus", "143")


def _until_healthy(service: ServicePlan) -> int:
    """Seconds for a service to become healthy if dependents wait for that, including the pull of its image."""
    check = service.spec.healthcheck
    if not service.readiness.healthy or check is None:
        return 0
    interval, timeout = check.interval or 30 * SECOND, check.timeout or 30 * SECOND
    needed = (check.start_period or 0) + (interval + timeout) * ((check.retries or 3) + 1)
    return math.ceil(needed / SECOND) + START_TIMEOUT // 3


@writing("ExecStartPost", how="podman exec, one line per hook, after the service has started")
def post_start(hooks: tuple[Hook, ...], c: Context) -> Directives:
    if c.service.readiness.completed:
        hint = "Do it in the command of the service, or let its dependents wait for service_started."
        c.log.warn(
            "key-lost",
            f"{c.place}: dependents wait for this job to end, so systemd cannot run hooks before that",
            hint,
            c.path,
        )
        return
    if c.service.readiness.healthy:
        hint = "If the health check needs the hooks, the service never starts: do it in the service's command."
        c.log.warn(
            "hook-when-healthy",
            f"{c.place}: the hooks run when the service is healthy; Docker runs them at once",
            hint,
            c.path,
        )
    for i, hook in enumerate(hooks):
        yield c.put("ExecStartPost", ("/usr/bin/podman", *_exec(hook, c)), i, section="Service")


@writing("ExecStop", how="podman exec, one line per hook, before the service stops")
def pre_stop(hooks: tuple[Hook, ...], c: Context) -> Directives:
    for i, hook in enumerate(hooks):
        # A failure here must not prevent the stop.
        yield c.put("ExecStop", ("-/usr/bin/podman", *_exec(hook, c)), i, section="Service")


def _exec(hook: Hook, c: Context) -> Iterator[str]:
    """The arguments of ``podman exec``."""
    yield "exec"
    if hook.user:
        yield f"--user={hook.user}"
    if hook.privileged:
        yield "--privileged"
    if hook.working_dir:
        yield f"--workdir={hook.working_dir}"
    yield from (f"--env={name}={text}" for name, text in hook.environment.items() if text is not None)
    yield c.service.container
    yield from hook.command or ()
