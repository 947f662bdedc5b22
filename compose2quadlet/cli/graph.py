"""``graph``: services, networks, volumes and host units as a picture."""

from __future__ import annotations

import sys
from typing import Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.report import output


@click.command("graph", short_help="Draw services, networks, volumes and host units.")
@options.project_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
    help="Text for Mermaid or Graphviz, or a picture.",
)
@options.target_options
def command(form: str, **given: Any) -> None:
    """Draw services, networks, volumes and units of the host, and how they depend on each other.

    Networks and volumes that several projects share are drawn once. Nothing is written.

    \b
    Examples:
      compose2quadlet graph ~/stacks/immich                   for a Markdown file: inside ```mermaid
      compose2quadlet graph ~/stacks/* --format svg > stacks.svg
      compose2quadlet graph ~/stacks/* --format dot | dot -Tpdf > stacks.pdf
    """
    from compose2quadlet.diagnostics import Severity
    from compose2quadlet.report import drawn
    from compose2quadlet.report.graph import graph
    from compose2quadlet.report.svg import svg
    from compose2quadlet.run import convert_all

    project = options.project_of(given)
    requests = common.requests(**project)
    chosen, _ = options.options_of(**given, here=True, requests=requests)
    run = common.with_crashes(convert_all(requests, chosen, project["profiles"]))
    if run.failed:
        common.show(d for found in run.said for d in found if d.severity is Severity.ERROR)
        sys.exit(2)
    draw = {"mermaid": drawn.mermaid, "dot": drawn.dot, "svg": svg}[form]
    output.deliver(draw(graph(run.conversions)))
