"""Parses whole numbers in texts of others."""

from __future__ import annotations

import re

DIGITS = re.compile(r"0*([0-9]{1,18})")
"""ASCII digits, the only ones that Docker, Podman and the kernel accept; Python accepts those of all scripts. There are
few enough to fit into 64 bits: from 4,300 digits on, Python refuses to convert a text at all."""


def whole(text: str) -> int | None:
    """The number in ``text``; None if it is not a number, has a sign, or is too large."""
    match = DIGITS.fullmatch(text)
    return int(match[1]) if match else None
