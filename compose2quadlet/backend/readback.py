"""Parses the text of a unit again, to prove that it has exactly the directives that were meant.

Text that gets into a unit can run commands, so this module shares no code with the writer. It splits lines as systemd
does, and decodes values by the rules of each kind of quoting; the result must be the directives that went in.
Sources: systemd ``config_parse`` (``src/shared/conf-parser.c``), ``read_line_full``,
``extract_first_word`` and ``cunescape``; systemd.syntax(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.backend.catalogue import Quoting, catalogue
from compose2quadlet.backend.unit import Reference, Specified, Syntax, Unit, Value, Word

STAND_INS = {"${C2Q_EMPTY}": "", "${C2Q_SEMICOLON}": ";"}
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}

HEADING = re.compile(r"\[([A-Za-z]+)\]")
KEY = re.compile("[A-Za-z0-9]+")
ENDS_LINE = re.compile("[\r\0]")
SINGLE_DOLLAR = re.compile(r"(?<!\$)(\$\$)*\$(?!\$)")
SPECIFIER = re.compile("(?s)%(.?)")

Line = tuple[str, str, str]
"""Section, key and the text of the value."""


class ForgedUnitError(Exception):
    """The text of a unit does not have the meant directives. That is a bug in this tool, so nothing is written."""


def check(unit: Unit, text: str) -> None:
    """Raise ForgedUnitError unless ``text`` has exactly the directives of ``unit``, below one line of comment."""
    found = list(_lines(text))
    order = {section: i for i, section in enumerate(dict.fromkeys(section for section, _, _ in found))}
    meant = sorted(unit.directives, key=lambda d: order.get(d.section, len(order)))
    keys = catalogue()
    for (section, key, value), d in zip(found, meant, strict=False):
        how = keys.get((section, key))
        if (section, key) != (d.section, d.key) or how is None or _read(value, d.value, how.quoting) != _meant(d.value):
            raise ForgedUnitError(f"{unit.name}: [{section}] {key}= does not have the value that {d.key}= should have")
    if len(found) != len(meant):
        raise ForgedUnitError(f"{unit.name}: there are {len(found)} directives instead of {len(meant)}")


def _lines(text: str) -> Iterator[Line]:
    """The directives in the text of a unit. Raises ForgedUnitError for a line that is not a directive."""
    section = ""
    if found := ENDS_LINE.search(text):
        raise ForgedUnitError(f"systemd would end a line at {found[0]!r}")
    header, *lines = text.split("\n")
    if not header.startswith("# "):
        raise ForgedUnitError("a unit starts with a comment")
    if "\\\n" in text or text.endswith("\\"):
        raise ForgedUnitError("a line continues on the next line")
    for number, given in enumerate(lines, 2):
        if not given:
            continue
        if given[0] == "[" and (heading := HEADING.fullmatch(given)):
            section = heading[1]
            continue
        key, equals, value = given.partition("=")
        if not (section and equals and KEY.fullmatch(key)):
            raise ForgedUnitError(f"line {number} is not a directive")
        yield section, key, value


def _meant(value: Value) -> tuple[str, ...] | bool:
    """The meaning of a value, as words. A NUL, which no text can contain, marks a specifier."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return (value,)
    return tuple(map(_plain, value if isinstance(value, tuple) else (value,)))


def _plain(value: Word) -> str:
    match value:
        case Specified(specifier, after, before):
            return f"{before}\0{specifier[1:]}{after}"
        case Reference() | Syntax():
            return value.text
        case str():
            return value


def _read(text: str, meant: Value, how: Quoting) -> tuple[str, ...] | bool:
    """The meaning of the text of a value, by its quoting."""
    if isinstance(meant, bool):
        return {"true": True, "false": False}.get(text, not meant)
    if isinstance(meant, Syntax):
        return (text,)
    if isinstance(meant, tuple) and any(isinstance(w, Syntax) for w in meant):
        # The user's own text between other words: split it as it was joined.
        return _with_syntax(text, meant, how)
    match how:
        case Quoting.RAW | Quoting.TEXT:
            return (_unspecified(text, dollar=how is Quoting.RAW),)
        case Quoting.PLAIN if not isinstance(meant, tuple):
            inner = text[1:-1] if text[:1] == '"' and text[-1:] == '"' else text
            return (_unspecified(inner, dollar=True),)
    dollar = how in (Quoting.WORDS, Quoting.PAIR, Quoting.COMMAND)
    return tuple(_unescaped(w, how, dollar) for w in _split(text))


def _with_syntax(text: str, meant: tuple[Word, ...], how: Quoting) -> tuple[str, ...]:
    out, rest = [], text
    for w in meant:
        if isinstance(w, Syntax):
            if not rest.startswith(w.text):
                raise ForgedUnitError("the user's own text was changed")
            out.append(w.text)
            rest = rest[len(w.text) :]
        else:
            first = WORD.match(rest)
            if first is None:
                raise ForgedUnitError("a word is missing")
            out.append(_unescaped(first[0], how, how is not Quoting.VARIABLES))
            rest = rest[first.end() :]
        rest = rest.removeprefix(" ")
    if rest:
        raise ForgedUnitError("there are more words than were meant")
    return tuple(out)


WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"\\\']+')


def _split(text: str) -> list[str]:
    """The words, still quoted. Raises ForgedUnitError if the text is anything but words with one blank
    between them."""
    found = WORD.findall(text)
    if " ".join(found) != text:
        raise ForgedUnitError("a value cannot be split into words")
    return list(found)


def _unescaped(text: str, how: Quoting, dollar: bool) -> str:
    """One word without its quotes, escapes, and doubled signs."""
    if text in STAND_INS and dollar:
        return STAND_INS[text]
    if dollar and text in ('""', ";", '";"'):
        raise ForgedUnitError(f"{text} ends the command")
    if text.startswith('"'):
        inner = text[1:-1]
        if how is Quoting.PATHS:
            text = re.sub(r"\\(.)", r"\1", inner)
        else:
            text = re.sub(r"\\(x[0-9a-f]{2}|.)", _escape, inner)
    return _unspecified(text, dollar)


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 3:
        return chr(int(code[1:], 16))
    if code not in ESCAPED:
        raise ForgedUnitError(f"unknown escape \\{code}")
    return ESCAPED[code]


def _unspecified(text: str, dollar: bool) -> str:
    """Text with ``%%`` and, on its way to a command line, ``$$`` as the sign itself, and a NUL before specifiers."""
    if dollar and "$" in text:
        if SINGLE_DOLLAR.search(text):
            raise ForgedUnitError("a single $ would be replaced")
        text = text.replace("$$", "$")
    return SPECIFIER.sub(lambda m: "%" if m[1] == "%" else f"\0{m[1]}", text) if "%" in text else text
