"""The small part of Markdown that the topics use: parsed into blocks, and laid out for a terminal.

It has headings, paragraphs, lists without lists inside, fenced code and tables; inside text, code, strong words and
links. Manual pages are made from the same blocks, see ``roff``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import assert_never

from compose2quadlet.frozen import frozen

Style = Callable[[str, str], str]
"""Gives a text (first) the style of code, strong words or a heading (second)."""


@frozen()
class Heading:
    level: int
    text: str


@frozen()
class Paragraph:
    text: str


@frozen()
class Item:
    """One item of a list; ``mark`` is ``-`` or a number with its dot."""

    mark: str
    text: str


@frozen()
class Code:
    lines: tuple[str, ...]


@frozen()
class Table:
    """Rows of cells; the first row is the head."""

    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Item | Code | Table

HEADING = re.compile(r"(#{1,3}) (.+)")
ITEM = re.compile(r"(-|\d+\.) (.+)")
CELLS = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"\|[-|]+\|")
INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<label>[^]]+)\]\((?P<target>[^)]+)\)")


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text."""
    blocks: list[Block] = []
    lines = iter(text.splitlines())
    fresh = True  # whether the next line starts a new block
    for line in lines:
        last = blocks[-1] if blocks and not fresh else None
        fresh = False
        if line.startswith("```"):
            blocks.append(Code(tuple(iter(lambda: next(lines, "```"), "```"))))
            fresh = True
        elif not line.strip():
            fresh = True
        elif heading := HEADING.fullmatch(line):
            blocks.append(Heading(len(heading[1]), heading[2]))
            fresh = True
        elif line.startswith("|"):
            rows = last.rows if isinstance(last, Table) else ()
            if isinstance(last, Table):
                blocks.pop()
            blocks.append(Table(rows if RULE.fullmatch(line) else (*rows, _cells(line))))
        elif item := ITEM.fullmatch(line):
            blocks.append(Item(item[1], item[2]))
        elif isinstance(last, Item):
            blocks[-1] = Item(last.mark, f"{last.text} {line.strip()}")
        elif isinstance(last, Paragraph):
            blocks[-1] = Paragraph(f"{last.text} {line.strip()}")
        else:
            blocks.append(Paragraph(line.strip()))
    return tuple(blocks)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip().replace(r"\|", "|") for cell in CELLS.split(line.strip().strip("|")))


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a text, each with its style: ``code``, ``strong``, or empty. Of a link, the label is kept."""
    at = 0
    for match in INLINE.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], ""
        at = match.end()
        if match["label"]:
            yield from pieces(match["label"])
        else:
            yield (match["code"], "code") if match["code"] else (match["strong"], "strong")
    if at < len(text):
        yield text[at:], ""


# -------------------------------------------------------------------- for a terminal


Word = tuple[int, str]
"""The width of a word on the screen, and what is printed for it."""


def layout(blocks: tuple[Block, ...], width: int, style: Style | None = None) -> str:
    """The blocks as text of this width. Without a style, code keeps its backticks."""
    out: list[str] = []
    last: Block | None = None
    for block in blocks:
        if last is not None and not (isinstance(last, Item) and isinstance(block, Item)):
            out.append("")
        out += _laid_out(block, width, style)
        last = block
    return "\n".join(out) + "\n"


def _laid_out(block: Block, width: int, style: Style | None) -> list[str]:
    match block:
        case Heading():
            text = "".join(part for part, _ in pieces(block.text))
            return [style(text, "heading") if style else text, *([] if style else ["=-~"[block.level - 1] * len(text)])]
        case Paragraph():
            return [line for _, line in wrap(_words(block.text, style), width)]
        case Item():
            indent = " " * (len(block.mark) + 3)
            lines = [line for _, line in wrap(_words(block.text, style), width - len(indent))]
            return [f"  {block.mark} {lines[0]}", *(indent + line for line in lines[1:])]
        case Code():
            return [f"    {line}".rstrip() for line in block.lines]
        case Table():
            return list(_table(block, width, style))
    assert_never(block)


def _words(text: str, style: Style | None) -> list[Word]:
    words: list[Word] = [(0, "")]
    for part, look in pieces(text):
        if style is None and look == "code":
            part = f"`{part}`"
        for i, word in enumerate(part.split(" ")):
            if i:
                words.append((0, ""))
            printed = style(word, look) if style and look and word else word
            words[-1] = (words[-1][0] + len(word), words[-1][1] + printed)
    return [word for word in words if word[0]]


def wrap(words: list[Word], width: int) -> list[Word]:
    """The words in lines of at most this width, unless a word is wider."""
    lines: list[Word] = []
    for size, word in words:
        if lines and lines[-1][0] + 1 + size <= width:
            lines[-1] = (lines[-1][0] + 1 + size, f"{lines[-1][1]} {word}")
        else:
            lines.append((size, word))
    return lines or [(0, "")]


GAP = 2
"""Columns between two columns of a table."""


def _table(table: Table, width: int, style: Style | None) -> Iterator[str]:
    rows = [[_words(cell, style) for cell in row] for row in table.rows]
    widths = _widths(rows, width)
    cells = [[wrap(words, size) for words, size in zip(row, widths, strict=True)] for row in rows]
    tall = [any(len(lines) > 1 for lines in row) for row in cells]
    for i, row in enumerate(cells):
        if i > 1 and (tall[i - 1] or tall[i]):
            yield ""
        for parts in zip_longest(*row, fillvalue=(0, "")):
            padded = (text + " " * (size - used + GAP) for (used, text), size in zip(parts, widths, strict=True))
            yield "".join(padded).rstrip()
        if not i:
            yield (" " * GAP).join("-" * size for size in widths)


def _widths(rows: list[list[list[Word]]], width: int) -> list[int]:
    """The width of each column: what it needs, or a fair share of the available width, and never less than its longest
    word."""
    columns = list(zip(*rows, strict=True))
    needed = [max(sum(size + 1 for size, _ in words) - 1 for words in column) for column in columns]
    least = [max(size for words in column for size, _ in words) for column in columns]
    room, open_columns, widths = width - GAP * (len(columns) - 1), len(columns), [0] * len(columns)
    for i in sorted(range(len(columns)), key=lambda i: needed[i]):
        widths[i] = max(min(needed[i], room // open_columns), least[i])
        room, open_columns = room - widths[i], open_columns - 1
    return widths
