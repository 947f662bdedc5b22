"""Topics as manual pages: the blocks of ``markdown`` as roff macros. Sources: groff_man(7), tbl(1)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import assert_never

from compose2quadlet.report.markdown import Block, Code, Heading, Item, Paragraph, Table, pieces

FONTS = {"code": "B", "strong": "B", "": "R"}


SPECIAL = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"})
"""Characters that mean something to roff, or that it prints as others, which a shell would not understand."""


def escape(text: str) -> str:
    """Text escaped so that roff prints it literally, even with a dot at the start of a line."""
    return "\n".join(_guarded(line.translate(SPECIAL)) for line in text.split("\n"))


def _guarded(line: str) -> str:
    return f"\\&{line}" if line.startswith(".") else line


def page(name: str, section: int, source: str, manual: str, blocks: tuple[Block, ...]) -> str:
    """A manual page; ``source`` and ``manual`` appear in its footer and header. The first block is its heading, and the
    part of that after the colon says what the page is about."""
    head, *rest = blocks
    assert isinstance(head, Heading)
    about = head.text.partition(": ")[2] or head.text
    # The first line tells man to run the preprocessor for tables.
    lines = ["'\\\" t", f'.TH "{name.upper()}" "{section}" "" "{source}" "{manual}"', ".nh", ".SH NAME"]
    lines += [f"{escape(name)} \\- {inline(about)}", ".SH DESCRIPTION", *body(rest)]
    return "\n".join(lines) + "\n"


def body(blocks: list[Block]) -> Iterator[str]:
    """The lines of some blocks."""
    for block in blocks:
        match block:
            case Heading():
                text = "".join(part for part, _ in pieces(block.text))
                yield f".SH {escape(text.upper())}" if block.level < 3 else f".SS {escape(text)}"
            case Paragraph():
                yield from (".PP", inline(block.text))
            case Item():
                mark = "\\(bu" if block.mark == "-" else block.mark
                yield from (f'.IP "{mark}" {len(block.mark) + 2}', inline(block.text))
            case Code():
                yield from (".PP", ".RS 4", ".EX", *map(escape, block.lines), ".EE", ".RE")
            case Table():
                yield from _table(block)
            case _:
                assert_never(block)


def inline(text: str) -> str:
    """A text with its code and strong words in bold."""
    out = ""
    for part, look in pieces(text):
        out += f"\\f{FONTS[look]}{part.translate(SPECIAL)}\\fR" if look else part.translate(SPECIAL)
    return _guarded(out)


def _table(table: Table) -> Iterator[str]:
    """A table whose cells are blocks of text, so that they are wrapped."""
    columns = len(table.rows[0])
    yield from (".PP", ".TS", " ".join(["lb"] * columns), " ".join(["l"] * (columns - 1) + ["lx"]) + ".")
    head, *rows = table.rows
    yield "\t".join(map(inline, head))
    for row in rows:
        yield "\t".join(f"T{{\n{inline(cell)}\nT}}" for cell in row)
    yield ".TE"


def described(text: str) -> Iterator[Block]:
    """The blocks of a command's help, in which a paragraph after a line ``\\b`` keeps its lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        first, *rest = paragraph.strip("\n").split("\n")
        if first != "\b":
            yield Paragraph(" ".join((first, *rest)))
            continue
        if rest[0].endswith(":"):
            yield Paragraph(rest.pop(0))
        yield Code(tuple(line.removeprefix("  ") for line in rest))
