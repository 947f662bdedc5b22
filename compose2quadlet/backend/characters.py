"""The characters that a unit file can contain.

Sources: systemd ``src/basic/utf8.c`` (``unichar_is_valid``) and ``fileio.c`` (``read_line_full``); the rest was
measured with the generators of Podman 4.4 to 5.8.
"""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_UTF8 = re.compile("[\ud800-\udfff]")
NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef" + "".join(chr(p << 16 | n) for p in range(17) for n in (0xFFFE, 0xFFFF)) + "]"
)


class InexpressibleError(ValueError):
    """The value cannot be written in the syntax of its directive."""


def possible(text: str) -> None:
    """Raise InexpressibleError for text with a character that no unit can pass on in any spelling."""
    if "\0" in text:
        raise InexpressibleError("a NUL character cannot be passed to any program")
    if text.isascii():
        return
    if NOT_UTF8.search(text):
        raise InexpressibleError("it is not UTF-8, which systemd requires")
    if "\x80" in text:
        raise InexpressibleError("the generator turns the character U+0080 into an invalid byte")
    if found := NONCHARACTER.search(text):
        raise InexpressibleError(f"systemd ignores a line with the character U+{ord(found[0]):04X}")
