"""The command line. One thin module for each command; each imports what it needs when it runs."""

from __future__ import annotations

import importlib
import sys

import click

from compose2quadlet import __version__

COMMANDS = {
    "convert": "Convert compose projects to Quadlet units.",
    "config": "Print a project as Docker Compose understands it.",
    "explain": "Explain what becomes of a compose key.",
    "facts": "Print facts about this host, for 'convert --host'.",
    "help": "Show a topic, or the help of a command.",
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
    """Convert Docker Compose projects to Podman Quadlet units for systemd.

    \b
    Examples:
      compose2quadlet convert ~/stacks/immich            into ~/.config/containers/systemd
      compose2quadlet convert ~/stacks/* -o units/       a whole homelab, into a directory for review
      compose2quadlet config ~/stacks/immich             the project as Docker Compose sees it
      compose2quadlet explain cap_add                    what becomes of a compose key
      compose2quadlet help isolation                     read about a subject

    \b
    Shell completion, for bash (also zsh_source, fish_source):
      eval "$(_COMPOSE2QUADLET_COMPLETE=bash_source compose2quadlet)"
    """


def run() -> None:
    """The console script; exits with 0, 1 (findings) or 2 (could not run)."""
    try:
        try:
            main.main(standalone_mode=True)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is left to say to it.
        sys.stdout = None
        sys.exit(2)
    except OSError as e:
        sys.stdout = None
        click.echo(f"error[output-unwritable] cannot write the output: {(e.strerror or str(e)).lower()}", err=True)
        sys.exit(2)
