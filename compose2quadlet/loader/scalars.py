"""Reads plain YAML scalars, and writes values into text, as Docker Compose does.

YAML 1.2 with the two leftovers of 1.1 that its parser (go-yaml v3) keeps: ``0777`` is octal and ``_``
may group digits. PyYAML's own rules read ``22:22`` as 1342 and ``no`` as False, so they are not used.
Source: go-yaml v3 ``resolve.go``, ``fmt`` and ``encoding/json`` of the Go standard library.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from datetime import date
from typing import Any

from compose2quadlet.loader.tree import Timestamp

WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
LETTERS = frozenset("tTfFnN~")
NUMERIC = frozenset("+-0123456789")

INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
DATE = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?)?\Z"
)

LARGEST = 3.4028235677973366e38
"""From here on, a number is nearer to infinity than to the largest one of 32 bits: Python refuses, Go rounds."""

MAX_DIGITS = 400
"""Python limits the digits that it converts. Something this long is not a number for Docker Compose either."""

TAG = "tag:yaml.org,2002:"

SURROGATE = re.compile("[\ud800-\udfff]")
"""What stands for a byte that is not UTF-8."""


def plain(text: str) -> Any:
    """The value of an unquoted scalar without a tag."""
    first = text[:1]
    if first in LETTERS:
        return WORDS.get(text, text)
    if first in NUMERIC or first == ".":
        return number(text)
    return text or None


def number(text: str) -> Any:
    """``text``, which starts like a number, as int, float or date if it is one, and otherwise as it is."""
    if text in WORDS:
        return WORDS[text]
    if text[0] == ".":
        return decimal(text)
    if (stamp := timestamp(text)) is not None:
        return stamp
    digits = text.replace("_", "")
    if (match := INTEGER.match(digits)) and (value := _integer(match)) is not None:
        return value
    value = decimal(digits)
    return text if value is digits else value


def _integer(match: re.Match[str]) -> int | None:
    sign, hexadecimal, binary, octal, simple = match.groups()
    for digits, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (simple, 10)):
        if digits is not None and len(digits) < MAX_DIGITS:
            value = int(sign + digits, base)
            if -(2**63) <= value < 2**63 or (not sign and value < 2**64):
                return value
    return None


def decimal(text: str) -> Any:
    if not FLOAT.match(text):
        return text
    value = float(text)
    return text if math.isinf(value) else value


def timestamp(text: str) -> Timestamp | None:
    """A date or time that go-yaml accepts, in RFC 3339; None for anything else."""
    if text[4:5] != "-" or not (match := DATE.match(text)):
        return None
    year, month, day, *rest = match.groups()
    try:
        day_text = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    hour, minute, second, fraction = rest[0:4] if rest[0] else rest[5:9]
    clock = [int(x or 0) for x in (hour, minute, second)]
    if clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    zone = rest[4] or "Z"
    fraction = (fraction or "").rstrip("0").rstrip(".")
    return Timestamp(f"{day_text}T{clock[0]:02}:{clock[1]:02}:{clock[2]:02}{fraction}{zone}")


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag such as ``!!str``.

    Raises ValueError if the text is not of that type. Unknown and local tags are ignored.
    """
    kind = tag.removeprefix(TAG) if tag.startswith(TAG) else ""
    if kind == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as e:
            raise ValueError("it is not base64") from e
    if kind not in ("str", "bool", "int", "float", "null", "timestamp"):
        return text
    value = text if kind == "str" else plain(text)
    if kind == "float" and type(value) is int:
        return float(value)
    got = {bool: "bool", int: "int", float: "float", Timestamp: "timestamp", type(None): "null"}.get(type(value), "str")
    if got != kind:
        raise ValueError(f"it is not of the type {kind}")
    return value


def text(value: Any) -> str:
    """A scalar as Docker Compose writes it into text: Go's ``fmt.Sprint``."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, list):
        return "[" + " ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{text(value[k])}" for k in sorted(value)) + "]"
    return str(value)


def kind(value: Any) -> str:
    """What a value is, for messages, which never say the value itself."""
    if value is None:
        return "nothing"
    if isinstance(value, Timestamp):
        return "a date"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a text"


def float_text(value: float) -> str:
    """A float in Go's ``%v``: the shortest digits, with an exponent below 1e-4 and from 1e6."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    shortest = repr(value)
    sign = "-" if value < 0 else ""
    digits = shortest.lstrip("-").partition("e")[0].replace(".", "").strip("0")
    # More digits would show the exact float: 1e-7 is slightly less, so its exponent would be -8.
    exponent = int(f"{value:.{len(digits) - 1}e}".partition("e")[2])
    if -4 <= exponent < 6:
        return shortest.removesuffix(".0")
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{sign}{mantissa}e{exponent:+03d}"


def narrow(value: float) -> float:
    """The float that prints shortest among those equal to ``value`` in 32 bits, as Go prints a float32."""
    if math.isfinite(value) and abs(value) > LARGEST:
        return math.copysign(math.inf, value)
    packed = struct.pack("f", value)
    (rounded,) = struct.unpack("f", packed)
    if rounded == 0 or math.isinf(rounded):
        return float(rounded)
    for digits in range(1, 10):
        short = float(f"{rounded:.{digits}g}")
        if struct.pack("f", short) == packed:
            return short
    return value


# ---------------------------------------------------------------- texts where another type is wanted
# What is wrong is said as the rest of a sentence that the place starts.


def to_int(text: str) -> int:
    match = re.fullmatch(r"([-+]?)0*([0-9]+)", text)
    if not match:
        raise ValueError("is not a whole number")
    if len(match[2]) > 19 or not -(2**63) <= (number := int(match[1] + match[2])) < 2**63:
        raise ValueError("is too large")
    return number


def to_float(text: str, narrowed: Callable[[float], float] = float) -> float:
    """``text`` as a float. As in Go, ``1_000`` is one, but blanks and non-ASCII digits are not accepted."""
    try:
        value = narrowed(float(text) if re.fullmatch(r"[!-~]+", text) else float("not a number"))
    except ValueError:
        raise ValueError("is not a number") from None
    if math.isinf(value) and "inf" not in text.lower():
        raise ValueError("is too large")
    return value


TRUE = frozenset(("true", "y", "yes", "on"))
FALSE = frozenset(("false", "n", "no", "off"))


def to_bool(text: str) -> bool:
    word = text.lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise ValueError("is neither true nor false")
