"""Turns the merged tree into the canonical project: each value gets the type of its attribute.

One table per compose object: its attributes in the order in which Docker Compose prints them, each with the
decoder of its type. Empty values are left out, as Compose does, except for attributes where empty differs
from absent. Source: compose-go ``types``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from compose2quadlet.diagnostics import Path, dotted, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import shellwords
from compose2quadlet.loader.scalars import kind, narrow, text, to_bool, to_float, to_int
from compose2quadlet.loader.tree import Map, Seq
from compose2quadlet.loader.units import Bytes, Duration, Mode, parse_bytes, parse_duration

Decoder = Callable[[Any, Path], Any]
"""Takes a value and its path; returns it in the attribute's type, or raises RefusedError, or ValueError with what is
wrong as the rest of a sentence that the place starts. Values are not told: see ``diagnostics.shown``."""


class Struct(dict[str, Any]):
    """A compose object with fixed attributes, in the order in which Compose prints them."""


class Ulimit(Struct):
    """The soft and the hard limit of a resource."""


class Hosts(dict[str, list[str]]):
    """Host names with their addresses; Compose prints them as a list."""


class Ssh(dict[str, str]):
    """IDs of SSH keys with their paths; Compose prints them as a list."""


OCTAL = re.compile(r"[-+]?[0-7]+\Z")

EXTENSIONS = "#extensions"
"""The key below which Compose puts ``x-`` keys of a mapping whose names the user chooses."""


def decode(value: Any, path: Path, decoder: Decoder) -> Any:
    """Decode one value; an error says where it is."""
    try:
        return decoder(value, path)
    except ValueError as e:
        hint = "Write the value in the form that the key accepts."
        raise refuse("wrong-type", f"{dotted(path)} {e}", hint, path) from e


class Field(NamedTuple):
    """An attribute that is kept even if it is zero and, with a ``default`` or as ``null``, even if it is absent."""

    decoder: Decoder
    default: Callable[[], Any] | None = None
    null: bool = False


@frozen()
class Record:
    """Decodes a compose object. A value that is empty or zero is left out, unless the attribute is a Field."""

    fields: dict[str, Decoder | Field]
    extensions: bool = True

    def __call__(self, value: Any, path: Path) -> Struct:
        if not isinstance(value, Map):
            raise ValueError(f"must be a mapping, not {kind(value)}")
        out = Struct()
        for key, given in self.fields.items():
            field = given if isinstance(given, Field) else Field(given)
            kept = field is given
            item = value.get(key)
            if item is not None:
                item = decode(item, (*path, key), field.decoder)
            elif field.default:
                item = field.default()
            if item or (kept and (item is not None or field.null)):
                out[key] = item
        if self.extensions:
            out.update((key, value[key]) for key in sorted(value) if key.startswith("x-"))
        return out


def struct(**fields: Decoder | Field) -> Record:
    """A compose object with these attributes, in the order in which Compose prints them."""
    return Record(fields)


def swallowed(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places where Compose moves keys that start with ``x-``."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == EXTENSIONS:
                yield path
            elif not key.startswith("x-"):
                yield from swallowed(item, (*path, key))


# ---------------------------------------------------------------- scalars


def string(value: Any, _path: Path) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"must be a text, not {kind(value)}")


def boolean(value: Any, _path: Path) -> bool:
    if isinstance(value, str):
        return to_bool(value)
    if isinstance(value, bool):
        return value
    raise ValueError(f"must be true or false, not {kind(value)}")


def integer(value: Any, _path: Path) -> int:
    if isinstance(value, str):
        return to_int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not -(2.0**63) <= value < 2.0**64:  # nor is what is not a number
            raise ValueError("is too large")
        return int(value)
    raise ValueError(f"must be a whole number, not {kind(value)}")


def unsigned(value: Any, path: Path) -> int:
    if isinstance(value, str):
        raise ValueError("must be a number, not a text")
    number = integer(value, path)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def narrow_to(bits: int) -> Decoder:
    """A whole number that Compose stores in this many bits. What does not fit is cut off, as in Go."""
    return lambda value, path: unsigned(value, path) % (1 << bits)


def real(value: Any, _path: Path) -> float | int:
    if isinstance(value, str):
        value = to_float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = narrow(float(value))
        return int(number) if number.is_integer() else number
    raise ValueError(f"must be a number, not {kind(value)}")


def size(value: Any, _path: Path) -> Bytes:
    """Bytes. Compose treats a number with a fraction as nothing."""
    if isinstance(value, str):
        return parse_bytes(value)
    return Bytes(value if isinstance(value, int) else 0)


def duration(value: Any, _path: Path) -> Duration:
    return parse_duration(text(value))


def device_count(value: Any, path: Path) -> int:
    if isinstance(value, str) and value.lower() == "all":
        return -1
    return integer(value, path)


def mode(value: Any, _path: Path) -> Mode:
    if isinstance(value, str):
        if not OCTAL.match(value):
            raise ValueError("is no octal number such as '0440'")
        if not -(2**63) <= (number := int(value, 8)) < 2**63:
            raise ValueError("is too large")
        return Mode(number)
    return Mode(integer(value, _path))


# ---------------------------------------------------------------- lists


def items_of(value: Any) -> Seq:
    if not isinstance(value, Seq):
        raise ValueError(f"must be a list, not {kind(value)}")
    return value


def list_of(decoder: Decoder) -> Decoder:
    def decode_list(value: Any, path: Path) -> list[Any]:
        return [decode(item, (*path, i), decoder) for i, item in enumerate(items_of(value))]

    return decode_list


def texts(value: Any, path: Path) -> list[str]:
    """One text or a list of texts."""
    if isinstance(value, str):
        return [value]
    if any(not isinstance(item, str) for item in items_of(value)):
        raise ValueError("must be a list of texts")
    return list(value)


def texts_or_numbers(value: Any, path: Path) -> list[str]:
    return [value] if isinstance(value, str) else [text(item) for item in items_of(value)]


def command(value: Any, _path: Path) -> list[str]:
    """A command as its words. An empty one clears the image's command; an absent one does not."""
    if isinstance(value, str):
        try:
            return shellwords.split(value)[0]
        except ValueError as e:
            raise ValueError(f"cannot be split into words: {e}") from e
    return [string(item, _path) for item in items_of(value)]


def health_test(value: Any, _path: Path) -> list[str]:
    return ["CMD-SHELL", value] if isinstance(value, str) else [string(item, _path) for item in items_of(value)]


# ---------------------------------------------------------------- mappings


def pairs(value: Any) -> dict[str, Any]:
    """The items of a mapping whose names the user chooses. Compose swallows those that start with ``x-``."""
    if not isinstance(value, Map):
        raise ValueError(f"must be a mapping, not {kind(value)}")
    out = {k: v for k, v in value.items() if not k.startswith("x-")}
    if len(out) < len(value):
        out[EXTENSIONS] = Map((k, v) for k, v in value.items() if k.startswith("x-"))
    return out


def map_of(decoder: Decoder, names: bool = False) -> Decoder:
    """Objects by name. With ``names``, even one that starts with ``x-`` is a name."""

    def decode_map(value: Any, path: Path) -> dict[str, Any]:
        items = value if names and isinstance(value, Map) else pairs(value)
        return {k: None if v is None else decode(v, (*path, k), decoder) for k, v in items.items()}

    return decode_map


def options(value: Any, _path: Path) -> dict[str, str]:
    return {k: "" if v is None else text(v) for k, v in pairs(value).items()}


def multi_options(value: Any, _path: Path) -> dict[str, list[str]]:
    return {k: [text(x) for x in v] if isinstance(v, Seq) else [text(v)] for k, v in pairs(value).items()}


def strings(value: Any, path: Path) -> dict[str, str]:
    return {k: "" if v is None else decode(v, (*path, k), string) for k, v in pairs(value).items()}


def labels(value: Any, path: Path) -> dict[str, str]:
    """``key: value`` or ``key=value``; a key alone has an empty value."""
    if isinstance(value, Seq):
        return {key: val for key, _, val in (text(item).partition("=") for item in value)}
    return options(value, path)


def environment(value: Any, path: Path) -> dict[str, str | None]:
    """Like labels, but a name alone has no value: the value comes from the environment, or there is none."""
    if not isinstance(value, Seq):
        return {k: None if v is None else text(v) for k, v in pairs(value).items()}
    out: dict[str, str | None] = {}
    for item in value:
        name, equals, val = text(item).partition("=")
        if name and name[-1].isspace():
            raise ValueError("has a name that ends with a blank")
        out[name] = val if equals else None
    return out


def hosts(value: Any, _path: Path) -> Hosts:
    """Host names with their addresses, brackets around IPv6 removed."""
    out = Hosts()
    if isinstance(value, Map):
        for name, addresses in pairs(value).items():
            listed = addresses if isinstance(addresses, Seq) else [addresses if addresses is not None else ""]
            out[name] = [text(a) for a in listed]
    else:
        for item in items_of(value):
            entry = text(item)
            separator = "=" if "=" in entry else ":"
            name, found, address = entry.partition(separator)
            if not found:
                raise ValueError("has an entry without an address: write HOST=ADDRESS")
            out.setdefault(name, []).extend(address.split(","))
    for name, addresses in out.items():
        if not name or ":" in name or "=" in name:
            raise ValueError("has an entry whose name is no host name")
        bare = [a[1:-1] if len(a) > 2 and a[0] == "[" and a[-1] == "]" else a for a in addresses]
        out[name] = bare
    return out


def ssh(value: Any, _path: Path) -> Ssh:
    return Ssh((k, "" if v is None else text(v)) for k, v in pairs(value).items())


def ulimit(value: Any, _path: Path) -> int | Ulimit:
    if isinstance(value, int) and not isinstance(value, bool):
        return value or Ulimit(soft=0, hard=0)
    if not isinstance(value, Map):
        raise ValueError(f"must be a whole number, not {kind(value)}")
    both = Ulimit((k, value.get(k, 0)) for k in ("soft", "hard"))
    if not all(isinstance(v, int) for v in both.values()):
        raise ValueError("must have whole numbers for soft and hard")
    return both
