"""Limits of one project, because a few lines of text can request unlimited work.

Docker Compose has no such limits. Each is far above what real projects need, and low enough for a conversion to end
within about a second.
"""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Path, Position, RefusedError, refuse

MAX_TEXT = 2 * 1024 * 1024
"""The most characters that all variables may add to a project. systemd reads no line of more than a million."""

MAX_COPIED = 250_000
"""The most values that ``extends`` may repeat in a project; the same limit as for aliases."""

MAX_INCLUDES = 300
"""The most includes of files in a project."""

MAX_PORTS = 20_500
"""The most container ports of a project. A telephone system publishes 10,000 for UDP; this is twice as many."""


@dataclass(slots=True)
class Budget:
    """How much of its limits a project has used."""

    text: int = 0
    copied: int = 0
    includes: int = 0

    def add_text(self, by: int, position: Position | None) -> None:
        """Count the characters that variables add. Raises RefusedError if there are too many."""
        self.text += max(by, 0)
        if self.text > MAX_TEXT:
            raise too_much_text(position)

    def add_copied(self, by: int, position: Position | None) -> None:
        """Count the values that ``extends`` repeats. Raises RefusedError if there are too many."""
        self.copied += by
        if self.copied > MAX_COPIED:
            raise refuse(
                "extends-bomb",
                f"'extends' repeats more than {MAX_COPIED} values in this project",
                "Extend a smaller service.",
                position=position,
            )

    def add_include(self, position: Position | None) -> None:
        """Count an included file. Raises RefusedError if there are too many."""
        self.includes += 1
        if self.includes > MAX_INCLUDES:
            raise refuse(
                "include-bomb",
                f"files are included more than {MAX_INCLUDES} times in this project",
                "Include each file once.",
                position=position,
            )


def too_much_text(position: Position | None) -> RefusedError:
    """The error for variables that add more than ``MAX_TEXT`` characters."""
    return refuse(
        "variable-bomb",
        f"the variables add more than {MAX_TEXT} characters to this project",
        "Do not build values from values that are already long; put a long text into a file.",
        position=position,
    )


def too_many_ports(path: Path) -> RefusedError:
    """The error for a project with more than ``MAX_PORTS`` ports; ``path`` is the first one beyond the limit."""
    return refuse(
        "too-many-ports",
        f"{'.'.join(map(str, path))}: the project has more than {MAX_PORTS} ports",
        "Podman, like Docker, sets up each of them separately. Publish fewer, or use 'network_mode: host'.",
        path,
    )
