"""``apply``: puts converted units into place."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compose2quadlet.cli import common, options, placing
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.applying import FileChange
    from compose2quadlet.host.apply.states import Source
    from compose2quadlet.host.apply.work import Prepared, Work
    from compose2quadlet.host.changes import File

EDITED = {"o": "ours", "k": "keep", "d": "drop-in", "q": "quit"}


@click.command("apply", short_help="Put converted units into place, and start what changed.")
@click.argument("directory", type=click.Path(), metavar="DIR")
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@placing.yes_option
@click.option(
    "--edited",
    type=click.Choice([*EDITED.values()][:-1]),
    help="What to do with files that were edited since they were written: replace them, keep them, or move the edit"
    " into a drop-in  [default: ask].",
)
@click.option(
    "--recreate", multiple=True, metavar="NAME", help="Delete a network or volume that changed, and create it again."
)
@click.option("--force", is_flag=True, help="Replace files that this tool did not write; 'rollback' brings them back.")
@click.option("--rollback-on-failure", "back", is_flag=True, help="If a unit does not start, put everything back.")
@placing.timeout_option
@options.reveal_option
@placing.json_option
def command(directory: str, **given: Any) -> None:
    """Put the units in DIR, which 'convert -o DIR' wrote, where Podman reads them, and start or restart what changed.

    First, the plan is shown. Images are pulled while everything still runs. Then the files are replaced, all or none,
    and only services that changed themselves restart: a comment or a description restarts nothing.

    The exit code is 0 if everything runs, 1 if a unit did not start, and 2 if nothing was done.

    \b
    Examples:
      compose2quadlet apply units/ --dry-run
      compose2quadlet apply units/
      compose2quadlet apply units/ --yes --rollback-on-failure
      compose2quadlet apply units/ --edited drop-in
    """
    status = 2
    with common.failing():
        status = _run(directory, **given)
    sys.exit(status)


def _run(
    directory: str,
    dry_run: bool,
    yes: bool,
    edited: str | None,
    recreate: tuple[str, ...],
    force: bool,
    back: bool,
    timeout: float,
    reveal: bool,
    as_json: bool,
) -> int:
    from compose2quadlet.host.apply import records, states, work
    from compose2quadlet.report import applied

    source = states.source(directory)
    at = placing.work_of(source.scope, timeout)
    with contextlib.nullcontext() if dry_run else records.locked(at.at):
        wanted = _decided(at, source, edited, yes or dry_run, reveal)
        if wanted is None:
            output.say("Nothing was changed.")
            return 2
        p = _prepared(at, source, *wanted)
        if not force:
            work.foreign(p.plan.files)
        if not as_json:
            placing.tell_plan(at, p)
        again = {name for _, name in work.objects(p).values()} & {*recreate}
        if dry_run or (p.empty and not again):
            if as_json:
                output.deliver_json(applied.document(p.plan, applied=False))
            return 0
        if not placing.sure("Apply this?", yes):
            output.say("Nothing was changed.")
            return 2
        work.pull(at, p)
        failed = work.execute(at, p, again)
        placing.tell_failed(failed)
        left = _undone(at, as_json) if failed and back else None
        if as_json:
            output.deliver_json(
                applied.document(p.plan, placing.as_dicts(failed), applied=True, rolled_back=left is not None)
            )
        return 1 if failed else 0


def _prepared(at: Work, source: Source, wanted: Mapping[Path, File], leave: Sequence[Path]) -> Prepared:
    from compose2quadlet.host.apply import work

    return work.prepare(at, wanted, leave, source.options(at.where), f"apply {source.folder}")


def _undone(at: Work, as_json: bool) -> list[str]:
    from compose2quadlet.host.apply import work

    output.say("Putting everything back.")
    left = work.undo(at, *work.unready(at))
    if left:
        output.say(f"Not active again: {', '.join(left)}")
    return left


# ---------------------------------------------------------------- edited files


def _decided(
    at: Work, source: Source, edited: str | None, silent: bool, reveal: bool
) -> tuple[dict[Path, File], list[Path]] | None:
    """The files to write and to remove, after what is asked about edited ones; None to change nothing."""
    from compose2quadlet.applying import Kind
    from compose2quadlet.diagnostics import Position, refuse
    from compose2quadlet.host.apply import states

    wanted = source.placed(at.where)
    leave = states.leaving(at.where, wanted, source.projects)
    for change in states.changes(at.where, wanted, leave):
        if change.kind is not Kind.EDITED:
            continue
        if edited is None and silent:
            hint = "Say what to do: --edited ours, keep or drop-in."
            raise refuse("edited-file", "it was edited since it was written", hint, position=Position(change.path))
        answer = edited or _asked(change, reveal)
        if answer in ("", "quit"):
            return None
        path = Path(change.path)
        if answer == "keep":
            wanted.pop(path, None)
            leave = [other for other in leave if other != path]
        elif answer == "drop-in":
            wanted.update(_moved(at, change))
    return wanted, leave


def _asked(change: FileChange, reveal: bool) -> str:
    from compose2quadlet.report import diff

    output.say_all(diff.unified([change], common.relative, reveal))
    question = "Take [o]urs, [k]eep yours, move the edit into a [d]rop-in, or [q]uit? "
    answers = EDITED if _can_move(change) else {k: v for k, v in EDITED.items() if k != "d"}
    question = question if _can_move(change) else "Take [o]urs, [k]eep yours, or [q]uit? "
    return placing.choice(question, {**answers, **{v: v for v in answers.values()}})


def _can_move(change: FileChange) -> bool:
    return change.after is not None and change.name.endswith((".container", ".network", ".volume", ".build"))


def _moved(at: Work, change: FileChange) -> dict[Path, File]:
    """The drop-in with an edit."""
    from compose2quadlet.diagnostics import Position, refuse
    from compose2quadlet.host.apply import dropin, records

    if not _can_move(change):
        hint = "Take ours or keep yours: --edited ours or keep."
        raise refuse("edited-file", "this file can have no drop-in", hint, position=Position(change.path))
    base = records.written(at.at, change.path) or change.after or ""
    made = dropin.moved(Path(change.path), base, change.before or "", change.project, change.private)
    return {made[0]: made[1]} if made else {}
