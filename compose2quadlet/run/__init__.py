"""Several projects at once: their conversions, their clashes, and the messages that appear once for all.

Nothing here prints, or touches a disk except to read the compose files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, Severity
from compose2quadlet.frozen import frozen
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from compose2quadlet.options import Options
from compose2quadlet.pipeline import Conversion, convert
from compose2quadlet.planner.neighbours import Neighbours
from compose2quadlet.run import clashes, names, once, ranges, sharing


@frozen()
class Outcome:
    """One project's conversion, or None if it was refused; ``crash`` is an unexpected exception, if there was one.

    ``title`` is the project's name, if it is known, and ``folder`` its directory. ``log`` has all findings; a run
    leaves out those that it already shows for another project.
    """

    title: str
    folder: str
    log: Log
    conversion: Conversion | None = None
    crash: Exception | None = None


@frozen()
class Run:
    """The outcomes of a run, in the order of its projects, and the diagnostics of each."""

    options: Options
    outcomes: tuple[Outcome, ...]
    said: tuple[tuple[Diagnostic, ...], ...] = ()

    @property
    def conversions(self) -> list[Conversion]:
        return [o.conversion for o in self.outcomes if o.conversion]

    @property
    def failed(self) -> bool:
        return any(o.crash or o.log.count(Severity.ERROR) for o in self.outcomes)

    @property
    def warned(self) -> bool:
        return any(o.log.unset for o in self.outcomes) or any(
            d.severity is Severity.WARNING for found in self.said for d in found
        )

    def files(self, place: Place) -> dict[str, str]:
        """The files of all projects for one place, by name."""
        return {name: text for made in self.conversions for name, text in made.files[place].items()}

    def add(self, number: int, *found: Diagnostic) -> Run:
        """The run with further diagnostics for one project."""
        for d in found:
            self.outcomes[number].log.add(d)
        return Run(self.options, self.outcomes, once.said([o.log for o in self.outcomes], self.options))


def convert_all(requests: Iterable[Request], options: Options, profiles: Iterable[str] = ()) -> Run:
    """Convert projects and compare them. If one cannot be converted, the others are still checked.

    ``profiles`` are those that options name; a warning lists the ones that no service has. The requests are consumed
    one by one, so that the caller can show progress.
    """
    outcomes = _converted(requests, options)
    failed = any(o.crash or o.log.count(Severity.ERROR) for o in outcomes)
    projects = [o.conversion.project for o in outcomes if o.conversion]
    if not failed:
        for d in names.unknown(projects, options, profiles):
            outcomes[0].log.add(d)
        for outcome in outcomes:
            for d in names.without_service(outcome.conversion, options.own.get(outcome.folder)):
                outcome.log.add(d)
    for number, d in clashes.between([(o.folder, o.conversion) for o in outcomes]):
        outcomes[number].log.add(d)
    there = options.host.quadlets if options.host else {}
    for number, d in clashes.with_installed(options, [o.conversion for o in outcomes], there):
        outcomes[number].log.add(d)
    return Run(options, outcomes, once.said([o.log for o in outcomes], options))


def _converted(requests: Iterable[Request], options: Options) -> tuple[Outcome, ...]:
    """The outcomes. A second try is for the projects that use what others of them make; and, where all want more IDs
    than there are, for those that get some, of which then none gets any that it can do without."""
    pairs = [(request, _one(request, ranges.alone(options))) for request in requests]
    made = [outcome.conversion for _, outcome in pairs]
    fewer = ranges.together(options, (one for one in made if one))
    outcomes = []
    for (request, outcome), others in zip(pairs, sharing.neighbours(made), strict=True):
        again = fewer if fewer and ranges.takes_some(outcome.conversion) else None
        if again or others:
            outcome = _one(request, again or ranges.alone(options), others)
        outcomes.append(outcome)
    return tuple(outcomes)


def _one(request: Request, options: Options, others: Neighbours | None = None) -> Outcome:
    log, folder = Log(), request.project_folder
    title = request.project_name or os.path.basename(folder) or "project"
    try:
        made = convert(request, options.of(folder), log, others)
    except RefusedError as e:
        for d in e.diagnostics:
            log.add(d)
        return Outcome(title, folder, log)
    except Exception as e:
        # The other projects are still checked, and nothing of this one is written.
        return Outcome(title, folder, log, crash=e)
    return Outcome(made.project.name, made.loaded.tree.sources.folder, log, made)
