"""Units as data: a unit has directives in order, each with a section and a typed value.

The order of the directives is the order in the file, section by section. A value is text that only
its quoting writes into a line. There is no type for text in the syntax of unit files, except for what
users write in that syntax themselves, which is checked when it is created.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from compose2quadlet.backend.characters import CONTROL, InexpressibleError, possible
from compose2quadlet.diagnostics import Path
from compose2quadlet.frozen import frozen

SPECIFIER = re.compile("%[a-zA-Z]")


@frozen()
class Specified:
    """One of systemd's specifiers, such as ``%t``, between literal texts.

    Raises ValueError for a ``specifier`` that is not one.
    """

    specifier: str
    after: str = ""
    before: str = ""

    def __post_init__(self) -> None:
        if not SPECIFIER.fullmatch(self.specifier):
            raise ValueError(f"{self.specifier!r} is not a specifier")

    def within(self, before: str) -> Specified:
        """The same value with more plain text in front of it."""
        return replace(self, before=before + self.before)


@frozen()
class Reference:
    """A value that names another unit by its file, such as ``p-data.volume``, between literal texts.

    Podman's generator replaces the ``file`` with the ``name`` of the object, and requires its ``service``. If the
    value becomes a ``podman`` option, it contains the name instead, and the unit gets its own dependency.
    """

    file: str
    name: str
    service: str
    after: str = ""
    before: str = ""

    @property
    def text(self) -> str:
        """The text in the directive."""
        return self.before + self.file + self.after

    @property
    def option(self) -> str:
        """The text in the option that does the same."""
        return self.before + self.name + self.after


@frozen()
class Syntax:
    """Text that the user wrote in the syntax of unit files, in ``x-quadlet``.

    Raises InexpressibleError for text that would not stay one value on one line.
    """

    text: str

    def __post_init__(self) -> None:
        possible(self.text)
        # For systemd, a carriage return ends a line, too.
        if CONTROL.search(self.text.replace("\t", " ")):
            raise InexpressibleError("it contains a line break or another control character")
        if self.text.rstrip().endswith("\\"):
            raise InexpressibleError("it ends with a backslash, which would join the next line to it")


Word = str | Specified | Reference | Syntax
Value = bool | Word | tuple[Word, ...]
"""True or false, a text, or the words of a command line."""


@frozen()
class Directive:
    """``key=value`` in a section.

    ``path`` is the compose attribute that it comes from, and ``row`` the row of the lowering tables that wrote it,
    such as ``networks.ipam``; it is empty for what no row has written.
    """

    section: str
    key: str
    value: Value
    path: Path = ()
    row: str = ""


@frozen()
class Unit:
    """A unit file: ``name`` is its file name, ``kind`` its extension; ``project`` and ``source`` say, for the
    header, what it was made from. Without a project, the unit is shared by all projects."""

    name: str
    kind: str
    project: str
    source: str
    directives: tuple[Directive, ...]

    def section(self, name: str) -> list[Directive]:
        """The directives of a section, in order."""
        return [d for d in self.directives if d.section == name]


def unit(name: str, project: str, source: str, directives: Iterable[Directive]) -> Unit:
    """A unit whose kind is its extension."""
    return Unit(name, name.rpartition(".")[2], project, source, tuple(directives))
