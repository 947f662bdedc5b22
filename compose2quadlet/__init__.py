"""compose2quadlet: Docker Compose projects to Podman Quadlet units for systemd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compose2quadlet.diagnostics import Log
    from compose2quadlet.loader import Loaded, Request
    from compose2quadlet.model import Project
    from compose2quadlet.options import Options

__version__ = "0.1.0"
__all__ = ["Conversion", "__version__", "convert"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted project: what was loaded, and the text of each unit by its file name.

    ``systemd`` has the units that Podman's generator does not read, ``podman`` files of Podman's own configuration;
    ``private`` has the names of those that hold values, which nobody else should read.
    """

    loaded: Loaded
    project: Project
    files: dict[str, str]
    systemd: dict[str, str]
    podman: dict[str, str]
    private: frozenset[str]


def convert(request: Request, options: Options, log: Log) -> Conversion:
    """Convert one project.

    ``request`` says which compose files, ``options`` for which Podman and scope; ``log`` collects what there is
    to say. Nothing is written. Raises RefusedError where no correct unit is possible.
    """
    from compose2quadlet.diagnostics import RefusedError
    from compose2quadlet.loader import from_tree, load

    loaded = load(request, log)
    if loaded.disabled:
        # Services of other profiles become units too, which only their target starts; but they keep nothing from
        # being converted.
        trial = log.copy()
        try:
            whole = from_tree(loaded.tree, request, trial, all_profiles=True)
            made = _units(whole, options, trial, frozenset(loaded.disabled))
        except RefusedError:
            _note_disabled(loaded, log)
        else:
            log.items[:] = trial.items
            return made
    return _units(loaded, options, log, frozenset())


def _units(loaded: Loaded, options: Options, log: Log, dormant: frozenset[str]) -> Conversion:
    from compose2quadlet.backend import fit, render
    from compose2quadlet.backend.configuration import NAME, QUIET
    from compose2quadlet.lowering import lower
    from compose2quadlet.lowering.privacy import holds_values
    from compose2quadlet.model import Project
    from compose2quadlet.planner import plan, providers

    project = providers.without(Project.model_validate(loaded.project), log)
    if not project.services.keys() - dormant:
        hint = "There is nothing to start. Are its profiles not active? --profile '*' activates all."
        log.warn("no-services", f"the project {project.name} has no active service", hint)
    plans = plan(project, loaded.tree.sources.folder, options, log, dormant)
    lowered = list(lower(plans, log))
    units = [fit(unit, options.podman, log) for unit in lowered]
    log.raise_errors()
    quadlets = {unit.name: render(unit) for unit in units if not unit.native}
    native = {unit.name: render(unit) for unit in units if unit.native}
    private = frozenset(unit.name for unit in lowered if holds_values(unit))
    return Conversion(loaded, project, quadlets, native, {NAME: QUIET} if plans.quiet_health else {}, private)


def _note_disabled(loaded: Loaded, log: Log) -> None:
    for name, service in loaded.disabled.items():
        profiles = ", ".join(service["profiles"])
        message = f"'{name}' is left out: its profiles are not active: {profiles}; with them, the project is refused"
        hint = "Add --profile with one of them to see why; '*' stands for all."
        log.note("profile-inactive", message, hint, ("services", name))
