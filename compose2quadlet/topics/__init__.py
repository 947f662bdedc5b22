"""Long texts about one subject each, in Markdown: shown by ``compose2quadlet help TOPIC``, linked from the README,
and installed as manual pages.

They use a small part of Markdown, which ``report.markdown`` reads.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

NAMES = ("migration", "moving", "isolation", "host-units", "x-quadlet", "settings", "logging", "differences", "keys")
"""The topics, in the order in which a reader may want them."""


def text(name: str) -> str:
    """A topic's Markdown. Raises KeyError for what is not a topic."""
    if name not in NAMES:
        raise KeyError(name)
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def title(name: str) -> str:
    """What a topic is about, in a few words: its heading, without the name. Raises KeyError for what is not a topic."""
    heading = text(name).partition("\n")[0].removeprefix("# ")
    about = heading.partition(": ")[2] or heading
    return about[:1].upper() + about[1:]
