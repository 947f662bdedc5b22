"""``convert``: units for compose projects."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

import click

from compose2quadlet.cli import common, target
from compose2quadlet.options import Isolation, LogDriver, Scope, Version, parse_version


def _version(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Version | None:
    try:
        return parse_version(value) if value else None
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


def _policies(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Isolation]:
    """Policies by service; the one for all has an empty name."""
    found = {}
    for text in given:
        service, _, name = text.rpartition("=")
        try:
            found[service] = Isolation(name)
        except ValueError as e:
            raise click.BadParameter(f"there is no policy {name!r}: write {', '.join(Isolation)}") from e
    return found


def _filled(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("it is empty; is a variable in it not set?")
    return value


@click.command("convert", short_help="Write Quadlet units for compose projects.")
@common.project_options
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="DIR",
    callback=_filled,
    help="Where to write  [default: the folder of the scope].",
)
@click.option(
    "--systemd-dir",
    type=click.Path(),
    metavar="DIR",
    callback=_filled,
    help="Where to write the units that are no Quadlets  [default: that folder of the scope; systemd/ inside of -o].",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the units instead of writing them.")
@click.option(
    "--scope",
    type=click.Choice([s.value for s in Scope]),
    help="Which systemd runs the units  [default: user; system for root].",
)
@click.option(
    "--podman-version",
    "podman",
    metavar="X.Y",
    callback=_version,
    help="The Podman that the units are for  [default: the installed one, else 5.4].",
)
@click.option(
    "--isolation",
    "policies",
    multiple=True,
    metavar="[SERVICE=]POLICY",
    callback=_policies,
    help="Under which identity services run: auto, dynamic-user, userns, keep-id or none; for all, or for one"
    "  [default: auto].",
)
@click.option(
    "--log-driver",
    type=click.Choice([d.value for d in LogDriver]),
    default=LogDriver.JOURNALD.value,
    show_default=True,
    help="How output reaches the journal; see 'explain logging'.",
)
@click.option("--health-events", is_flag=True, help="Keep Podman's line for each health check in the journal.")
@target.host_options
@click.option("--force", is_flag=True, help="Overwrite files that were not made by this tool.")
@click.option("--strict", is_flag=True, help="Exit with 1 where there is a warning.")
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON, diagnostics included.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors.")
def command(**given: Any) -> None:
    """Write Quadlet units for compose projects.

    PATH is a project's folder or its compose file; without one, the project of -f or of the working directory
    is converted. Nothing is written unless all projects can be converted.

    \b
    Examples:
      compose2quadlet convert ~/stacks/immich
      compose2quadlet convert ~/stacks/* -o units/
      compose2quadlet convert -f compose.yaml -f compose.prod.yaml -p shop --stdout
      sudo compose2quadlet convert /srv/stacks/dns --scope system
      compose2quadlet convert ~/stacks/media --isolation none --isolation jellyfin=keep-id
      compose2quadlet convert ~/stacks/* --host nas.json --host-unit 'photos=/mnt/nas' -o units/

    \b
    Afterwards:
      systemctl --user daemon-reload
      systemctl --user start immich-server
    """
    _run(**given)


def _run(
    output: str | None,
    systemd_dir: str | None,
    to_stdout: bool,
    scope: str | None,
    podman: Version | None,
    policies: dict[str, Isolation],
    log_driver: str,
    health_events: bool,
    host_file: str | None,
    host_units: tuple[str, ...],
    force: bool,
    strict: bool,
    as_json: bool,
    quiet: bool,
    **project: Any,
) -> None:
    from compose2quadlet.cli import batch as batches

    chosen = Scope(scope) if scope else Scope.SYSTEM if os.geteuid() == 0 else Scope.USER
    options, source = target.options_of(chosen, podman, host_file, host_units, here=not to_stdout and not output)
    folders = None if to_stdout else batches.Folders.of(output, systemd_dir, chosen)
    isolation = policies.pop("", Isolation.AUTO)
    options = replace(options, isolation=isolation, isolations=policies, log_driver=LogDriver(log_driver))
    options = replace(options, health_events=health_events)
    batch = batches.Batch(options, quiet=quiet, as_json=as_json)
    batch.introduce(source, folders.quadlets if folders else None)
    batch.convert(common.requests(**project))
    batch.check_names(project["profiles"])
    batch.compare()
    if folders and not output:
        batch.compare_with_host()
    if folders and not batch.failed:
        batch.write(folders, force)
    batch.report(with_units=to_stdout)
    sys.exit(2 if batch.failed else 1 if strict and batch.warned else 0)
