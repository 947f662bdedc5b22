"""``report``: the page for the review."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.report import output


@click.command("report", short_help="Write a page that shows what becomes of every line.")
@options.project_options
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write into FILE  [default: print].",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown"]),
    help="A page, or Markdown for a pull request  [default: by the extension of FILE, or html].",
)
@options.reveal_option
@click.option(
    "--allow", "allowed", multiple=True, metavar="SLUG", callback=options.known_slugs, help="Allow findings: see check."
)
@options.target_options
def command(file: str | None, form: str | None, reveal: bool, allowed: tuple[str, ...], **given: Any) -> None:
    """Write a page for the review: compose lines beside the directives that they become, with every key accounted for;
    findings, decisions, what is exposed, and a graph.

    The page is one file. It needs no network, and works without JavaScript. Values that may be credentials are hidden.
    Only FILE is written.

    \b
    Examples:
      compose2quadlet report ~/stacks/* -o report.html
      compose2quadlet report ~/stacks/immich --format markdown >> pull-request.md
    """
    from compose2quadlet.cli.check import checked_of
    from compose2quadlet.report.review import views
    from compose2quadlet.report.summary import summary

    checked = checked_of(allowed, **given)
    found = views(checked, _text, common.relative, reveal)
    if (form or ("markdown" if file and file.endswith(".md") else "html")) == "html":
        from compose2quadlet.report.page import page

        text = page(checked, found, common.relative)
    else:
        text = summary(checked, found)
    if file is None:
        output.deliver(text)
    else:
        _write(file, text)
    sys.exit(2 if checked.crashed else 0)


def _text(file: str) -> str:
    """The text of a compose file; empty for one that cannot be read again, such as standard input."""
    from compose2quadlet.diagnostics import RefusedError
    from compose2quadlet.loader import files

    try:
        return files.read(file, "compose file").decode("utf-8", "replace") if file != "-" else ""
    except RefusedError:
        return ""


def _write(file: str, text: str) -> None:
    """Write a file, all of it or none. Raises click.ClickException."""
    data, folder = text.encode("utf-8", "replace"), os.path.dirname(os.path.abspath(file))
    temporary = os.path.join(folder, f".{os.path.basename(file)}.{os.getpid()}")
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "wb") as f:
                f.write(data)
            os.replace(temporary, file)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as e:
        raise click.ClickException(f"cannot write {file}: {(e.strerror or str(e)).lower()}") from e
