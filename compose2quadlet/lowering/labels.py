"""The labels by which Docker Compose marks what it makes. Proxies, dashboards and schedulers find containers by them.

Source: Docker Compose ``pkg/api/labels.go``. Left out are those that would put paths of the host or hashes into units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compose2quadlet.backend.unit import Directive
from compose2quadlet.lowering.verbs import Context, pairs

PREFIX = "com.docker.compose"


def with_own(given: Mapping[str, str], own: Mapping[str, str], c: Context) -> Iterator[Directive]:
    """The labels of a compose file, and those that Docker Compose adds, which it lets nobody change."""
    mine = {f"{PREFIX}.{name}": text for name, text in own.items()}
    yield from pairs("Label").lower({name: text for name, text in given.items() if name not in mine}, c)
    for name, text in mine.items():
        yield c.pair("Label", name, text)
