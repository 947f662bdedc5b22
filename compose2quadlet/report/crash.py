"""The message for a bug in this tool: what happened, where, and how to report it.

The text of an exception may contain values of the user's files, so only its type is shown, and places in the program.
If ``COMPOSE2QUADLET_DEBUG`` is set, all of it is printed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from compose2quadlet import __version__
from compose2quadlet.diagnostics import Diagnostic, Line, Position, Severity

DEBUG = "COMPOSE2QUADLET_DEBUG"
"""If this variable is set, to any value, the whole traceback is printed."""

PACKAGE = Path(__file__).parent.parent

CALLS = 4
"""How many calls are shown, the innermost last."""


def internal_error(error: BaseException, doing: str, where: str = "") -> Diagnostic:
    """The diagnostic for an unexpected exception while ``doing`` something with the project at ``where``."""
    import platform

    calls = " > ".join(_calls(error)) or "an unknown place"
    versions = f"compose2quadlet {__version__}, Python {platform.python_version()}"
    hint = f"Please report these lines ({versions}), with a compose file that shows it if you can."
    if not os.environ.get(DEBUG):
        hint += f" {DEBUG}=1 prints the traceback, which may contain values from your files."
    message = f"this is a bug in compose2quadlet: {type(error).__name__} while {doing}, at {calls}"
    return Diagnostic("internal-error", Severity.ERROR, message, hint, position=Position(where) if where else None)


def trace(error: BaseException) -> Iterator[Line]:
    """The lines of the traceback, if the user wants them."""
    if os.environ.get(DEBUG):
        import traceback

        for text in traceback.format_exception(error):
            yield from ((line,) for line in text.rstrip("\n").split("\n"))


def _calls(error: BaseException) -> Iterator[str]:
    """The innermost calls, those of the package as ``planner/ports.py:31 host_ports``."""
    import traceback

    for frame in traceback.extract_tb(error.__traceback__)[-CALLS:]:
        path = Path(frame.filename)
        name = path.relative_to(PACKAGE) if path.is_relative_to(PACKAGE) else path.name
        yield f"{name}:{frame.lineno} {frame.name}"
