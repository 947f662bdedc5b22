"""Signals that end the program: it cleans up first, and is not interrupted halfway."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a program to end."""


class StoppedError(BaseException):
    """A signal asked the program to end. As with KeyboardInterrupt, ``except Exception`` does not catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise StoppedError(number)


def stoppable() -> None:
    """Make the signals that end a program raise StoppedError, so that it cleans up. Ignored signals, such as SIGHUP
    under nohup(1), stay ignored."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def die(stopped: StoppedError) -> NoReturn:
    """End as the signal would have ended the program, so that the caller sees the signal: as 128 + its number in a
    shell. Source: https://www.cons.org/cracauer/sigint.html"""
    signal.signal(stopped.number, signal.SIG_DFL)
    os.kill(os.getpid(), stopped.number)
    raise SystemExit(128 + stopped.number)  # the parent process blocked the signal


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Delay the signals that end a program until the end of a block. Blocking them is not enough: a thread that is
    about to end may still receive one."""
    came: list[int] = []
    before = {}
    if threading.current_thread() is threading.main_thread():  # signals only interrupt this one
        before = {n: h for n in ENDING if (h := signal.getsignal(n)) not in (None, signal.SIG_IGN)}
    try:
        for number in before:
            signal.signal(number, lambda number, _frame: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
