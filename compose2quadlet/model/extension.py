"""``x-quadlet``: what the user says to this tool, and what a unit is to have besides.

It is of no schema. What is in it is told apart here, once; the planner checks the settings, the lowering the sections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from compose2quadlet.frozen import frozen

UPDATES = ("registry", "local")
"""The values of ``AutoUpdate=``."""


@frozen()
class Extension:
    """An ``x-quadlet``. Keys that start with a capital letter are ``sections`` of the unit, all others are settings.

    ``isolation`` is the name of a policy and ``auto_update`` a value of ``AutoUpdate=`` or False for no updates; both
    are None where nothing is said. ``host_units`` are full unit names, such as ``mnt-nas.mount``. ``settings`` are all
    that were given, whatever their names; those of ``wrong`` have values that are not possible, and count as not
    given. ``mapping`` says whether there was a mapping at all.
    """

    sections: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    isolation: str | None = None
    host_units: tuple[str, ...] = ()
    auto_update: str | bool | None = None
    wrong: frozenset[str] = frozenset()
    mapping: bool = True


SETTINGS: dict[str, Callable[[Any], bool]] = {
    "isolation": lambda value: isinstance(value, str),
    "host_units": lambda value: isinstance(value, list) and all(isinstance(unit, str) for unit in value),
    "auto_update": lambda value: value is False or value in UPDATES,
}
"""The settings of a service, and which values each can have. Builds, networks and volumes have none."""


def extension(value: Any) -> Extension:
    """What an ``x-quadlet`` says."""
    if not isinstance(value, dict):
        return Extension(mapping=False)
    settings = {name: given for name, given in value.items() if not name[:1].isupper()}
    valid = {
        name: settings[name] for name, possible in SETTINGS.items() if name in settings and possible(settings[name])
    }
    return Extension(
        sections={name: given for name, given in value.items() if name[:1].isupper()},
        settings=settings,
        isolation=valid.get("isolation"),
        host_units=tuple(valid.get("host_units", ())),
        auto_update=valid.get("auto_update"),
        wrong=frozenset(name for name in SETTINGS if name in settings and name not in valid),
    )
