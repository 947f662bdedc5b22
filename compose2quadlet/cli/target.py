"""The options that say what is known of the host that units are for, and what services need of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from compose2quadlet.cli import common
from compose2quadlet.diagnostics import Position, RefusedError, refuse
from compose2quadlet.facts import Facts, load
from compose2quadlet.options import Options, Scope, Version, parse_version

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
    from compose2quadlet.cli.batch import podman_here

    needed = _units_by_service(host_units)
    host = _facts_of(host_file, here)
    if found := podman or _podman_of(host):
        source = "as given" if podman else f"by {host_file}" if host_file else "as installed"
        return Options(found, scope, host_units=needed, host=host), source
    version, source = podman_here()
    return Options(version, scope, host_units=needed, host=host), source


def _facts_of(file: str | None, here: bool) -> Facts | None:
    """The facts of a file, else those of this host where it is the target (``here``). Exits with 2 for a file that
    has none."""
    if file is None:
        if not here:
            return None
        from compose2quadlet.host.facts import gather

        return gather()
    try:
        with click.open_file(file, encoding="utf-8") as f:
            return load(f.read(), file)
    except (OSError, UnicodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is no text"
        hint = "Gather the facts on the target: compose2quadlet facts > FILE"
        refused = refuse("bad-facts", f"cannot read it: {(reason or str(e)).lower()}", hint, position=Position(file))
    except RefusedError as e:
        refused = e
    common.show(refused.diagnostics)
    sys.exit(2)


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
