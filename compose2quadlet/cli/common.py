"""What the commands share: which projects the command line names, and how diagnostics are shown."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, lines, refuse
from compose2quadlet.loader import Request
from compose2quadlet.report import output

if TYPE_CHECKING:
    from compose2quadlet.run import Run


MAX_BYTES = 16 * 1024 * 1024
"""The largest file that is read. A host with thousands of units and mounts has facts of one megabyte."""

T = TypeVar("T")


def requests(
    paths: tuple[str, ...],
    files: tuple[str, ...],
    project_name: str,
    project_directory: str,
    env_files: tuple[str, ...],
    profiles: tuple[str, ...],
    **more: Any,
) -> list[Request]:
    """The projects that the options name: one for each PATH, or that of -f, or that of the working directory; with what
    files of settings say of them. Exits with 2 for such a file that cannot be used.

    Raises click.UsageError for options that exclude each other.
    """
    here = _working_directory()
    common: dict[str, Any] = {
        "project_name": project_name,
        "project_directory": project_directory,
        "profiles": profiles,
        "environ": os.environ,
        **more,
    }
    if not paths:
        return _with_settings([Request(here, files, env_files=env_files, search_up=True, **common)])
    if files:
        raise click.UsageError("Use either PATH or --file, not both.")
    if len(paths) > 1 and project_name:
        raise click.UsageError("--project-name works with one PATH only.")
    env_files = tuple(os.path.normpath(os.path.join(here, f)) for f in env_files)
    out = []
    # A project that is named twice, as in 'stacks/* stacks/immich', counts once.
    for path in dict.fromkeys(os.path.normpath(os.path.join(here, path)) for path in paths):
        folder, named = (path, ()) if os.path.isdir(path) else (os.path.dirname(path), (path,))
        # As if Docker Compose ran in the project directory.
        environ = {**os.environ, "PWD": folder}
        out.append(Request(folder, named, env_files=env_files, **{**common, "environ": environ}))
    return _with_settings(out)


SETTINGS = "compose2quadlet.toml"
"""The name of files with settings."""


def settings_places(folder: str) -> tuple[str, ...]:
    """The directories of files with settings for the project in a directory, those that count less first."""
    return tuple(dict.fromkeys((_working_directory(), os.path.dirname(folder), folder)))


def has_settings(found: Iterable[Request]) -> bool:
    """Whether there is a file with settings for one of the projects; without, nothing is imported for them."""
    places = dict.fromkeys(place for request in found for place in settings_places(request.project_folder))
    return any(os.path.isfile(os.path.join(place, SETTINGS)) for place in places)


def _with_settings(found: list[Request]) -> list[Request]:
    if not has_settings(found):
        return found
    from compose2quadlet.cli import settings
    from compose2quadlet.diagnostics import RefusedError

    try:
        return [settings.applied(request) for request in found]
    except RefusedError as e:
        show(e.diagnostics)
        sys.exit(2)


def _working_directory() -> str:
    """The working directory. Raises click.UsageError if it no longer exists."""
    try:
        return os.getcwd()
    except OSError as e:
        raise click.UsageError("the working directory no longer exists.") from e


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics to stderr."""
    output.say_all(lines(diagnostics, relative))


@contextlib.contextmanager
def failing() -> Iterator[None]:
    """Turn what cannot be done into messages, and exit with 2. Errors of this tool itself pass."""
    from compose2quadlet.host.migrate.machine import FailedError
    from compose2quadlet.migrate.plan import PlanError

    try:
        yield
    except FailedError as e:
        output.say(f"Error: {e}")
        if e.hint:
            output.say(f"    {e.hint}")
    except PlanError as e:
        output.say(f"Error: {e}")
        output.say("    Make a new one: compose2quadlet migrate plan -o DIR")
    except RefusedError as e:
        show(e.diagnostics)
    except OSError as e:
        output.say(f"Error: {e.filename or 'a file'}: {(e.strerror or str(e)).lower()}")
    else:
        return
    sys.exit(2)


def relative(file: str) -> str:
    """The shorter of a file's absolute name and its name relative to the working directory, if that still exists."""
    try:
        short = os.path.relpath(file) if os.path.isabs(file) else file
    except OSError:
        return file
    return min(short, file, key=len)


def with_crashes(run: Run) -> Run:
    """The run with a diagnostic for each unexpected exception."""
    from compose2quadlet.report.crash import internal_error, trace

    for i, outcome in enumerate(run.outcomes):
        if outcome.crash:
            output.say_all(trace(outcome.crash))
            run = run.add(i, internal_error(outcome.crash, "converting the project", outcome.folder))
    return run


def loaded(file: str, load: Callable[[str, str], T], slug: str, hint: str) -> T:
    """What a file has, as ``load`` reads it from its text and name. Exits with 2 for a file that cannot be read, which
    ``slug`` and ``hint`` are about, or that has something else."""
    try:
        return load(read(file), file)
    except (OSError, ValueError) as e:
        reason = e.strerror or str(e) if isinstance(e, OSError) else str(e)
        refused = refuse(slug, f"cannot read it: {reason.lower()}", hint, position=Position(file))
    except RefusedError as e:
        refused = e
    show(refused.diagnostics)
    sys.exit(2)


def read(file: str) -> str:
    """The text of a file, of a pipe, or of standard input. Raises OSError, and ValueError for anything else."""
    if file == "-" and sys.stdin is None:
        raise ValueError("standard input is closed")
    with sys.stdin.buffer if file == "-" else open(file, "rb") as f:
        data = f.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        raise ValueError("it is not a text file") from e
