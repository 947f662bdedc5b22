"""``facts``: what a conversion on another machine needs to know about this host."""

from __future__ import annotations

import click

from compose2quadlet.cli import options
from compose2quadlet.report import output


@click.command("facts", short_help="Print facts about this host, for 'convert --host'.")
def command() -> None:
    """Print facts about this host as JSON: mounts, upper directories, units, devices, addresses, ports in use,
    versions, subordinate IDs, and what Podman has.

    'convert --host' reads them on another machine, and then knows what the services will find here. Root is not
    needed. The facts contain no passwords, and not the host name.

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
    facts = gather(run=programs.output, whole=True)
    options.warn_of(programs)
    output.deliver(dump(facts))
