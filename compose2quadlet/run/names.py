"""Names in options that no project has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import WORDS, Diagnostic, Severity, told
from compose2quadlet.model import Project
from compose2quadlet.options import Options, Own
from compose2quadlet.pipeline import Conversion

MANY = 12
"""The most names in one hint; if there are more, it only shows similar ones."""


def unknown(projects: Iterable[Project], options: Options, profiles: Iterable[str]) -> Iterator[Diagnostic]:
    """Diagnostics for services in ``options``, and for ``profiles`` on the command line, that do not exist."""
    services = {name: service for project in projects for name, service in project.services.items()}
    there = {profile for service in services.values() for profile in service.profiles}
    for profile in profiles:
        if profile != "*" and profile not in there:
            hint = f"The profiles are: {', '.join(told(p, WORDS, '…') for p in sorted(there)) or 'none'}."
            yield Diagnostic("no-such-profile", Severity.WARNING, f"no service has the profile {profile!r}", hint)
    for name in {**options.isolations, **options.host_units}:
        if name not in services and name != "*":
            message = f"an option names the service {name!r}, which does not exist"
            yield Diagnostic("no-such-service", Severity.ERROR, message, _advice(name, sorted(services)))


def without_service(made: Conversion | None, own: Own | None) -> Iterator[Diagnostic]:
    """Diagnostics for services in the settings of a project that it does not have."""
    services = made.project.services if made else {}
    for name in sorted(own.services - services.keys()) if own and made else ():
        message = f"compose2quadlet.toml names the service {name!r}, which {made.project.name if made else ''} lacks"
        yield Diagnostic("no-such-service", Severity.ERROR, message, _advice(name, sorted(services)))


def _advice(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 3)
    if close:
        return f"Did you mean {', '.join(close)}?"
    if len(known) <= MANY:
        return f"The services are: {', '.join(known)}."
    return "Use the name of a service in the compose files."
