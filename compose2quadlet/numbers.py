"""Whole numbers out of texts that somebody else wrote."""

from __future__ import annotations

import re

DIGITS = re.compile(r"0*([0-9]{1,18})")
"""Of ASCII, which is all that Docker, Podman and the kernel take for digits; Python takes those of all scripts. And so
many of them that the number fits into 64 bits: from 4,300 digits on, Python refuses to convert a text at all."""


def whole(text: str) -> int | None:
    """The number that ``text`` is; None where it is none, has a sign, or is too large."""
    match = DIGITS.fullmatch(text)
    return int(match[1]) if match else None
