"""The options of commands, in groups, and what a conversion is to do by them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

from compose2quadlet.cli import common
from compose2quadlet.diagnostics import Diagnostic, RefusedError, Severity
from compose2quadlet.facts import Facts, load
from compose2quadlet.options import DEFAULT_PODMAN, Isolation, LogDriver, Options, Own, Scope, Version, parse_version

if TYPE_CHECKING:
    from compose2quadlet.host.programs import Programs
    from compose2quadlet.loader import Request

UNKNOWN = "none"
"""Given as the file with facts: of the host nothing is known."""

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(readable=False)
"""Completed as a file name. The loader checks whether it can be read."""


def _version(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Version | None:
    try:
        return parse_version(value) if value else None
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


def policies_of(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Isolation]:
    """Policies by service. The one for all services has an empty name."""
    found = {}
    for text in given:
        service, _, name = text.rpartition("=")
        try:
            found[service] = Isolation(name)
        except ValueError as e:
            raise click.BadParameter(f"unknown isolation policy {name!r}: write one of {', '.join(Isolation)}") from e
    return found


def known_slugs(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The slugs of ``--allow``. Raises click.BadParameter for one that no diagnostic has, or that is an error."""
    if not given:
        return ()
    from compose2quadlet.diagnostics import Severity
    from compose2quadlet.diagnostics.codes import codes

    for slug in given:
        code = codes().get(slug)
        if code is None:
            raise click.BadParameter(
                f"there is no diagnostic {slug!r}; 'compose2quadlet check' shows slugs in brackets"
            )
        if code.severities == (Severity.ERROR,):
            raise click.BadParameter(f"{slug} is an error, and errors cannot be allowed")
    return given


PROJECT = (
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

TARGET = (
    click.option(
        "--scope",
        type=click.Choice([s.value for s in Scope]),
        help="Who runs the units: your service manager, or the system's. To install system units, run as root."
        "  [default: user; system for root]",
    ),
    click.option(
        "--podman-version",
        "podman",
        metavar="X.Y",
        callback=_version,
        help="Write units for this version of Podman  [default: the installed one, or 5.4].",
    ),
    click.option(
        "--isolation",
        "policies",
        multiple=True,
        metavar="[SERVICE=]POLICY",
        callback=policies_of,
        help="Isolation policy, of all services or of one: auto, dynamic-user, userns, keep-id, none; see"
        " 'help isolation'  [default: auto].",
    ),
    click.option(
        "--log-driver",
        type=click.Choice([d.value for d in LogDriver]),
        help="How output reaches the journal; see 'help logging'  [default: journald].",
    ),
    click.option("--health-events", is_flag=True, help="Let Podman log every health check."),
    click.option(
        "--host",
        "host_file",
        type=click.Path(),
        metavar="FILE",
        help="Read facts about the host from FILE, which 'compose2quadlet facts' printed there; see 'help host-units'."
        " 'none' stands for a host of which nothing is known  [default: look at this host; with -o or --stdout, only if"
        " its Podman is the one asked for].",
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


def reveal_option(command: F) -> F:
    """Add ``--reveal``."""
    return click.option("--reveal", is_flag=True, help="Show values that may be credentials.")(command)


def filled(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The name of a directory, which is not empty. Raises click.BadParameter."""
    if value == "":
        raise click.BadParameter("it is empty; check that its variables are set")
    return value


def output_option(use: str) -> Callable[[F], F]:
    """The option ``-o`` for a directory of units; ``use`` says what happens there."""
    place = "where Podman reads the units of the scope"
    return click.option(
        "-o",
        "--output",
        "directory",
        type=click.Path(),
        metavar="DIR",
        callback=filled,
        help=f"{use}  [default: {place}].",
    )


def project_options(command: F) -> F:
    """Add PATH, and the options with which Docker Compose names a project."""
    return _with(PROJECT, command)


def project_of(given: dict[str, Any]) -> dict[str, Any]:
    """Take the options of ``project_options`` out of those ``given``."""
    names = ("paths", "files", "project_name", "project_directory", "env_files", "profiles")
    return {name: given.pop(name) for name in names}


def target_options(command: F) -> F:
    """Add the options about what the units are for: scope, Podman, policies, the host."""
    return _with(TARGET, command)


def _with(group: tuple[Callable[[F], F], ...], command: F) -> F:
    for option in reversed(group):
        command = option(command)
    return command


def options_of(
    scope: str | None,
    podman: Version | None,
    policies: dict[str, Isolation],
    log_driver: str | None,
    health_events: bool,
    host_file: str | None,
    host_units: Iterable[str],
    here: bool,
    requests: Sequence[Request] = (),
) -> tuple[Options, str]:
    """What the options of ``target_options`` say, and where the version of Podman comes from; ``here`` says whether the
    units are for this host in any case. Otherwise they are if it has the Podman that they are for. Files of settings
    say the rest about the projects of ``requests``.

    Exits with 2 for a file without facts, or one of settings that cannot be used. Raises click.BadParameter for text
    that is not SERVICE=UNIT.
    """
    from compose2quadlet.host.programs import Programs

    needed = _units_by_service(host_units)
    typed = {"scope": scope, "podman-version": podman, "host": host_file}
    settings, own_settings = _settings(requests, [key for key, value in typed.items() if value])
    said = frozenset(["isolation"] * ("" in policies) + ["log_driver"] * bool(log_driver))
    scope, host_file = scope or settings.get("scope"), host_file or settings.get("host")
    podman = podman or (parse_version(settings["podman-version"]) if "podman-version" in settings else None)
    programs = Programs()
    own = host_file is None and (here or _has_podman(podman, programs))
    host = _gathered(programs) if own else None if host_file in (None, UNKNOWN) else _facts_of(host_file)
    warn_of(programs, but="podman")  # which the source of the version mentions
    found = podman or _podman_of(host)
    source = "as requested" if podman else "installed" if host_file in (None, UNKNOWN) else f"from {host_file}"
    if not found:
        found, source = podman_here(programs)
    usual = Scope.SYSTEM if os.geteuid() == 0 else Scope.USER
    chosen = Options(
        podman=found,
        scope=Scope(scope) if scope else usual,
        isolation=policies.get("", Isolation.AUTO),
        isolations={service: policy for service, policy in policies.items() if service},
        host_units=needed,
        host=host,
        log_driver=LogDriver(log_driver or LogDriver.JOURNALD),
        health_events=health_events or settings.get("health-events", False),
        **(_asked(programs, scope in (None, usual)) if own else {}),
        own=own_settings,
        said=said,
    )
    return chosen, source


def _asked(programs: Programs, of_scope: bool) -> dict[str, Any]:
    """What is asked of this host when it is needed; its Podman only if that is the one ``of_scope``."""
    from compose2quadlet.host import store
    from compose2quadlet.host.looking import look
    from compose2quadlet.host.modes import readable

    made = cache(lambda: store.made(programs.output)) if of_scope else None
    return {"readable": readable, "look": look, "made": made}


def _programs() -> Programs:
    from compose2quadlet.host.programs import Programs

    return Programs()


def migration_options(user: str, policies: dict[str, Isolation]) -> Options:
    """The options of a conversion for what runs on this machine: for the system, or a login ``user``."""
    found, _ = podman_here(_programs())
    return Options(
        podman=found,
        scope=Scope.USER if user else Scope.SYSTEM,
        isolation=policies.get("", Isolation.AUTO),
        isolations={service: policy for service, policy in policies.items() if service},
    )


def _settings(requests: Iterable[Request], but: Collection[str]) -> tuple[dict[str, Any], dict[str, Own]]:
    """What files of settings say of a run, but for what options say, and of its projects by their directories."""
    requests = list(requests)
    if not common.has_settings(requests):
        return {}, {}
    from compose2quadlet.cli import settings

    try:
        found = {request.project_folder: settings.own(request) for request in requests}
        return settings.of_run(requests, but), {folder: own for folder, own in found.items() if own}
    except RefusedError as e:
        common.show(e.diagnostics)
        sys.exit(2)


def _has_podman(wanted: Version | None, programs: Programs) -> bool:
    """Whether this host has a Podman, of the version that is asked for, if one is."""
    from compose2quadlet.host.podman import installed_version

    found, _ = installed_version(programs)
    return found is not None and wanted in (None, found)


def _gathered(programs: Programs) -> Facts:
    from compose2quadlet.host.facts import gather

    return gather(run=programs.output)


def podman_here(programs: Programs) -> tuple[Version, str]:
    """The Podman to convert for if none is given, and where the version comes from."""
    from compose2quadlet.host.podman import installed_version

    found, problem = installed_version(programs)
    return (found, "installed") if found else (DEFAULT_PODMAN, f"{problem}; choose with --podman-version")


def warn_of(programs: Programs, but: str = "") -> None:
    """Warn about programs that did not answer; ``but`` is one to leave out."""
    for problem in programs.problems(but):
        hint = "The conversion does without what it knows about this host."
        common.show([Diagnostic("host-silent", Severity.WARNING, problem, hint)])


def _facts_of(file: str) -> Facts:
    """The facts of a file. Exits with 2 for one that has none."""
    return common.loaded(file, load, "bad-facts", "Run this on the target: compose2quadlet facts > FILE")


def _podman_of(facts: Facts | None) -> Version | None:
    """The version of the target's Podman, if it is known."""
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
