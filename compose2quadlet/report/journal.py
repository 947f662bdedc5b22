"""Where the output of converted services goes, and the commands that show it.

The fields of the journal were checked on booted hosts with systemd 257 and 262, Podman 5.4 and 5.8. See the
topic ``logging``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet import topics
from compose2quadlet.diagnostics import command
from compose2quadlet.options import Scope
from compose2quadlet.report.markdown import layout, parse

COMMANDS = (
    ("follow {stem}", "journalctl {user}-u {stem} -f"),
    ("only its output, since the last boot", "journalctl {user}-t {stem} -b"),
    ("its warnings and errors", "journalctl {user}-u {stem} -p warning"),
    ("the last hour, without the journal's columns", 'journalctl {user}-t {stem} --since "1 hour ago" -o cat'),
    ("why it does not start", "systemctl {user}status {stem}; journalctl {user}-u {stem} -n 50"),
)
"""What a command shows, and the command, for one service."""

ALL = (
    ("all of {project}, in one stream", "journalctl {user}{units} -f"),
    ("errors of {project} since yesterday", "journalctl {user}{units} -p err --since yesterday"),
)
"""The same for all services of a project."""


def text(width: int) -> str:
    """The topic about the journal, as plain text of this width."""
    return layout(parse(topics.text("logging")), width)


def cheat_sheet(project: str, stems: Iterable[str], scope: Scope) -> Iterator[tuple[str, str]]:
    """Commands for the services of a project, whose unit names are ``stems``, each with what it shows."""
    user = "--user " if scope is Scope.USER else ""
    names = [command(stem) for stem in stems]
    for words, line in COMMANDS:
        for stem in names[:1]:
            yield words.format(stem=stem), line.format(user=user, stem=stem)
    units = " ".join(f"-u {stem}" for stem in names)
    yield from ((w.format(project=project), c.format(user=user, units=units)) for w, c in ALL)
    for stem in names[1:]:
        yield f"follow {stem}", COMMANDS[0][1].format(user=user, stem=stem)
