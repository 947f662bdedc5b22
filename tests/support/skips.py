"""Tests with many cases that need something which is not there: one skip stands for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def cases_if(there: object, cases: Sequence[Any], reason: str, names: int = 1) -> Sequence[Any]:
    """The cases to run a test with, of as many ``names`` each; without what they need, one that is skipped for the
    reason."""
    return cases if there else [pytest.param(*[None] * names, id="none", marks=pytest.mark.skip(reason=reason))]
