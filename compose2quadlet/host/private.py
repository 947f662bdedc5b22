"""Writes one file that only its owner may read."""

from __future__ import annotations

import os
import tempfile


def write(path: str, text: str) -> None:
    """Write a file whole or not at all, with mode 0600; one that is there is replaced. Raises OSError."""
    folder = os.path.dirname(os.path.abspath(path))
    fd, made = tempfile.mkstemp(prefix=".compose2quadlet-", dir=folder)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        os.replace(made, path)
    except BaseException:
        os.unlink(made)
        raise
