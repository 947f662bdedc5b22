"""``facts``: what is worth knowing about this host, for a conversion on another."""

from __future__ import annotations

import click

from compose2quadlet.cli import target
from compose2quadlet.report import output


@click.command("facts", short_help="Print facts about this host, for 'convert --host'.")
def command() -> None:
    """Print facts about this host as JSON: mounts, units, devices, addresses, versions, ranges of user numbers.

    With them, a conversion on another machine knows what the services will find here. Root is not needed. Neither
    passwords nor the host's name are among them.

    \b
    Examples:
      compose2quadlet facts > nas.json
      ssh nas compose2quadlet facts > nas.json
      compose2quadlet convert ~/stacks/* --host nas.json -o units/
    """
    from compose2quadlet.facts import dump
    from compose2quadlet.host.facts import gather
    from compose2quadlet.host.programs import Programs

    programs = Programs()
    facts = gather(run=programs.output)
    target.warn_of(programs)
    output.deliver(dump(facts))
