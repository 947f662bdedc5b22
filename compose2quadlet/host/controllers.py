"""The cgroup controllers of a host, and those that a login user gets of them. Source: systemd.resource-control(5)."""

from __future__ import annotations

import os

from compose2quadlet.facts import Login
from compose2quadlet.options import Scope

ROOT = "sys/fs/cgroup"
FILE = "cgroup.controllers"


def controllers(root: str, login: Login | None) -> dict[str, tuple[str, ...]]:
    """The controllers by scope, on the host whose file system is at ``root``; nothing for what cannot be read."""
    places = {Scope.SYSTEM: ROOT}
    if login:
        places[Scope.USER] = f"{ROOT}/user.slice/user-{login.uid}.slice/user@{login.uid}.service"
    found = {}
    for scope, place in places.items():
        try:
            with open(os.path.join(root, place, FILE), encoding="ascii") as f:
                found[scope.value] = tuple(f.read().split())
        except (OSError, UnicodeDecodeError):
            continue
    return found
