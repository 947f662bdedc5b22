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
    """A converted project: what was loaded, and the text of each unit by its file name."""

    loaded: Loaded
    project: Project
    files: dict[str, str]


def convert(request: Request, options: Options, log: Log) -> Conversion:
    """Convert one project.

    ``request`` says which compose files, ``options`` for which Podman and scope; ``log`` collects what there is
    to say. Nothing is written. Raises RefusedError where no correct unit is possible.
    """
    from compose2quadlet.backend import fit, render
    from compose2quadlet.loader import load
    from compose2quadlet.lowering import lower
    from compose2quadlet.model import Project
    from compose2quadlet.planner import plan

    loaded = load(request, log)
    for name, service in loaded.disabled.items():
        profiles = ", ".join(service["profiles"])
        hint = "Add --profile with one of them; '*' stands for all."
        log.note(
            "profile-inactive",
            f"'{name}' is left out: its profiles are not active: {profiles}",
            hint,
            ("services", name),
        )
    project = Project.model_validate(loaded.project)
    if not project.services:
        hint = "There is nothing to start. Are its profiles not active? --profile '*' activates all."
        log.warn("no-services", f"the project {project.name} has no service", hint)
    plans = plan(project, loaded.tree.sources.folder, options, log)
    units = [fit(unit, options.podman, log) for unit in lower(plans, log)]
    log.raise_errors()
    return Conversion(loaded, project, {unit.name: render(unit) for unit in units})
