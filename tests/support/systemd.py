"""What systemd makes of a command line in a unit.

Source: systemd.service(5) "Command lines", systemd.syntax(7) "Quoting"; of the escapes and specifiers only those
that a generator writes.
"""

from __future__ import annotations

import re

SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "s": 32, "\\": 92, '"': 34, "'": 39}
SPECIAL = re.compile(r"\$\{(\w+)\}|\$\$|%%|%.|\$")


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


def _special(found: re.Match[str], variables: dict[str, str]) -> str:
    if found[1]:
        return variables[found[1]]
    return found[0][0] if found[0] in ("$$", "%%") else f"<{found[0]}>"


def words(line: str) -> list[tuple[str, bool]]:
    """The words of a line, and whether any of it was quoted."""
    out: list[tuple[str, bool]] = []
    word, quote, quoted, at = bytearray(), "", False, 0
    while at < len(line):
        char = line[at]
        at += 1
        if char == "\\":
            code, used = _escape(line[at:])
            word += code
            at += used
        elif char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote, quoted = char, True
        elif not quote and char in " \t\n":
            if word or quoted:
                out.append((word.decode(), quoted))
            word, quoted = bytearray(), False
        else:
            word += char.encode()
    assert not quote, f"a quote is not closed: {line}"
    return [*out, (word.decode(), quoted)] if word or quoted else out


def _escape(rest: str) -> tuple[bytes, int]:
    """The bytes of the escape whose backslash stands before ``rest``, and how many characters it has after it."""
    kind = rest[0]
    if kind in SIMPLE:
        return bytes([SIMPLE[kind]]), 1
    if kind == "x":
        return bytes([int(rest[1:3], 16)]), 3
    if kind in "uU":
        digits = 4 if kind == "u" else 8
        return chr(int(rest[1 : 1 + digits], 16)).encode(), 1 + digits
    return bytes([int(rest[:3], 8)]), 3
