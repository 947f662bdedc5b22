"""Runs a plan, group by group; goes back; and says from the journals how things are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compose2quadlet.host.migrate.journal import Event, Journal, glance, migrations, opened
from compose2quadlet.host.migrate.machine import FailedError, Machine, Runner
from compose2quadlet.host.migrate.runner import Result, Work, back, forward, texts
from compose2quadlet.host.migrate.sequence import MACHINE, of_group, of_machine
from compose2quadlet.host.migrate.steps import check
from compose2quadlet.migrate.plan import Group, Plan

WORDS = {
    "": "not begun",
    Event.BEGUN: "interrupted: run the plan again to go on, or roll back",
    Event.DONE: "runs under systemd",
    Event.FAILED: "failed, and was not undone yet: run the plan again, or roll back",
    Event.UNDOING: "not wholly undone: roll back again",
    Event.UNDONE: "runs under Docker again",
}
"""The state of a group for people."""

READS = 4
"""How often each byte is read or written: for the manifest, the copy, the comparison, and the proof."""


@dataclass(slots=True)
class Teller:
    """Tells people what happens: lines, and with ``live`` the progress of bytes, for which ``show`` replaces a line."""

    say: Callable[[str], None]
    show: Callable[[str], None] | None = None
    total: int = 0
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    shown: float = 0.0

    def line(self, text: str) -> None:
        """Tell a line."""
        if self.show:
            self.show("")
        self.say(text)

    def begin(self, group: Group) -> None:
        """A group is about to move."""
        self.total, self.done = READS * sum(v.size for v in group.volumes), 0
        self.began = time.monotonic()

    def progress(self, count: int) -> None:
        """So many bytes more are done."""
        self.done += count
        now = time.monotonic()
        if self.show and self.total and now - self.shown > 0.5:
            self.shown = now
            done = min(self.done / self.total, 1.0)
            left = (now - self.began) * (1 - done) / done if done else 0
            self.show(f"{self.done / 2**20:.0f} of {self.total / 2**20:.0f} MiB, {left:.0f} s left")


def runner(plan: Plan) -> Runner:
    """Who runs the units of a plan."""
    return Runner(plan.user, plan.uid, plan.gid, plan.home)


def _chosen(plan: Plan, projects: Sequence[str]) -> list[Group]:
    """The groups that have one of the projects; all if there are none. Raises FailedError for an unknown one."""
    known = {name: group for group in plan.groups for name in group.projects}
    if unknown := [name for name in projects if name not in known]:
        raise FailedError(f"the plan has no project {unknown[0]}", f"It has: {', '.join(known) or 'none'}")
    return [g for g in plan.groups if not projects or set(projects) & set(g.projects)]


def _work(journal: Journal, group: Group, teller: Teller) -> Work:
    return Work(Machine(runner(journal.plan)), journal, group, teller.line, teller.progress)


def _whole(journal: Journal, teller: Teller) -> Work:
    """The work on the whole machine, after all groups."""
    last = replace(journal.plan.groups[-1], name=MACHINE)
    return Work(Machine(), journal, last, teller.line)


def run(plan: Plan, projects: Sequence[str], state: Path, dry: bool, teller: Teller) -> list[Result]:
    """Move the groups of a plan, or go on with it. One that fails is undone, and the others go on. Raises FailedError,
    RefusedError and OSError if nothing can be begun."""
    groups = _chosen(plan, projects)
    if dry:
        return [_dry(plan, group, state, teller) for group in groups]
    with opened(state / plan.id, plan) as journal:
        try:
            results = [_moved(journal, group, teller) for group in groups]
            if plan.whole and all(_event(journal, g) is Event.DONE for g in plan.groups):
                results.append(forward(_whole(journal, teller), of_machine(plan)))
        except BaseException:
            teller.line("Interrupted. Run the plan again to go on, or roll back: compose2quadlet migrate rollback")
            raise
    return results


def _event(journal: Journal, group: Group) -> Event | None:
    mark = journal.mark(group.name)
    return mark.event if mark else None


def _moved(journal: Journal, group: Group, teller: Teller) -> Result:
    """Move one group."""
    if _event(journal, group) is Event.UNDONE and (group.name, "start") in journal.begun:
        reason = "it was moved and rolled back, so this plan is used up"
        return Result(group.name, Event.UNDONE, reason, "Make a new one: compose2quadlet migrate plan --replace -o DIR")
    teller.line(f"{group.name}:")
    teller.begin(group)
    return forward(_work(journal, group, teller), of_group(group, journal.plan))


def _dry(plan: Plan, group: Group, state: Path, teller: Teller) -> Result:
    """Check a group, and tell its commands."""
    journal = Journal(state / plan.id, -1, plan)
    look = Work(Machine(runner(plan)), journal, group, teller.line)
    try:
        check.step().do(look)
    except FailedError as e:
        return Result(group.name, Event.FAILED, str(e), e.hint)
    work = Work(Machine(runner(plan), dry=True), journal, group, teller.line)
    for step in texts(work, of_group(group, plan)):
        teller.line(f"# {step.title}")
        for command in step.commands:
            teller.line(command)
    return Result(group.name, Event.DONE, dry=True)


def latest(state: Path, name: str) -> Path:
    """The directory of a migration; of the latest if it has no name. Raises FailedError if there is none."""
    found = migrations(state)
    if name:
        found = [path for path in found if path.name == name]
    if not found:
        raise FailedError(
            f"there is no migration {name}".rstrip() + f" in {state}", "See: compose2quadlet migrate status"
        )
    return found[-1]


def rollback(state: Path, name: str, projects: Sequence[str], teller: Teller) -> list[Result]:
    """Undo what was done of projects, or of all, the last one first; of one migration if it is named.

    Raises FailedError if there is nothing to undo, PlanError and OSError.
    """
    found = [latest(state, name)] if name else [*reversed(migrations(state))]
    results: list[Result] = []
    for directory in found:
        with opened(directory) as journal:
            results += _back(journal, projects, teller)
    if not results:
        what = f"nothing of {', '.join(projects)} has moved" if projects else "nothing has moved"
        raise FailedError(what, "See: compose2quadlet migrate status")
    return results


def _back(journal: Journal, projects: Sequence[str], teller: Teller) -> list[Result]:
    """Undo what is left of one migration."""
    groups = [g for g in journal.plan.groups if not projects or set(projects) & set(g.projects)]
    groups = [g for g in groups if _touched(journal, g) and _event(journal, g) is not Event.UNDONE]
    if groups and any(group == MACHINE for group, _ in journal.begun):
        teller.line("switch Docker on again")
        if (result := back(_whole(journal, teller), of_machine(journal.plan))).left:
            return [result]
    results = []
    for group in reversed(groups):
        teller.line(f"{group.name}:")
        results.append(back(_work(journal, group, teller), of_group(group, journal.plan)))
    return results


def _touched(journal: Journal, group: Group) -> bool:
    return any(name == group.name for name, _ in journal.begun)


def status(state: Path) -> list[dict[str, Any]]:
    """What the journals say of all migrations, as JSON values. Raises RefusedError and OSError."""
    found = []
    for directory in migrations(state):
        journal = glance(directory)
        plan = journal.plan
        groups = [_status(journal, group) for group in plan.groups]
        found.append({"migration": plan.id, "made": plan.made, "user": plan.user, "groups": groups})
    return found


def _status(journal: Journal, group: Group) -> dict[str, Any]:
    mark = journal.mark(group.name)
    titles = {step.id: step.title for step in of_group(group, journal.plan)}
    steps = [step for name, step in journal.marks if name == group.name and step]
    last = max(steps, key=lambda step: (journal.marks[group.name, step].at, steps.index(step)), default="")
    state = mark.event if mark else Event.BEGUN if steps else ""
    return {
        "name": group.name,
        "projects": list(group.projects),
        "state": str(state),
        "step": titles.get(last, last),
        "at": mark.at if mark else "",
        "reason": str(mark.data.get("reason", "")) if mark else "",
    }


def lines(result: Result) -> Iterator[str]:
    """How a group ended, for people."""
    if result.dry:
        yield f"{result.group}: the plan holds; nothing was changed"
        return
    words = "Docker is switched off" if result.group == MACHINE and result.event is Event.DONE else ""
    yield f"{result.group}: {words or WORDS[result.event]}" + (f" ({result.reason})" if result.reason else "")
    if result.hint:
        yield f"    {result.hint}"
    yield from (f"    not undone: {text}" for text in result.left)
