"""What runs under Docker on a host, and the JSON file that keeps it.

``host/inventory.py`` takes it. What is unknown is None or empty. Values of environment variables are not in it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field
from typing import Any, ClassVar

from compose2quadlet.diagnostics import Position, RefusedError, command, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.stored import parsed, validated

VERSION = 1
"""The version of the file format. It increases with changes that an older reader would misunderstand."""

STRICT = {"extra": "forbid", "strict": True}
"""How pydantic checks the objects of a file."""

OWN_NETWORKS = ("bridge", "host", "none")
"""The networks that Docker makes itself."""


@frozen()
class Trap:
    """Something about this Docker that makes a move fail or lose data, and what to do about it. ``refused`` says that
    nothing of this Docker can be moved with it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    message: str
    remedy: str
    refused: bool = False


@frozen()
class Engine:
    """A Docker Engine. ``source`` is its socket, or the directory of its files if it does not run; ``api`` is the
    version that was spoken, ``store`` that of its images: overlay2, or overlayfs for containerd's."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    source: str
    version: str = ""
    api: str = ""
    root: str = "/var/lib/docker"
    store: str = ""


@frozen()
class Mount:
    """A mount of a container: ``name`` is that of a volume, ``source`` a path of the host, ``target`` one inside."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    type: str
    target: str
    name: str = ""
    source: str = ""
    writable: bool = True


@frozen()
class Port:
    """A published port; ``address`` is empty for all addresses, ``number`` 0 where Docker chooses it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    address: str
    number: int
    target: int
    protocol: str = "tcp"


@frozen()
class Container:
    """A container. ``project`` is empty for one that was started by hand. ``written`` is what it has written outside
    of its mounts, in bytes, and ``changed`` the paths, without those that every container writes. ``restart`` is the
    policy as ``docker update --restart`` takes it. ``needs`` are the services that it starts after."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: str
    name: str
    image: str
    image_id: str = ""
    state: str = ""
    health: str = ""
    restart: str = "no"
    user: str = ""
    removed: bool = False
    project: str = ""
    service: str = ""
    number: int = 1
    needs: tuple[str, ...] = ()
    config_hash: str = ""
    variables: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    networks: tuple[str, ...] = ()
    beside: str = ""
    written: int | None = None
    changed: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it runs, and would be stopped by a move."""
        return self.state in ("running", "restarting", "paused")


@frozen()
class Drift:
    """A container that is not what its compose file says today: ``what`` differs."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    container: str
    what: str


@frozen()
class Project:
    """A compose project, as Docker Compose was called for it: ``folder`` is its working directory. ``problem`` says
    why its files cannot be read today."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    folder: str = ""
    files: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()
    problem: str = ""

    def options(self) -> list[str]:
        """The options of Docker Compose, and of ``convert``, that name this project."""
        words = [word for file in self.files for word in ("-f", file)]
        words += ["-p", self.name]
        words += ["--project-directory", self.folder] if self.folder else []
        words += [word for file in self.env_files for word in ("--env-file", file)]
        return words + [word for name in self.profiles for word in ("--profile", name)]

    def command(self, *words: str) -> str:
        """A command of Docker Compose for this project, as a shell takes it."""
        return command("docker", "compose", *self.options(), *words)


@frozen()
class Data:
    """What is at a path of the host: owner, mode, bytes on disk, entries, and the largest IDs of owners below it.

    ``mode`` is in octal digits. The rest is None where it was not counted.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    uid: int
    gid: int
    mode: str
    kind: str = "directory"
    bytes: int | None = None
    entries: int | None = None
    largest_uid: int | None = None
    largest_gid: int | None = None
    uids: tuple[int, ...] = ()


@frozen()
class Volume:
    """A volume. ``users`` are names of containers, ``options`` those of its driver. ``data`` is None where it could
    not be looked at; ``size`` is then what Docker says, which counts sparse files in full."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    driver: str = "local"
    path: str = ""
    options: dict[str, str] = field(default_factory=dict)
    anonymous: bool = False
    project: str = ""
    users: tuple[str, ...] = ()
    data: Data | None = None
    size: int | None = None

    @property
    def holds_data(self) -> bool:
        """Whether something is in it, as far as is known."""
        return self.data is None or self.data.entries is None or self.data.entries > 0


@frozen()
class Bind:
    """A path of the host that containers mount; ``data`` is None for one that is gone, or cannot be looked at."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    path: str
    users: tuple[str, ...] = ()
    data: Data | None = None


@frozen()
class Image:
    """An image that a container uses. ``local`` says that no registry is known to have it; None: it is unknown."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: str
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    size: int = 0
    local: bool | None = None
    users: tuple[str, ...] = ()


@frozen()
class Network:
    """A network. ``project`` is empty for one that was made by hand; ``bridge`` is its interface."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    id: str = ""
    driver: str = "bridge"
    internal: bool = False
    subnets: tuple[str, ...] = ()
    bridge: str = ""
    project: str = ""
    users: tuple[str, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether somebody made it with ``docker network create``."""
        return not self.project and self.name not in OWN_NETWORKS


@frozen()
class Inventory:
    """All that Docker has on this host. ``unknown`` says what could not be found out, as sentences."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    engine: Engine
    projects: tuple[Project, ...] = ()
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    binds: tuple[Bind, ...] = ()
    images: tuple[Image, ...] = ()
    networks: tuple[Network, ...] = ()
    traps: tuple[Trap, ...] = ()
    unknown: tuple[str, ...] = ()

    def of(self, project: str) -> list[Container]:
        """The containers of a project; with an empty name those that were started by hand."""
        return [c for c in self.containers if c.project == project]


def dump(inventory: Inventory) -> str:
    """The text of an inventory file. In names that are not UTF-8, a ``?`` replaces each invalid byte."""
    text = json.dumps({"version": VERSION, **asdict(inventory)}, indent=1, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace").decode()


def load(text: str, file: str) -> Inventory:
    """Read a file of an inventory; ``file`` is its name. Raises RefusedError if it is anything else."""
    try:
        given = parsed(text)
        if not isinstance(given, dict) or given.pop("version", None) != VERSION:
            raise ValueError(f"it does not have version {VERSION} of the format")
        return validated(Inventory, given)
    except ValueError as e:
        raise _bad(str(e), file) from e


def _bad(problem: str, file: str) -> RefusedError:
    hint = "Take the inventory again, on that host: compose2quadlet inventory -o FILE"
    return refuse("bad-inventory", f"this is not an inventory of Docker: {problem}", hint, position=Position(file))
