"""Diagnostics about the host are the same for all projects of a run, so they are shown for one of them."""

from __future__ import annotations

from collections.abc import Sequence

from compose2quadlet.diagnostics import Diagnostic, Log
from compose2quadlet.options import Options

ABOUT_THE_HOST = ("isolation-needs", "health-events")
"""Each of these is shown once."""

ABOUT_THE_USER = ("network-wait", "no-linger")
"""One of these is shown, whichever service it names."""


def said(logs: Sequence[Log], options: Options) -> tuple[tuple[Diagnostic, ...], ...]:
    """The diagnostics of each project with their positions, in the order of the files."""
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
