"""Makes the manual pages when a wheel is built: one for each command, by click-man, and one for each topic."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click_man.man import ManPage  # type: ignore[import-untyped]
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
TOOL = "compose2quadlet"


class ManPages(BuildHookInterface[Any]):
    """The hook of hatchling. An editable installation has no manual pages."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        folder = Path(tempfile.mkdtemp(prefix="compose2quadlet-man-"))
        for name, text in pages():
            (folder / name).write_text(text, encoding="utf-8")
            build_data["shared_data"][str(folder / name)] = f"share/man/man{name[-1]}/{name}"
        self.folder = folder

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            for page in self.folder.iterdir():
                page.unlink()
            self.folder.rmdir()


def pages() -> Iterator[tuple[str, str]]:
    """The manual pages by their file names. They do not have the date, so that equal sources make equal wheels."""
    sys.path.insert(0, str(ROOT))
    from compose2quadlet import __version__, topics
    from compose2quadlet.cli import main
    from compose2quadlet.report import markdown, roff

    source = f"{TOOL} {__version__}"
    with click.Context(main, info_name=TOOL, **main.context_settings) as context:
        commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
        more = [f"{TOOL}-{name}(1)" for name in commands]
        yield f"{TOOL}.1", command_page(context, source, commands, more)
        for name, command in commands.items():
            assert command
            with click.Context(command, info_name=name, parent=context) as inner:
                yield f"{TOOL}-{name}.1", command_page(inner, source, {}, [f"{TOOL}(1)"])
    for name in topics.NAMES:
        text = roff.page(f"{TOOL}-{name}", 7, source, TOOL, markdown.parse(topics.text(name)))
        yield f"{TOOL}-{name}.7", text


def command_page(context: click.Context, source: str, commands: dict[str, Any], more: list[str]) -> str:
    """The page of a command; ``commands`` are those below it, and ``more`` the pages to see also."""
    from compose2quadlet import topics
    from compose2quadlet.report import roff

    command = context.command
    about = command.help or ""
    page = ManPage(context.command_path)
    page.version, page.date = source, ""
    page.short_help = roff.escape((command.short_help or about.partition("\n")[0]).rstrip("."))
    page.synopsis = " ".join(command.collect_usage_pieces(context))
    page.description = "\n".join(roff.body(list(roff.described(about))))
    options = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    records = (option.get_help_record(context) for option in options)
    page.options = [(names, roff.escape(text)) for names, text in filter(None, records)]
    page.commands = [(name, roff.escape(below.short_help)) for name, below in commands.items()]
    pages = (*more, *(f"{TOOL}-{name}(7)" for name in topics.NAMES))
    also = ", ".join(f"\\fB{roff.escape(name[:-3])}\\fR{name[-3:]}" for name in pages)
    return f"{page}.SH SEE ALSO\n{also}\n"
