"""What ``apply``, ``rollback``, ``remove`` and ``status`` share: the scope, questions, and reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from compose2quadlet.cli import common
from compose2quadlet.options import Scope
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.host.apply.manager import Failed
    from compose2quadlet.host.apply.records import Record
    from compose2quadlet.host.apply.work import Prepared, Work

scope_option = click.option(
    "--scope",
    type=click.Choice([s.value for s in Scope]),
    help="Whose units: your service manager's, or the system's  [default: user; system for root].",
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Ask no question.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=300.0,
    show_default=True,
    help="Seconds to wait for units to start.",
)


def scope_of(given: str | None) -> Scope:
    """The scope that is asked for, or the usual one of this user."""
    return Scope(given) if given else Scope.SYSTEM if os.geteuid() == 0 else Scope.USER


def work_of(scope: Scope, timeout: float = 300.0) -> Work:
    """The work for a scope, which tells what it does. Raises FailedError for somebody else's scope."""
    from compose2quadlet.host.apply import work
    from compose2quadlet.host.migrate.machine import FailedError

    if scope is Scope.SYSTEM and os.geteuid() != 0:
        raise FailedError("these units are for the system, which only root may change", "Run it with sudo.")
    made = work.work_of(scope, timeout)
    made.tell = output.say
    return made


def sure(question: str, yes: bool) -> bool:
    """The answer to a question; an unknown one asks again, and the end of input means no."""
    return yes or choice(f"{question} [y/n] ", {"y": "y", "yes": "y", "n": "n", "no": "n"}) == "y"


def choice(question: str, answers: dict[str, str]) -> str:
    """One of the answers; empty at the end of input."""
    while True:
        line = output.ask(question)
        if not line:
            output.say()
            return ""
        if found := answers.get(line.strip().lower()):
            return found


def tell_plan(work: Work, p: Prepared) -> None:
    """Show a plan, and what was interrupted before it."""
    from compose2quadlet.host.apply.work import objects
    from compose2quadlet.report import applied

    if p.interrupted:
        output.say(*interruption(p.interrupted))
    output.say_all(applied.lines(p.plan, common.relative))
    output.say_all(applied.kept(objects(p), p.plan, work.scope))


def interruption(record: Record) -> tuple[str]:
    """What an earlier run left behind."""
    words = {
        "begun": "before all files were in place",
        "written": "after its files were in place, and before all units were started",
        "undoing": "while it was undone",
    }
    what = f"An earlier run of {record.when} ({record.title}) was interrupted {words[record.state]}."
    return (f"{what} This run completes what it finds; 'compose2quadlet rollback' undoes it instead.",)


def tell_failed(failed: Sequence[Failed]) -> None:
    """Show the units that did not start, with the end of their journals."""
    from compose2quadlet.diagnostics import Styled

    for one in failed:
        output.say(Styled(one.unit, "red"), f": {one.why}")
        for line in one.journal:
            output.say(f"    {line}")


def as_dicts(failed: Sequence[Failed]) -> list[dict[str, Any]]:
    """Failed units for JSON."""
    return [{"unit": one.unit, "why": one.why, "journal": [*one.journal]} for one in failed]
