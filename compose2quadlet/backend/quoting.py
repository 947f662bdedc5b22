"""Values to the text of a unit file.

The rules were proven by sending arguments through the generator of eight Podman releases and systemd 262:
``$`` and ``%`` are doubled wherever a value reaches a command line, words are quoted, escapes are never octal,
and no line is continued. Sources: systemd.syntax(7), systemd.service(5), podman-systemd.unit(5).
"""

from __future__ import annotations

import re

from compose2quadlet.backend.catalogue import Quoting
from compose2quadlet.backend.unit import Value, Verbatim

STAND_INS = {"": "C2Q_EMPTY", ";": "C2Q_SEMICOLON"}
"""Words that cannot be written: the generator stops at an empty one, systemd takes a lone ``;`` for a separator.
A variable of the service stands in for them; it does not enter the container."""

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "$": "$$", "%": "%%"}
SPECIAL = re.compile(r'[\x00-\x1f\x7f\\"$%]')
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
BARE = re.compile(r"[A-Za-z0-9_@/.,:=+~^-]+")
QUOTES = ('"', "'")


class InexpressibleError(ValueError):
    """The value cannot be written in the syntax of its key."""


def word(text: str) -> str:
    """One word of a command line that the generator splits. Raises InexpressibleError for NUL."""
    if text in STAND_INS:
        return "${" + STAND_INS[text] + "}"
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    _possible(text)
    return SPECIAL.sub(lambda m: ESCAPES.get(m.group()) or f"\\x{ord(m.group()):02x}", text)


def _possible(text: str) -> None:
    if "\0" in text:
        raise InexpressibleError("a NUL character cannot be passed to any program")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise InexpressibleError("it is not in UTF-8, which systemd wants")
    if "\x80" in text:
        raise InexpressibleError("the generator makes an invalid byte of the character U+0080")


def bare_word(text: str) -> str:
    """As ``word``, without quotes around what needs none."""
    return text if BARE.fullmatch(text) else word(text)


def raw(text: str, dollar: bool = True) -> str:
    """A value that is taken as it stands. Raises InexpressibleError for what would not survive."""
    _possible(text)
    if CONTROL.search(text):
        raise InexpressibleError("a line break or another control character cannot stand here")
    # The generator trims every kind of Unicode blank.
    if not text or text != text.strip() or text[0] in QUOTES or text[-1] in QUOTES or text[-1] == "\\":
        raise InexpressibleError("it is empty, or starts or ends with a blank, a quote or a backslash")
    if dollar and text == ";":
        raise InexpressibleError("systemd takes a lone semicolon for the end of the command")
    return _doubled(text, dollar)


def one_line(text: str) -> None:
    """Check a value that is in the syntax of unit files already. Raises InexpressibleError if it would not stay one
    value of one line."""
    _possible(text)
    # For systemd, a carriage return ends a line as well.
    if CONTROL.search(text.replace("\t", " ")):
        raise InexpressibleError("a line break or another control character cannot stand here")
    if text.rstrip().endswith("\\"):
        raise InexpressibleError("a backslash at its end would take the next line for its continuation")


def _doubled(text: str, dollar: bool) -> str:
    text = text.replace("%", "%%")
    return text.replace("$", "$$") if dollar else text


def plain(text: str) -> str:
    """A word of a list that is split at blanks and unquoted, but has no escapes."""
    if not any(c.isspace() or c in "\"'" for c in text):
        return raw(text)
    if '"' in text or "\\" in text or CONTROL.search(text):
        raise InexpressibleError("blanks or quotes cannot be written here")
    raw(text.strip() or "-")
    return f'"{_doubled(text, True)}"'


def line(value: Value, how: Quoting) -> str:
    """The text after ``Key=``. Raises InexpressibleError where the syntax has no way to write it."""
    match value:
        case Verbatim(text):
            return text
        case bool():
            return "true" if value else "false"
        case tuple():
            return " ".join(w.text if isinstance(w, Verbatim) else WORD_WRITERS[how](w) for w in value)
    match how:
        case Quoting.WORDS | Quoting.PAIR:
            return word(value)
        case Quoting.PLAIN:
            return plain(value)
        case Quoting.TEXT:
            return raw(value, dollar=False)
        case Quoting.VARIABLES:
            return _variable(value)
    return raw(value)


def _variable(text: str) -> str:
    """A word in which ``$`` means nothing."""
    return text if BARE.fullmatch(text) else '"' + _escaped(text).replace("$$", "$") + '"'


WORD_WRITERS = {Quoting.WORDS: word, Quoting.COMMAND: bare_word, Quoting.VARIABLES: _variable}
