"""Findings that somebody allows: with ``--allow SLUG``, in ``compose2quadlet.toml``, or with a comment in the compose
file.

``# compose2quadlet: allow SLUG REASON`` behind a key or a list item is about that one and what is inside it. On a line
of its own it is about the next key or item; above the first key of a file, about the whole file. Errors are never
allowed, because there is no unit that could be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from compose2quadlet.diagnostics import Diagnostic, Position, RefusedError, Severity
from compose2quadlet.diagnostics.codes import codes
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import files
from compose2quadlet.run import Outcome, Run

COMMENT = re.compile(r"(?:^|\s)#\s*compose2quadlet:\s*allow\b[ \t]*(?P<slug>\S*)[ \t]*(?P<reason>.*?)\s*$")
"""What the end of a line allows."""

ON_THE_COMMAND_LINE = "--allow"
"""The reason of a finding that an option allows."""

IN_THE_SETTINGS = "compose2quadlet.toml"
"""The reason of a finding that a file of settings allows."""

LAST = 10**9
"""A line after the end of every file."""


@frozen()
class Allowance:
    """A comment at ``position``: it allows the findings with a slug from the line ``first`` to the line ``last``."""

    slug: str
    reason: str
    position: Position
    first: int
    last: int

    def covers(self, d: Diagnostic) -> bool:
        where = d.position
        return d.code == self.slug and where is not None and self.first <= where.line <= self.last


@frozen()
class Found:
    """The findings of one project: those that count, and those that are allowed, each with the reason."""

    counted: tuple[Diagnostic, ...]
    allowed: tuple[tuple[Diagnostic, str], ...] = ()


@dataclass(slots=True)
class _Comments:
    """The comments of files, each read once, and those of them that allowed something."""

    by_file: dict[str, list[Allowance]] = field(default_factory=dict)
    used: set[Allowance] = field(default_factory=set)

    def of(self, file: str) -> list[Allowance]:
        if file not in self.by_file:
            self.by_file[file] = list(_read(file))
        return self.by_file[file]

    def reason(self, d: Diagnostic) -> str:
        """Why the finding is allowed; empty if it is not."""
        if d.position is None or d.severity is Severity.ERROR:
            return ""
        found = [a for a in self.of(d.position.file) if a.reason and a.covers(d)]
        self.used.update(found)
        return found[-1].reason if found else ""


def allow(run: Run, slugs: Iterable[str] = ()) -> tuple[Found, ...]:
    """The findings of each project of a run, without those that are allowed; ``slugs`` are allowed everywhere.

    A variable that is not set is a finding here. Comments that allow nothing are findings, too.
    """
    comments, everywhere = _Comments(), dict.fromkeys(slugs, ON_THE_COMMAND_LINE)
    own = {f: dict.fromkeys(o.allow, IN_THE_SETTINGS) for f, o in run.options.own.items()}
    said = [{**own.get(outcome.folder, {}), **everywhere} for outcome in run.outcomes]
    placed = map(_all, run.outcomes, run.said)
    found = [_found(one, comments, slugs_) for one, slugs_ in zip(placed, said, strict=True)]
    seen: set[str] = set()
    out = []
    for outcome, one, slugs_ in zip(run.outcomes, found, said, strict=True):
        useless = [d for file in _files(outcome) - seen for d in _useless(comments.of(file), comments.used)]
        seen |= _files(outcome)
        more = _found(useless, comments, slugs_)
        out.append(Found(_ordered((*one.counted, *more.counted)), (*one.allowed, *more.allowed)))
    return tuple(out)


def _all(outcome: Outcome, said: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    yield from said
    for name, places in sorted(outcome.log.unset.items()):
        hint = "Set it in .env or in the environment, or write a default: ${NAME:-default}."
        message = f"the variable {name} is not set, and counts as empty, as with Docker Compose"
        for position in dict.fromkeys(places):
            yield Diagnostic("unset-variable", Severity.WARNING, message, hint, position=position)


def _found(given: Iterable[Diagnostic], comments: _Comments, slugs: Mapping[str, str]) -> Found:
    counted, allowed = [], []
    for d in given:
        named = slugs.get(d.code, "") if d.severity is not Severity.ERROR else ""
        reason = named or comments.reason(d)
        if reason:
            allowed.append((d, reason))
        else:
            counted.append(d)
    return Found(_ordered(counted), tuple(allowed))


def _ordered(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(found, key=lambda d: (d.position is None, d.position or Position(""))))


def _files(outcome: Outcome) -> set[str]:
    """The compose files of a project, as far as they are known."""
    named = outcome.conversion.loaded.tree.sources.files if outcome.conversion else ()
    return {file for file in named if file != "-"}


def _useless(given: Iterable[Allowance], used: set[Allowance]) -> Iterator[Diagnostic]:
    """What is wrong with comments that allow nothing."""
    for a in given:
        if problem := _problem(a):
            hint = "Write: # compose2quadlet: allow SLUG REASON. 'compose2quadlet explain SLUG' describes a slug."
            yield Diagnostic(
                "bad-allow", Severity.WARNING, f"this comment allows nothing: {problem}", hint, (), a.position
            )
        elif a not in used:
            message = f"there is no {a.slug} here that this comment would allow"
            yield Diagnostic("unused-allow", Severity.NOTE, message, "Remove the comment.", (), a.position)


def _problem(a: Allowance) -> str:
    code = codes().get(a.slug)
    if code is None:
        return "it names no diagnostic"
    if code.severities == (Severity.ERROR,):
        return f"{a.slug} is an error"
    return "" if a.reason else "it gives no reason"


def _read(file: str) -> Iterator[Allowance]:
    try:
        text = files.read(file, "compose file").decode("utf-8", "replace") if file != "-" else ""
    except RefusedError:  # a directory, or a file that is gone
        return
    yield from allowances(text, file)


def allowances(text: str, file: str) -> Iterator[Allowance]:
    """The comments in the text of a compose file."""
    if "compose2quadlet" not in text:
        return
    lines = text.splitlines()
    inside = _scalars(text)
    content = [i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    for i, line in enumerate(lines):
        match = COMMENT.search(line)
        at = line.rfind("#", 0, match.start("slug")) if match else 0
        if not match or any(start <= (i, at) < end for start, end in inside.get(i, ())):
            continue
        position = Position(file, i + 1, at + 1)
        first, last = _region(lines, content, i)
        yield Allowance(match["slug"], match["reason"], position, first + 1, last + 1)


def _region(lines: list[str], content: list[int], at: int) -> tuple[int, int]:
    """The lines that a comment in line ``at`` is about; all of these count from zero."""
    if content and at < content[0]:
        return 0, LAST
    head = next((i for i in content if i >= at), None)
    if head is None:
        return at, at
    level, item = _level(lines[head])
    for i in content:
        below, dash = _level(lines[i])
        # The items of a list may be in the same column as its key.
        if i > head and (below < level or (below == level and (item or not dash))):
            return head, i - 1
    return head, LAST


def _level(line: str) -> tuple[int, bool]:
    """The indentation of a line, and whether it is an item of a list."""
    text = line.lstrip()
    return len(line) - len(text), text.startswith("- ") or text == "-"


def _scalars(text: str) -> Mapping[int, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """Where texts of several lines, or with a ``#``, begin and end, by each of their lines."""
    import yaml

    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[int, list[tuple[tuple[int, int], tuple[int, int]]]] = {}
    try:
        for event in yaml.parse(text, Loader=loader_class):
            start, end = event.start_mark, event.end_mark
            if isinstance(event, yaml.ScalarEvent) and "#" in event.value and start and end:
                for number in range(start.line, end.line + 1):
                    found.setdefault(number, []).append(((start.line, start.column), (end.line, end.column)))
    except yaml.YAMLError:  # which is an error of the project
        pass
    return found
