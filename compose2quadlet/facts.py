"""Facts about a host that services are to run on, and the JSON file that carries them to another machine.

``host/facts.py`` gathers them. What could not be found out is None or empty, and nothing is concluded from it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from compose2quadlet.diagnostics import Position, RefusedError, refuse

VERSION = 1
"""Of the file format. It grows with changes that an older reader would get wrong."""

MAX_DIGITS = 18
"""Of a number in a file."""

GONE = ("cdi",)
"""Facts that were gathered once, and that a file may still have."""

STRICT = {"extra": "forbid", "strict": True}
"""How pydantic checks the objects of a file."""


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A file system as mountinfo or fstab has it; ``type`` is that of the file system."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    target: str
    source: str = ""
    type: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostUnit:
    """A unit of a service manager: ``state`` is active, inactive, failed, …; ``file`` is what ``systemctl
    list-unit-files`` says of its unit file (enabled, static, generated, …), empty where there is none."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    state: str = "inactive"
    file: str = ""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; ``addresses`` have no prefix length, ``unit`` is the system's unit that makes it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    addresses: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """The user who gathered the facts, under whom a user's services will run; with ``linger`` they do from boot on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    uid: int
    gid: int
    home: str
    linger: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a host.

    ``units`` and ``user_units`` have the units of the system's and of the user's manager by name, ``devices`` the
    nodes below /dev and whether udev tags them for systemd, ``sockets`` the paths of Unix sockets, ``listening`` the
    TCP ports that something on the host listens on. ``subuids`` and ``subgids`` have ranges (first, count) by user.
    ``userns_units`` has, by scope and by file, what ``UserNS=`` is in the units of containers that are there.
    ``first_port`` is the first port that an ordinary user may listen on.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    mounts: tuple[MountPoint, ...] = ()
    fstab: tuple[MountPoint, ...] = ()
    units: dict[str, HostUnit] | None = None
    user_units: dict[str, HostUnit] | None = None
    devices: dict[str, bool] | None = None
    sockets: tuple[str, ...] = ()
    interfaces: dict[str, Interface] = field(default_factory=dict)
    listening: tuple[int, ...] = ()
    podman: str = ""
    systemd: int | None = None
    subuids: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    subgids: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    userns_units: dict[str, dict[str, str]] = field(default_factory=dict)
    containers_user: bool | None = None
    nss_systemd: bool | None = None
    login: Login | None = None
    first_port: int | None = None
    selinux: bool | None = None

    def has(self, unit: str) -> bool:
        """Whether the system's manager has the unit, or the template that it is an instance of."""
        units = self.units or {}
        prefix, at, rest = unit.partition("@")
        return unit in units or bool(at and f"{prefix}@.{rest.rpartition('.')[2]}" in units)


def dump(facts: Facts) -> str:
    """The text of a facts file. Names that are not in UTF-8 get a ``?`` for what is not."""
    text = json.dumps({"version": VERSION, **asdict(facts)}, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    return text.encode("utf-8", "replace").decode()


def load(text: str, file: str) -> Facts:
    """Read a facts file; ``file`` is its name. Raises RefusedError for anything else than such a file."""
    from pydantic import TypeAdapter, ValidationError

    try:
        given = json.loads(text, parse_int=_number)
    except RecursionError as e:
        raise _bad("it nests too deep", file) from e
    except ValueError as e:
        raise _bad(f"it is not JSON: {e}", file) from e
    if not isinstance(given, dict) or "version" not in given:
        raise _bad("it is not what 'compose2quadlet facts' prints: it has no version", file)
    if (version := given.pop("version")) != VERSION:
        its = f"version {version}" if isinstance(version, int) and 0 <= version < 10**6 else "another version"
        raise _bad(f"it is of {its} of the format; this is version {VERSION}", file)
    given = {name: value for name, value in given.items() if name not in GONE}
    try:
        return TypeAdapter(Facts).validate_json(json.dumps(given))
    except ValidationError as e:
        first = e.errors()[0]
        place = "".join(f"{step}." for step in first["loc"]).rstrip(".")
        problem = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise _bad(f"{place}: {problem}" if place else problem, file) from e


def _number(digits: str) -> int:
    """A number of a file. Raises ValueError for one of more than 64 bits, which no fact is."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _bad(problem: str, file: str) -> RefusedError:
    hint = "Gather the facts again, on that host: compose2quadlet facts > FILE"
    return refuse("bad-facts", f"this file has no facts about a host: {problem}", hint, position=Position(file))
