"""Facts about a host that services will run on, and the JSON file that brings them to another machine.

``host/facts.py`` gathers them. What is unknown is None or empty, and no rule uses it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field
from typing import Any, ClassVar

from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.stored import parsed, validated

VERSION = 1
"""The version of the file format. It increases with changes that an older reader would misunderstand."""

GONE = ("cdi", "listening")
"""Facts that are no longer gathered. A file may still have them."""

FAR = ("9p", "afs", "autofs", "ceph", "cifs", "fuse", "glusterfs", "nfs", "smb")
"""Prefixes of the types of file systems that depend on a program or a server, which may not answer."""

STRICT = {"extra": "forbid", "strict": True}
"""How pydantic checks the objects of a file."""


@frozen()
class MountPoint:
    """A file system from mountinfo or fstab; ``type`` is the type of the file system."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    target: str
    source: str = ""
    type: str = ""
    options: tuple[str, ...] = ()


@frozen()
class HostUnit:
    """A unit of a service manager: ``state`` is active, inactive, failed, …; ``file`` is what ``systemctl
    list-unit-files`` says of its unit file (enabled, static, generated, …), empty where there is none."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    state: str = "inactive"
    file: str = ""


@frozen()
class Interface:
    """A network interface. ``addresses`` have no prefix length; ``unit`` is the system unit that creates it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    addresses: tuple[str, ...] = ()
    unit: str = ""


@frozen()
class Login:
    """The login user: the user who gathered the facts, whose services run from boot on with ``linger``. ``groups`` are
    the user's other groups."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    uid: int
    gid: int
    home: str
    linger: bool | None = None
    groups: tuple[int, ...] = ()


@frozen()
class Listener:
    """A port that something on the host listens on; an empty ``address`` is every address."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    protocol: str
    port: int
    address: str = ""


@frozen()
class Made:
    """What Podman has in a scope: the networks with their drivers, the volumes, and the secrets."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    networks: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@frozen()
class Installed:
    """A Quadlet unit that is there: ``project`` is the compose project that it was made from, empty for one of another
    maker; ``container`` is the name of its container, ``ports`` are the values of ``PublishPort=``, and ``makes`` is
    the name of the network or volume that it creates."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    project: str = ""
    container: str = ""
    ports: tuple[str, ...] = ()
    makes: str = ""


@frozen()
class Seen:
    """A path of the host, with what stat(2) says of it, and whether the login user may read and write there. Nothing
    is there if ``mode`` is 0."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    mode: int = 0
    uid: int = 0
    gid: int = 0
    read: bool = False
    write: bool = False


@frozen()
class Facts:
    """What is known about a host.

    ``units`` and ``user_units`` have the units of the system's and of the user's manager by name, ``devices`` the
    nodes below /dev and whether udev tags them for systemd, ``sockets`` the paths of Unix sockets, ``listeners`` the
    ports that something on the host listens on. ``subuids`` and ``subgids`` have ranges (first, count) by user.
    ``userns_units`` has, by scope and by file, what ``UserNS=`` is in the units of containers that are there;
    ``quadlets`` has, in the same way, all Quadlet units. ``made`` is what Podman has, by scope. ``paths`` has the upper
    directories of the host, and what is in those that ``listed`` names: what is missing there does not exist.
    ``first_port`` is the first port that a login user may listen on, and ``controllers`` has the cgroup controllers
    by scope.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    mounts: tuple[MountPoint, ...] = ()
    fstab: tuple[MountPoint, ...] = ()
    units: dict[str, HostUnit] | None = None
    user_units: dict[str, HostUnit] | None = None
    devices: dict[str, bool] | None = None
    sockets: tuple[str, ...] = ()
    interfaces: dict[str, Interface] = field(default_factory=dict)
    listeners: tuple[Listener, ...] | None = None
    podman: str = ""
    systemd: int | None = None
    subuids: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    subgids: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    userns_units: dict[str, dict[str, str]] = field(default_factory=dict)
    quadlets: dict[str, dict[str, Installed]] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    paths: dict[str, Seen] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    containers_user: bool | None = None
    nss_systemd: bool | None = None
    login: Login | None = None
    first_port: int | None = None
    selinux: bool | None = None
    controllers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, unit: str) -> bool:
        """Whether the system's service manager has the unit, or the template of which it is an instance."""
        units = self.units or {}
        prefix, at, rest = unit.partition("@")
        return unit in units or bool(at and f"{prefix}@.{rest.rpartition('.')[2]}" in units)


def dump(facts: Facts) -> str:
    """The text of a facts file. In names that are not UTF-8, a ``?`` replaces each invalid byte."""
    text = json.dumps({"version": VERSION, **asdict(facts)}, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
    return text.encode("utf-8", "replace").decode()


def load(text: str, file: str) -> Facts:
    """Read a file of facts; ``file`` is its name. Raises RefusedError if it is anything else."""
    try:
        given = parsed(text)
        if not isinstance(given, dict) or "version" not in given:
            raise ValueError("it does not come from 'compose2quadlet facts': it has no version")
        if (version := given.pop("version")) != VERSION:
            its = f"version {version}" if isinstance(version, int) and 0 <= version < 10**6 else "another version"
            raise ValueError(f"its format is {its}, and this tool knows version {VERSION}")
        return validated(Facts, {name: value for name, value in given.items() if name not in GONE})
    except ValueError as e:
        raise _bad(str(e), file) from e


def _bad(problem: str, file: str) -> RefusedError:
    hint = "Gather the facts again, on that host: compose2quadlet facts > FILE"
    return refuse("bad-facts", f"this is not a file of facts about a host: {problem}", hint, position=Position(file))
