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


@click.command("convert", short_help="Convert compose projects to Quadlet units.")
@common.project_options
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="DIR",
    callback=_filled,
    help="Write the units into DIR  [default: where Podman reads the units of the scope].",
)
@click.option(
    "--systemd-dir",
    type=click.Path(),
    metavar="DIR",
    callback=_filled,
    help="Write native units, such as targets, into DIR  [default: where systemd reads the units of the scope; with -o,"
    " systemd/ below it].",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the units instead of writing them.")
@click.option(
    "--scope",
    type=click.Choice([s.value for s in Scope]),
    help="Who runs the units: your service manager, or the system's. To install system units, run as root."
    "  [default: user; system for root]",
)
@click.option(
    "--podman-version",
    "podman",
    metavar="X.Y",
    callback=_version,
    help="Write units for this version of Podman  [default: the installed one, or 5.4].",
)
@click.option(
    "--isolation",
    "policies",
    multiple=True,
    metavar="[SERVICE=]POLICY",
    callback=_policies,
    help="Isolation policy, of all services or of one: auto, dynamic-user, userns, keep-id, none; see 'help isolation'"
    "  [default: auto].",
)
@click.option(
    "--log-driver",
    type=click.Choice([d.value for d in LogDriver]),
    default=LogDriver.JOURNALD.value,
    show_default=True,
    help="How output reaches the journal; see 'help logging'.",
)
@click.option("--health-events", is_flag=True, help="Let Podman log every health check.")
@target.host_options
@click.option("--force", is_flag=True, help="Overwrite files that this tool did not write.")
@click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print a report as JSON, with all diagnostics.")
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

    \b
    Afterwards:
      systemctl --user daemon-reload
      systemctl --user start immich.target
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
