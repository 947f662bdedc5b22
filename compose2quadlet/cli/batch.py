"""A run of ``convert`` over several projects: what it makes, and what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compose2quadlet.backend.kinds import Place, unit_of
from compose2quadlet.cli import common
from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, Severity, Styled, command
from compose2quadlet.host.changes import made_from
from compose2quadlet.host.manifest import recorded
from compose2quadlet.host.systemd import own_units
from compose2quadlet.host.write import SUFFIXES, Written, placed, stale, write
from compose2quadlet.loader import Request
from compose2quadlet.options import Options, Scope
from compose2quadlet.pipeline import Conversion, convert
from compose2quadlet.planner import ports
from compose2quadlet.planner.names import containers as container_names
from compose2quadlet.planner.scope import FOLDERS, PODMAN_FOLDERS, SYSTEMD_FOLDERS, low_ports
from compose2quadlet.report import output
from compose2quadlet.report.crash import internal_error, trace

ABOUT_THE_HOST = ("isolation-needs",)
"""Diagnostics that are the same for all projects."""

MANY = 20
"""From this number of projects on, progress is shown."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files are written to, by who reads them."""

    quadlets: Path
    systemd: Path
    podman: Path

    @classmethod
    def of(cls, output: str | None, systemd: str | None, scope: Scope) -> Folders:
        """The folders of a scope, or those inside of an output folder."""
        if output:
            folder = Path(output)
            return cls(folder, Path(systemd or folder / Place.SYSTEMD), folder / Place.PODMAN)
        quadlets, own, podman = (os.path.expanduser(f[scope]) for f in (FOLDERS, SYSTEMD_FOLDERS, PODMAN_FOLDERS))
        return cls(Path(quadlets), Path(systemd or own), Path(podman))


@dataclass(slots=True)
class Outcome:
    """One project's result, or the lack of it."""

    title: str
    log: Log
    folder: str
    conversion: Conversion | None = None


@dataclass(slots=True)
class Batch:
    """Converts projects one after the other and keeps what there is to say about each."""

    options: Options
    quiet: bool = False
    as_json: bool = False
    written: Written | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    def introduce(self, source: str, folder: Path | None) -> None:
        """Say for what, and where to, the units are made; ``source`` is where the version comes from."""
        if not self.quiet and not self.as_json:
            podman = ".".join(map(str, self.options.podman))
            where = f", into {common.relative(str(folder))}" if folder else ""
            output.say(f"For Podman {podman} ({source}), {self.options.scope} scope{where}")

    def convert(self, requests: list[Request]) -> None:
        """Convert all; a project that cannot be converted does not keep the others from being checked."""
        with output.progress(requests, "Converting", hidden=self.quiet or len(requests) < MANY) as bar:
            for request in bar:
                self.outcomes.append(self._one(request))

    def _one(self, request: Request) -> Outcome:
        log = Log()
        folder = common.folder_of(request)
        title = request.project_name or os.path.basename(folder) or "project"
        try:
            conversion = convert(request, self.options, log)
        except RefusedError as e:
            for d in e.diagnostics:
                log.add(d)
            return Outcome(title, log, folder)
        except Exception as e:
            # The others are checked all the same; and what was made of this one is not written.
            log.add(internal_error(e, "converting the project", folder))
            output.say_all(trace(e))
            return Outcome(title, log, folder)
        return Outcome(conversion.project.name, log, conversion.loaded.tree.sources.folder, conversion)

    @property
    def failed(self) -> bool:
        return any(o.log.count(Severity.ERROR) for o in self.outcomes)

    @property
    def warned(self) -> bool:
        return any(o.log.unset or o.log.count(Severity.WARNING) for o in self.outcomes)

    def compare(self) -> None:
        """Find what two projects cannot both have: unit files, container names, host ports."""
        self._say_once()
        files: dict[str, str] = {}
        shared: set[str] = set()
        folders: dict[str, str] = {}
        containers: dict[str, str] = {}
        outcomes: dict[str, Outcome] = {}
        published: list[ports.HostPorts] = []
        for outcome in self.outcomes:
            if outcome.conversion is None:
                continue
            project = outcome.conversion.project
            if twin := folders.get(project.name):
                message = f"the projects in {twin} and {outcome.folder} are both called {project.name}"
                hint = "Give one of them a 'name:', or convert it apart, with --project-name."
                outcome.log.error("unit-clash", message, hint)
                continue
            folders[project.name] = outcome.folder
            for name, text in _units_of(outcome.conversion).items():
                unit = unit_of(name)
                if unit in files and text not in shared:
                    message = f"the projects {files[unit]} and {project.name} both make {unit}, here from {name}"
                    hint = "Convert one of them with another --project-name."
                    outcome.log.error("unit-clash", message, hint)
                files[unit] = project.name
                shared.add(text)
            for service_name, container in container_names(project).items():
                if other := containers.get(container):
                    path = ("services", service_name, "container_name")
                    message = f"the container name {container} is used by {other} as well"
                    hint = "Starting one of the two deletes the other's container. Rename one, or never start it."
                    outcome.log.warn("container-clash", message, hint, path)
                containers[container] = f"{project.name}/{service_name}"
            published += outcome.conversion.plan.ports
            outcomes[project.name] = outcome
        for clash in ports.clashes(published, lambda p: p.project):
            log = outcomes[clash.ports.project].log
            log.warn("port-clash", clash.message, "Only one of the two can run at a time.", clash.ports.path)

    def _say_once(self) -> None:
        """Keep one of the warnings about the host, which is the same for all: of low ports, that of the lowest."""
        said_already: set[Diagnostic] = set()
        for outcome in self.outcomes:
            items = outcome.log.items
            items[:] = [d for d in items if d.code not in ABOUT_THE_HOST or d not in said_already]
            said_already.update(items)
        for code in ("no-linger", "privileged-port"):
            said = [
                (min(low_ports(o.conversion.project, self.options))[0] if code == "privileged-port" else 0, i)
                for i, o in enumerate(self.outcomes)
                if o.conversion and any(d.code == code for d in o.log.items)
            ]
            for _, i in sorted(said)[1:]:
                log = self.outcomes[i].log
                log.items[:] = [d for d in log.items if d.code != code]

    def check_names(self, profiles: tuple[str, ...]) -> None:
        """Find services, and ``profiles``, that an option names, but that no project has."""
        services = [s for o in self.outcomes if o.conversion for s in o.conversion.project.services.values()]
        for profile in profiles:
            if profile != "*" and not self.failed and all(profile not in s.profiles for s in services):
                there = ", ".join(sorted({p for s in services for p in s.profiles})) or "none"
                message = f"no service has the profile {profile!r}"
                self.outcomes[0].log.warn("no-such-profile", message, f"The profiles are: {there}.")
        known = {name for o in self.outcomes if o.conversion for name in o.conversion.project.services}
        if self.failed:
            return  # one of the projects that cannot be looked into may have it
        for name in {**self.options.isolations, **self.options.host_units}:
            if name not in known and name != "*":
                import difflib

                close = difflib.get_close_matches(name, known, 3)
                hint = f"Did you mean {', '.join(close)}?" if close else "Name a service of the compose files."
                self.outcomes[0].log.error(
                    "no-such-service", f"an option names the service {name!r}; there is none", hint
                )

    def compare_with_host(self) -> None:
        """Find units that would be mixed up with units of this host."""
        for outcome in self.outcomes:
            made = outcome.conversion
            names = [*map(unit_of, _units_of(made))] if made else []
            for name, path in own_units(names, self.options.scope):
                if made_from(path) is not None:
                    continue
                hint = "Convert it with another --project-name, or remove the host's own unit first."
                outcome.log.warn("unit-of-the-host", f"this host has a {name} of its own: {path}", hint)

    def files(self, place: Place) -> dict[str, str]:
        """The files of all projects for one place, by their names."""
        made = [o.conversion.files[place] for o in self.outcomes if o.conversion]
        return {name: text for files in made for name, text in files.items()}

    def write(self, folders: Folders, force: bool) -> None:
        """Write all files, or none and log why."""
        private = {name for o in self.outcomes if o.conversion for name in o.conversion.private}
        made = {o.conversion.project.name: recorded(self.options) for o in self.outcomes if o.conversion}
        try:
            files = placed(folders.quadlets, self.files(Place.QUADLETS), private)
            files |= placed(folders.systemd, self.files(Place.SYSTEMD), private)
            files |= placed(folders.podman, self.files(Place.PODMAN), private)
            directories = (folders.quadlets, folders.systemd, folders.podman)
            self.written = write(files, directories, options=made, force=force)
        except RefusedError as e:
            for d in e.diagnostics:
                self.outcomes[0].log.add(d)
            return
        for d in self.written.diagnostics:
            self.outcomes[0].log.add(d)
        left = [stale(where, files) for where in (folders.quadlets, folders.systemd)]
        for outcome in self.outcomes:
            if outcome.conversion:
                project = outcome.conversion.project.name
                for path in (path for found in left for path in found.get(project, ())):
                    message = f"{path.name} is from an earlier run; the project has no such part any more"
                    outcome.log.warn(
                        "stale-unit", message, f"Stop its service and remove it: {command('rm', str(path))}"
                    )

    def units(self) -> str:
        """All units as one text, each behind a line with its name."""
        texts = {str(Path(place, name)): text for place in Place for name, text in self.files(place).items()}
        return "".join(f"# {name}\n{text}\n" for name, text in texts.items())

    # ---------------------------------------------------------------- what is said

    def report(self, with_units: bool) -> None:
        """Say what there is to say: to people on stderr, or as JSON on stdout; print the units if wanted."""
        if self.as_json:
            output.deliver_json(self._jsonable(with_units))
            return
        # Notes are about units; where there are none, they would only hide the errors.
        notes = not self.quiet and not self.failed
        for outcome in self.outcomes:
            found = [d for d in outcome.log.placed() if notes or d.severity is not Severity.NOTE]
            if found:
                output.say()
                output.say(Styled(outcome.title))
                common.show(found)
        for outcome in self.outcomes:
            if outcome.log.unset:
                output.say()
                output.say_all(common.missing_lines(outcome.title, outcome.log.unset, outcome.folder))
        if not self.quiet or self.failed:
            output.say()
            output.say(self._summary())
        if with_units and not self.failed:
            output.deliver(self.units())

    def _summary(self) -> str:
        services = sum(len(o.conversion.project.services) for o in self.outcomes if o.conversion)
        names = {**self.files(Place.QUADLETS), **self.files(Place.SYSTEMD)}
        units = sum(name.endswith(SUFFIXES) for name in names)
        counts = {s: sum(o.log.count(s) for o in self.outcomes) for s in Severity}
        counts[Severity.WARNING] += sum(len(o.log.unset) for o in self.outcomes)
        parts = [_plural(units, "unit") + self._changes()] if not self.failed else ["nothing written"]
        parts += [_plural(counts[s], s.label) for s in sorted(Severity, reverse=True) if counts[s]]
        head = f"{_plural(len(self.outcomes), 'project')}, {_plural(services, 'service')}"
        return f"{head}: {', '.join(parts)}"

    def _changes(self) -> str:
        """How many of the units were new, changed or unchanged."""
        if self.written is None:
            return ""
        counts = {state: sum(p.suffix in SUFFIXES for p in paths) for state, paths in self.written.by_state().items()}
        return f" ({', '.join(f'{count} {state}' for state, count in counts.items() if count)})"

    def _jsonable(self, with_units: bool) -> dict[str, Any]:
        projects = []
        for o in self.outcomes:
            made: Mapping[Place, Mapping[str, str]] = o.conversion.files if o.conversion else {}
            shown = {p: dict(made.get(p, {})) if with_units else sorted(made.get(p, {})) for p in Place}
            projects.append(
                {
                    "project": o.title,
                    "units": shown[Place.QUADLETS],
                    "systemd": shown[Place.SYSTEMD],
                    "configuration": shown[Place.PODMAN],
                    "diagnostics": [d.as_dict() for d in o.log.placed()],
                    "unset_variables": {n: [str(p) for p in places if p] for n, places in sorted(o.log.unset.items())},
                }
            )
        return {
            "version": 1,
            "podman": ".".join(map(str, self.options.podman)),
            "scope": self.options.scope.value,
            "written": self.written is not None,
            "files": {s: list(map(str, paths)) for s, paths in self.written.by_state().items()} if self.written else {},
            "projects": projects,
        }


def _units_of(made: Conversion) -> dict[str, str]:
    """The units of a project by their file names, those that systemd reads itself among them."""
    return {**made.files[Place.QUADLETS], **made.files[Place.SYSTEMD]}


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
