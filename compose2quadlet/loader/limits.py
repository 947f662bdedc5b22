"""What one project may cost: limits on what a few lines of text can ask for without end.

Docker Compose knows none of them. Each is far above what real projects need, and low enough for a conversion to end
within about a second.
"""

from __future__ import annotations

from dataclasses import dataclass

from compose2quadlet.diagnostics import Path, Position, RefusedError, refuse

MAX_TEXT = 2 * 1024 * 1024
"""Characters that variables may add to a project, all together. systemd reads no line of more than a million."""

MAX_COPIED = 250_000
"""Values that ``extends`` may repeat, all together; as many as aliases may."""

MAX_INCLUDES = 300
"""Times that files may be included, all together."""

MAX_PORTS = 20_500
"""Container ports of a project. A telephone system publishes 10,000 for UDP; twice that leaves no room for others."""


@dataclass(slots=True)
class Budget:
    """What a project has used up of its limits."""

    text: int = 0
    copied: int = 0
    includes: int = 0

    def add_text(self, by: int, position: Position | None) -> None:
        """Count the characters that variables add. Raises RefusedError for too many of them."""
        self.text += max(by, 0)
        if self.text > MAX_TEXT:
            raise too_much_text(position)

    def add_copied(self, by: int, position: Position | None) -> None:
        """Count the values that ``extends`` repeats. Raises RefusedError for too many of them."""
        self.copied += by
        if self.copied > MAX_COPIED:
            raise refuse(
                "extends-bomb",
                f"'extends' repeats more than {MAX_COPIED} values in this project",
                "Extend a smaller service.",
                position=position,
            )

    def add_include(self, position: Position | None) -> None:
        """Count a file that is included. Raises RefusedError for too many of them."""
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
        "Do not build values out of values that are long already; put a long text into a file.",
        position=position,
    )


def too_many_ports(path: Path) -> RefusedError:
    """The error for a project with more than ``MAX_PORTS`` ports; ``path`` is the one that is too much."""
    return refuse(
        "too-many-ports",
        f"{'.'.join(map(str, path))}: the project has more than {MAX_PORTS} ports",
        "Podman, like Docker, sets up each of them by itself. Publish fewer, or use 'network_mode: host'.",
        path,
    )
