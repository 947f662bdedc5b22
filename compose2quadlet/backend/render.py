"""Writes units as text, with one template for each kind of unit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from compose2quadlet import __version__
from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.backend.quoting import line
from compose2quadlet.backend.readback import check
from compose2quadlet.backend.unit import Directive, Unit


class Written(str):
    """Text that went through a filter, so that a template may print it."""


def _finalize(value: Any) -> Written:
    """Refuse to print anything that did not go through a filter, so that escaping cannot be forgotten."""
    if not isinstance(value, Written):
        raise TypeError(f"a template printed {value!r} without a filter")
    return value


def _directive(directive: Directive) -> Written:
    key = catalogue()[directive.section, directive.key]
    return Written(f"{directive.key}={line(directive.value, key.quoting)}")


def _heading(section: str) -> Written:
    return Written(f"[{section}]")


def _header(unit: Unit) -> Written:
    """The comment at the top. Project and service names have no control characters; this makes sure of it."""
    source = f"from the compose project {unit.project}, {unit.source}" if unit.project else "for all projects"
    text = f"# Made by compose2quadlet {__version__} {source}."
    return Written(text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text))


@cache
def _environment() -> Any:
    import jinja2

    here = Path(__file__).parent.parent
    # In a wheel, the templates are inside the package; in a checkout, beside it.
    folders = [here / "templates", here.parent / "templates"]
    environment = jinja2.Environment(  # noqa: S701 (units are not HTML; _finalize checks the escaping)
        loader=jinja2.FileSystemLoader([f for f in folders if f.is_dir()]),
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"line": _directive, "heading": _heading, "header": _header}
    return environment


def render(unit: Unit) -> str:
    """The text of a unit's file. Raises ForgedUnitError if it would say anything but what the unit says."""
    text: str = _environment().get_template(f"{unit.kind}.j2").render(unit=unit)
    check(unit, text)
    return text
