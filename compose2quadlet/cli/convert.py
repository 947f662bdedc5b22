"""``convert``: units for compose projects."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from compose2quadlet.cli import common, docked, options
from compose2quadlet.kinds import Place
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.host.layout import Layout
    from compose2quadlet.run import Run

MANY = 20
"""With this many projects or more, progress is shown."""


@click.command("convert", short_help="Convert compose projects to Quadlet units.")
@options.project_options
@options.output_option("Write the units into DIR")
@click.option(
    "--systemd-dir",
    type=click.Path(),
    metavar="DIR",
    callback=options.filled,
    help="Write native units, such as targets, into DIR  [default: where systemd reads the units of the scope; with -o,"
    " systemd/ below it].",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the units instead of writing them.")
@click.option("--diff", "as_diff", is_flag=True, help="Show what would change in files, and write nothing; see 'diff'.")
@options.target_options
@click.option("--from-docker", is_flag=True, help="Convert the projects that Docker has here; PATHs are their names.")
@click.option(
    "--inventory",
    type=click.Path(),
    metavar="FILE",
    help="Like --from-docker, but of the host whose inventory FILE has.",
)
@click.option("--force", is_flag=True, help="Overwrite files that this tool did not write.")
@click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON, with all diagnostics.")
@click.option("-v", "--verbose", is_flag=True, help="Say of each service how it is isolated, not only of each project.")
@click.option("-q", "--quiet", is_flag=True, help="Only print warnings and errors.")
def command(**given: Any) -> None:
    """Convert compose projects to Quadlet units.

    PATH is the directory of a project, or its compose file. Without PATH, the project that -f names is converted,
    or the one in the working directory. If a project cannot be converted, nothing is written.

    \b
    Examples:
      compose2quadlet convert ~/stacks/immich
      compose2quadlet convert ~/stacks/* -o units/
      compose2quadlet convert -f compose.yaml -f compose.prod.yaml -p shop --stdout
      sudo compose2quadlet convert /srv/stacks/dns
      compose2quadlet convert ~/stacks/media --isolation none --isolation jellyfin=keep-id
      compose2quadlet convert ~/stacks/* --host nas.json --host-unit 'photos=/mnt/nas' -o units/
      sudo compose2quadlet convert --from-docker -o units/

    \b
    Afterwards:
      systemctl --user daemon-reload
      systemctl --user start immich.target
    """
    _run(**given)


def _run(
    directory: str | None,
    systemd_dir: str | None,
    to_stdout: bool,
    as_diff: bool,
    force: bool,
    strict: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    from_docker: bool,
    inventory: str | None,
    **given: Any,
) -> None:
    from compose2quadlet.host.layout import layout
    from compose2quadlet.host.others import met
    from compose2quadlet.host.put import compared, put
    from compose2quadlet.report import jsonable, text
    from compose2quadlet.report.following import following
    from compose2quadlet.run import convert_all

    project = options.project_of(given)
    found = docked.chosen(project, inventory) if from_docker or inventory else []
    requests = docked.requests(found) if found else common.requests(**project)
    chosen, source = options.options_of(**given, here=not to_stdout and not directory, requests=requests)
    chosen = replace(chosen, verbose=verbose)
    where = None if to_stdout else layout(directory, systemd_dir, chosen.scope)
    if not quiet and not as_json:
        into = f", into {common.relative(str(where[Place.QUADLETS]))}" if where else ""
        output.say(f"Converting for Podman {'.'.join(map(str, chosen.podman))} ({source}), {chosen.scope} scope{into}")
    with output.progress(requests, "Converting", hidden=quiet or len(requests) < MANY) as bar:
        run = common.with_crashes(convert_all(bar, chosen, project["profiles"]))
    run = docked.drifted(run, found)
    written = None
    if where and as_diff:
        _show_differences(run, where)
    if where:
        run = met(run if directory else compared(run), where)
    if where and not run.failed:
        run, written = put(run, where, force)
    if as_json:
        output.deliver_json(jsonable.document(run, written.by_state() if written else None, with_units=to_stdout))
    else:
        states = written.by_state() if written else {}
        output.say_all(text.told(run, states, quiet, common.relative))
        if written and not quiet:
            output.say_all(following(run, states, directory, common.relative))
        if to_stdout and not run.failed:
            output.deliver(text.all_units(run))
    sys.exit(2 if run.failed else 1 if strict and run.warned else 0)


def _show_differences(run: Run, where: Layout) -> NoReturn:
    from compose2quadlet.cli.diff import compared

    with common.failing():
        compared(run, where, stat=False, reveal=False)
    sys.exit(0)
