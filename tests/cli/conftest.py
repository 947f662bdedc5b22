"""What all tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

UNITS = Path("/etc/containers/systemd")
"""Where a test that runs as root, and forgets to name a directory, would write."""


@pytest.fixture(autouse=True)
def no_units_of_this_host() -> Iterator[None]:
    """No test writes where this host's own units are."""
    before = UNITS.is_dir() and UNITS.stat().st_mtime_ns
    yield
    assert (UNITS.is_dir() and UNITS.stat().st_mtime_ns) == before, f"a test wrote to {UNITS}"
