"""Tables for people: aligned columns in a pipe; on a terminal, drawn to its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compose2quadlet.diagnostics import printable
from compose2quadlet.frozen import frozen

GAP = "  "


@frozen()
class Table:
    """A table. A column whose heading starts with ``>`` is aligned to the right. ``colours`` has a colour for a cell by
    its whole text, where it has one."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    colours: tuple[tuple[str, str], ...] = ()


def plain(tables: Iterable[Table]) -> str:
    """Tables as text without styles, one below the other. Empty ones are left out."""
    return "\n".join("".join(f"{line}\n" for line in _lines(table)) for table in tables if table.rows)


def _lines(table: Table) -> Iterable[str]:
    rows = [tuple(name.lstrip(">") for name in table.columns), *([printable(c) for c in row] for row in table.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    yield table.title
    for row in rows:
        yield f"  {GAP.join(_cell(*part) for part in zip(row, widths, table.columns, strict=True))}".rstrip()


def _cell(text: str, width: int, column: str) -> str:
    return text.rjust(width) if column.startswith(">") else text.ljust(width)


def drawn(tables: Iterable[Table], width: int, colour: bool) -> str:
    """Tables for a terminal with so many columns; cells that are too long are continued below."""
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    out = StringIO()
    system = "standard" if colour else None
    console = Console(file=out, width=width, force_terminal=colour, color_system=system, highlight=False)  # type: ignore[arg-type]
    for table in tables:
        if not table.rows:
            continue
        drawing = Drawing(title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for name in table.columns:
            drawing.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
        colours = dict(table.colours)
        for row in table.rows:
            drawing.add_row(*(Text(printable(cell), style=colours.get(cell, "")) for cell in row))
        console.print(drawing)
    return out.getvalue()


def joined(items: Sequence[str], most: int = 4) -> str:
    """The first few of some names, and how many more there are."""
    more = len(items) - most
    return ", ".join([*items[:most], *([f"{more} more"] if more > 0 else [])])


def size(count: int | None) -> str:
    """A number of bytes, in units of 1000 as ``df -H`` prints them; ``?`` where it is unknown."""
    if count is None:
        return "?"
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
