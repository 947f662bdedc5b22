"""Units as data: a unit has directives, in order, each in a section and with a typed value.

The order of the directives is the order in the file, section by section.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compose2quadlet.diagnostics import Path


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A value that is in systemd's own syntax already, because it holds a specifier such as ``%t``."""

    text: str


def specified(specifier: str, rest: str) -> Verbatim:
    """A value that starts with a specifier; in the ``rest``, ``%`` and ``$`` stand for themselves."""
    return Verbatim(specifier + rest.replace("%", "%%").replace("$", "$$"))


Value = str | bool | tuple[str | Verbatim, ...] | Verbatim
"""A text, a truth value, the words of a command line, or text in systemd's syntax."""


@dataclass(frozen=True, slots=True)
class Directive:
    """``key=value`` in a section; ``path`` is the compose attribute that it comes from."""

    section: str
    key: str
    value: Value
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit file: ``name`` is its file name, ``kind`` its extension; ``project`` and ``source`` say, for the
    header, what it was made from. Without a project it is one for all."""

    name: str
    kind: str
    project: str
    source: str
    directives: tuple[Directive, ...]

    @property
    def native(self) -> bool:
        """Whether systemd reads the file itself, without Podman's generator."""
        return self.kind in ("service", "target")

    def section(self, name: str) -> list[Directive]:
        """The directives of a section, in order."""
        return [d for d in self.directives if d.section == name]


def unit(name: str, project: str, source: str, directives: Iterable[Directive]) -> Unit:
    """A unit whose kind is its extension."""
    return Unit(name, name.rpartition(".")[2], project, source, tuple(directives))
