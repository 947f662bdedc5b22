"""The one place that prints. Nothing else in the command line writes to the terminal, or to a pipe.

Text for people shows control and direction-changing characters as escapes, since names and values come from files of
others. The product, which a program may read, is printed as it is, in UTF-8 in any locale; but a terminal shows it like
the rest.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from compose2quadlet.diagnostics import Line, Styled, plain, printable

if TYPE_CHECKING:
    from compose2quadlet.report.tables import Table

UNWRITTEN = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""The errors that writing may raise."""


class OutputError(Exception):
    """The output cannot be written; the text says why. It is empty if the reader is gone."""


def prepare() -> None:
    """Keep streams from failing for characters that their encoding lacks, and files from replacing a closed stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, which is this one
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(*line: str | Styled) -> None:
    """Print a message line to stderr, in colour if that is a terminal and NO_COLOR is not set.

    Raises OutputError.
    """
    if sys.stderr is not None:
        _write(sys.stderr, _line(line, coloured()))


def meter(text: str) -> None:
    """Show how far something is on the last line of a terminal, in place of what was there. Raises OutputError."""
    if sys.stderr is not None:
        _write(sys.stderr, f"\r\x1b[K{printable(text)}")


def ask(question: str) -> str:
    """Print a question to stderr, and the line of the answer; empty at the end of input. Raises OutputError."""
    if sys.stderr is not None:
        _write(sys.stderr, printable(question))
    return sys.stdin.readline() if sys.stdin is not None else ""


def say_all(lines: Iterable[Line]) -> None:
    """Print message lines. Raises OutputError."""
    for line in lines:
        say(*line)


def tell_all(lines: Iterable[Line]) -> None:
    """Print requested lines for people to stdout, in colour like messages. Raises OutputError."""
    stream = _stdout()
    styled = stream.isatty() and not os.environ.get("NO_COLOR")
    _write(stream, "".join(_line(line, styled) for line in lines))


def tell(text: str) -> None:
    """Print requested text for people to stdout, line by line. Raises OutputError."""
    _write(_stdout(), _shown(text))


def deliver(text: str) -> None:
    """Print a product to stdout: to the byte in UTF-8, but shown like text for people on a terminal, whose last line
    ends. Raises OutputError."""
    stream = _stdout()
    if stream.isatty():
        _write(stream, _shown(text if text.endswith("\n") else f"{text}\n"))
    else:
        _write(stream, text, "utf-8")


def show(tables: Sequence[Table]) -> None:
    """Print tables to stdout: drawn on a terminal, in plain columns elsewhere. Raises OutputError."""
    from compose2quadlet.report.tables import drawn, plain

    stream = _stdout()
    if stream.isatty():
        _write(stream, drawn(tables, shutil.get_terminal_size().columns, not os.environ.get("NO_COLOR")))
    else:
        _write(stream, plain(tables))


def page(text: str, styled: bool) -> None:
    """Print this tool's own text, with its styles, to stdout; through a pager if the terminal is too small.

    Raises OutputError.
    """
    stream = _stdout()
    if stream.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
        # With None, click asks the pager to show styles, if it can, and removes them if it cannot.
        click.echo_via_pager(text, color=None if styled else False)
    else:
        _write(stream, text)


def deliver_json(value: Any) -> None:
    """Print a value as JSON to stdout. Raises OutputError."""
    deliver(f"{as_json(value)}\n")


def as_json(value: Any) -> str:
    """A value as JSON, with JSON's own escapes for all characters that cannot be shown."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # Outside texts, JSON has only line breaks and characters that can be shown.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def coloured() -> bool:
    """Whether stderr shows styles."""
    return sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")


@contextmanager
def progress(items: list[Any], label: str, hidden: bool) -> Iterator[Iterable[Any]]:
    """The items, with a progress bar if stderr is a terminal."""
    shown = not hidden and sys.stderr is not None and sys.stderr.isatty()
    with click.progressbar(items, label=label, file=sys.stderr, hidden=not shown) as bar:
        yield bar


@contextmanager
def written() -> Iterator[None]:
    """Turn errors while click itself prints, such as its help, into OutputError."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as e:
        if e.filename is None and e.errno in UNWRITTEN:
            raise _unwritten(e) from e
        raise


def _unwritten(error: OSError) -> OutputError:
    return OutputError("" if isinstance(error, BrokenPipeError) else (error.strerror or str(error)).lower())


def _line(line: Line, styled: bool) -> str:
    text = "".join(map(_painted, line)) if styled else plain(line)
    return f"{text}\n"


def _painted(part: str | Styled) -> str:
    if isinstance(part, Styled):
        return click.style(printable(part.text), fg=part.colour or None, bold=True) if part.text else ""
    return printable(part)


def _shown(text: str) -> str:
    """Text whose line breaks and tabs are intended; no other control characters in it reach the terminal."""
    return "".join(c if c in "\n\t" else printable(c) for c in text)


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise OutputError("it is closed")
    return sys.stdout


def _write(stream: TextIO, text: str, encoding: str | None = None) -> None:
    """Write to a stream in any encoding; a character that cannot be written becomes an escape."""
    try:
        stream.flush()
        if binary := getattr(stream, "buffer", None):
            binary.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
            binary.flush()
        else:
            stream.write(text)
    except OSError as e:
        raise _unwritten(e) from e
