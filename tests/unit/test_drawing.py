"""Tables: aligned in a pipe, drawn on a terminal; no text in them reaches it unescaped."""

from __future__ import annotations

import pytest

from compose2quadlet.report.tables import Table, drawn, joined, plain, size

VOLUMES = Table("Volumes", ("NAME", ">SIZE"), (("data", "1.0 MB"), ("very-long-name", "12 B")), (("data", "red"),))
EVIL = Table("Names", ("NAME",), (("\x1b[31mred\x07",), ("[bold]not markup[/bold]",)))


def test_plain() -> None:
    assert plain([VOLUMES, Table("Empty", ("NAME",), ())]) == (
        "Volumes\n"
        "  NAME              SIZE\n"
        "  data            1.0 MB\n"
        "  very-long-name    12 B\n"
    )  # fmt: skip


def test_drawn() -> None:
    """To the width of the terminal, in colour only where that is wanted."""
    for width in (20, 80):
        text = drawn([VOLUMES, Table("Empty", ("NAME",), ())], width, colour=False)
        assert "data" in text
        assert "Empty" not in text
        assert "\x1b" not in text
        assert max(map(len, text.splitlines())) <= width
    assert "\x1b[31mdata" in drawn([VOLUMES], 80, colour=True)


def test_names_cannot_draw() -> None:
    for text in (plain([EVIL]), drawn([EVIL], 80, colour=False)):
        assert "\\u001b[31mred\\u0007" in text
        assert "[bold]not markup[/bold]" in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (69001216, "69.0 MB"),
        (123456789, "123 MB"),
        (5 * 10**12, "5.0 TB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes(count: int | None, text: str) -> None:
    assert size(count) == text


def test_many_names() -> None:
    assert joined(["a", "b"]) == "a, b"
    assert joined(list("abcdef")) == "a, b, c, d, 2 more"
