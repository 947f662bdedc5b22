"""``remove``: takes out the units of a project, never its data."""

from __future__ import annotations

import contextlib
import sys

import click

from compose2quadlet.cli import common, placing
from compose2quadlet.report import output


@click.command("remove", short_help="Take out the units of a project; its data stays.")
@click.argument("project", metavar="PROJECT")
@placing.scope_option
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@placing.yes_option
@placing.json_option
def command(project: str, scope: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Stop a project and remove the units that this tool put into place. Data is never removed.

    What stays is listed with its place: volumes and bind mounts. 'rollback' brings the units back.

    The exit code is 1 if a unit of another project, which ran before, does not run any more.

    \b
    Examples:
      compose2quadlet remove shop --dry-run
      sudo compose2quadlet remove shop
    """
    status = 2
    with common.failing():
        status = _run(project, scope, dry_run, yes, as_json)
    sys.exit(status)


def _run(project: str, scope: str | None, dry_run: bool, yes: bool, as_json: bool) -> int:
    from compose2quadlet.host.apply import records, removing, work
    from compose2quadlet.report import applied

    at = placing.work_of(placing.scope_of(scope))
    with contextlib.nullcontext() if dry_run else records.locked(at.at):
        p = removing.prepared(at, project)
        stays = removing.data(at, project)
        if not as_json:
            placing.tell_plan(at, p)
            for thing in stays:
                output.say(f"  stays     {thing}")
        if dry_run:
            if as_json:
                output.deliver_json(applied.document(p.plan, applied=False, data=stays))
            return 0
        if not placing.sure(f"Remove the units of {project}?", yes):
            output.say("Nothing was changed.")
            return 2
        failed = work.execute(at, p)
        placing.tell_failed(failed)
        for problem in removing.networks(at, p):
            output.say(problem)
        if as_json:
            output.deliver_json(applied.document(p.plan, placing.as_dicts(failed), applied=True, data=stays))
        return 1 if failed else 0
