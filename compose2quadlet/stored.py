"""Reads JSON files that this tool wrote and that somebody may have changed since."""

from __future__ import annotations

import json
from typing import Any, TypeVar

T = TypeVar("T")

MAX_DIGITS = 18
"""The most digits of a number in a file. All 64 bits need one more, and nothing that is kept comes near."""


def parsed(text: str) -> Any:
    """The value of a JSON text. Raises ValueError, with a sentence about the file."""
    try:
        return json.loads(text, parse_int=_number)
    except RecursionError as e:
        raise ValueError("its values are nested too deeply") from e
    except ValueError as e:
        raise ValueError(f"it is not JSON: {e}") from e


def validated(kind: type[T], given: Any) -> T:
    """An object of a class from a JSON value. Raises ValueError, with a sentence about the first place that differs."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_json(json.dumps(given))
    except ValidationError as e:
        first = e.errors()[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise ValueError(f"{place}: {problem}" if place else problem) from e


def _number(digits: str) -> int:
    """A number from a file. Raises ValueError for more digits than anything here has."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)
