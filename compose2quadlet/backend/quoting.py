"""Writes values as the text of a unit file.

The rules were verified by sending arguments through the generators of eight Podman releases and systemd 262:
``$`` and ``%`` are doubled wherever a value reaches a command line, words are quoted, escapes are never octal,
and lines are never continued. Sources: systemd.syntax(7), systemd.service(5), podman-systemd.unit(5).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from compose2quadlet.backend.catalogue import Quoting
from compose2quadlet.backend.characters import CONTROL, InexpressibleError, possible
from compose2quadlet.backend.unit import Reference, Specified, Syntax, Value, Word

STAND_INS = {"": "C2Q_EMPTY", ";": "C2Q_SEMICOLON"}
"""Words that cannot be written: the generator stops at an empty one, and systemd reads a lone ``;`` as a separator.
A variable of the service replaces them; the container does not get it."""

MAX_WORD = 128 * 1024 - 256
"""The most bytes in one word of a command line. The kernel accepts less than 128 KiB, including the option in
front of a value (execve(2), MAX_ARG_STRLEN)."""

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "$": "$$", "%": "%%"}
SPECIAL = re.compile(r'[\x00-\x1f\x7f\\"$%]')
PLACE = "\ue000"
"""Stands for a specifier while the text around it is quoted: a private-use character."""

BARE = re.compile(rf"[A-Za-z0-9_@/.,:=+~^{PLACE}-]+")
QUOTES = ('"', "'")


def line(value: Value, how: Quoting) -> str:
    """The text after ``Key=``. Raises InexpressibleError if the syntax cannot express it."""
    match value:
        case str():  # most are, so this comes first
            return WRITERS[how](value)
        case bool():
            return "true" if value else "false"
        case tuple():
            return " ".join(_word(w, how) for w in value)
        case _:
            return _word(value, how)


def _word(value: Word, how: Quoting) -> str:
    match value:
        case str():
            return WRITERS[how](value)
        case Syntax(text):
            return text
        case Reference():
            return WRITERS[how](value.text)
        case Specified(specifier, after, before):
            return _around(specifier, before, after, WRITERS[how])


def _around(specifier: str, before: str, after: str, write: Callable[[str], str]) -> str:
    if PLACE in before + after:
        raise InexpressibleError(f"the character U+{ord(PLACE):04X} cannot stand here")
    return write(before + PLACE + after).replace(PLACE, specifier)


def _checked(text: str) -> str:
    possible(text)
    if len(text) * 4 > MAX_WORD and len(text.encode()) > MAX_WORD:
        raise InexpressibleError("it is too long: the kernel accepts less than 128 KiB in one argument")
    return text


def word(text: str) -> str:
    """One word of a command line that the generator splits."""
    if text in STAND_INS:
        return "${" + STAND_INS[text] + "}"
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda m: ESCAPES.get(m.group()) or f"\\x{ord(m.group()):02x}", _checked(text))


def bare_word(text: str) -> str:
    """Like ``word``, without quotes if none are needed."""
    return _checked(text) if BARE.fullmatch(text) else word(text)


def raw(text: str) -> str:
    """A value that is used as it is, in a command line."""
    if text == ";":
        raise InexpressibleError("systemd reads a lone semicolon as the end of the command")
    return text_line(text).replace("$", "$$")


def text_line(text: str) -> str:
    """A value that is used as it is, in a directive that is not a command."""
    _checked(text)
    if BARE.fullmatch(text):
        return text
    if CONTROL.search(text):
        raise InexpressibleError("it contains a line break or another control character")
    # The generator trims every kind of Unicode blank.
    if not text or text != text.strip() or text[0] in QUOTES or text[-1] in QUOTES or text[-1] == "\\":
        raise InexpressibleError("it is empty, or starts or ends with a blank, a quote or a backslash")
    return text.replace("%", "%%")


def plain(text: str) -> str:
    """A word of a list that is split at blanks and unquoted, but has no escapes."""
    if not any(c.isspace() or c in "\"'" for c in text):
        return raw(text)
    if '"' in text or "\\" in text or CONTROL.search(text):
        raise InexpressibleError("it contains blanks or quotes")
    raw(text.strip() or "-")
    return '"' + _checked(text).replace("%", "%%").replace("$", "$$") + '"'


def variable(text: str) -> str:
    """A word in which ``$`` is literal."""
    return _checked(text) if BARE.fullmatch(text) else '"' + _escaped(text).replace("$$", "$") + '"'


def path(text: str) -> str:
    """A path of ``RequiresMountsFor=``, where a backslash only makes the next character literal.

    Source: systemd ``config_parse_unit_mounts_for``, which unquotes, but resolves no escapes.
    """
    if BARE.fullmatch(text):
        return _checked(text)
    if CONTROL.search(text):
        raise InexpressibleError("it contains a line break or another control character")
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", _checked(text)).replace("%", "%%") + '"'


def _flag(text: str) -> str:
    raise InexpressibleError("it is neither true nor false")


WRITERS: dict[Quoting, Callable[[str], str]] = {
    Quoting.WORDS: word,
    Quoting.PAIR: word,
    Quoting.PLAIN: plain,
    Quoting.RAW: raw,
    Quoting.FLAG: _flag,
    Quoting.COMMAND: bare_word,
    Quoting.VARIABLES: variable,
    Quoting.TEXT: text_line,
    Quoting.PATHS: path,
}
