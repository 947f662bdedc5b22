"""Whether what now runs answers as what ran before: health, ports, names, and the files in each mount."""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.compare import Finding, Outcome, Pair, Values
from compose2quadlet.diagnostics import command

HEALTHY = ("", "none", "healthy")
REACHED = "connects"
FOUND = "found"


def state(pair: Pair) -> Iterator[Finding]:
    """Whether the service runs, stays up, and is as healthy as before."""
    name, now = pair.new.name, pair.new.inspect.get("State") or {}
    before = pair.old.inspect.get("State") or {}
    unit = pair.new.unit.get("Id", "")
    read = f"read: {command('journalctl', '-u', unit)}" if unit else ""
    if before.get("Running") and not now.get("Running"):
        status = str(now.get("Status") or "stopped")
        yield Finding(name, "live", "state", Outcome.DIFFERENT, "running", status, read or "start it")
    restarts = pair.new.unit.get("NRestarts", "0")
    if restarts not in ("0", ""):
        yield Finding(name, "live", "restarts", Outcome.DIFFERENT, "0", restarts, read)
    was, health = ((s.get("Health") or {}).get("Status") or "" for s in (before, now))
    was = was if before.get("Running") else ""
    if was == "healthy" and health != "healthy":
        yield Finding(name, "live", "health", Outcome.DIFFERENT, was, health or "no health check", "read its output")
    elif health not in HEALTHY:
        same = Outcome.EQUAL if was == health else Outcome.DIFFERENT
        yield Finding(
            name, "live", "health", same, was or "not known", health, "" if was == health else "read its output"
        )


def reached(container: str, before: Values, now: Values, where: str) -> Iterator[Finding]:
    """Ports that answer from one place, or do not. Without a look ``before``, they should; but for IPv6, which is only
    compared."""
    for port, result in now.items():
        was = before.get(port, "" if port.startswith("[") else REACHED)
        if REACHED not in (was, result) or not was:
            continue
        outcome, why = Outcome.EQUAL, ""
        if was != REACHED:
            outcome, why = Outcome.ON_PURPOSE, "it did not answer before"
        elif result != REACHED and port.startswith("["):
            outcome, why = Outcome.ON_PURPOSE, "Podman publishes on IPv4 only, unless a network has enable_ipv6"
        elif result != REACHED:
            outcome, why = Outcome.DIFFERENT, FIREWALL if where == "another host" else "is the service listening?"
        yield Finding(container, "live", f"port from {where}", outcome, f"{port} {was}", f"{port} {result}", why)


FIREWALL = "does Docker's firewall drop it? See 'help migration', step 5"


def resolved(container: str, wanted: tuple[str, ...], answers: Values) -> Iterator[Finding]:
    """Names of other containers that its name server finds."""
    missing = [name for name in wanted if answers.get(name) != FOUND]
    if missing:
        why = "add them as aliases in the compose file, or use the name of the service"
        yield Finding(container, "live", "names", Outcome.DIFFERENT, ", ".join(missing), "not found", why)
    elif wanted:
        yield Finding(container, "live", "names", Outcome.EQUAL, ", ".join(wanted), ", ".join(wanted))


def held(container: str, target: str, before: frozenset[str], now: frozenset[str]) -> Finding:
    """Whether what was in a mount is in it."""
    missing = sorted(before - now)
    if missing:
        few = ", ".join(missing[:3])
        told = f"{target}: {len(missing)} not there, such as {few}"
        return Finding(
            container, "live", "files", Outcome.DIFFERENT, f"{target}: {len(before)} entries", told, "copy them"
        )
    told = f"{target}: all of {len(before)}"
    return Finding(container, "live", "files", Outcome.EQUAL, told, told)
