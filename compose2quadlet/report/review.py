"""A run as what somebody reviews: for each project its findings, decisions and openings, and beside the lines of each
compose key what became of it. The page and the Markdown text of ``report`` show it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from compose2quadlet.diagnostics import Diagnostic, Path, Severity
from compose2quadlet.frozen import frozen
from compose2quadlet.pipeline import Conversion
from compose2quadlet.report import keys
from compose2quadlet.report.exposure import Exposure, exposures
from compose2quadlet.report.findings import Checked
from compose2quadlet.report.graph import Graph, graph
from compose2quadlet.report.masked import Mask
from compose2quadlet.report.source import Excerpt, Sources
from compose2quadlet.run import Outcome
from compose2quadlet.run.allow import Found

KINDS = ("services", "networks", "volumes")
"""What becomes units, by the keys of a project."""

ADDED = "added"
"""The status of directives that come from no line of a compose file."""


@frozen()
class Finding:
    """A diagnostic of a project; ``reason`` says why it is allowed, if it is. ``place`` is its file and line."""

    number: int
    diagnostic: Diagnostic
    reason: str = ""
    place: str = ""

    @property
    def level(self) -> str:
        return "allowed" if self.reason else self.diagnostic.severity.label


@frozen()
class Row:
    """One compose key: its lines, its status, why, the directives, and the findings about it."""

    key: str
    excerpt: Excerpt | None
    status: str
    why: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@frozen()
class Part:
    """A service, a network, a volume, or the rest of a project, with its unit files, decisions and rows."""

    kind: str
    name: str
    files: tuple[str, ...]
    decisions: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class View:
    """Everything about one project."""

    number: int
    title: str
    folder: str
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    graph: Graph = field(default_factory=Graph)
    services: int = 0

    @cached_property
    def levels(self) -> dict[str, int]:
        """How many findings there are of each level, the worst first."""
        counts = Counter(f.level for f in self.findings)
        return {level: counts[level] for level in ("error", "warning", "note", "allowed") if counts[level]}

    @cached_property
    def statuses(self) -> dict[str, int]:
        """How many keys have each status."""
        return dict(Counter(row.status for part in self.parts for row in part.rows if row.status != ADDED))

    @property
    def clean(self) -> bool:
        """Whether there is nothing to look at: no error, no warning, every key converted, and nothing wide open."""
        worst = {"error", "warning"} & self.levels.keys()
        return not (worst or {keys.LOST, keys.NEARLY} & self.statuses.keys() or any(e.wide for e in self.exposures))

    @cached_property
    def digest(self) -> str:
        """Changes whenever something in the view does, so that "viewed" is only remembered of the same thing."""
        parts = repr((self.title, self.findings, self.parts, self.exposures)).encode("utf-8", "replace")
        return hashlib.sha256(parts).hexdigest()[:12]


def views(checked: Checked, read: Callable[[str], str], show: Callable[[str], str], reveal: bool) -> list[View]:
    """The projects of a run. ``read`` gives the text of a compose file, ``show`` shortens a file's name, and ``reveal``
    shows values that may be credentials."""
    sources = Sources(read)
    return [
        _view(number, outcome, found, sources, show, reveal)
        for number, (outcome, found) in enumerate(zip(checked.run.outcomes, checked.found, strict=True), 1)
    ]


def _view(
    number: int, outcome: Outcome, found: Found, sources: Sources, show: Callable[[str], str], reveal: bool
) -> View:
    findings = tuple(
        Finding(i, d, reason, _place(d, show))
        for i, (d, reason) in enumerate([*((d, "") for d in found.counted), *found.allowed], 1)
    )
    made = outcome.conversion
    if made is None:
        return View(number, outcome.title, show(outcome.folder), findings)
    parts = tuple(_parts(made, findings, sources, Mask(made, reveal)))
    opened, picture = tuple(exposures(made)), graph([made])
    return View(number, outcome.title, show(outcome.folder), findings, parts, opened, picture, len(made.plan.services))


def _place(d: Diagnostic, show: Callable[[str], str]) -> str:
    if d.position is None:
        return ""
    return f"{show(d.position.file)}:{d.position.line}" if d.position.line else show(d.position.file)


@dataclass(slots=True)
class _Written:
    """The directives of a conversion, by the compose key that they come from, and the files by their source."""

    by_key: dict[Path, list[str]] = field(default_factory=dict)
    files: dict[Path, list[str]] = field(default_factory=dict)


def _parts(made: Conversion, findings: Sequence[Finding], sources: Sources, mask: Mask) -> Iterator[Part]:
    written, root = _written(made, mask), made.loaded.tree.root
    by_key: dict[Path, list[Finding]] = {}
    for f in findings:
        by_key.setdefault(_key(f.diagnostic.path), []).append(f)

    def rows(base: Path, but: tuple[str, ...] = ()) -> Iterator[Row]:
        for name, (value, position) in made.loaded.tree.keys(base).items():
            if name in but:
                continue
            path = (*base, name)
            about, lines = tuple(by_key.get(path, ())), tuple(written.by_key.pop(path, ()))
            status, why = keys.status(path, value, lines, [f.diagnostic for f in about])
            excerpt = mask.source(path, sources.excerpt(position))
            yield Row(name, excerpt, status, why, lines, about)
        rest = [key for key in written.by_key if key[: len(base)] == base]
        if added := [line for key in rest for line in written.by_key.pop(key)]:
            yield Row("", None, ADDED, (), tuple(added))

    for kind in KINDS:
        for name in root.get(kind) or {}:
            base = (kind, name)
            files = tuple(written.files.get(base, ()))
            if files or kind == "services":
                decided = tuple(_decisions(made, name)) if kind == "services" else ()
                yield Part(kind.removesuffix("s"), name, files, decided, tuple(rows(base)))
    yield Part("project", made.project.name, tuple(written.files.get((), ())), (), tuple(rows((), KINDS)))


def _key(path: Path) -> Path:
    """The compose key that a path is at, or inside of: of a service, network or volume, or of the project."""
    return path[:3] if path and path[0] in KINDS else path[:1]


def _written(made: Conversion, mask: Mask) -> _Written:
    """The directives of all units. Those that are the same in several units of a service are there once."""
    found = _Written()
    owners = {unit.file: path[:2] for path, unit in made.plan.units().items()}
    for unit in made.units:
        owner = owners.get(unit.name, ())
        found.files.setdefault(owner, []).append(unit.name)
        several = unit.name != found.files[owner][0] and owner[:1] == ("services",)
        for d in unit.directives:
            path = _key(d.path) if d.path[: len(owner)] == owner and d.path else (*owner, "")
            lines = found.by_key.setdefault(path, [])
            if not owner and d is unit.directives[0]:
                lines.append(f"# {unit.name}")
            text = mask.directive(d)
            if not several or text not in lines:
                lines.append(text)
    return found


def _decisions(made: Conversion, name: str) -> Iterator[tuple[str, str]]:
    """What was decided about a service, in words."""
    service = made.plan.services.get(name)
    if service is None:
        return
    yield "container", service.container
    yield "image", service.image
    identity = service.identity
    yield "user", f"{identity.policy}: {identity.reason}" if identity.reason else str(identity.policy)
    yield "starts", f"at boot ({service.boot_target})" if service.boot_target else "on request"
    ready = "healthy" if service.readiness.healthy else "completed" if service.readiness.completed else "started"
    yield "counts as started", f"when it is {ready}"
    if after := list(dict.fromkeys((*service.order.binds, *service.order.requires, *service.order.wants))):
        yield "waits for", ", ".join(after)
    if units := service.host.units:
        yield "waits for the host's", ", ".join(units)
    if service.updates:
        yield "updates", service.updates


def total(found: Sequence[View]) -> dict[str, int]:
    """How many findings of each level all projects have together."""
    counts: Counter[str] = Counter()
    for view in found:
        counts.update(view.levels)
    return {level: counts[level] for level in (*(s.label for s in sorted(Severity, reverse=True)), "allowed")}
