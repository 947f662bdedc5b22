"""``diff``: what is there against what would be written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.report import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compose2quadlet.applying import FileChange
    from compose2quadlet.host.layout import Layout
    from compose2quadlet.run import Run


@click.command("diff", short_help="Show what converting or applying would change in files.")
@options.project_options
@options.output_option("Compare with the units in DIR")
@click.option("--stat", is_flag=True, help="Only count the lines that change in each file.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are differences.")
@options.reveal_option
@options.target_options
def command(
    directory: str | None, stat: bool, exit_code: bool, reveal: bool, paths: tuple[str, ...], **given: Any
) -> None:
    """Show, as a unified diff, what converting or applying would change. Nothing is written.

    PATH is a project, or one directory that 'convert -o' wrote; then that is compared with where Podman reads units.

    Files that are new, changed, removed, and edited since they were written are told apart. Values that may be
    passwords are hidden.

    \b
    Examples:
      compose2quadlet diff ~/stacks/immich
      compose2quadlet diff ~/stacks/* -o units/ --stat
      compose2quadlet diff units/
      compose2quadlet diff ~/stacks/* --exit-code > /dev/null || echo "there is something to apply"
    """
    from compose2quadlet.host.layout import layout
    from compose2quadlet.host.manifest import is_output

    with common.failing():
        if len(paths) == 1 and is_output(paths[0]):
            from compose2quadlet.host.apply import states

            source = states.source(paths[0])
            where = states.absolute(layout(directory, None, source.scope))
            wanted = source.placed(where)
            found = states.changes(where, wanted, states.leaving(where, wanted, source.projects))
            show(found, None, stat, reveal)
        else:
            run, where = _converted(directory, paths, **given)
            found = compared(run, where, stat, reveal)
    sys.exit(1 if exit_code and found else 0)


def _converted(directory: str | None, paths: tuple[str, ...], **given: Any) -> tuple[Run, Layout]:
    from compose2quadlet.host.layout import layout
    from compose2quadlet.run import convert_all

    project = options.project_of({"paths": paths, **given})
    for name in ("files", "project_name", "project_directory", "env_files", "profiles"):
        given.pop(name)
    requests = common.requests(**project)
    chosen, _ = options.options_of(**given, here=not directory, requests=requests)
    run = common.with_crashes(convert_all(requests, chosen, project["profiles"]))
    return run, layout(directory, None, chosen.scope)


def compared(run: Run, where: Layout, stat: bool, reveal: bool) -> list[FileChange]:
    """Show the differences between the files of a run and those that are there, and return them. Exits with 2 if a
    project cannot be converted. Raises RefusedError and OSError."""
    from compose2quadlet.diagnostics import Severity
    from compose2quadlet.host.apply import states
    from compose2quadlet.host.put import files_of

    if run.failed:
        for found in run.said:
            common.show(d for d in found if d.severity is Severity.ERROR)
        sys.exit(2)
    where = states.absolute(where)
    wanted = files_of(run, where)
    projects = {made.project.name for made in run.conversions}
    changes = states.changes(where, wanted, states.leaving(where, wanted, projects))
    warnings = sum(d.severity is Severity.WARNING for found in run.said for d in found)
    show(changes, warnings + sum(len(o.log.unset) for o in run.outcomes), stat, reveal)
    return changes


def show(changes: Sequence[FileChange], warnings: int | None, stat: bool, reveal: bool) -> None:
    """Print changes of files, and how many there are."""
    from compose2quadlet.report import diff

    if stat:
        output.tell_all(diff.stat(changes, common.relative) if changes else ())
    else:
        output.tell_all(diff.unified(changes, common.relative, reveal))
    output.say(diff.summary(changes, warnings))
