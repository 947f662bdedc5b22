"""Splits a command that is written as one text into words, as Docker Compose does.

Source: go-shellwords, with neither variables nor backticks evaluated. It knows quotes and backslashes; it
stops at the first unquoted ``; & | < >``, and takes ``$(…)`` as part of a word.
"""

from __future__ import annotations

from compose2quadlet.loader.scalars import SURROGATE


def split(line: str) -> tuple[list[str], str]:
    """The words of ``line``, and the rest after a shell operator.

    Raises ValueError if a quote is not closed, or a parenthesis has no counterpart.
    """
    words: list[str] = []
    line = SURROGATE.sub("\ufffd", line)  # Go takes it apart by characters, and so loses what is none
    word, started = "", False
    quote = ""  # the open quote or parenthesis: one of ' " ` (
    escaped = False
    for i, char in enumerate(line):
        if escaped:
            word, started, escaped = word + char, True, False
            continue
        if char == "\\":
            if quote == "'":
                word += char
            else:
                escaped = True
            continue
        if char in " \t\r\n":
            if quote:
                word += char
            elif started:
                words.append(word)
                word, started = "", False
            continue
        if char == "`" and quote in ("", "`"):
            quote = "" if quote else "`"
        elif char == ")" and quote in ("", "("):
            quote = "" if quote else "("
        elif char == "(" and quote in ("", "("):
            if quote or not word.endswith("$"):
                raise ValueError("a parenthesis has no counterpart")
            quote, word = "(", word + char
            continue
        elif char in "\"'" and quote in ("", char):
            # An empty pair of quotes is a word, too.
            started = started or bool(quote)
            quote = "" if quote else char
            continue
        elif char in ";&|<>" and not quote:
            if char == ">" and word[:1].isdigit():
                started = False
            return [*words, word] if started else words, line[i:]
        word, started = word + char, True
    if escaped or quote:
        raise ValueError("a quote is not closed" if quote else "it ends with a backslash")
    return [*words, word] if started else words, ""
