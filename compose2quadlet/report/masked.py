"""Hides values that may be credentials in what a report shows of units and compose files."""

from __future__ import annotations

import re
from dataclasses import replace

from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.backend.quoting import line
from compose2quadlet.backend.unit import Directive
from compose2quadlet.diagnostics import Path
from compose2quadlet.kinds import KINDS
from compose2quadlet.lowering.privacy import CREDENTIALS, MASK, OF_COMPOSE, is_value
from compose2quadlet.lowering.privacy import VALUES as VALUES_OF_UNITS
from compose2quadlet.pipeline import Conversion
from compose2quadlet.report.source import Excerpt

VALUES = frozenset(
    """
    annotations args build command configs content credential_spec develop driver_opts entrypoint environment
    healthcheck labels logging models options post_start pre_stop provider secrets x-quadlet
    """.split()
)
"""Compose keys whose values can be anything."""

NAMED = re.compile(r"^(\s*(?:- )?['\"]?[A-Za-z_][\w.-]*['\"]?\s*[:=])(.*\S.*)$")
KEY = re.compile(r"([\w.-]+)['\"]?\s*:")


class Mask:
    """What to show of one project."""

    def __init__(self, made: Conversion, reveal: bool) -> None:
        self.made, self.reveal = made, reveal

    def directive(self, d: Directive) -> str:
        """``Key=value`` as it is in the unit, or with a hidden value."""
        if self.reveal or not is_value(d) or (d.path and not _any(d.path) and not CREDENTIALS.search(str(d.value))):
            return f"{d.key}={line(d.value, catalogue()[d.section, d.key].quoting)}"
        name, equals, _ = d.value.partition("=") if isinstance(d.value, str) else ("", "", "")
        return f"{d.key}={name}={MASK}" if equals else f"{d.key}={MASK}"

    def source(self, path: Path, excerpt: Excerpt) -> Excerpt:
        """Lines of a compose file, with the values of some keys hidden."""
        if self.reveal:
            return excerpt
        inside = tuple(key for text in excerpt.lines for key in KEY.findall(text))
        hide = _any(path) or _any(inside) or str(path[-1]).startswith("x-")
        lines = [CREDENTIALS.sub(f"://{MASK}@", text) for text in excerpt.lines]
        return replace(excerpt, lines=tuple(_hidden(text) for text in lines) if hide else tuple(lines))


def _any(path: Path) -> bool:
    """Whether a value below one of these keys can be anything."""
    return not VALUES.isdisjoint(map(str, path))


def _hidden(text: str) -> str:
    if not text.strip():
        return text
    if named := NAMED.match(text):
        return f"{named[1]} {MASK}"
    return text if text.rstrip().endswith(":") else f"{text[: len(text) - len(text.lstrip())]}{MASK}"


NAMED_VALUE = re.compile(r"\"?([A-Za-z_][\w.-]*)=")
NAMES_STAY = ("Annotation", "BuildArg", "Environment", "Label")
"""Directives whose values are names with values."""


def file_line(name: str, text: str) -> str:
    """A line of the file ``name`` that was written, without a value that others should not read. Of a file that is no
    unit, such as one of environment variables, only names are shown."""
    if not text.strip() or text.startswith(("#", ";")):
        return text
    key, _, value = text.partition("=")
    if name.rpartition(".")[2] not in KINDS:
        return f"{key}={MASK}" if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", key) and "=" in text else MASK
    if key not in VALUES_OF_UNITS or value.startswith(tuple(f'"{name}' for name in OF_COMPOSE)):
        return CREDENTIALS.sub(f"://{MASK}@", text)
    named = NAMED_VALUE.match(value) if key in NAMES_STAY else None
    return f"{key}={named[1]}={MASK}" if named else f"{key}={MASK}"
