"""The Markdown of the topics, on a terminal and as a manual page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from compose2quadlet import topics
from compose2quadlet.report import roff
from compose2quadlet.report.markdown import Block, Code, Heading, Item, Paragraph, Table, layout, parse


def looks(text: str, look: str) -> str:
    return f"<{look}:{text}>"


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("# A b", Heading(1, "A b")),
        ("### c", Heading(3, "c")),
        ("one\ntwo", Paragraph("one two")),
        ("#hash", Paragraph("#hash")),
        ("- one\n  two", Item("-", "one two")),
        ("12. one", Item("12.", "one")),
        ("-x", Paragraph("-x")),
        ("```sh\na\n\n- b\n```", Code(("a", "", "- b"))),
        ("| a | b |\n|---|---|\n| c | d\\|e |", Table((("a", "b"), ("c", "d|e")))),
    ],
    ids=str,
)
def test_read(text: str, block: Block) -> None:
    assert parse(text) == (block,)


def test_blank_lines_part_blocks() -> None:
    assert parse("a\n\nb\n- c\n- d\n\ne\n") == (
        Paragraph("a"),
        Paragraph("b"),
        Item("-", "c"),
        Item("-", "d"),
        Paragraph("e"),
    )


def test_items_and_tables_end_paragraphs_and_headings_end_both() -> None:
    assert parse("a\n| b |\n# c\nd") == (Paragraph("a"), Table((("b",),)), Heading(1, "c"), Paragraph("d"))


@pytest.mark.parametrize(
    ("text", "width", "plain"),
    [
        ("# A `b`", 80, "A b\n===\n"),
        ("one two three", 7, "one two\nthree\n"),
        ("a `b c` d", 4, "a `b\nc` d\n"),
        ("a toolongforthis b", 4, "a\ntoolongforthis\nb\n"),
        ("- one two\n- three", 9, "  - one\n    two\n  - three\n"),
        ("a\n\n```\n  x\n\ny\n```", 80, "a\n\n      x\n\n    y\n"),
        ("[label](file.md) and **strong**", 80, "label and strong\n"),
        ("| a | b |\n|---|---|\n| c | d |\n| e | f |", 80, "a  b\n-  -\nc  d\ne  f\n"),
        ("| a | b |\n|---|---|\n| c | d e |\n| f | g |", 4, "a  b\n-  -\nc  d\n   e\n\nf  g\n"),
    ],
    ids=str,
)
def test_plain_text(text: str, width: int, plain: str) -> None:
    assert layout(parse(text), width) == plain


def test_styles_take_the_place_of_backticks_and_no_room() -> None:
    text = "# Head\n\nfour `five six` [**seven**](x.md)."
    assert layout(parse(text), 9, looks) == ("<heading:Head>\n\nfour <code:five>\n<code:six>\n<strong:seven>.\n")


def test_tables_line_up_whatever_the_style() -> None:
    lines = layout(parse("| key | b |\n|---|---|\n| `c` | d |\n| plain | e |"), 80, looks).splitlines()
    assert lines == ["key    b", "-----  -", "<code:c>      d", "plain  e"]


@pytest.mark.parametrize("name", topics.NAMES)
def test_topics_fit_the_screen(name: str) -> None:
    """Only lines that must not be broken are wider: commands, and what is one word."""
    blocks = parse(topics.text(name))
    code = {f"    {line}" for block in blocks if isinstance(block, Code) for line in block.lines}
    for line in layout(blocks, 80).splitlines():
        assert len(line) <= 80 or line in code, line


@pytest.mark.parametrize("name", topics.NAMES)
def test_topics_are_in_the_part_of_markdown_that_is_read(name: str) -> None:
    text = topics.text(name)
    heading, *others = [b for b in parse(text) if isinstance(b, Heading)]
    assert heading.level == 1
    assert all(block.level > 1 for block in others)
    for block in parse(text):
        if isinstance(block, Paragraph | Item):
            assert not block.text.startswith(("#", "<", ">", "!", "* ", "+ ")), block
            assert block.text.count("`") % 2 == 0, block
        if isinstance(block, Table):
            assert len({len(row) for row in block.rows}) == 1, block


def test_titles() -> None:
    assert topics.title("isolation") == "Which user a service runs as"
    with pytest.raises(KeyError):
        topics.title("nothing")


# ---------------------------------------------------------------- manual pages


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("--for it's", r"\-\-for it\(aqs"),
        ("~/x `y` ^", r"\(ti/x \(gay\(ga \(ha"),
        (r"a\nb", r"a\enb"),
        (".PP\n'x\n..", "\\&.PP\n\\(aqx\n\\&.."),
    ],
    ids=str,
)
def test_roff_prints_each_character(text: str, printed: str) -> None:
    assert roff.escape(text) == printed


def test_help_texts_keep_the_lines_that_click_keeps() -> None:
    text = "One\ntwo.\n\n\b\nExamples:\n  a -b\n    c\n\n\b\nd\ne\n"
    assert tuple(roff.described(text)) == (
        Paragraph("One two."),
        Paragraph("Examples:"),
        Code(("a -b", "  c")),
        Code(("d", "e")),
    )


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man")
@pytest.mark.parametrize("name", topics.NAMES)
def test_man_reads_the_topics(name: str, tmp_path: Path) -> None:
    """Without a warning, and with all that is in them."""
    file = tmp_path / "page.7"
    blocks = parse(topics.text(name))
    file.write_text(roff.page("page", 7, "source", "manual", blocks))
    command = ["man", "--warnings=all", "--encoding=UTF-8", "--local-file", str(file)]
    env = {"PATH": "/usr/bin:/bin", "MANWIDTH": "200", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=env)
    assert done.stderr == ""
    printed = "".join(done.stdout.split())
    for block in blocks:
        for line in block.lines if isinstance(block, Code) else ():
            assert "".join(line.split()) in printed
        if isinstance(block, Paragraph) and "`" not in block.text and "[" not in block.text:
            assert "".join(block.text.split()) in printed
