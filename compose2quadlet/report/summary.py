"""The report as Markdown, for the description of a pull request: short enough for one, with each project folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from compose2quadlet.diagnostics import printable
from compose2quadlet.report import keys
from compose2quadlet.report.drawn import mermaid
from compose2quadlet.report.findings import Checked, counted
from compose2quadlet.report.review import Finding, View, total

MOST = 60_000
"""The most characters. GitHub's descriptions and comments have at most 65,536."""

ROOM = 500
"""Characters for the line that says what is left out."""

SPECIAL = re.compile(r"[\\`*_\[\]|~]")
ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&<>@#"})
"""What HTML reads, and what a code forge makes links of."""


def summary(checked: Checked, found: Sequence[View]) -> str:
    """The text. Projects that do not fit are counted at its end; those with the worst findings come first."""
    options = checked.run.options
    counts = ", ".join(
        f"{n} {level}{'s' if n != 1 and level != 'allowed' else ''}" for level, n in total(found).items()
    )
    podman = ".".join(map(str, options.podman))
    head = "## From Docker Compose to Quadlet\n\n"
    head += f"{counted('project', len(found))} for Podman {podman}, {options.scope} scope: {counts or 'clean'}.\n"
    head += "".join(f"\nNot checked: {_plain(text)}.\n" for text in checked.skipped)
    out, size, left = [head], len(head), list[View]()
    for view in sorted(found, key=lambda v: (-v.levels.get("error", 0), -v.levels.get("warning", 0), v.number)):
        text = next((t for t in _forms(view) if size + len(t) + ROOM <= MOST), "")
        if text:
            out.append(text)
            size += len(text)
        else:
            left.append(view)
    if left:
        out.append(f"\n{len(left)} more projects do not fit here; `compose2quadlet report -o report.html` has all.\n")
    return "".join(out)


def _forms(view: View) -> Iterator[str]:
    """A project at length, without its graph, and without anything but its findings' titles."""
    yield _project(view, graph=True, all_keys=True)
    yield _project(view, graph=False, all_keys=False)
    counts = ", ".join(counted(level, n) for level, n in view.levels.items())
    yield f"\n- **{_plain(view.title)}**: {counts or 'clean'}\n"


def _project(view: View, graph: bool, all_keys: bool) -> str:
    counts = ", ".join(counted(level, n) for level, n in view.levels.items())
    parts = [f"\n<details><summary><b>{escape(printable(view.title))}</b>: {counts or 'clean'}</summary>\n"]
    parts += [f"\n{line}" for f in view.findings for line in _finding(f)]
    if view.exposures:
        parts.append("\n\n**Exposure**\n")
        parts += [f"\n- {'⚠ ' if e.wide else ''}{_plain(e.service)}: {_plain(e.what)}" for e in view.exposures]
    if view.statuses:
        parts.append(f"\n\n**Keys**: {', '.join(f'{_plain(status)} {n}' for status, n in view.statuses.items())}\n")
    if all_keys:
        parts += list(_keys(view))
    if graph and view.graph.nodes:
        parts.append(f"\n\n```mermaid\n{mermaid(view.graph)}```\n")
    return "".join([*parts, "\n</details>\n"])


def _finding(f: Finding) -> Iterator[str]:
    place = f" {_plain(f.place)}" if f.place else ""
    yield f"- **{f.level}** `{f.diagnostic.code}`{place}: {_plain(f.diagnostic.message)}"
    if f.diagnostic.hint:
        yield f"  {_plain(f.diagnostic.hint)}"
    if f.reason:
        yield f"  Allowed: {_plain(f.reason)}"


def _keys(view: View) -> Iterator[str]:
    """The keys that are not simply converted, each with why."""
    for part in view.parts:
        for row in part.rows:
            if row.status in (keys.LOST, keys.NEARLY):
                why = " ".join([*map(_plain, row.why), *(f"`{f.diagnostic.code}`" for f in row.findings)])
                yield f"\n- {_plain(f'{part.kind} {part.name}: {row.key}')}: {row.status}. {why}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\g<0>", printable(text).translate(ENTITIES))
