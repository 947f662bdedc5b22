"""The options that say what is known of the host that units are for, and what services need of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from compose2quadlet.cli import common
from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, Severity, refuse
from compose2quadlet.facts import Facts, load
from compose2quadlet.options import DEFAULT_PODMAN, Options, Scope, Version, parse_version

if TYPE_CHECKING:
    from compose2quadlet.host.programs import Programs

MAX_BYTES = 16 * 1024 * 1024
"""The largest file with facts. A host with thousands of units and mounts has a file of one megabyte."""

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--host",
        "host_file",
        type=click.Path(),
        metavar="FILE",
        help="Read facts about the host from FILE, which 'compose2quadlet facts' printed there; see 'help host-units'"
        "  [default: look at this host, but not with -o or --stdout].",
    ),
    click.option(
        "--host-unit",
        "host_units",
        multiple=True,
        metavar="SERVICE=UNIT",
        help="A unit of the host that SERVICE waits for. '*' stands for all services. The unit 'none' turns off what is"
        " found automatically.",
    ),
)


def host_options(command: F) -> F:
    """Add the options about the host."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def options_of(
    scope: Scope, podman: Version | None, host_file: str | None, host_units: Iterable[str], here: bool
) -> tuple[Options, str]:
    """The options of a run for a host, and where the version of its Podman comes from; ``here`` says whether it is
    this one. Exits with 2 for a file without facts, raises click.BadParameter for what is no SERVICE=UNIT."""
    from compose2quadlet.host.programs import Programs

    needed = _units_by_service(host_units)
    programs = Programs()
    host = _facts_of(host_file, here, programs)
    warn_of(programs, but="podman")  # of which the source of the version says it
    if found := podman or _podman_of(host):
        source = "as given" if podman else f"by {host_file}" if host_file else "as installed"
        return Options(found, scope, host_units=needed, host=host), source
    version, source = podman_here(programs)
    return Options(version, scope, host_units=needed, host=host), source


def podman_here(programs: Programs) -> tuple[Version, str]:
    """The Podman to convert for where none is given, and where it comes from."""
    from compose2quadlet.host.podman import installed_version

    found, problem = installed_version(programs)
    return (found, "as installed") if found else (DEFAULT_PODMAN, f"{problem}; choose with --podman-version")


def warn_of(programs: Programs, but: str = "") -> None:
    """Say which programs did not answer, so that what they know is not known; ``but`` is one to leave out."""
    for problem in programs.problems(but):
        hint = "What it knows of this host is not taken into account."
        common.show([Diagnostic("host-silent", Severity.WARNING, problem, hint)])


def _facts_of(file: str | None, here: bool, programs: Programs) -> Facts | None:
    """The facts of a file, else those of this host where it is the target (``here``). Exits with 2 for a file that
    has none."""
    if file is None:
        if not here:
            return None
        from compose2quadlet.host.facts import gather

        return gather(run=programs.output)
    try:
        return load(_read(file), file)
    except (OSError, ValueError) as e:
        reason = e.strerror or str(e) if isinstance(e, OSError) else str(e)
        hint = "Gather the facts on the target: compose2quadlet facts > FILE"
        refused = refuse("bad-facts", f"cannot read it: {reason.lower()}", hint, position=Position(file))
    except RefusedError as e:
        refused = e
    common.show(refused.diagnostics)
    sys.exit(2)


def _read(file: str) -> str:
    """The text of a file, of a pipe, or of standard input. Raises OSError, and ValueError for what is no such text."""
    if file == "-" and sys.stdin is None:
        raise ValueError("standard input is closed")
    with sys.stdin.buffer if file == "-" else open(file, "rb") as f:
        data = f.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        raise ValueError("it is no text") from e


def _podman_of(facts: Facts | None) -> Version | None:
    """The version of the target's Podman, as far as it is known."""
    try:
        return parse_version(facts.podman) if facts and facts.podman else None
    except ValueError:
        return None


def _units_by_service(values: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """``SERVICE=UNIT`` texts as the units of each service. Raises click.BadParameter for another text."""
    found: dict[str, tuple[str, ...]] = {}
    for text in values:
        service, equals, unit = text.partition("=")
        if not (service and equals and unit):
            raise click.BadParameter(f"{text!r} is not SERVICE=UNIT", param_hint="--host-unit")
        found[service] = (*found.get(service, ()), unit)
    return found
