"""What holds for all tests.

A run of all of them uses every processor. Each reason to skip takes one line at the end, however many tests it keeps
from running.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process for each processor, where all tests run. For a part of them, starting these takes longer than it
    saves; and while goldens are written, nothing else should read them."""
    chosen = config.option
    part = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or chosen.keyword or chosen.markexpr
    part = part or getattr(chosen, "lf", False)  # which not every run has
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if part or chosen.update_goldens or processors == 1:
        return 0
    config.option.dist = "loadscope"  # what tests of a module share is made once
    return processors


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"SKIPPED [{count}] {reason}")
