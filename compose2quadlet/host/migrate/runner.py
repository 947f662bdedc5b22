"""Does the steps of a migration, goes on with it, and goes back. What the steps are is none of its business."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.frozen import frozen
from compose2quadlet.host.migrate.journal import Event, Journal
from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.migrate.plan import Group, Plan, StepText

ERRORS = (FailedError, RefusedError, OSError, LookupError, ValueError)
"""How a step fails. Anything else is an error of this tool, and stops it where it is."""


@dataclass(slots=True)
class Work:
    """What a step has: the machine, the plan, the group that moves, and what earlier steps left to know.

    ``say`` tells people a line; ``progress`` is told of bytes that were read.
    """

    machine: Machine
    journal: Journal
    group: Group
    say: Callable[[str], None]
    progress: Callable[[int], None] | None = None

    @property
    def plan(self) -> Plan:
        return self.journal.plan

    def known(self, step: str) -> dict[str, Any]:
        """What a step left to know."""
        return self.journal.data(self.group.name, step)

    def reached(self, step: str) -> bool:
        """Whether a step was ever begun, whatever became of it."""
        return (self.group.name, step) in self.journal.begun


def _nothing(_work: Work) -> None:
    return None


def _always(_work: Work) -> bool:
    return True


@frozen()
class Step:
    """A step. ``do`` and ``undo`` can be repeated: they look at what there is. ``do`` returns what has to be known
    later. ``holds`` says whether a step that was done once is still done."""

    id: str
    title: str
    do: Callable[[Work], dict[str, Any] | None]
    undo: Callable[[Work], None] = _nothing
    holds: Callable[[Work], bool] = _always


@dataclass(slots=True)
class Result:
    """How a group ended. ``left`` are steps that could not be undone, with the reason."""

    group: str
    event: Event
    reason: str = ""
    hint: str = ""
    left: list[str] = field(default_factory=list)
    dry: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "group": self.group,
            "state": str(self.event),
            "reason": self.reason,
            "hint": self.hint,
            "left": self.left,
        }


def forward(work: Work, steps: Sequence[Step]) -> Result:
    """Do the steps of a group, or what is left of them. If one fails, all are undone."""
    name, journal = work.group.name, work.journal
    whole = journal.mark(name)
    if whole and whole.event is Event.DONE:
        return Result(name, Event.DONE)
    if whole and whole.event in (Event.UNDOING, Event.FAILED):
        return back(work, steps, whole.data.get("reason", ""))
    for step in steps:
        mark = journal.mark(name, step.id)
        try:
            if mark and mark.event is Event.DONE and step.holds(work):
                continue
            work.say(step.title)
            journal.record(Event.BEGUN, name, step.id, mark.data if mark else None)
            journal.record(Event.DONE, name, step.id, step.do(work) or {})
        except ERRORS as e:
            reason, hint = told(e)
            work.say(f"'{step.title}' failed: {reason}")
            journal.record(Event.FAILED, name, "", {"reason": reason, "step": step.id, "hint": hint})
            result = back(work, steps, reason)
            result.hint = hint
            return result
    journal.record(Event.DONE, name)
    return Result(name, Event.DONE)


def back(work: Work, steps: Sequence[Step], reason: str = "") -> Result:
    """Undo the steps of a group, the last one first. All are tried, even if one fails."""
    name, journal = work.group.name, work.journal
    journal.record(Event.UNDOING, name, "", {"reason": reason})
    left = []
    for step in reversed(steps):
        mark = journal.mark(name, step.id)
        if mark is None or mark.event is Event.UNDONE:
            continue
        try:
            journal.record(Event.UNDOING, name, step.id, mark.data)
            step.undo(work)
            journal.record(Event.UNDONE, name, step.id, mark.data)
        except ERRORS as e:
            left.append(f"{step.title}: {told(e)[0]}")
            work.say(f"cannot undo '{step.title}': {told(e)[0]}")
    if not left:
        journal.record(Event.UNDONE, name, "", {"reason": reason})
    return Result(name, Event.FAILED if left else Event.UNDONE, reason, left=left)


def told(error: BaseException) -> tuple[str, str]:
    """What is wrong, and what mends it."""
    match error:
        case FailedError():
            return str(error), error.hint
        case RefusedError():
            return str(error), error.diagnostics[0].hint
        case OSError():
            return f"{error.filename or 'a file'}: {(error.strerror or str(error)).lower()}", ""
        case LookupError():
            return f"the map of IDs does not have {error.args[0] if error.args else 'one of them'}", ""
    return str(error), ""


def texts(work: Work, steps: Sequence[Step]) -> tuple[StepText, ...]:
    """The steps with their commands, from a dry run of the same code: nothing changes."""
    assert work.machine.dry
    found = []
    for step in steps:
        work.machine.told.clear()
        _told_of(step.do, work)
        commands = tuple(work.machine.told)
        work.machine.told.clear()
        _told_of(step.undo, work)
        found.append(StepText(step.id, step.title, commands, tuple(work.machine.told)))
    return tuple(found)


def _told_of(action: Callable[[Work], Any], work: Work) -> None:
    try:
        action(work)
    except ERRORS as e:
        work.machine.note(f"# would fail now: {told(e)[0]}")
