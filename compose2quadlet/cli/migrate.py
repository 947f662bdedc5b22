"""``migrate``: moves running Compose projects from Docker to systemd, with their data, and back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.diagnostics import command as shell
from compose2quadlet.report import output

STATE = "/var/lib/compose2quadlet/migrations"
DAYS = 7
"""Days after which ``finish`` removes something without being forced."""

state_option = click.option(
    "--state",
    default=STATE,
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the journals of migrations are.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("migrate", short_help="Move running projects from Docker to systemd, with their data.")
def command() -> None:
    """Move running Compose projects from Docker to Podman under systemd, with their data, and back.

    A plan says what would happen, down to the commands. 'run' does it, project by project: it copies images and
    volumes, compares the copies, and starts the services. The data of Docker is only read. If a project fails, it runs
    under Docker again, and the others go on. Everything needs root, except to read.

    \b
    Examples:
      compose2quadlet migrate plan -o plan/
      compose2quadlet migrate run plan/
      compose2quadlet migrate status
      compose2quadlet migrate rollback shop
      compose2quadlet migrate finish

    See also: compose2quadlet help moving
    """


@command.command("plan")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write plan.json and plan.md there.",
)
@click.option("--user", default="", metavar="NAME", help="Let the service manager of this login user run the services.")
@click.option(
    "--isolation",
    "policies",
    multiple=True,
    metavar="[SERVICE=]POLICY",
    callback=options.policies_of,
    help="Isolation policy, as for 'convert'  [default: auto].",
)
@click.option("--whole-machine", "whole", is_flag=True, help="Switch Docker off at the end. Nothing may stay under it.")
@click.option("--replace", is_flag=True, help="Write over the copies of an earlier migration.")
@state_option
@json_option
def plan(
    projects: tuple[str, ...],
    directory: Path | None,
    user: str,
    policies: dict[str, Any],
    whole: bool,
    replace: bool,
    state: Path,
    as_json: bool,
) -> None:
    """Plan the move of PROJECTs, by default of all that Docker has. Nothing is changed.

    Projects that share volumes or networks move together. The plan has every command, and the way back; 'run' refuses
    it if the machine has changed since. It may contain passwords, so that only its owner can read it.

    \b
    Examples:
      compose2quadlet migrate plan
      compose2quadlet migrate plan shop media -o plan/
      compose2quadlet migrate plan --user homelab --isolation none -o plan/
      compose2quadlet migrate plan --whole-machine -o plan/
    """
    with common.failing():
        from compose2quadlet.host.migrate import planning
        from compose2quadlet.host.migrate.machine import Machine
        from compose2quadlet.migrate.plan import dump
        from compose2quadlet.report import migration

        _root()
        runner = planning.runner_of(user)
        wish = planning.Wish(projects, options.migration_options(user, policies), runner, whole, replace, state)
        made, said = planning.make(wish, Machine(runner, dry=True))
        common.show(said)
        text = dump(made)
        if directory:
            _keep(directory, text, migration.markdown(made))
        if as_json:
            output.deliver(text)
        else:
            for line in migration.summary(made):
                output.say(line)
            if not directory:
                output.tell(migration.markdown(made))
            else:
                run_it = shell("compose2quadlet", "migrate", "run", str(directory))
                output.say(f"Read {directory / 'plan.md'}, then: {run_it}")
    sys.exit(1 if any(group.blockers for group in made.groups) or not made.groups else 0)


def _root() -> None:
    from compose2quadlet.host.migrate.machine import FailedError

    if os.geteuid() != 0:
        raise FailedError("a migration needs root: it reads the data of all containers", "Run it with sudo.")


def _keep(directory: Path, text: str, document: str) -> None:
    """Write a plan, readable for its owner only."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (("plan.json", text), ("plan.md", document)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(directory / name, flags, 0o600), "w", encoding="utf-8", errors="surrogateescape") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(content)


@command.command("run")
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--dry-run", is_flag=True, help="Check the plan, and print the commands. Nothing is changed.")
@state_option
@json_option
def run(plan: Path, projects: tuple[str, ...], dry_run: bool, state: Path, as_json: bool) -> None:
    """Do what PLAN says: a directory that 'migrate plan -o' wrote, or its plan.json.

    With PROJECTs, only these move. If this is interrupted, run it again to go on, or roll back.

    \b
    Examples:
      compose2quadlet migrate run plan/ --dry-run
      compose2quadlet migrate run plan/
      compose2quadlet migrate run plan/ shop
    """
    with common.failing():
        from compose2quadlet.host.migrate import moving
        from compose2quadlet.migrate.plan import load

        _root()
        file = plan / "plan.json" if plan.is_dir() else plan
        given = load(file.read_text(encoding="utf-8"), str(file))
        results = moving.run(given, projects, state, dry_run, _teller())
        _report(results, as_json)
    sys.exit(0 if all(r.event == "done" for r in results) else 1)


@command.command("rollback")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--migration", "name", default="", metavar="ID", help="Only of this one  [default: of all].")
@state_option
@json_option
def rollback(projects: tuple[str, ...], name: str, state: Path, as_json: bool) -> None:
    """Stop the services of PROJECTs, by default of all that moved, and start their containers under Docker again.

    Docker's data is as it was. What services have written since stays in Podman's volumes.

    \b
    Examples:
      compose2quadlet migrate rollback shop
      compose2quadlet migrate rollback
    """
    with common.failing():
        from compose2quadlet.host.migrate import moving

        _root()
        results = moving.rollback(state, name, projects, _teller())
        _report(results, as_json)
    sys.exit(0 if all(r.event == "undone" for r in results) else 1)


@command.command("status")
@state_option
@json_option
def status(state: Path, as_json: bool) -> None:
    """Show what migrations did, from their journals alone.

    \b
    Example:
      compose2quadlet migrate status
    """
    with common.failing():
        from compose2quadlet.host.migrate import moving

        found = moving.status(state)
    if as_json:
        output.deliver_json(found)
        return
    if not found:
        output.say(f"There are no migrations in {state}.")
    for one in found:
        output.tell(f"{one['migration']}, planned {one['made']}\n")
        for group in one["groups"]:
            last = f", {group['step']}" if group["step"] and group["state"] not in ("done", "undone") else ""
            why = f": {group['reason']}" if group["reason"] else ""
            output.tell(f"  {group['name']}: {moving.WORDS[group['state']]}{last}{why}\n")


@command.command("finish")
@click.argument("things", nargs=-1, metavar="[THING]...")
@click.option("--migration", "name", default="", metavar="ID", help="Which one  [default: the latest].")
@click.option("--days", default=DAYS, show_default=True, metavar="N", help="Remove only what moved so many days ago.")
@click.option("--force", is_flag=True, help="Remove it even if it moved since.")
@state_option
@json_option
def finish(things: tuple[str, ...], name: str, days: int, force: bool, state: Path, as_json: bool) -> None:
    """List what of Docker nobody needs after the move, and remove the THINGs that are named, such as volume:NAME.

    Without THINGs, nothing is removed. After a removal there is no way back.

    \b
    Examples:
      compose2quadlet migrate finish
      compose2quadlet migrate finish container:shop-db-1 volume:shop_pgdata
      compose2quadlet migrate finish --force guards
    """
    with common.failing():
        from compose2quadlet.host.migrate import finishing, moving

        _root()
        found = finishing.finish(moving.latest(state, name), things, 0 if force else days, _teller())
    if as_json:
        output.deliver_json(found)
        return
    for thing in found:
        output.tell(f"{thing['thing']}  {thing['command']}\n")


def _teller() -> Any:
    """Prints lines, and the progress of bytes on a terminal."""
    from compose2quadlet.host.migrate.moving import Teller

    terminal = sys.stderr is not None and sys.stderr.isatty()
    return Teller(output.say, output.meter if terminal else None)


def _report(results: Any, as_json: bool) -> None:
    if as_json:
        output.deliver_json([r.as_dict() for r in results])
        return
    from compose2quadlet.host.migrate.moving import lines

    for result in results:
        for line in lines(result):
            output.say(line)
