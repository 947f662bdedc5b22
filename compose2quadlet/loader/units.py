"""Parses and writes sizes, durations and file modes as Docker Compose does.

Sources: go-units ``RAMInBytes``, go-str2duration, Go's ``time.Duration.String``.
"""

from __future__ import annotations

import math
import re


class Bytes(int):
    """A size in bytes; Compose prints it as a text."""


class Duration(int):
    """A length of time in nanoseconds."""


class Mode(int):
    """File permission bits; Compose prints them in octal."""


SIZE = re.compile(r"([-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?) ?([a-zA-Z]*+)")
POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def parse_bytes(text: str) -> Bytes:
    """A size such as ``1.5g``, ``512mb`` or ``64 MiB`` in bytes; the units count by 1024.

    Raises ValueError, with the rest of a sentence that the place starts.
    """
    match = SIZE.fullmatch(text)
    suffix = match[2].lower() if match else ""
    known = suffix in ("", "b") or (suffix[:1] in POWERS and suffix[1:] in ("", "b", "ib"))
    if not match or not known:
        raise ValueError("is not a size: write a number and a unit, such as 512m or 2g")
    written = float(match[1])
    if math.isinf(written):
        raise ValueError("is not a valid size: it is too large")
    number = written * 1024.0 ** POWERS.get(suffix[:1], 0)
    if number < 0:
        raise ValueError("is not a valid size: it is negative")
    return Bytes(int(number) if number < 2**63 else -(2**63))  # Compose does not notice that it does not fit


NANOSECONDS = {"ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9}
NANOSECONDS |= {"h": 3600 * 10**9, "d": 24 * 3600 * 10**9, "w": 168 * 3600 * 10**9}
MAX_DIGITS = 19
"""Decimal digits of the largest 64-bit number."""

PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]+)")


def parse_duration(text: str) -> Duration:
    """A duration such as ``1m30s`` or ``2d`` in nanoseconds. Raises ValueError, as ``parse_bytes``."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return Duration(0)
    total, at = 0, 0
    while at < len(body) or not body:
        part = PART.match(body, at)
        if part is None or not (part[1] or part[2]) or part[3] not in NANOSECONDS:
            raise ValueError("is not a duration: write a number and a unit, such as 30s or 1m30s")
        unit, whole = NANOSECONDS[part[3]], part[1].lstrip("0")
        if len(whole) > MAX_DIGITS:
            raise ValueError("is not a valid duration: it is too long")
        total += int(whole or 0) * unit
        if part[2]:
            digits = part[2][: MAX_DIGITS - 1]  # Go drops the digits that do not fit into 64 bits
            total += int(float(int(digits)) * (float(unit) / 10 ** len(digits)))
        at = part.end()
    if total >= 2**63:
        raise ValueError("is not a valid duration: it is too long")
    return Duration(-total if text.startswith("-") else total)


def duration_text(value: int) -> str:
    """Nanoseconds as Go writes them: ``1m30s``, ``1.5s``, ``500ms``, ``0s``."""
    if value == 0:
        return "0s"
    sign, value = ("-", -value) if value < 0 else ("", value)
    if value < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 1000), ("ns", 1)):
            if value >= size:
                return f"{sign}{_fraction(value, size)}{unit}"
    minutes, rest = divmod(value, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    out = f"{_fraction(rest, 10**9)}s"
    if hours or minutes:
        out = f"{minutes}m{out}"
    return f"{sign}{hours}h{out}" if hours else sign + out


def _fraction(value: int, size: int) -> str:
    whole, rest = divmod(value, size)
    digits = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}" if rest else str(whole)


def mode_text(value: int) -> str:
    """Permission bits as Compose writes them: ``0440``."""
    return f"0{value:o}"
