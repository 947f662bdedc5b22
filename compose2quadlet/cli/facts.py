"""``facts``: what is worth knowing about this host, for a conversion on another."""

from __future__ import annotations

import click


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

    click.echo(dump(gather()), nl=False)
