"""The command line. One thin module for each command; each imports what it needs when it runs."""

from __future__ import annotations

import contextlib
import importlib
import sys

import click

from compose2quadlet import __version__
from compose2quadlet.host import signals

COMMANDS = {
    "convert": "Write Quadlet units for compose projects.",
    "config": "Print a project as Docker Compose understands it.",
    "explain": "Say how a compose key is carried over.",
    "facts": "Print facts about this host, for 'convert --host'.",
}


class Lazy(click.Group):
    """A group whose commands are imported only when they are asked for."""

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
    """Turn Docker Compose projects into Podman Quadlet units for systemd.

    \b
    Examples:
      compose2quadlet convert ~/stacks/immich            into ~/.config/containers/systemd
      compose2quadlet convert ~/stacks/* -o units/       a whole homelab, into a folder for review
      compose2quadlet config ~/stacks/immich             the project, every default written out
      compose2quadlet explain cap_add                    how one key is carried over

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_COMPOSE2QUADLET_COMPLETE=bash_source compose2quadlet)"
    """


def run() -> None:
    """The console script; exits with 0, 1 (findings) or 2 (could not run), or dies of the signal that stopped it."""
    signals.stoppable()
    try:
        try:
            main.main(standalone_mode=True)
        finally:
            sys.stdout.flush()
    except signals.StoppedError as e:
        with contextlib.suppress(OSError):  # the terminal may be what went away
            click.echo(f"Stopped by {e}.", err=True)
        signals.die(e)
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is left to say to it.
        sys.stdout = None
        sys.exit(2)
    except OSError as e:
        sys.stdout = None
        click.echo(f"error[output-unwritable] cannot write the output: {(e.strerror or str(e)).lower()}", err=True)
        sys.exit(2)
