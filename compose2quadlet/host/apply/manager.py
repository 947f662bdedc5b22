"""Asks the service manager of a scope, and lets it start, restart and stop units."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from compose2quadlet.frozen import frozen
from compose2quadlet.host.programs import Did, perform
from compose2quadlet.options import Scope

PROPERTIES = "Id,LoadState,ActiveState,SubState,Result,NRestarts,Job,ActiveEnterTimestamp,InvocationID,NeedDaemonReload"
PAUSE = 0.25
QUIET = 5.0
"""Seconds without any change after which a start job that waits for others has to wait for good."""

GRACE = 1.0
"""Seconds after which a unit that became active must still be."""

SECONDS = 60.0
RUNNING = ("active", "reloading", "activating", "deactivating")


@frozen()
class Failed:
    """A unit whose start failed: why, and the last lines of its journal."""

    unit: str
    why: str
    journal: tuple[str, ...] = ()


@dataclass(slots=True)
class Manager:
    """The service manager of a scope; ``timeout`` is how many seconds it gets for starting units."""

    scope: Scope
    timeout: float = 300.0

    def systemctl(self, *words: str, seconds: float | None = SECONDS) -> Did:
        return perform(["systemctl", f"--{self.scope}", *words], seconds=seconds)

    def show(self, units: Iterable[str]) -> dict[str, dict[str, str]]:
        """Properties of units by their names; none if the manager does not answer."""
        names = sorted(units)
        if not names:
            return {}
        found = {}
        for block in self.systemctl("show", f"--property={PROPERTIES}", "--", *names).output.split("\n\n"):
            values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            if values.get("Id"):
                found[values["Id"]] = values
        return found

    def active(self, units: Iterable[str]) -> set[str]:
        """The units that run, or are about to."""
        return {name for name, values in self.show(units).items() if values.get("ActiveState") in RUNNING}

    def unread(self, units: Iterable[str]) -> set[str]:
        """The units whose files changed since the manager read them."""
        return {name for name, values in self.show(units).items() if values.get("NeedDaemonReload") == "yes"}

    def launch(
        self, restart: Sequence[str], start: Sequence[str], tick: Callable[[str], None] = lambda _: None
    ) -> list[Failed]:
        """Restart and start units in the order that they ask for, and wait; the units that failed. One has failed when
        its start job did, or its first attempt, after which systemd tries again on and on."""
        watched = [*restart, *start]
        if not watched:
            return []
        before = {name: _count(values) for name, values in self.show(watched).items()}
        problems: dict[str, str] = {}
        for verb, units in (("restart", restart), ("start", start)):
            for unit in units:
                did = self.systemctl(verb, "--no-block", "--", unit)
                if not did.ok:
                    problems[unit] = did.errors.splitlines()[-1] if did.errors else f"exit status {did.status}"
        problems |= self._wait([unit for unit in watched if unit not in problems], before, tick)
        return [Failed(unit, why, self.journal(unit)) for unit, why in problems.items()]

    def _wait(self, units: Sequence[str], before: Mapping[str, int], tick: Callable[[str], None]) -> dict[str, str]:
        end, last, since = time.monotonic() + self.timeout, None, time.monotonic()
        while True:
            now = self.show(units)
            states = {unit: _state(now.get(unit, {}), before.get(unit, 0)) for unit in units}
            if states != last:
                last, since = states, time.monotonic()
            busy = [unit for unit, state in states.items() if state == "starting"]
            waiting = [unit for unit, state in states.items() if state == "waiting"]
            quiet = time.monotonic() - since
            if not busy and quiet > (QUIET if waiting else GRACE):
                break
            if time.monotonic() > end:
                break
            tick(f"{len(busy) + len(waiting)} of {len(units)} are starting")
            time.sleep(PAUSE)
        words = {
            "starting": f"it has not started within {self.timeout:.0f} s",
            "waiting": "it waits for what it needs",
        }
        # What only waits, such as a target for a service that failed, is shown after what it waits for.
        rank = sorted(states, key=lambda unit: states[unit] == "waiting")
        return {unit: words.get(states[unit], states[unit]) for unit in rank if states[unit]}

    def journal(self, unit: str, lines: int = 10) -> tuple[str, ...]:
        """The last lines of a unit's journal."""
        which = "--user-unit" if self.scope is Scope.USER else "--unit"
        did = perform(["journalctl", f"{which}={unit}", "-n", str(lines), "-o", "cat", "--no-pager"], seconds=SECONDS)
        return tuple(did.output.splitlines())


def _count(values: Mapping[str, str]) -> int:
    text = values.get("NRestarts", "")
    return int(text) if text.isdigit() else 0


def _state(values: Mapping[str, str], restarts: int) -> str:
    """``starting`` or ``waiting``, empty for a unit that is up or that ended as it should, or why it failed."""
    active, result = values.get("ActiveState", ""), values.get("Result", "")
    job = values.get("Job", "0") not in ("", "0")
    if not active:
        return "systemd does not know it"
    tried = result not in ("", "success") and (
        values.get("SubState", "").startswith("auto-restart") or _count(values) > restarts
    )
    if active == "active" and not job:
        return ""
    if tried or active == "failed":
        return f"its start failed ({result}); systemd tries again" if tried else f"its start failed ({result})"
    if job:
        return "waiting" if active == "inactive" else "starting"
    if active in ("activating", "deactivating", "reloading"):
        return "starting"
    return "" if result in ("", "success") and values.get("LoadState") == "loaded" else f"it is {active} ({result})"


def lost(manager: Manager, units: Collection[str]) -> list[str]:
    """The units that are not active any more."""
    return sorted({*units} - manager.active(units))
