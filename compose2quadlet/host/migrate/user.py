"""Writes files as another user: their directories are the user's, so root must not be led astray in them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from compose2quadlet.host.migrate.machine import Runner


@contextlib.contextmanager
def acting_as(runner: Runner) -> Iterator[None]:
    """Have the rights of a login user for files, and no others. Raises OSError; needs root, except for oneself."""
    if not runner.user or runner.uid == os.geteuid():
        yield
        return
    groups = os.getgroups()
    os.initgroups(runner.user, runner.gid)
    try:
        os.setegid(runner.gid)
        os.seteuid(runner.uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
