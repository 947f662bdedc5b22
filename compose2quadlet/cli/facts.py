"""``facts``: what a conversion on another machine needs to know about this host."""

from __future__ import annotations

import click


@click.command("facts", short_help="Print facts about this host, for 'convert --host'.")
def command() -> None:
    """Print facts about this host as JSON: mounts, units, devices, addresses, versions, subordinate IDs.

    'convert --host' reads them on another machine, and then knows what the services will find here. Root is not
    needed. The facts have no passwords, and not the name of the host.

    \b
    Examples:
      compose2quadlet facts > nas.json
      ssh nas compose2quadlet facts > nas.json
      compose2quadlet convert ~/stacks/* --host nas.json -o units/
    """
    from compose2quadlet.facts import dump
    from compose2quadlet.host.facts import gather

    click.echo(dump(gather()), nl=False)
