"""``rollback``: puts back what was there before the last ``apply``."""

from __future__ import annotations

import sys

import click

from compose2quadlet.cli import common, placing
from compose2quadlet.report import output


@click.command("rollback", short_help="Put back what was there before the last apply.")
@placing.scope_option
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@placing.yes_option
@placing.timeout_option
@placing.json_option
def command(scope: str | None, dry_run: bool, yes: bool, timeout: float, as_json: bool) -> None:
    """Put back the files that were there before the last 'apply' or 'remove', and start again what ran then.

    Services that need one of these come back with it. Data is not touched: what services wrote since, stays.

    The exit code is 1 if something that ran then is not active again.

    \b
    Examples:
      compose2quadlet rollback --dry-run
      sudo compose2quadlet rollback --yes
    """
    status = 2
    with common.failing():
        status = _run(scope, dry_run, yes, timeout, as_json)
    sys.exit(status)


def _run(scope: str | None, dry_run: bool, yes: bool, timeout: float, as_json: bool) -> int:
    import contextlib

    from compose2quadlet.host.apply import records, work
    from compose2quadlet.report import applied

    at = placing.work_of(placing.scope_of(scope), timeout)
    with contextlib.nullcontext() if dry_run else records.locked(at.at):
        record, p = work.unready(at)
        if not as_json:
            output.say(f"Going back to before {record.when} ({record.title}).")
            placing.tell_plan(at, p)
        if dry_run:
            if as_json:
                output.deliver_json(applied.document(p.plan, applied=False))
            return 0
        if not placing.sure("Go back?", yes):
            output.say("Nothing was changed.")
            return 2
        left = work.undo(at, record, p)
        if as_json:
            output.deliver_json(applied.document(p.plan, [{"unit": unit} for unit in left], applied=True))
        elif left:
            output.say(f"Not active again: {', '.join(left)}")
        return 1 if left else 0
