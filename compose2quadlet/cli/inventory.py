"""``inventory``: what Docker has on this host."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from compose2quadlet.cli import common
from compose2quadlet.diagnostics import refuse
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.host.dockerstate import State
    from compose2quadlet.inventory import Inventory


@click.command("inventory", short_help="List what runs under Docker on this host, and its data.")
@click.option("-o", "--output", "file", type=click.Path(), metavar="FILE", help="Also write it into FILE as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option(
    "--drafts",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write a compose file into DIR for each container that was started by hand.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print no tables.")
def command(file: str | None, as_json: bool, drafts: str | None, quiet: bool) -> None:
    """List what Docker has on this host: projects, containers, volumes, bind mounts, images and networks.

    The tables also show where data is, and what to know before a move.

    It only reads, and needs root. Docker is asked on its socket, or that of DOCKER_HOST; if it does not run, its files
    are read, and it stays stopped. Values of environment variables are not printed. Only drafts have them; others
    cannot read these files.

    \b
    Examples:
      sudo compose2quadlet inventory
      sudo compose2quadlet inventory -o nas.json
      sudo compose2quadlet inventory --drafts ~/stacks
      sudo compose2quadlet convert --from-docker -o units/
    """
    from compose2quadlet.inventory import VERSION, dump
    from compose2quadlet.report.inventory import tables

    inventory, state = fresh()
    try:
        if file:
            from compose2quadlet.host.private import write

            write(file, dump(inventory))
        made = _draft(state, inventory, drafts) if drafts else []
    except OSError as e:
        raise click.ClickException(
            f"cannot write {e.filename or file or drafts}: {(e.strerror or str(e)).lower()}"
        ) from e
    if as_json:
        output.deliver_json({"version": VERSION, **asdict(inventory)})
    elif not quiet:
        output.show(tables(inventory))
    for path in made:
        output.say(f"Drafted {common.relative(path)}")
    if not made and not quiet and inventory.of(""):
        output.say("Containers by hand: with --drafts DIR, a compose file is drafted for each of them.")


def fresh(thorough: bool = True) -> tuple[Inventory, State]:
    """The inventory of this host, and what it was made of; without ``thorough``, nothing is said of how much data there
    is. Exits with 2 if Docker cannot be read."""
    from compose2quadlet.host import inventory
    from compose2quadlet.host.docker import DockerError
    from compose2quadlet.run.found import completed

    try:
        state = inventory.current(thorough=thorough)
    except DockerError as e:
        common.show(refuse("docker-silent", str(e), e.hint).diagnostics)
        sys.exit(2)
    return completed(inventory.taken(state, thorough), {c["Id"]: c for c in state.containers}), state


def saved(file: str) -> Inventory:
    """The inventory in a file. Exits with 2 for one that has none."""
    from compose2quadlet.inventory import load

    hint = "Run this on the host with Docker: compose2quadlet inventory -o FILE"
    return common.loaded(file, load, "bad-inventory", hint)


def _draft(state: State, inventory: Inventory, folder: str) -> list[str]:
    """Write the drafts; a file that is there stays. Raises OSError."""
    from compose2quadlet.draft import draft
    from compose2quadlet.host.private import write

    images = {image["Id"]: image.get("Config") or {} for image in state.images}
    inspects = {c["Id"]: c for c in state.containers}
    made = []
    for one in inventory.of(""):
        path = os.path.join(folder, one.name, "compose.yaml")
        if os.path.lexists(path):
            output.say(f"{common.relative(path)} is there already; it was not changed")
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(path, draft(inspects[one.id], images.get(one.image_id, {})))
        made.append(path)
    return made
