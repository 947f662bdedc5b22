"""What Podman has for the user of this process: networks, volumes, secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compose2quadlet.facts import Login, Made

Run = Callable[[Sequence[str]], str]
"""Runs a command and returns its output; empty if it cannot."""


def scope(login: Login | None) -> str:
    """The scope whose objects a user sees."""
    return "user" if login and login.uid else "system"


def made(run: Run) -> Made | None:
    """What Podman has; None if it does not answer. It always has a network, so that an empty list is no answer."""
    networks = _rows(run, "network", "{{.Name}} {{.Driver}}")
    if not networks:
        return None
    pairs = (row.partition(" ") for row in networks)
    found = {name: driver for name, _, driver in pairs}
    return Made(found, tuple(_rows(run, "volume", "{{.Name}}")), tuple(_rows(run, "secret", "{{.Name}}")))


def _rows(run: Run, kind: str, form: str) -> list[str]:
    return sorted(run(["podman", kind, "ls", "--format", form]).splitlines())
