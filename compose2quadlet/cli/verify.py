"""``verify``: whether the containers of a project are, under Podman, what they were under Docker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from compose2quadlet.cli import common
from compose2quadlet.cli.migrate import STATE
from compose2quadlet.diagnostics import Position, refuse
from compose2quadlet.diagnostics import command as command_line
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.host.pairs import Before


@click.command("verify", short_help="Compare a project under Podman with what it was under Docker.")
@click.argument("project", metavar="PROJECT")
@click.option(
    "--user", default="", metavar="NAME", help="The login user whose containers they are  [default: the system's]."
)
@click.option(
    "--before",
    "before_file",
    type=click.Path(),
    metavar="FILE",
    help="Take the old containers from FILE: of --save, or what 'docker inspect' printed.",
)
@click.option(
    "--save", "save_file", type=click.Path(), metavar="FILE", help="Only save into FILE what the containers are now."
)
@click.option("--static", is_flag=True, help="Do not try ports, names and files.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    project: str, user: str, before_file: str | None, save_file: str | None, static: bool, as_json: bool
) -> None:
    """Compare the containers of PROJECT under Podman with those under Docker, running or stopped.

    It compares what both engines say of them, what the kernel says of their processes, and whether they answer: health,
    published ports from this host and from a network namespace that stands for another host, names of other
    containers, files in mounts. Environment, mounts, ports, user and networks are shown even where nothing differs.
    Values of variables and labels are not shown.

    Run it as root. Of containers that 'migrate' stopped, its record is used. Before a move, --save keeps what can only
    be seen while the containers run; others cannot read the file. The exit code is 0 if all is equal or different on
    purpose, 1 if something else is different, and 2 if nothing could be compared.

    \b
    Examples:
      sudo compose2quadlet verify shop --save shop-before.json        before the move
      sudo compose2quadlet verify shop --before shop-before.json      after it
      sudo compose2quadlet verify shop --user homelab
    """
    from compose2quadlet.host import pairs
    from compose2quadlet.host.migrate.machine import FailedError
    from compose2quadlet.host.migrate.planning import runner_of
    from compose2quadlet.host.verified import verified
    from compose2quadlet.report import verified as report

    with common.failing():
        before = _before(project, before_file)
        if not before.sides:
            hint = "compose2quadlet inventory shows what Docker has."
            raise FailedError(f"no container of a project {project} is known from Docker", hint)
        if save_file:
            _save(before, save_file, static)
            return
        after = pairs.under_podman(project, runner_of(user))
        if not after:
            whose = f"the user {user}" if user else "the system; name the login user with --user"
            start = command_line("systemctl", *(("--user",) if user else ()), "start", f"{project}.target")
            raise FailedError(f"Podman has no container of {project} for {whose}", f"Start it: {start}")
        found = verified(project, before, after, not static)
        if as_json:
            output.deliver_json(report.document(found))
        else:
            output.show(report.tables(found))
        for text in found.unknown:
            output.say(f"Not compared: {text}")
        output.say(report.summary(found))
        sys.exit(found.status)


def _before(project: str, file: str | None) -> Before:
    """The old containers. Exits with 2 if they cannot be read, and raises RefusedError."""
    from compose2quadlet.host import pairs
    from compose2quadlet.host.docker import DockerError

    if file:
        try:
            text = common.read(file)
        except ValueError as e:
            raise refuse("bad-before", f"cannot read it: {e}", position=Position(file)) from e
        return pairs.load(text, file, project)
    try:
        found = pairs.under_docker(project)
        running = any((s.inspect.get("State") or {}).get("Running") for s in found.sides.values())
        return found if running else pairs.recorded(project, found, STATE)
    except DockerError as e:
        if (kept := pairs.recorded(project, pairs.Before({}), STATE)).sides:
            return kept
        raise refuse(
            "docker-silent", str(e), e.hint or "Give what you saved before the move with --before FILE."
        ) from e


def _save(before: Before, file: str, static: bool) -> None:
    """Keep the old containers, and what their ports say. Raises OSError."""
    from dataclasses import replace

    from compose2quadlet.host.pairs import dump
    from compose2quadlet.host.private import write
    from compose2quadlet.host.verified import asked

    if not static:
        here, elsewhere = asked(before.sides.values())
        before = replace(before, here=here, elsewhere=elsewhere or {})
    write(file, dump(before))
    output.say(f"Saved {len(before.sides)} containers into {common.relative(file)}")
