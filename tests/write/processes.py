"""Processes of their own for what ends or fails in the middle of a system call, made by fork, which is fast."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from compose2quadlet.diagnostics import RefusedError

CREATES = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_RDWR

CHANGING: dict[str, Callable[..., bool]] = {
    "open": lambda _path, flags, *_args, **_kwargs: bool(flags & CREATES),
    **dict.fromkeys(
        (
            *("write", "pwrite", "writev", "pwritev", "truncate", "ftruncate", "posix_fallocate", "sendfile"),
            *("copy_file_range", "fsync", "fdatasync", "rename", "replace", "link", "symlink", "unlink", "remove"),
            *("mkdir", "rmdir", "mknod", "mkfifo", "chmod", "fchmod", "chown", "fchown", "lchown", "utime"),
            *("setxattr", "removexattr"),
        ),
        lambda *_args, **_kwargs: True,
    ),
}
"""The functions of ``os`` that change something on disk, and with which arguments."""

NEED_SPACE = ("open", "write", "pwrite", "mkdir", "link")
"""Those that fail when a disk is full."""

KILLED = 77


@dataclass
class Shim:
    """Counts the calls that change something, and acts at each of them.

    ``act`` gets the number of a call, from one on, and its name; before the call, and after it as ``-number``.
    """

    act: Callable[[int, str], None] = lambda _number, _name: None
    names: list[str] = field(default_factory=list)

    @contextmanager
    def installed(self, sync: bool = False) -> Iterator[None]:
        """Stand between a block and the kernel. Without ``sync``, nothing waits for the disk."""
        real = {name: getattr(os, name) for name in CHANGING if hasattr(os, name)}
        try:
            for name, function in real.items():
                setattr(os, name, self._wrapped(name, function, sync))
            yield
        finally:
            for name, function in real.items():
                setattr(os, name, function)

    def _wrapped(self, name: str, function: Callable[..., Any], sync: bool) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not CHANGING[name](*args, **kwargs):
                return function(*args, **kwargs)
            self.names.append(name)
            number = len(self.names)
            self.act(number, name)
            try:
                return None if name == "fsync" and not sync else function(*args, **kwargs)
            finally:
                self.act(-number, name)

        return call


def killing(at: int, only: str = "") -> Shim:
    """Ends the process, as SIGKILL does, right after a call; after one of that name, if ``only`` is given."""

    def act(number: int, name: str) -> None:
        if number < 0 and (shim.names.count(name) == at if name == only else number == -at and not only):
            os._exit(KILLED)

    shim = Shim(act)
    return shim


def failing(at: int, error: int, last: int | None = None, only: Sequence[str] = tuple(CHANGING)) -> Shim:
    """Lets calls fail, from one on, to the ``last``; to the end where there is none."""

    def act(number: int, name: str) -> None:
        if number >= at and (last is None or number <= last) and name in only:
            raise OSError(error, os.strerror(error))

    return Shim(act)


@dataclass(frozen=True)
class Ended:
    """How a process ended: what its function returned or was refused with; or its exit code, or the signal."""

    result: Any = None
    refused: RefusedError | None = None
    code: int = 0
    signal: int = 0

    @property
    def said(self) -> str:
        """Messages and hints of what was refused."""
        return "\n".join(f"{d.code}: {d.message} {d.hint}" for d in self.refused.diagnostics) if self.refused else ""


class Child:
    """A function in a process of its own, which runs until ``end``."""

    def __init__(self, function: Callable[[], Any], shim: Shim | None = None, user: int | None = None) -> None:
        self.reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(writing)
            return
        code = 99
        gc.disable()  # it would copy all that this process shares with its parent
        try:
            os.close(self.reading)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            real = os.write
            result: tuple[Any, Any]
            try:
                if shim:
                    with shim.installed():
                        result = function(), None
                else:
                    result = function(), None
            except RefusedError as e:
                result = None, e.diagnostics
            real(writing, pickle.dumps(result))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            try:
                sys.stderr.flush()
            finally:
                os._exit(code)  # whatever happens: this process is a copy of the one that runs all tests

    def end(self) -> Ended:
        """Wait until it has ended."""
        with open(self.reading, "rb") as f:
            data = f.read()
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            return Ended(signal=signal.Signals(os.WTERMSIG(status)))
        if not data:
            return Ended(code=os.WEXITSTATUS(status))
        result, refused = pickle.loads(data)
        return Ended(result, RefusedError(*refused) if refused else None, os.WEXITSTATUS(status))


def in_child(function: Callable[[], Any], shim: Shim | None = None, user: int | None = None) -> Ended:
    """Run a function in a process of its own."""
    return Child(function, shim, user).end()
