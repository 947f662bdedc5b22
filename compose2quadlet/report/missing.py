"""The variables that a project uses but that are not set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from compose2quadlet.diagnostics import Line, Position, Styled

Missing = dict[str, list[Position | None]]
Show = Callable[[str], str]
"""Shortens a file name."""

EXAMPLES = (".env.example", ".env.sample", ".env.dist", ".env.template", "example.env", "sample.env", "env.example")


def missing_lines(title: str, missing: Missing, folder: str, show: Show) -> Iterator[Line]:
    """The message about variables that a project uses and that are not set: each once, with its places,
    and the lines for the ``.env`` file."""
    count = len(missing)
    head = f"{count} variables of {title} are not set and count as empty, as with Docker Compose"
    if count == 1:
        head = f"1 variable of {title} is not set and counts as empty, as with Docker Compose"
    yield Styled(head, "yellow"), ":"
    width = min(max(map(len, missing)), 40)
    for name, places in sorted(missing.items()):
        yield (f"  {name:<{width}}  {', '.join(places_text(places, show))}",)
    env = show(os.path.join(folder, ".env"))
    if example := next((e for e in EXAMPLES if os.path.isfile(os.path.join(folder, e))), None):
        yield (f"{show(os.path.join(folder, example))} may show what they should be.",)
    shown = " ".join(f"{name}=" for name in sorted(missing))
    wanted = shown if len(shown) < 80 else "one line NAME=value for each"
    yield (f"Set them in {env} ({wanted}), and convert again.",)


def places_text(places: Iterable[Position | None], show: Show) -> Iterator[str]:
    """Places, grouped by file: ``compose.yaml:3:7, 9:7``."""
    last = ""
    for place in places:
        if place is None:
            continue
        file = show(place.file)
        yield f"{place.line}:{place.column}" if file == last else f"{file}:{place.line}:{place.column}"
        last = file
