"""What is the same for all projects of a run, because it is about the host, is said of one of them."""

from __future__ import annotations

from collections.abc import Sequence

from compose2quadlet.diagnostics import Diagnostic, Log
from compose2quadlet.options import Options

ABOUT_THE_HOST = ("isolation-needs", "health-events")
"""Of these, each is said once."""

ABOUT_THE_USER = ("no-linger",)
"""Of these, one is said, whatever service it names."""


def said(logs: Sequence[Log], options: Options) -> tuple[tuple[Diagnostic, ...], ...]:
    """What is said of each project, with its place looked up, in the order of the files."""
    seen: set[tuple[str, str]] = set()
    out = []
    for log in logs:
        kept = []
        for d in log.items:
            mark = (d.code, d.message) if d.code in ABOUT_THE_HOST else (d.code, "")
            if d.code in (*ABOUT_THE_HOST, *ABOUT_THE_USER):
                if mark in seen:
                    continue
                seen.add(mark)
            kept.append(d)
        out.append(tuple(Log(kept, log.locate).placed()))
    return tuple(out)
