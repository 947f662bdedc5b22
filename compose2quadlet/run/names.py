"""Names that options give, and that no project has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from compose2quadlet.diagnostics import WORDS, Diagnostic, Severity, told
from compose2quadlet.model import Project
from compose2quadlet.options import Options

MANY = 12
"""Names in one hint; of more, only those that are spelt alike are shown."""


def unknown(projects: Iterable[Project], options: Options, profiles: Iterable[str]) -> Iterator[Diagnostic]:
    """Diagnostics for services that ``options``, and for ``profiles`` that the command line names for nothing."""
    services = {name: service for project in projects for name, service in project.services.items()}
    there = {profile for service in services.values() for profile in service.profiles}
    for profile in profiles:
        if profile != "*" and profile not in there:
            hint = f"The profiles are: {', '.join(told(p, WORDS, '…') for p in sorted(there)) or 'none'}."
            yield Diagnostic("no-such-profile", Severity.WARNING, f"no service has the profile {profile!r}", hint)
    for name in {**options.isolations, **options.host_units}:
        if name not in services and name != "*":
            message = f"an option names the service {name!r}; there is none"
            yield Diagnostic("no-such-service", Severity.ERROR, message, _advice(name, sorted(services)))


def _advice(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 3)
    if close:
        return f"Did you mean {', '.join(close)}?"
    if len(known) <= MANY:
        return f"The services are: {', '.join(known)}."
    return "Name a service of the compose files."
