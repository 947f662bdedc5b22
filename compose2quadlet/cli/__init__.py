"""The command line. One thin module for each command; each imports what it needs when it runs."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from compose2quadlet import __version__
from compose2quadlet.diagnostics import Diagnostic, Severity, lines
from compose2quadlet.host import signals

COMMANDS = {
    "convert": "Convert compose projects to Quadlet units.",
    "diff": "Show what converting or applying would change in files.",
    "apply": "Put converted units into place, and start what changed.",
    "rollback": "Put back what was there before the last apply.",
    "status": "Show the services of projects, and how they are.",
    "remove": "Take out the units of a project; its data stays.",
    "check": "Check projects and units without changing anything.",
    "config": "Print a project as Docker Compose understands it.",
    "explain": "Explain what becomes of a compose key.",
    "inventory": "List what runs under Docker on this host, and its data.",
    "migrate": "Move running projects from Docker to systemd, with their data.",
    "verify": "Compare a project under Podman with what it was under Docker.",
    "facts": "Print facts about this host, for 'convert --host'.",
    "graph": "Draw services, networks, volumes and host units.",
    "report": "Write a page that shows what becomes of every line.",
    "help": "Show a topic, or the help of a command.",
}


class Lazy(click.Group):
    """A group that imports a command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Convert Docker Compose projects to Podman Quadlet units for systemd.

    \b
    Examples:
      compose2quadlet convert ~/stacks/immich            into ~/.config/containers/systemd
      compose2quadlet convert ~/stacks/* -o units/       a whole homelab, into a directory for review
      compose2quadlet check ~/stacks/*                   everything that can be known before a start
      compose2quadlet report ~/stacks/* -o report.html   a page for the review
      compose2quadlet config ~/stacks/immich             the project as Docker Compose sees it
      compose2quadlet explain cap_add                    what becomes of a compose key
      compose2quadlet help isolation                     read about a subject

    \b
    Shell completion, for bash (also zsh_source, fish_source):
      eval "$(_COMPOSE2QUADLET_COMPLETE=bash_source compose2quadlet)"
    """


def run() -> None:
    """The console script; exits with 0, 1 (findings) or 2 (could not run), or dies of the signal that stopped it."""
    from compose2quadlet.report.output import OutputError, prepare, say

    # What a run makes it keeps to its end, and cycles are few: looking for garbage takes a tenth of the time.
    gc.disable()
    prepare()
    signals.stoppable()
    try:
        status = _last_words(_run)
    except signals.StoppedError as e:
        with suppress(OSError, OutputError):  # the terminal itself may be gone
            say(f"Stopped by {e}.")
        signals.die(e)
    if status == 2:
        # Python must not try again to write the buffers at exit.
        sys.stdout = sys.stderr = None
    sys.exit(status)


def _run() -> int:
    """Run the command and return its exit status. Raises unexpected exceptions."""
    from compose2quadlet.report.output import say, written

    try:
        with written():
            status = main.main(standalone_mode=False)
    except click.Abort:
        say("Interrupted.")
        return 2
    except click.ClickException as e:
        if isinstance(e, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            e.show()  # the help, which contains no text of the user
            return 2
        if isinstance(e, click.UsageError) and e.ctx is not None:
            say(e.ctx.get_usage())
            say(f"Try '{e.ctx.command_path} --help' for help.")
            say()
        say(f"Error: {e.format_message()}")
        return 2
    except SystemExit as e:
        status = e.code
    return status if isinstance(status, int) else 0


def _last_words(work: Callable[[], int]) -> int:
    """The exit status of ``work``; 2 if it ends with an exception, which is reported with advice."""
    from compose2quadlet.report.crash import internal_error, trace
    from compose2quadlet.report.output import OutputError, say_all

    try:
        return work()
    except OutputError as e:
        found = Diagnostic("output-unwritable", Severity.ERROR, f"cannot write the output: {e}")
        # If the reader of a pipe is gone, there is nobody to tell.
        said = [*lines([found])] if str(e) else []
    except Exception as e:
        said = [*lines([internal_error(e, "running the command")]), *trace(e)]
    with suppress(OutputError):
        say_all(said)
    return 2
