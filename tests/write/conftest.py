"""What tests of writing share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose2quadlet.host import parallel

MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A directory for what is written thousands of times: in memory, where there is room for that."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as made:
        yield Path(made)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """System calls come one after the other, so that they have numbers, and that processes can be forked."""
    monkeypatch.setattr(parallel, "THREADS", 1)


@pytest.fixture
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the disk, which no test unplugs."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)
