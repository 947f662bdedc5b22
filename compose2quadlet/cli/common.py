"""What the commands share: the options that name projects, and how diagnostics are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import click

from compose2quadlet.diagnostics import Diagnostic, Line, Position, Styled, lines
from compose2quadlet.loader import Request
from compose2quadlet.report import output

Missing = dict[str, list[Position | None]]
F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(readable=False)
"""Completed as a file name; whether it can be read is for the loader to say."""

OPTIONS = (
    click.argument("paths", nargs=-1, type=PATH, metavar="[PATH]..."),
    click.option(
        "-f", "--file", "files", multiple=True, type=PATH, metavar="FILE", help="A compose file; may be repeated."
    ),
    click.option("-p", "--project-name", default="", metavar="NAME", help="The name of the project."),
    click.option("--project-directory", default="", type=PATH, metavar="DIR", help="Resolve relative paths from DIR."),
    click.option(
        "--env-file",
        "env_files",
        multiple=True,
        type=PATH,
        metavar="FILE",
        help="Read variables from FILE instead of .env.",
    ),
    click.option("--profile", "profiles", multiple=True, metavar="NAME", help="Activate a profile; '*' for all."),
)


def project_options(command: F) -> F:
    """Add the options by which Docker Compose names a project, and PATH."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def requests(
    paths: tuple[str, ...],
    files: tuple[str, ...],
    project_name: str,
    project_directory: str,
    env_files: tuple[str, ...],
    profiles: tuple[str, ...],
    **more: Any,
) -> list[Request]:
    """The projects that the options name: one for each PATH, or the one that -f or the working directory has.

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
        return [Request(here, files, env_files=env_files, search_up=True, **common)]
    if files:
        raise click.UsageError("PATH and --file exclude each other: with --file, relative paths start here.")
    if len(paths) > 1 and project_name:
        raise click.UsageError("--project-name names one project, but there are several PATHs.")
    env_files = tuple(os.path.normpath(os.path.join(here, f)) for f in env_files)
    out = []
    # A project that is named twice, as by 'stacks/* stacks/immich', is one.
    for path in dict.fromkeys(os.path.normpath(os.path.join(here, path)) for path in paths):
        folder, named = (path, ()) if os.path.isdir(path) else (os.path.dirname(path), (path,))
        # As if Docker Compose ran in the project's folder.
        environ = {**os.environ, "PWD": folder}
        out.append(Request(folder, named, env_files=env_files, **{**common, "environ": environ}))
    return out


def _working_directory() -> str:
    """Raises click.UsageError where somebody has removed it."""
    try:
        return os.getcwd()
    except OSError as e:
        raise click.UsageError("the working directory is not there any more.") from e


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics to stderr."""
    output.say_all(lines(diagnostics, relative))


def relative(file: str) -> str:
    """The shorter of a file's absolute name and its name relative to the working directory, if that is still there."""
    try:
        short = os.path.relpath(file) if os.path.isabs(file) else file
    except OSError:
        return file
    return min(short, file, key=len)


def folder_of(request: Request) -> str:
    """The project's folder, as far as the options alone say it."""
    named = next((f for f in request.files if f != "-"), "")
    return os.path.normpath(os.path.join(request.folder, request.project_directory or os.path.dirname(named)))


EXAMPLES = (".env.example", ".env.sample", ".env.dist", ".env.template", "example.env", "sample.env", "env.example")


def missing_lines(title: str, missing: Missing, folder: str) -> Iterator[Line]:
    """What to say of the variables that a project wants and that are not set: each once, with its places,
    and the lines to put into the ``.env`` file."""
    count = len(missing)
    head = f"{count} variables of {title} are not set and count as empty, as with Docker Compose"
    if count == 1:
        head = f"1 variable of {title} is not set and counts as empty, as with Docker Compose"
    yield Styled(head, "yellow"), ":"
    width = min(max(map(len, missing)), 40)
    for name, places in sorted(missing.items()):
        yield (f"  {name:<{width}}  {', '.join(places_text(places))}",)
    env = relative(os.path.join(folder, ".env"))
    if example := next((e for e in EXAMPLES if os.path.isfile(os.path.join(folder, e))), None):
        yield (f"{relative(os.path.join(folder, example))} may say what they should be.",)
    shown = " ".join(f"{name}=" for name in sorted(missing))
    wanted = shown if len(shown) < 80 else "a line NAME=value for each"
    yield (f"Set them in {env} ({wanted}), and run this again.",)


def places_text(places: Iterable[Position | None]) -> Iterator[str]:
    """Places, those in one file put together: ``compose.yaml:3:7, 9:7``."""
    last = ""
    for place in places:
        if place is None:
            continue
        file = relative(place.file)
        yield f"{place.line}:{place.column}" if file == last else f"{file}:{place.line}:{place.column}"
        last = file
