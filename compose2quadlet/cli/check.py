"""``check``: everything that can be known about projects, and about units, before they are started."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.options import Options
    from compose2quadlet.report.findings import Checked
    from compose2quadlet.run import Run

FORMATS = ("text", "json", "sarif", "github")


@click.command("check", short_help="Check projects and units without changing anything.")
@options.project_options
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Output format. 'sarif' and 'github' are for code review.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="SLUG",
    callback=options.known_slugs,
    help="Do not count findings with this slug.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings, too.")
@options.target_options
@click.option("-q", "--quiet", is_flag=True, help="Only print warnings and errors.")
def command(form: str, allowed: tuple[str, ...], strict: bool, quiet: bool, **given: Any) -> None:
    """Check compose projects, and the units that they would become. Nothing is written.

    PATH is the directory of a project, its compose file, or a directory with units that this tool wrote. If Podman and
    systemd are installed, Podman's generator and 'systemd-analyze verify' read the units, too.

    The exit code is 0 if there are no errors, 1 if there are (with --strict: or warnings), and 2 if a project could not
    be checked.

    A comment in the compose file allows a finding, with a reason:

    \b
      ports: ["8080:80"]  # compose2quadlet: allow port-clash only one of the two ever runs

    \b
    Examples:
      compose2quadlet check ~/stacks/*
      compose2quadlet check ~/stacks/* --strict --allow anonymous-volume
      compose2quadlet check . --host none --podman-version 5.4 --format sarif > findings.sarif
      compose2quadlet check units/
    """
    from compose2quadlet.report.findings import summary, told

    checked = checked_of(allowed, **given)
    if form == "text":
        output.tell_all(told(checked, quiet, common.relative))
    else:
        _deliver(checked, form)
        if form != "json" and not quiet:
            output.say(summary(checked))
    sys.exit(checked.status(strict))


def _deliver(checked: Checked, form: str) -> None:
    from compose2quadlet.report import findings, sarif

    match form:
        case "json":
            output.deliver_json(findings.document(checked))
        case "sarif":
            output.deliver_json(sarif.document(checked, os.getcwd()))
        case _:
            output.tell("".join(f"{line}\n" for line in findings.github(checked, common.relative)))


def checked_of(allowed: tuple[str, ...], **given: Any) -> Checked:
    """The findings of the projects and directories that the options name."""
    from compose2quadlet.host.manifest import is_output
    from compose2quadlet.report.findings import Checked
    from compose2quadlet.run import Run, convert_all
    from compose2quadlet.run.allow import allow

    project = options.project_of(given)
    units = tuple(path for path in project["paths"] if is_output(path))
    project["paths"] = tuple(path for path in project["paths"] if path not in units)
    wanted = common.requests(**project) if project["paths"] or not units else []
    chosen, _ = options.options_of(**given, here=True, requests=wanted)
    run = common.with_crashes(convert_all(wanted, chosen, project["profiles"]) if wanted else Run(chosen, ()))
    skipped: tuple[str, ...] = ()
    if chosen.readable is not None:  # the units are for this host
        run, skipped = _asked(run)
    run, more = _with_units(run, units, chosen)
    return Checked(run, allow(run, allowed), tuple(dict.fromkeys((*skipped, *more))))


def _asked(run: Run) -> tuple[Run, tuple[str, ...]]:
    """The run with what this host says of its units, and what could not be asked."""
    from compose2quadlet.host.complaints import verified
    from compose2quadlet.host.layout import layout
    from compose2quadlet.host.others import met
    from compose2quadlet.host.put import compared
    from compose2quadlet.lowering.privacy import masked

    if not run.conversions:
        return run, ()
    return verified(met(compared(run), layout(None, None, run.options.scope)), masked)


def _with_units(run: Run, folders: tuple[str, ...], chosen: Options) -> tuple[Run, tuple[str, ...]]:
    """The run with an outcome for each directory of units, and what could not be checked."""
    from compose2quadlet.host.written import examined

    skipped: tuple[str, ...] = ()
    for folder in folders:
        outcome, said, more = examined(folder, chosen)
        run = replace(run, outcomes=(*run.outcomes, outcome), said=(*run.said, said))
        skipped += more
    return run, skipped
