"""Converts one project, from its compose files to the text of its units. Nothing here writes to disk or prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from compose2quadlet.frozen import frozen

if TYPE_CHECKING:
    from compose2quadlet.backend.unit import Unit
    from compose2quadlet.diagnostics import Log
    from compose2quadlet.kinds import Place
    from compose2quadlet.loader import Loaded, Request
    from compose2quadlet.model import Project
    from compose2quadlet.options import Options
    from compose2quadlet.planner import Plan
    from compose2quadlet.planner.neighbours import Neighbours


@frozen()
class Conversion:
    """A converted project, with all stages between its compose files and its units.

    ``plan`` has the decisions, ``units`` the units for the given Podman, and ``files`` the text of each file by name;
    ``private`` has the names of files with values, which other users should not read.
    """

    loaded: Loaded
    project: Project
    plan: Plan
    units: tuple[Unit, ...]
    files: Mapping[Place, Mapping[str, str]]
    private: frozenset[str]


def convert(request: Request, options: Options, log: Log, others: Neighbours | None = None) -> Conversion:
    """Convert one project.

    ``request`` has the compose files, ``options`` the Podman version and scope; ``log`` collects
    to say, and ``others`` is what other projects make of what this one uses. Raises RefusedError, with its
    diagnostics, where no correct unit is possible.
    """
    from compose2quadlet.diagnostics import RefusedError
    from compose2quadlet.loader import from_tree, load

    loaded = load(request, log)
    if not loaded.disabled:
        return _converted(loaded, options, log, frozenset(), others)
    # Services of other profiles become units, too, which only their target starts. But an error in them must not
    # prevent the conversion.
    trial = log.copy()
    try:
        whole = from_tree(loaded.tree, request, trial, all_profiles=True)
        made = _converted(whole, options, trial, frozenset(loaded.disabled), others)
    except RefusedError:
        _note_disabled(loaded, log)
        return _converted(loaded, options, log, frozenset(), others)
    log.adopt(trial)
    return made


def _converted(
    loaded: Loaded, options: Options, log: Log, dormant: frozenset[str], others: Neighbours | None
) -> Conversion:
    from compose2quadlet.backend import fit, render
    from compose2quadlet.backend.configuration import TEXTS
    from compose2quadlet.kinds import KINDS, Place
    from compose2quadlet.lowering import lower
    from compose2quadlet.lowering.privacy import holds_values
    from compose2quadlet.model import Project
    from compose2quadlet.planner import plan, providers
    from compose2quadlet.planner.neighbours import NONE

    project = providers.without(Project.model_validate(loaded.project), log)
    if not project.services.keys() - dormant:
        hint = "There is nothing to start. To activate all profiles, use --profile '*'."
        log.warn("no-services", f"the project {project.name} has no active service", hint)
    plans = plan(project, options, log, folder=loaded.tree.sources.folder, dormant=dormant, others=others or NONE)
    lowered = tuple(lower(plans, log))
    units = tuple(fit(unit, options.podman, log) for unit in lowered)
    _check_names(units, log)
    log.raise_errors()
    files: dict[Place, dict[str, str]] = {place: {} for place in Place}
    for unit in units:
        files[KINDS[unit.kind].place][unit.name] = render(unit)
    files[Place.PODMAN] |= {name: TEXTS[name] for name in plans.configuration}
    private = frozenset(unit.name for unit in lowered if holds_values(unit))
    return Conversion(loaded, project, plans, units, files, private)


def _check_names(units: Iterable[Unit], log: Log) -> None:
    """Log an error where two files of a project would be the same, or make the same unit; and where a name that does
    not come from a service, network or volume, as a target's, is too long for a file."""
    from compose2quadlet.kinds import unit_of
    from compose2quadlet.planner.units import MAX_FILE_NAME

    seen: dict[str, Unit] = {}
    for unit in units:
        if any(len(part.encode()) > MAX_FILE_NAME for part in unit.name.split("/")):
            message = f"the unit name {unit.name} is longer than a file name may be"
            log.error("bad-name", message, "Choose a shorter name for the project or the profile.")
        other = seen.setdefault(unit_of(unit.name), unit)
        if other is not unit:
            message = f"{other.source} and {unit.source} both become {unit_of(unit.name)}"
            log.error("unit-clash", message, "Rename one of the two.")


def _note_disabled(loaded: Loaded, log: Log) -> None:
    from compose2quadlet.diagnostics import WORDS, told

    for name, service in loaded.disabled.items():
        profiles = ", ".join(told(profile, WORDS, "…") for profile in service["profiles"])
        message = (
            f"'{name}' is left out: its profiles ({profiles}) are not active, and with them, nothing can be converted"
        )
        hint = "To see why, activate one of them with --profile, or all with '*'."
        log.note("profile-inactive", message, hint, ("services", name))
