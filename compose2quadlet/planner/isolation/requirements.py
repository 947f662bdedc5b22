"""What isolation policies need from the host: what a known host lacks, and all of it where the host is unknown."""

from __future__ import annotations

from collections.abc import Collection

from compose2quadlet.diagnostics import Log
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.isolation import ranges
from compose2quadlet.planner.isolation.policy import NO_RANGES, Identity, has_ranges

RANGES = (
    "useradd --system --no-create-home --shell /usr/sbin/nologin containers;"
    " usermod --add-subuids 1000000-10999999 --add-subgids 1000000-10999999 containers"
)


def note_needs(found: Collection[Identity], options: Options, log: Log) -> None:
    """Log, once for each policy in use, what it needs; as a warning if this host does not have it, and not at all if it
    does."""
    used = {(i.policy, i.userns.partition(":")[0]) for i in found}
    policies = {policy for policy, _ in used}
    if any(i.reason == NO_RANGES for i in found):
        policies.add(Isolation.USERNS)  # which they would use if the host allowed it
    host = options.host
    if Isolation.DYNAMIC_USER in policies:
        there = host.nss_systemd if host else None
        need = "dynamic-user needs libnss-systemd on the host, and 'systemd' in /etc/nsswitch.conf"
        _say(need, "As root: apt install libnss-systemd (on Fedora, it is installed).", there, log)
    if Isolation.USERNS in policies and options.scope is Scope.SYSTEM:
        there = has_ranges(options)
        need = "userns needs a user 'containers' on the host, with subordinate IDs in /etc/subuid and /etc/subgid"
        _say(need, f"As root: {RANGES}", there, log)
    if policies & {Isolation.USERNS, Isolation.KEEP_ID} and options.scope is Scope.USER:
        count = ranges.available(options)
        need = "userns and keep-id need subordinate IDs of the login user in /etc/subuid and /etc/subgid"
        hint = f"As root: {ranges.MORE}"
        _say(need, hint, None if count is None else count > 0, log)
        taken = ranges.demand((i.userns for i in found), count or 0)
        if count and taken > count:
            message = f"the policies that were asked for need {taken} subordinate IDs, and the login user has {count}"
            log.warn("isolation-needs", f"{message}: not all of the containers will start", hint)


def _say(need: str, hint: str, there: bool | None, log: Log) -> None:
    if there is False:
        log.warn("isolation-needs", f"{need}, and this host does not have that", hint)
    elif there is None:
        log.note("isolation-needs", need, hint)
