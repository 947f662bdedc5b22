"""The Quadlet units that are there already: the projects that they were made from, and what they claim on the host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice

from compose2quadlet.facts import Installed, Login
from compose2quadlet.host.changes import HEAD
from compose2quadlet.host.files import read
from compose2quadlet.kinds import KINDS, Place

MOST_UNITS = 5000
"""Units of one scope that are read."""

LIMIT = 256 * 1024
"""The most bytes of a unit to read."""

SUFFIXES = tuple(f".{kind.name}" for kind in KINDS.values() if kind.place is Place.QUADLETS)

USERNS = re.compile(r"^(?:UserNS=|PodmanArgs=.*--userns[= ])\s*([^\s\"']+)", re.M)
"""The line of a unit that says which user namespace its container has."""

NAME = re.compile(r"^ContainerName=\s*([A-Za-z0-9][A-Za-z0-9_.-]*)\s*$", re.M)
MAKES = re.compile(r"^(?:Network|Volume)Name=\s*([A-Za-z0-9][A-Za-z0-9_.-]*)\s*$", re.M)
PORT = re.compile(r"^PublishPort=\s*([0-9a-fA-F.:\[\]/a-z-]+)\s*$", re.M)


def units(root: str, login: Login | None) -> tuple[dict[str, dict[str, Installed]], dict[str, dict[str, str]]]:
    """The units that the login user and the system have on the host at ``root``, by scope and file name, and what
    ``UserNS=`` is in those of containers."""
    places = {"system": "etc/containers/systemd"}
    places |= {"user": f"{login.home.lstrip('/')}/.config/containers/systemd"} if login else {}
    found: dict[str, dict[str, Installed]] = {}
    namespaces: dict[str, dict[str, str]] = {}
    for scope, place in places.items():
        for name, text in sorted(texts(os.path.join(root, place))):
            found.setdefault(scope, {})[name] = installed(text)
            if name.endswith(".container") and (match := USERNS.search(text)):
                namespaces.setdefault(scope, {})[name] = match[1]
    return found, namespaces


def texts(place: str) -> Iterator[tuple[str, str]]:
    """The names and texts of the Quadlet units in a directory and below it."""
    names = ((where, name) for where, _, names in os.walk(place) for name in sorted(names) if name.endswith(SUFFIXES))
    for where, name in islice(names, MOST_UNITS):
        try:
            data = read(os.path.join(where, name), LIMIT)  # what is no file may never end
        except OSError:
            continue
        if data is not None:
            yield name, data.decode(errors="replace")


def installed(text: str) -> Installed:
    """What the text of a unit says of it."""
    head = HEAD.match(text)
    container, makes = NAME.search(text), MAKES.search(text)
    return Installed(
        (head[1] or "") if head else "",
        container[1] if container else "",
        tuple(PORT.findall(text)),
        makes[1] if makes else "",
    )
