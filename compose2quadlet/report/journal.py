"""Where the output of converted services is, and the commands that show it.

What the journal has in which field was looked up on booted hosts with systemd 257 and 262, Podman 5.4 and 5.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compose2quadlet.options import Scope

TEXT = """\
The journal of systemd has the output of every converted service.

  unit        journalctl -u UNIT     all that belongs to the service: its output, and what Podman says about it
  identifier  journalctl -t UNIT     its output alone; with LogDriver=journald and the option 'tag', it is that tag
  priority    journalctl -p PRIO     what a program writes to stdout is info, to stderr err

  driver       --log-driver journald (the default): Podman writes each line with its priority; 'podman logs' works.
               --log-driver passthrough: the container writes to the journal itself. A line that starts with <N>
               has the priority N (0 to 7), any other is info, stderr too; 'podman logs' shows nothing.
               For images that print such prefixes, or write all they have to say to stderr.
               In user scope, a line from a process that ends at once may lack its unit: -t finds it, -u does not.
  jobs         What runs once and ends ('service_completed_successfully') is in the journal like the others.
  json-file, local, syslog and all other drivers become the journal; 'none' stays none.
  max-size and the like become limits of the whole journal: SystemMaxUse= and MaxRetentionSec= in journald.conf.
  health       Podman would write a line for each check, outside of the service's unit. The file
               containers.conf.d/50-quiet-health.conf keeps it from that, unless you convert with --health-events.
"""

COMMANDS = (
    ("follow {stem}", "journalctl {user}-u {stem} -f"),
    ("its output alone, since the last boot", "journalctl {user}-t {stem} -b"),
    ("its warnings and errors", "journalctl {user}-u {stem} -p warning"),
    ("the last hour, without the journal's own columns", 'journalctl {user}-t {stem} --since "1 hour ago" -o cat'),
    ("why it does not start", "systemctl {user}status {stem}; journalctl {user}-u {stem} -n 50"),
)
"""A few words, and the command, for one service."""

ALL = (
    ("all of {project}, in one stream", "journalctl {user}{units} -f"),
    ("errors of {project} since yesterday", "journalctl {user}{units} -p err --since yesterday"),
)
"""The same for all services of a project."""


def cheat_sheet(project: str, stems: Iterable[str], scope: Scope) -> Iterator[tuple[str, str]]:
    """Commands for the services of a project, which have the units ``stems``, each with what it shows."""
    user = "--user " if scope is Scope.USER else ""
    names = list(stems)
    for words, command in COMMANDS:
        for stem in names[:1]:
            yield words.format(stem=stem), command.format(user=user, stem=stem)
    units = " ".join(f"-u {stem}" for stem in names)
    yield from ((w.format(project=project), c.format(user=user, units=units)) for w, c in ALL)
    for stem in names[1:]:
        yield f"follow {stem}", COMMANDS[0][1].format(user=user, stem=stem)
