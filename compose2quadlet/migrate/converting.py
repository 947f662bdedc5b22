"""Converts the projects behind running containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, Severity
from compose2quadlet.migrate import project
from compose2quadlet.migrate.engine import Container
from compose2quadlet.options import Options
from compose2quadlet.pipeline import Conversion
from compose2quadlet.run import convert_all


@dataclass(slots=True)
class Converted:
    """The projects that could be converted, and why others could not; ``said`` is what to know of the units."""

    made: dict[str, Conversion] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)
    said: list[Diagnostic] = field(default_factory=list)


def converted(found: Mapping[str, Sequence[Container]], options: Options, keep: Callable[[str, str], str]) -> Converted:
    """Convert projects as they run: with the profiles that are on, names for volumes without one, and images as they
    are. ``keep`` puts the override file for that into a file, given the project and the text, and returns its path."""
    result, requests, names = Converted(), [], []
    for name, containers in found.items():
        try:
            request = project.request(containers)
            first = convert_all([request], options).outcomes[0]
            profiles = project.profiles(containers, first.conversion.loaded.disabled if first.conversion else {})
            loaded = first.conversion
            if profiles:
                loaded = convert_all([replace(request, profiles=profiles)], options).outcomes[0].conversion
            if loaded is None:
                raise RefusedError(*[d for d in first.log.placed() if d.severity is Severity.ERROR])
            text = project.override(containers, loaded.project.services, name)
            more = [keep(name, text)] if text else []
            requests.append(project.request(containers, profiles, more))
            names.append(name)
        except (RefusedError, OSError) as e:
            result.refused[name] = str(e)
    run = convert_all(requests, options)
    for name, outcome in zip(names, run.outcomes, strict=True):
        if outcome.crash:
            raise outcome.crash
        if outcome.conversion is None:
            result.refused[name] = _errors(outcome.log)
            continue
        result.made[name] = outcome.conversion
        result.private |= outcome.conversion.private
        result.said += [d for d in outcome.log.placed() if d.severity is not Severity.NOTE]
    return result


def _errors(log: Log) -> str:
    return "; ".join(d.message for d in log.items if d.severity is Severity.ERROR)
