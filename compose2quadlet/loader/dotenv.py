"""Reads env files as Docker Compose does, which differs from a shell and from Podman.

Quotes, escapes, comments, ``export``, values over several lines, variables in values, names without
a value, CRLF and a byte order mark. Source: compose-go ``dotenv``, and for ``format: raw`` the key-value
parser of ``docker run --env-file``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from compose2quadlet.diagnostics import Position, refuse
from compose2quadlet.loader.interpolate import (
    Lookup,
    MissingError,
    TemplateError,
    TooLongError,
    Variables,
    required,
    substitute,
)
from compose2quadlet.loader.limits import too_much_text

SPACES = "\t\v\f\r \x85\xa0"
"""White space within a line, as Compose counts it."""

ESCAPES = re.compile(r'\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})')
LETTER_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


def parse(data: bytes, file: str, values: dict[str, str], lookup: Lookup, variables: Variables) -> None:
    """Read an env file into ``values``. Later values can use earlier ones.

    A variable in a value comes from ``lookup`` first, then from ``values``; so does a name without
    ``=``. ``variables`` keeps the books. Raises RefusedError, with the line, for a file that Compose refuses.
    """
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    _Reader(text, file, values, lookup, variables).read()


def parse_raw(data: bytes, file: str, values: dict[str, str], lookup: Lookup) -> None:
    """Read an env file with ``format: raw``: a line is a literal ``NAME=value``, or a comment."""
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n"), 1):
        line = line.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not name or any(c.isspace() for c in name):
            problem = "has blanks" if name else "is empty"
            raise refuse(
                "bad-env-file",
                f"the name before '=' {problem}",
                "In the raw format, every line is NAME=value or a comment.",
                position=Position(file, number, 1),
            )
        found = value if equals else lookup(name)
        if found is not None:
            values[name] = found


class _Reader:
    """One pass over the text; ``at`` is the position in it."""

    def __init__(self, text: str, file: str, values: dict[str, str], lookup: Lookup, variables: Variables) -> None:
        self.text, self.file, self.values = text, file, values
        self.lookup, self.variables = lookup, variables
        self.at = 0
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def position(self, at: int | None = None) -> Position:
        at = self.at if at is None else at
        line = bisect_right(self.starts, at)
        return Position(self.file, line, at - self.starts[line - 1] + 1)

    def read(self) -> None:
        while self.next_statement():
            start = self.at
            name, bare = self.name()
            if " " in name:
                raise refuse(
                    "bad-env-file",
                    "the name has a blank in it",
                    "Write one NAME=value on each line.",
                    position=self.position(start),
                )
            if bare:
                if (value := self.lookup(name)) is not None:
                    self.values[name] = value
            else:
                self.values[name] = self.value()

    def next_statement(self) -> bool:
        """Skip blanks and comments; False at the end."""
        text, end = self.text, len(self.text)
        while self.at < end:
            if text[self.at].isspace():
                self.at += 1
            elif text[self.at] == "#":
                newline = text.find("\n", self.at)
                self.at = end if newline < 0 else newline
            else:
                return True
        return False

    def name(self) -> tuple[str, bool]:
        """The name, and whether its line ends there; leaves ``at`` after the separator and blanks."""
        if export := re.compile(r"export[ \t\r\f]+").match(self.text, self.at):
            self.at = export.end()
            if self.at == len(self.text):
                raise refuse(
                    "bad-env-file",
                    "there is no name after 'export'",
                    "Write NAME=value, or remove the line.",
                    position=self.position(export.start()),
                )
        start, name, bare = self.at, "", False
        for i in range(start, len(self.text)):
            char = self.text[i]
            if char in "=:\n":
                name, bare, self.at = self.text[start:i], char == "\n", i + 1
                break
            if not (char in SPACES or char in "_.-[]" or char.isalpha() or char.isnumeric()):
                raise refuse(
                    "bad-env-file",
                    f"the character {char!r} is not allowed in a name",
                    "Write NAME=value; a value over several lines needs quotes.",
                    position=self.position(i),
                )
        while self.at < len(self.text) and self.text[self.at] in SPACES:
            self.at += 1
        return name.rstrip(), bare

    def value(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote in ("'", '"') and quote:
            return self.quoted(quote)
        start = self.at
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        self.at = min(end + 1, len(self.text))
        return self.expand(self.text[start:end].partition(" #")[0].rstrip(), start)

    def quoted(self, quote: str) -> str:
        start, escaped = self.at, False
        chars: list[str] = []
        for i in range(start + 1, len(self.text)):
            char = self.text[i]
            if char == quote and not escaped:
                self.at = i + 1
                value = "".join(chars)
                return self.expand(unescape(value), start) if quote == '"' else value
            if char == "\\" and not escaped:
                escaped = True
                continue
            if escaped and char != quote:
                chars.append("\\")
            chars.append(char)
            escaped = False
        raise refuse(
            "bad-env-file",
            "the quote is never closed",
            f"Add the closing {quote}, or write the value without quotes.",
            position=self.position(start),
        )

    def expand(self, value: str, at: int) -> str:
        def lookup(name: str) -> str | None:
            found = self.lookup(name)
            return found if found is not None else self.values.get(name)

        try:
            new = substitute(value, lookup, lambda name: self.variables.note_missing(name, self.position(at)))
        except TemplateError as e:
            raise refuse(
                "bad-variable",
                "the value contains a '$' that does not start a variable",
                "Put the value in single quotes, or write '$$' for a dollar sign.",
                position=self.position(at),
            ) from e
        except MissingError as e:
            raise required(e, "in the environment, or above this line", self.position(at)) from e
        except TooLongError as e:
            raise too_much_text(self.position(at)) from e
        self.variables.budget.add_text(len(new) - len(value), self.position(at))
        return new


def unescape(text: str) -> str:
    """Replace the escapes of a double-quoted value; ``\\$`` becomes ``$$``, which stays a dollar sign."""
    return ESCAPES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    body = match.group()[1:]
    if body == "$":
        return "$$"
    if body in LETTER_ESCAPES:
        return LETTER_ESCAPES[body]
    if body[0] != "0":
        return match.group()
    octal = body[1:]
    # Three digits name a character. Compose keeps fewer digits as they are, without the zero.
    if len(octal) == 3 and not set(octal) - set("01234567") and int(octal, 8) < 256:
        return chr(int(octal, 8))
    return "\\" + octal
