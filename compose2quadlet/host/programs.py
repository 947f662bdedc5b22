"""The only place that runs programs of the host, and reports how they ended.

A program comes from an absolute directory in PATH, never from the working directory. It gets no standard input, and
the locale C. If it takes longer than a few seconds, or prints more than a few megabytes, it is killed with all of its
processes: a program that hangs must not make this tool hang. Only a task, which is asked for by hand, may take longer.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import IO

from compose2quadlet.frozen import frozen

SECONDS = 3.0
"""Seconds that one program may take."""

TOTAL = 6.0
"""Seconds that all programs for one purpose may take together."""

MOST = 4 * 1024 * 1024
"""The most bytes of a program's output. The units of a host with 5,000 of them take less than one megabyte."""

TICK = 0.5
"""Seconds between looks at a task."""

ERRORS = 4096
"""The last bytes of a task's messages that are kept."""

LOOK = 0.05
"""Seconds between checks whether a program has ended without closing its output."""


class Ending(Enum):
    """How a program ended."""

    DONE = "done"
    ABSENT = "absent"
    SLOW = "slow"
    FLOODED = "flooded"
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen()
class Ran:
    """The result of one run. ``output`` is empty unless the program is DONE; ``status`` is its exit status, negative
    for a signal; ``seconds`` is the time limit. ``errors`` is what it printed to stderr, if that was asked for; then
    the output of a program that FAILED counts, too."""

    program: str
    ending: Ending
    output: str = ""
    status: int = 0
    seconds: float = 0.0
    errors: str = ""

    @property
    def problem(self) -> str:
        """What went wrong, as a sentence without a full stop; empty if nothing did."""
        match self.ending:
            case Ending.DONE:
                return ""
            case Ending.ABSENT:
                return f"{self.program} is not installed"
            case Ending.SLOW:
                return f"{self.program} did not answer within {self.seconds:.3g} s"
            case Ending.FLOODED:
                return f"{self.program} printed more than {MOST // (1024 * 1024)} MiB"
            case Ending.FAILED if self.status < 0:
                return f"{self.program} was killed by signal {-self.status}"
            case Ending.FAILED:
                return f"{self.program} failed with exit status {self.status}"
            case Ending.SKIPPED:
                return f"{self.program} was not run, because other programs took too long"


def run(
    command: Sequence[str], seconds: float = SECONDS, environ: Mapping[str, str] | None = None, errors: bool = False
) -> Ran:
    """Run ``command``, whose first word is the bare name of a program or its absolute path, for at most this many
    seconds. ``environ`` is added to the environment; with ``errors``, the result has what is printed to stderr."""
    program = command[0]
    path = find(program)
    if path is None:
        return Ran(program, Ending.ABSENT)
    with os.fdopen(os.memfd_create("stderr"), "w+b") if errors else contextlib.nullcontext() as said:
        try:
            process = subprocess.Popen(
                [path, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said or subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C", **(environ or {})},
                start_new_session=True,
            )
        except OSError:  # like a shell, for a file that cannot be run
            return Ran(program, Ending.FAILED, status=126)
        try:
            data, ending = _read(process, seconds)
        finally:
            _end(process)
        if ending is Ending.DONE and process.returncode != 0:
            ending = Ending.FAILED
        counts = ending is Ending.DONE or (errors and ending is Ending.FAILED)
        text = data.decode("utf-8", "replace") if counts else ""
        return Ran(program, ending, text, process.returncode or 0, seconds, _said(said))


def _said(file: IO[bytes] | None) -> str:
    """The start of what a program wrote into a file."""
    if file is None:
        return ""
    file.seek(0)
    return file.read(MOST).decode("utf-8", "replace")


@frozen()
class Did:
    """The result of a task: its exit status, negative for a signal and 127 if the program is not installed; what it
    printed; and the end of its messages."""

    status: int
    output: str = ""
    errors: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 0


def perform(
    command: Sequence[str], tick: Callable[[], None] | None = None, seconds: float | None = None, data: str = ""
) -> Did:
    """Run a program that does something, for as long as that takes, or for at most so many ``seconds``.

    ``tick`` is called twice a second, and may raise to end the program; ``data`` is its standard input.
    """
    path = find(command[0])
    if path is None:
        return Did(127, errors=f"{command[0]} is not installed")
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        given.write(data.encode(errors="surrogateescape"))
        given.seek(0)
        process = subprocess.Popen(
            [path, *command[1:]],
            stdin=given,
            stdout=out,
            stderr=errors,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
        )
        end = time.monotonic() + seconds if seconds else None
        try:
            while True:
                try:
                    process.wait(TICK if tick or end else None)
                    break
                except subprocess.TimeoutExpired:
                    if end and time.monotonic() > end:
                        return Did(-signal.SIGKILL, errors=f"{command[0]} did not end within {seconds:.3g} s")
                    if tick:
                        tick()
        finally:
            _kill(process)
        return Did(process.returncode, _last(out, MOST), _last(errors, ERRORS).strip())


def _last(file: IO[bytes], most: int) -> str:
    """The last bytes of a file as text."""
    file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
    return file.read().decode("utf-8", "replace")


def find(program: str) -> str | None:
    """The path of a program in the absolute directories of PATH; others depend on the working directory. An absolute
    path stands for itself."""
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(directory, program)
        if os.path.isabs(directory) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _read(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, Ending]:
    """The output until it ends, and how it ended."""
    assert process.stdout is not None
    end = time.monotonic() + seconds
    data, pipe, poll = bytearray(), process.stdout.fileno(), select.poll()
    poll.register(pipe, select.POLLIN)
    while (left := end - time.monotonic()) > 0:
        ended = process.poll() is not None
        if not poll.poll(0 if ended else min(left, LOOK) * 1000):
            if ended:  # a process that it left behind keeps the output open: expect nothing more
                return bytes(data), Ending.DONE
            continue
        chunk = os.read(pipe, 65536)
        data += chunk
        if len(data) > MOST:
            return b"", Ending.FLOODED
        if not chunk:
            try:
                process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                break
            return bytes(data), Ending.DONE
    return b"", Ending.SLOW


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that is still running, with its whole session, and close its output."""
    _kill(process)
    assert process.stdout is not None
    process.stdout.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):  # a process may be stuck in the kernel
        process.wait(1)


@dataclass(slots=True)
class Programs:
    """Runs programs one by one, for at most ``total`` seconds together. One that did not answer is not run again.

    ``ran`` has the result of each run.
    """

    total: float = TOTAL
    ran: list[Ran] = field(default_factory=list)
    spent: float = 0.0

    def run(self, command: Sequence[str]) -> Ran:
        """The result of ``command``."""
        known = next((r for r in self.ran if r.program == command[0] and r.ending is Ending.SLOW), None)
        left = self.total - self.spent
        if known is not None:
            found = known
        elif left <= 0:
            found = Ran(command[0], Ending.SKIPPED)
        else:
            start = time.monotonic()
            found = run(command, min(SECONDS, left))
            self.spent += time.monotonic() - start
        self.ran.append(found)
        return found

    def output(self, command: Sequence[str]) -> str:
        """The output of ``command``; empty if it fails."""
        return self.run(command).output

    def problems(self, but: str = "") -> list[str]:
        """The problems of programs, each once, except for one of the programs. A program that is missing, or that fails
        because it has nothing to print, is not a problem."""
        silent = (Ending.SLOW, Ending.FLOODED, Ending.SKIPPED)
        return list(dict.fromkeys(r.problem for r in self.ran if r.ending in silent and r.program != but))
