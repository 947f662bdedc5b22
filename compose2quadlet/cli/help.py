"""``help``: topics, and the help of commands, by name."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

import click

from compose2quadlet import topics
from compose2quadlet.report import output

MAX_WIDTH = 100
"""The widest lines that are easy to read."""

LOOKS: dict[str, dict[str, Any]] = {
    "heading": {"bold": True, "underline": True},
    "code": {"fg": "cyan"},
    "strong": {"bold": True},
}


def _names() -> list[str]:
    from compose2quadlet.cli import COMMANDS

    return [*COMMANDS, *topics.NAMES]


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _names() if name.startswith(incomplete)]


@click.command("help", short_help="Show a topic, or the help of a command.")
@click.argument("topic", required=False, shell_complete=_complete)
@click.option(
    "--for",
    "path",
    type=click.Path(),
    metavar="PATH",
    help="With the topic 'migration': a runbook for the project in PATH, with its own names.",
)
@click.option("--user", default="", metavar="NAME", help="With --for: the login user who will run the project.")
@click.pass_context
def command(context: click.Context, topic: str | None, path: str | None, user: str) -> None:
    """Show a topic, or the help of a command. Without TOPIC, list both.

    \b
    Examples:
      compose2quadlet help isolation
      compose2quadlet help convert
      compose2quadlet help migration --for ~/stacks/immich
    """
    from compose2quadlet.cli import COMMANDS, main

    if path is not None:
        if topic != "migration":
            raise click.UsageError("--for is an option of the topic 'migration'.")
        _shown(_runbook(path, user))
    elif topic is None:
        output.tell(_listing())
    elif topic in COMMANDS:
        described = main.get_command(context, topic)
        assert described
        with click.Context(described, info_name=topic, parent=context.parent) as inner:
            output.tell(described.get_help(inner) + "\n")
    elif topic in topics.NAMES:
        _show(topic)
    else:
        raise click.BadParameter(f"there is no topic or command {topic!r}.{_advice(topic)}", param_hint="TOPIC")


def _listing() -> str:
    from compose2quadlet.cli import COMMANDS

    formatter = click.HelpFormatter()
    with formatter.section("Topics"):
        formatter.write_dl([(name, topics.title(name)) for name in topics.NAMES])
    with formatter.section("Commands"):
        formatter.write_dl(list(COMMANDS.items()))
    formatter.write("\ncompose2quadlet help NAME shows one of them.\n")
    return formatter.getvalue().lstrip()


def _show(topic: str) -> None:
    """Print a topic: styled and, if it is longer than the screen, paged on a terminal; as plain text elsewhere."""
    text = topics.text(topic)
    if topic == "keys":
        text += _table_of_keys()
    _shown(text)


def _runbook(path: str, user: str) -> str:
    """The runbook of a project, for the system if root asks, and no other user is named. Exits with 2 if the project
    cannot be converted."""
    import pwd
    from dataclasses import replace

    from compose2quadlet.cli import common, options
    from compose2quadlet.diagnostics import Severity
    from compose2quadlet.host.migrate import planning
    from compose2quadlet.report import runbook
    from compose2quadlet.run import convert_all

    if not user and os.geteuid() != 0:
        user = pwd.getpwuid(os.geteuid()).pw_name
    with common.failing():
        runner = planning.runner_of(user)
        host = planning.known(runner)
        login = planning.subordinate(runner, host)
        chosen = replace(options.migration_options(user, {}), host=host)
        run = common.with_crashes(convert_all(common.requests((path,), (), "", "", (), ()), chosen))
        errors = [d for found in run.said for d in found if run.failed and d.severity is Severity.ERROR]
        if not errors and run.conversions:
            return runbook.text(runbook.Runbook(run.conversions[0], login, user))
        common.show(errors)
    sys.exit(2)


def _shown(text: str) -> None:
    """Print Markdown."""
    from compose2quadlet.report.markdown import layout, parse

    terminal = sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR")
    width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
    output.page(layout(parse(text), width, _styled if colour else None), styled=colour)


def _styled(text: str, look: str) -> str:
    return click.style(text, **LOOKS[look])


def _table_of_keys() -> str:
    from compose2quadlet.lowering.explain import entries

    rows = (f"| `{e.name}` | {e.short()} |" for e in entries())
    return "\n".join(["\n## All keys\n", "| key | becomes |", "|---|---|", *rows, ""])


def _advice(topic: str) -> str:
    """What the user may have meant: a similar name, or a compose key."""
    import difflib

    from compose2quadlet.lowering.explain import entries

    if close := difflib.get_close_matches(topic, _names(), 3):
        return f" Did you mean {' or '.join(close)}?"
    if any(topic in (e.name, e.key) for e in entries()):
        return f" For the compose key: compose2quadlet explain {topic}"
    return " 'compose2quadlet help' lists all."
