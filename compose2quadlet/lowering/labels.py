"""The labels that Docker Compose adds to what it creates. Proxies and dashboards use them to find containers.

Source: Docker Compose ``pkg/api/labels.go``. Those that would put host paths or hashes into units are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compose2quadlet.backend.unit import Directive
from compose2quadlet.lowering.verbs import Context, pairs

PREFIX = "com.docker.compose"


def with_own(given: Mapping[str, str], own: Mapping[str, str], c: Context) -> Iterator[Directive]:
    """The labels of a compose file, and those that Docker Compose adds, which cannot be overridden."""
    mine = {f"{PREFIX}.{name}": text for name, text in own.items()}
    yield from pairs("Label").lower({name: text for name, text in given.items() if name not in mine}, c)
    for name, text in mine.items():
        yield c.pair("Label", name, text)
