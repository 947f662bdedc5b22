"""``compose2quadlet.toml``: what options say, in a file, for all projects, for one, or for a service of it.

It is looked for in the working directory, in the directory that the project's is in, and in the project's, in this
order::

    scope = "user"
    podman-version = "5.4"
    isolation = "userns"                 # for all projects to which the file applies

    [project.media]                      # the project in the directory media
    profiles = ["tools"]
    allow = ["port-clash"]

    [project.media.service.jellyfin]
    isolation = "keep-id"
    host-units = ["mnt-nas.mount"]

    [service.web]                        # a service of each project to which the file applies

What a later file says replaces what an earlier one says, and an option on the command line replaces both.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from compose2quadlet.cli import common
from compose2quadlet.diagnostics import Position, Severity, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import Request, files
from compose2quadlet.options import Isolation, LogDriver, Own, Scope, parse_version

RUN: dict[str, type] = {"scope": str, "podman-version": str, "host": str, "health-events": bool}
"""Keys about all projects of a run: they cannot be different for two of them."""

PROJECT: dict[str, type] = {
    "isolation": str,
    "log-driver": str,
    "host-units": list,
    "profiles": list,
    "env-files": list,
    "project-name": str,
    "allow": list,
}
"""Keys about a project."""

SERVICE: dict[str, type] = {"isolation": str, "host-units": list}
"""Keys about a service."""

TYPES = {str: "a text", bool: "true or false", list: "a list of texts"}

Table = Mapping[str, Any]


@frozen()
class Section:
    """What files say about one project: the keys and their values, and the same for each of its services. ``origin``
    has the file of each key."""

    keys: Mapping[str, Any]
    services: Mapping[str, Table]
    origin: Mapping[str, str]


def of(folder: str) -> Section:
    """What files say about the project in a directory. Raises RefusedError for a file that cannot be used."""
    keys: dict[str, Any] = {}
    services: dict[str, dict[str, Any]] = {}
    origin: dict[str, str] = {}
    for file in _files(folder):
        table = _load(file)
        own = table.get("project", {}).get(os.path.basename(folder), {})
        for part in (table, own):
            given = {key: value for key, value in part.items() if key not in ("project", "service")}
            keys |= given
            origin |= dict.fromkeys(given, file)
            for name, values in part.get("service", {}).items():
                services.setdefault(name, {}).update(values)
    return Section(keys, services, origin)


def applied(request: Request) -> Request:
    """The request with what files say about profiles, environment files and the name, where it does not say so itself.
    Raises RefusedError."""
    from dataclasses import replace

    found = of(request.project_folder)
    more: dict[str, Any] = {}
    if "profiles" in found.keys and not request.profiles:
        more["profiles"] = tuple(found.keys["profiles"])
    if "env-files" in found.keys and not request.env_files:
        beside = os.path.dirname(found.origin["env-files"])
        more["env_files"] = tuple(os.path.normpath(os.path.join(beside, f)) for f in found.keys["env-files"])
    if "project-name" in found.keys and not request.project_name:
        more["project_name"] = found.keys["project-name"]
    return replace(request, **more) if more else request


def own(request: Request) -> Own | None:
    """What files say about the units of a project; None if they say nothing. Raises RefusedError."""
    found = of(request.project_folder)
    isolation, driver = found.keys.get("isolation"), found.keys.get("log-driver")
    units = {"*": tuple(found.keys["host-units"])} if "host-units" in found.keys else {}
    units |= {name: tuple(one["host-units"]) for name, one in found.services.items() if "host-units" in one}
    made = Own(
        isolation=Isolation(isolation) if isolation else None,
        isolations={name: Isolation(one["isolation"]) for name, one in found.services.items() if "isolation" in one},
        host_units=units,
        log_driver=LogDriver(driver) if driver else None,
        allow=frozenset(found.keys.get("allow", ())),
        services=frozenset(found.services),
    )
    return made if made != Own() else None


def of_run(requests: Iterable[Request], but: Collection[str] = ()) -> dict[str, Any]:
    """What files say about the whole run, ``but`` for some keys. Raises RefusedError if two of them disagree."""
    said: dict[str, Any] = {}
    where: dict[str, str] = {}
    for request in requests:
        found = of(request.project_folder)
        for key in sorted((RUN.keys() & found.keys.keys()).difference(but)):
            value, file = found.keys[key], found.origin[key]
            if key == "host" and value != "none":
                value = os.path.normpath(os.path.join(os.path.dirname(file), value))
            if said.setdefault(key, value) != value:
                message = f"{key} is different from what {where[key]} says, and a run has only one"
                hint = f"Convert the projects in two runs, or use --{key}."
                raise refuse("bad-settings", message, hint, position=_place(file, key))
            where.setdefault(key, file)
    return said


def _files(folder: str) -> Iterator[str]:
    """The files that apply to a project, those that count less first."""
    for place in common.settings_places(folder):
        file = os.path.join(place, common.SETTINGS)
        if os.path.isfile(file) and _trusted(file, folder):
            yield file


def _trusted(file: str, folder: str) -> bool:
    """Whether a file is of somebody who decides about the project: its owner, this user, or root. Others can write
    into directories such as /tmp, too."""
    try:
        owner = os.stat(folder).st_uid
    except OSError:
        owner = os.geteuid()
    return os.stat(file).st_uid in (0, os.geteuid(), owner)


def _load(file: str) -> dict[str, Any]:
    """The tables of a file, which is read once. Raises RefusedError for what no key of it can be."""
    now = os.stat(file)
    return _loaded(file, now.st_mtime_ns, now.st_size)


@cache
def _loaded(file: str, _mtime: int, _size: int) -> dict[str, Any]:
    import tomllib

    try:
        table = tomllib.loads(files.read(file, "settings file").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise refuse("bad-settings", f"not valid TOML: {e}", "Correct the line.", position=Position(file)) from e
    except RecursionError as e:
        raise refuse("bad-settings", "it is nested too deeply", "Flatten it.", position=Position(file)) from e
    _check(file, table, {**RUN, **PROJECT}, "")
    for name, part in _sections(file, table, "project"):
        _check(file, part, PROJECT, f"project.{name}.")
    return table


def _check(file: str, table: Table, known: Mapping[str, type], where: str) -> None:
    """Check the keys of a section, and those of its services."""
    for key, value in table.items():
        if key in ("project", "service"):
            continue
        if key not in known:
            raise _unknown(file, key, known, where)
        texts = isinstance(value, list) and all(isinstance(v, str) for v in value)
        if not isinstance(value, known[key]) or (known[key] is list and not texts):
            message = f"{where}{key} is not {TYPES[known[key]]}"
            raise refuse("bad-settings", message, "Correct the value.", position=_place(file, key))
        _check_value(file, key, value, where)
    for name, part in _sections(file, table, "service"):
        _check(file, part, SERVICE, f"{where}service.{name}.")


def _check_value(file: str, key: str, value: Any, where: str) -> None:
    choices = {"isolation": Isolation, "log-driver": LogDriver, "scope": Scope}.get(key)
    hint = ""
    if choices and value not in list(choices):
        hint = f"Write one of {', '.join(choices)}."
    elif key == "podman-version":
        try:
            parse_version(value)
        except ValueError:
            hint = "Write MAJOR.MINOR, such as 5.4."
    elif key == "allow":
        from compose2quadlet.diagnostics.codes import codes

        unknown = [slug for slug in value if codes().get(slug) is None]
        errors = [slug for slug in value if not unknown and codes()[slug].severities == (Severity.ERROR,)]
        hint = f"There is no diagnostic {unknown[0]!r}." if unknown else ""
        hint = f"{errors[0]} is an error, and errors cannot be allowed." if errors else hint
    if hint:
        raise refuse("bad-settings", f"{where}{key} cannot be that", hint, position=_place(file, key))


def _unknown(file: str, key: str, known: Iterable[str], where: str) -> Exception:
    import difflib

    close = difflib.get_close_matches(key, known, 1)
    elsewhere = " It is about a whole run, so it stands above all sections." if key in RUN else ""
    hint = f"Did you mean {close[0]}?" if close else f"The keys are {', '.join(sorted(known))}.{elsewhere}"
    return refuse("bad-settings", f"there is no key {where}{key}", hint, position=_place(file, key))


def _sections(file: str, table: Table, kind: str) -> Iterator[tuple[str, Table]]:
    """The sections of a kind. Raises RefusedError for something else in their place."""
    sections = table.get(kind, {})
    for name, part in sections.items() if isinstance(sections, dict) else [("", None)]:
        if not isinstance(part, dict):
            message, hint = f"{kind} is not a table of sections", f"Write [{kind}.NAME], and the keys below it."
            raise refuse("bad-settings", message, hint, position=_place(file, kind))
        yield name, part


def _place(file: str, key: str) -> Position:
    """The first line with a key; TOML's parser does not say where it was."""
    lines = files.read(file, "settings file").decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, 1):
        if line.split("=")[0].strip().strip("\"'") == key or line.strip().startswith(f"[{key}"):
            return Position(file, number, 1)
    return Position(file)
