"""Runs the commands of a migration on this machine, and keeps them as text: what is printed is what is run.

A command either asks or changes. In a dry run the first ones run, and the others are only noted.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

from compose2quadlet.frozen import frozen
from compose2quadlet.host.programs import Did, perform

USUAL = 600.0
"""Seconds that a command may take that answers from what is there."""


class FailedError(Exception):
    """A step cannot be done. The text says what is wrong, and ``hint`` what mends it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@frozen()
class Runner:
    """Who runs the new units: the system, or a login user, with the ID of that user and of its group."""

    user: str = ""
    uid: int = 0
    gid: int = 0
    home: str = "/root"

    def command(self, *words: str) -> list[str]:
        """A command that this one runs, as root starts it."""
        if not self.user:
            return list(words)
        surroundings = [f"HOME={self.home}", f"XDG_RUNTIME_DIR=/run/user/{self.uid}"]
        bus = f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{self.uid}/bus"
        return ["runuser", "-u", self.user, "--", "env", "--chdir=/", *surroundings, bus, *words]

    def systemctl(self, *words: str) -> list[str]:
        """A command for the service manager."""
        return self.command("systemctl", "--user" if self.user else "--system", *words)

    def podman(self, *words: str) -> list[str]:
        """A command for Podman."""
        return self.command("podman", *words)


@dataclass(slots=True)
class Machine:
    """This machine. ``told`` has the commands that change something, as a shell would take them; ``tick`` is called
    while one of them runs."""

    runner: Runner = field(default_factory=Runner)
    dry: bool = False
    told: list[str] = field(default_factory=list)
    tick: Callable[[], None] | None = None

    def look(self, *words: str) -> Did:
        """The result of a command that changes nothing, even if it fails."""
        return perform(words, seconds=USUAL)

    def ask(self, *words: str) -> str:
        """The output of a command that changes nothing. Raises FailedError if it fails."""
        return self._checked(words, self.look(*words)).output

    def change(self, *words: str, data: str = "", shown: str = "") -> str:
        """The output of a command that changes something; nothing in a dry run. Raises FailedError if it fails."""
        return self._checked(words, self.attempt(*words, data=data, shown=shown)).output

    def attempt(self, *words: str, data: str = "", shown: str = "") -> Did:
        """The result of a command that changes something, even if it fails. ``shown`` is its text, where another one
        is easier to read."""
        self.note(shown or shlex.join(words))
        return Did(0) if self.dry else perform(words, self.tick, data=data)

    def note(self, text: str) -> None:
        """Keep what is done without a program; as a comment, it starts with ``#``."""
        if text not in self.told[-1:]:
            self.told.append(text)

    @staticmethod
    def _checked(words: tuple[str, ...], did: Did) -> Did:
        if did.ok:
            return did
        said = did.errors.splitlines()[-1] if did.errors else f"exit status {did.status}"
        raise FailedError(f"'{shlex.join(words)}' failed: {said}", did.errors)
