"""Moves an edit of a unit into a drop-in, so that the unit can be written again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.host.changes import File

FIRST = 50
"""The number of the drop-in; a later one counts where this one is taken."""


def moved(path: Path, ours: str, theirs: str, project: str, private: bool) -> tuple[Path, File] | None:
    """The drop-in that makes of ``ours`` what ``theirs`` says; None if they do not differ in directives. Somebody's
    drop-in is not ours: the manifest does not have it."""
    text = "".join(f"{line}\n" for line in _lines(ours, theirs))
    if not text:
        return None
    folder = path.with_name(f"{path.name}.d")
    names = (folder / f"{number}-local.conf" for number in range(FIRST, 100))
    place = next(name for name in names if not name.exists() or name.read_text() == text)
    return place, File(text, project, private, ours=False)


def _lines(ours: str, theirs: str) -> Iterator[str]:
    """The directives that differ. A list that only grew is continued; another one begins anew, with an empty line."""
    old, new = _directives(ours), _directives(theirs)
    section = ""
    for place in dict.fromkeys([*new, *old]):
        before, now = old.get(place, []), new.get(place, [])
        if before == now:
            continue
        if place[0] != section:
            section = place[0]
            yield f"[{section}]"
        grew = now[: len(before)] == before
        if not now or (not grew and _is_list(place, before)):
            yield f"{place[1]}="
        yield from (f"{place[1]}={value}" for value in (now[len(before) :] if grew else now))


def _is_list(place: tuple[str, str], values: list[str]) -> bool:
    known = catalogue().get(place)
    return known.repeatable if known else len(values) > 1


def _directives(text: str) -> dict[tuple[str, str], list[str]]:
    out: dict[tuple[str, str], list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            out.setdefault((section, key.strip()), []).append(value)
    return dict(sorted(out.items(), key=lambda item: list(dict.fromkeys(s for s, _ in out)).index(item[0][0])))
