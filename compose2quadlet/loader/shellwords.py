"""A command given as one text, split into words as Docker Compose does.

Source: go-shellwords, with neither variables nor backticks evaluated. It knows quotes and backslashes; it
stops at the first unquoted ``; & | < >``, and takes ``$(…)`` as part of a word.
"""

from __future__ import annotations

from compose2quadlet.loader.scalars import SURROGATE


def split(line: str) -> tuple[list[str], str]:
    """The words of ``line``, and what was left over behind a shell operator.

    Raises ValueError where a quote is not closed, or a parenthesis stands alone.
    """
    words: list[str] = []
    line = SURROGATE.sub("\ufffd", line)  # Go takes it apart by characters, and so loses what is none
    word, started = "", False
    quote = ""  # one of ' " ` ( for what is open
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
                raise ValueError("a parenthesis stands alone")
            quote, word = "(", word + char
            continue
        elif char in "\"'" and quote in ("", char):
            # An empty pair of quotes is a word as well.
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
