"""Commands that are offered for pasting: what comes from files or options is quoted for a shell, or left out."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import convert
from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError
from compose2quadlet.facts import Facts, HostUnit, Login
from compose2quadlet.host import put
from compose2quadlet.loader import Request
from compose2quadlet.options import Options, Scope
from compose2quadlet.report.journal import cheat_sheet
from tests.support.conversion import ROOT

PROGRAMS = "podman|systemctl|journalctl|rm|loginctl|usermod|chmod|apt|sudo|mv|cp|ln|compose2quadlet|printf|echo"
COMMAND = re.compile(rf"(?:^|[\s'\"(:;])(?:{PROGRAMS})\s[^.;,]*$|--[a-z-]+[ =]$")
"""Text behind which a value is part of a command."""

HARMLESS = {
    ("planner/updates.py", "user"): "'--user ' or nothing",
    ("loader/caller.py", "command(*values)"): "quoted",
    ("planner/privileges.py", "key"): "the name of a limit",
    ("planner/privileges.py", "'infinity' if hard < 0 else hard"): "a number",
    ("planner/versions.py", "oldest"): "a version",
    ("backend/gate.py", "wanted"): "a version",
    ("lowering/command.py", "needed"): "a version",
    ("backend/render.py", "__version__"): "a comment in a unit",
    ("backend/render.py", "source"): "a comment in a unit",
    ("backend/configuration.py", "__version__"): "a comment in a file",
    ("migrate/guard.py", "project"): "a comment in a drop-in",
    ("report/crash.py", "__version__"): "no command",
    ("cli/help.py", "topic"): "one of the keys that there are",
    ("lowering/contents.py", "variable"): "a name that VARIABLE matches",
    ("lowering/hosts.py", "SHOWN"): "a constant",
    ("lowering/internal.py", "FORWARD"): "a constant",
    ("planner/host/controllers.py", "ALL"): "a constant",
    ("planner/host/controllers.py", "folder"): "a constant",
    ("report/runbook.py", "MOUNTPOINT"): "a constant",
    ("report/runbook.py", "name"): "quoted",
    ("report/runbook.py", "command(n)"): "quoted",
    ("report/runbook.py", "command(name)"): "quoted",
    ("report/runbook.py", "command(_policy(service))"): "quoted",
}
"""Values in commands that need no quotes, and why."""


def values_in_commands(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.JoinedStr):
            continue
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                # What starts with an option is a word of a unit's own command line, which is no text for people.
                if COMMAND.search(text) and not text.startswith("--"):
                    yield node.lineno, ast.unparse(part.value)
                text += "X"
            elif isinstance(part, ast.Constant):
                text += str(part.value)


def test_every_value_in_a_command_is_quoted() -> None:
    found = set()
    for path in sorted((ROOT / "compose2quadlet").rglob("*.py")):
        name = str(path.relative_to(ROOT / "compose2quadlet"))
        for line, value in values_in_commands(path):
            found.add((name, value))
            assert (name, value) in HARMLESS, f"{path}:{line}: {value} in a command is not quoted"
    assert not HARMLESS.keys() - found, "these are gone"


def test_the_test_sees_what_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("f'Remove it: rm {path}'\nf'Use --profile {p}.'\nf'a {x}'\nf'Run: {command(1)}'\n")
    assert list(values_in_commands(tmp_path / "x.py")) == [(1, "path"), (2, "p")]


EVIL = "x$(touch pwned)`touch pwned`;touch pwned #'\" y"

PARTS: list[dict[str, Any]] = [
    {"image": EVIL},
    {"image": f"-{EVIL}"},
    {"profiles": [EVIL]},
    {"container_name": EVIL},
    {"build": {"context": EVIL, "dockerfile": EVIL, "target": EVIL, "args": {EVIL: EVIL, "A": EVIL}}},
    {"build": {"context": f"/{EVIL}", "dockerfile_inline": EVIL, "secrets": ["s"], "cache_to": [EVIL]}},
    {"secrets": [{"source": "s", "target": EVIL}, {"source": "e", "uid": EVIL}, {"source": "e"}]},
    {"volumes": [f"/mnt/{EVIL}:/x", f"/{EVIL}", "/var/run/docker.sock:/d"]},
    {"volumes": [{"type": "bind", "source": f"/mnt/{EVIL}", "target": "/x", "bind": {"create_host_path": True}}]},
    {"environment": {"DATABASE_URL": f"postgres://localhost/{EVIL}", EVIL: None}, "network_mode": "host"},
    {"environment": [EVIL, f"{EVIL}=x"]},
    {"labels": {f"com.centurylinklabs.watchtower.{EVIL}": "x", "com.centurylinklabs.watchtower.enable": "true"}},
    {"use_api_socket": True},
    {"x-quadlet": {"host_units": [EVIL]}},
    {"x-quadlet": {"isolation": EVIL}},
    {"x-quadlet": {EVIL: EVIL, "Container": {EVIL: EVIL}, "Unit": {"After": f"{EVIL}.container"}}},
    {"user": EVIL},
    {"pid": f"container:{EVIL}"},
    {"network_mode": f"container:{EVIL}", "ports": ["80:80"]},
    {"external_links": [f"{EVIL}:{EVIL}"]},
    {"volumes_from": [f"container:{EVIL}"]},
    {"tmpfs": [f"/{EVIL}:uid=5"]},
    {"cgroup_parent": EVIL},
    {"restart": EVIL},
    {"logging": {"driver": EVIL, "options": {EVIL: EVIL}}},
    {"devices": [f"/dev/{EVIL}:/dev/x"]},
    {"ports": ["80:80"], "restart": "always", "scale": 2},
    {"depends_on": {"web": {"condition": EVIL}}},
    {"domainname": EVIL},
    {"networks": {"default": {"aliases": [EVIL], "driver_opts": {EVIL: EVIL}}}},
]
"""What a service may say, each with a name that a shell would act on."""

TOP: dict[str, Any] = {
    "secrets": {"s": {"environment": EVIL, "name": EVIL}, "e": {"environment": "TOKEN", "name": EVIL}},
    "networks": {"default": {"driver": EVIL, "driver_opts": {EVIL: EVIL}}},
}
FACTS = Facts(
    units={"postgresql.service": HostUnit("active", "enabled")}, login=Login(EVIL, 1000, 1000, "/home/x", False)
)
TARGETS = [
    Options((4, 4)),
    Options((5, 4), Scope.SYSTEM),
    Options((5, 8), host=FACTS),
    Options((5, 8), host_units={"*": (EVIL,), "web": (f"/{EVIL}",)}),
]


def all_diagnostics(folder: Path) -> Iterator[Diagnostic]:
    """What is said about many projects of hostile names, each converted in several ways."""
    for part in PARTS:
        project = {"services": {"web": {"restart": "always", "image": "x", **part}}, **TOP}
        (folder / "compose.yaml").write_text(json.dumps(project).replace("$", "$$"))
        for options in TARGETS:
            log = Log()
            try:
                convert(Request(str(folder), environ={}), options, log)
            except RefusedError as e:
                yield from e.diagnostics
            yield from log.items


def test_hostile_names_in_hints(tmp_path: Path) -> None:
    """Wherever such a name is in a hint at all, it is one word for a shell."""
    found = set(all_diagnostics(tmp_path))
    assert len({d.code for d in found}) > 30
    assert {"no-linger", "secret-to-create", "key-unsupported", "engine-socket"} <= {d.code for d in found}
    for d in found:
        rest = d.hint.replace(shlex.quote(EVIL), "").replace(shlex.quote(f"/{EVIL}"), "")
        assert "touch pwned" not in rest, d
        assert "touch pwned" not in d.message, d


def test_paths_of_files_are_quoted() -> None:
    path = Path(f"/srv/{EVIL}/x.container")
    assert put._stale(path).hint.endswith(f": rm {shlex.quote(str(path))}")


@pytest.mark.parametrize("scope", Scope)
def test_commands_about_the_journal(scope: Scope) -> None:
    for _words, line in cheat_sheet(EVIL, [EVIL, "b"], scope):
        words = shlex.split(line)
        assert words[0] in ("journalctl", "systemctl")
        assert not {"touch", "pwned"} & set(words)
