"""Finds the files of a project, its environment, and its name.

Source: docker compose command line reference ("-f", "-p", "--env-file", pre-defined environment variables);
compose-go ``cli/options.go``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from compose2quadlet.diagnostics import WORDS, Log, Position, refuse, shown
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import dotenv, files
from compose2quadlet.loader.extends import local_only
from compose2quadlet.loader.interpolate import Variables

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)


@frozen()
class Request:
    """What to load, in terms of Docker Compose's options.

    ``folder`` is where relative paths of the request start; ``search_up`` says whether its parents are
    searched when it has no compose file. ``profiles`` may hold ``*`` for all. Empty means "not given". Without
    ``read_env_files`` the services keep their ``env_file``, as in Compose when it computes hashes.
    """

    folder: str
    files: tuple[str, ...] = ()
    project_name: str = ""
    project_directory: str = ""
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    search_up: bool = False
    interpolate: bool = True
    consistency: bool = True
    read_env_files: bool = True

    @property
    def project_folder(self) -> str:
        """The project's directory, if the request alone determines it."""
        named = next((f for f in self.files if f != "-"), "")
        return os.path.normpath(os.path.join(self.folder, self.project_directory or os.path.dirname(named)))


@dataclass(slots=True)
class Sources:
    """A resolved request: absolute compose files, the project directory, the environment for
    interpolation, and the active profiles."""

    files: list[str]
    folder: str
    environment: dict[str, str]
    profiles: list[str]


def parse_bool(text: str) -> bool | None:
    """A truth value as Go's ``strconv.ParseBool`` reads it; None for anything else."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    return False if text in ("0", "f", "F", "FALSE", "false", "False") else None


def discover(request: Request, variables: Variables, log: Log) -> Sources:
    """Find the files and the environment of a project.

    ``variables`` records what env files use. Raises RefusedError if there is no compose file
    or an env file cannot be read.
    """
    environment = dict(request.environ)
    environment.setdefault("PWD", request.folder)
    for file in request.files:
        local_only(file, Position(file))
    given = [absolute(request.folder, f) for f in request.files]
    directory = absolute(request.folder, request.project_directory) if request.project_directory else ""

    def project_folder() -> str:
        named = next((f for f in given if f != "-"), None)
        return directory or (os.path.dirname(named) if named else request.folder)

    _add_env_files(environment, request, project_folder(), variables)
    if not given and environment.get("COMPOSE_FILE"):
        separator = environment.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
        given = [absolute(request.folder, f) for f in environment["COMPOSE_FILE"].split(separator)]
    if not given:
        given = _default_files(directory or request.folder, request.search_up, log)
    _add_env_files(environment, request, project_folder(), variables)
    profiles = list(request.profiles) or [p.strip() for p in environment.get("COMPOSE_PROFILES", "").split(",")]
    return Sources(given, project_folder(), environment, profiles)


def absolute(folder: str, path: str) -> str:
    return path if path == "-" else os.path.normpath(os.path.join(folder, path))


def _add_env_files(environment: dict[str, str], request: Request, folder: str, variables: Variables) -> None:
    """Merge the env files into ``environment``; values that are already there win."""
    named = request.env_files or tuple(f for f in environment.get("COMPOSE_ENV_FILES", "").split(",") if f)
    if named:
        paths = [absolute(request.folder, f) for f in named]
    else:
        disabled = request.environ.get("COMPOSE_DISABLE_ENV_FILE")
        if disabled and parse_bool(disabled) is None:
            raise refuse(
                "wrong-type",
                "COMPOSE_DISABLE_ENV_FILE is neither true nor false",
                "Set it to 1 or 0.",
            )
        default = os.path.join(folder, ".env")
        paths = [default] if files.exists(default) and not (disabled and parse_bool(disabled)) else []
    for key, value in read_env_files(paths, environment, variables).items():
        environment.setdefault(key, value)


def read_env_files(
    paths: list[str], environment: Mapping[str, str], variables: Variables, position: Position | None = None
) -> dict[str, str]:
    """The values of env files, which are named at ``position``, read in order. Within the files, ``environment``
    wins."""
    values: dict[str, str] = {}
    for path in paths:
        data = files.read(path, "env file", position)
        dotenv.parse(data, path, values, environment.get, variables)
    return values


def _default_files(folder: str, search_up: bool, log: Log) -> list[str]:
    """The compose file in ``folder`` or, if wanted, above it, with the override file beside it."""
    start = folder
    while True:
        found = [f for name in NAMES if files.exists(f := os.path.join(folder, name))]
        if found:
            overrides = [f for name in OVERRIDES if files.exists(f := os.path.join(folder, name))]
            for kind, candidates in (("compose", found), ("override", overrides)):
                if len(candidates) > 1:
                    names = ", ".join(map(os.path.basename, candidates))
                    used = os.path.basename(candidates[0])
                    log.warn(
                        "several-files",
                        f"the directory has several {kind} files: {names}",
                        f"Only {used} is read, as with Docker Compose.",
                    )
            return [found[0], *overrides[:1]]
        above = os.path.dirname(folder)
        if not search_up or above == folder:
            raise refuse(
                "no-compose-file",
                f"there is no compose file in {start}",
                f"Compose looks for {', '.join(NAMES)}. Name another file with -f.",
                position=Position(start),
            )
        folder = above


NAME = re.compile(r"[^a-z0-9_-]")


def project_name(text: str) -> str:
    """``text`` as the name of a project: lower case, with letters, digits, ``_`` and ``-``."""
    return NAME.sub("", text.lower()).lstrip("_-")


def given_name(request: Request, environment: Mapping[str, str]) -> str:
    """The project name that the caller set, if any. Raises RefusedError if it is not valid."""
    name = request.project_name or environment.get("COMPOSE_PROJECT_NAME", "")
    if name and project_name(name) != name:
        source = "--project-name" if request.project_name else "COMPOSE_PROJECT_NAME"
        near = project_name(name)
        such = f", such as {near}" if WORDS.fullmatch(name) and near else ""
        message = f"{source} is {shown(name, WORDS, 'a text')}, which is not a project name"
        hint = f"Use lower-case letters, digits, '_' and '-', starting with a letter or digit{such}."
        raise refuse("bad-name", message, hint)
    return name
