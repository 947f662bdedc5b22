"""What systemd makes of the text of a unit: its lines, and the words of a command line.

Sources: systemd.syntax(7), systemd.service(5) "Command lines", and systemd's ``conf-parser.c``, ``utf8.c`` and
``extract-word.c``; of the escapes and specifiers only those that a generator writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "s": 32, "\\": 92, '"': 34, "'": 39}
SPECIAL = re.compile(r"\$\{(\w+)\}|\$\$|%%|%.|\$", re.DOTALL)
ENDS = re.compile("[\n\r\0]")
"""What ends a line: not the line feed alone."""

BLANK = " \t\n\r"
MAX_LINE = 1 << 20
"""The longest line, in bytes; with a longer one, the file is not read."""

MAX_WORD = 128 * 1024 - 1
"""The longest argument of a program, in bytes; a command line with a longer one cannot be started."""


class UnreadableError(ValueError):
    """systemd would not read the file."""


def lines(text: str) -> Iterator[tuple[str, str, str]]:
    """The assignments of a unit as (section, key, value). Raises UnreadableError where the file is not read."""
    section, held = "", ""
    for raw in (*ENDS.split(text), ""):
        if len(raw.encode("utf-8", "surrogateescape")) >= MAX_LINE:
            raise UnreadableError("a line is too long")
        row = raw.lstrip(BLANK)
        if row[:1] in ("#", ";"):
            continue
        if not held and not row:
            continue
        row, held = held + row, ""
        if (len(row) - len(row.rstrip("\\"))) % 2:
            held = row[:-1] + " "
            continue
        if not valid(row):
            continue
        row = row.strip(BLANK)
        if row.startswith("["):
            if not row.endswith("]"):
                raise UnreadableError(f"an invalid section header: {row[:80]}")
            section = row[1:-1]
            continue
        key, equals, value = row.partition("=")
        if equals:
            yield section, key.rstrip(BLANK), value.lstrip(BLANK)


def valid(text: str) -> bool:
    """Whether systemd takes a text for UTF-8: noncharacters of Unicode are none to it, and it ignores their line."""
    if text.isascii():
        return True
    return not any("\ud800" <= c <= "\udfff" or "\ufdd0" <= c <= "\ufdef" or (ord(c) & 0xFFFE) == 0xFFFE for c in text)


def commands(line: str, variables: dict[str, str]) -> list[list[str]]:
    """The commands of an ``ExecStart=``, each as its words; a lone ``;`` stands between them.

    A specifier, and a dollar sign that is not doubled, are shown in angle brackets: they are no text.
    """
    found: list[list[str]] = [[]]
    for text, quoted in words(line):
        if text == ";" and not quoted:
            found.append([])
        else:
            found[-1].append(SPECIAL.sub(lambda m: _special(m, variables), text))
    return found


def plain(text: str) -> str:
    """A value in which specifiers count, but no variables."""
    return re.sub("%%|%.|%$", lambda m: "%" if m[0] == "%%" else f"<{m[0]}>", text, flags=re.DOTALL)


def _special(found: re.Match[str], variables: dict[str, str]) -> str:
    if found[1]:
        return variables.get(found[1], f"<{found[0]}>")
    return found[0][0] if found[0] in ("$$", "%%") else f"<{found[0]}>"


def words(line: str, escapes: bool = True) -> list[tuple[str, bool]]:
    """The words of a line, and whether any of it was quoted. Without ``escapes``, as in lists of paths, a backslash
    only takes the next character as it is."""
    out: list[tuple[str, bool]] = []
    word, quote, quoted, at = bytearray(), "", False, 0
    while at < len(line):
        char = line[at]
        at += 1
        if char == "\\":
            assert at < len(line), f"a backslash at the end: {line[:200]}"
            code, used = _escape(line[at : at + 10]) if escapes else (line[at].encode(), 1)
            word += code
            at += used
        elif char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote, quoted = char, True
        elif not quote and char in BLANK:
            if word or quoted:
                out.append((word.decode("utf-8", "surrogateescape"), quoted))
            word, quoted = bytearray(), False
        else:
            word += char.encode("utf-8", "surrogateescape")
    assert not quote, f"a quote is not closed: {line[:200]}"
    return [*out, (word.decode("utf-8", "surrogateescape"), quoted)] if word or quoted else out


def _escape(rest: str) -> tuple[bytes, int]:
    """The bytes of the escape whose backslash stands before ``rest``, and how many characters it has after it."""
    kind = rest[:1]
    if kind in SIMPLE:
        return bytes([SIMPLE[kind]]), 1
    if kind == "x":
        return bytes([int(rest[1:3], 16)]), 3
    if kind in "uU" and kind:
        digits = 4 if kind == "u" else 8
        return chr(int(rest[1 : 1 + digits], 16)).encode(), 1 + digits
    return bytes([int(rest[:3], 8)]), 3
