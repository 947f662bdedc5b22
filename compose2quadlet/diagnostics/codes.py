"""Every diagnostic by its slug: its title, severity and meaning, and what to do.

``explain SLUG`` prints it. Slugs are stable: scripts compare them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from compose2quadlet.diagnostics import Severity
from compose2quadlet.frozen import frozen


@frozen()
class Code:
    """One kind of diagnostic. Most have one severity; some are worse in one place than in another."""

    slug: str
    severities: tuple[Severity, ...]
    title: str
    meaning: str
    remedy: str

    def as_dict(self) -> dict[str, str | list[str]]:
        return {
            "code": self.slug,
            "severities": [s.label for s in self.severities],
            "title": self.title,
            "meaning": self.meaning,
            "remedy": self.remedy,
        }

    def describe(self) -> str:
        """A few lines about the diagnostic."""
        severities = " or ".join(s.label for s in self.severities)
        return f"{severities}[{self.slug}]: {self.title}\n  {self.meaning}\n  {self.remedy}"


@cache
def codes() -> dict[str, Code]:
    """All kinds of diagnostics by their slugs, from ``codes.txt``: three lines for each, the first of which has the
    letters of its severities."""
    found = {}
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for head, meaning, remedy in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        slug, letters, title = head.split(" | ")
        severities = tuple(s for s in Severity if s.name[0] in letters)
        found[slug] = Code(slug, severities, title, meaning, remedy)
    return found
