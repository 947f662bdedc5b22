"""``status``: how the services of projects are."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from compose2quadlet.cli import common, placing
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.host.apply.status import Service
    from compose2quadlet.report.tables import Table

COLUMNS = ("unit", "state", "health", "since", ">restarts", "image", "ports")
COLOURS = (("active", "green"), ("failed", "red"), ("unhealthy", "red"), ("healthy", "green"))


@click.command("status", short_help="Show the services of projects, and how they are.")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@placing.scope_option
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until interrupted.")
@placing.json_option
def command(projects: tuple[str, ...], scope: str | None, watch: bool, as_json: bool) -> None:
    """Show each service of the projects in place: unit state, health, since when, restarts, image, ports.

    The exit code is 1 if a service is failed, unhealthy, or waits for its next attempt to start.

    \b
    Examples:
      compose2quadlet status
      compose2quadlet status shop --watch
      sudo compose2quadlet status --json
    """
    from compose2quadlet.host.apply import records, status, work

    found: list[Service] = []
    with common.failing():
        at = work.work_of(placing.scope_of(scope))
        while True:
            found = status.services(at, projects)
            if as_json:
                output.deliver_json({"services": [asdict(one) for one in found]})
            else:
                if watch and sys.stdout is not None and sys.stdout.isatty():
                    click.clear()
                output.show(_tables(found))
                last = records.latest(at.at)
                if last and last.state in records.UNFINISHED:
                    output.say(*placing.interruption(last))
                if not found:
                    output.say("No project is in place. Put one there: compose2quadlet apply DIR")
            if not watch:
                break
            time.sleep(2)
    sys.exit(1 if any(_bad(one) for one in found) else 0)


def _bad(one: Service) -> bool:
    return one.state.startswith("failed") or "auto-restart" in one.state or one.health == "unhealthy"


def _tables(found: list[Service]) -> list[Table]:
    from compose2quadlet.report.tables import Table

    tables = []
    for project in dict.fromkeys(one.project for one in found):
        rows = [
            (one.unit, one.state, one.health, one.since, str(one.restarts), one.image, ", ".join(one.ports))
            for one in found
            if one.project == project
        ]
        tables.append(Table(project, COLUMNS, tuple(rows), COLOURS))
    return tables
