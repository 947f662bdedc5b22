"""The device nodes of this host, and which of them systemd has units for.

Source: systemd.device(5): a device that udev tags ``systemd`` has a unit, for its name and for those of its links.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

ALWAYS_THERE = re.compile(
    r"(loop|ram|nbd|zram|vcs[au]*|tty|ptyp?|hvc|ttyS)\d*|loop-control|null|zero|full|random|urandom|console|ptmx"
    r"|kmsg|mem|port|core|stdin|stdout|stderr|fd|log|initctl|autofs|nvram|hpet|rtc|mcelog|snapshot|cpu_dma_latency"
)
"""Names that exist on every host."""

NOT_WALKED = {"pts", "shm", "mqueue", "hugepages", "char", "block", "bsg", "cpu", "fd", "pktcdvd", "vfio"}
"""Directories in /dev without devices for containers, or with further names of devices only."""


def nodes(root: str) -> dict[str, bool] | None:
    """The device nodes below ``/dev`` of the host at ``root``, and whether udev tags them; None if there is no /dev."""
    top = os.path.join(root, "dev")
    if not os.path.isdir(top):
        return None
    found = {"/" + os.path.relpath(path, root): _tagged(path, root) for path in _walk(top)}
    return dict(sorted(found.items()))


def _walk(folder: str, depth: int = 0) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth < 3 and entry.name not in NOT_WALKED:
                yield from _walk(entry.path, depth + 1)
        elif (depth or not ALWAYS_THERE.fullmatch(entry.name)) and _number(entry.path):
            yield entry.path


def _number(path: str) -> str | None:
    """The name of a device in udev's database, such as ``c188:0``; None if it is not a device."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    kind = "c" if stat.S_ISCHR(status.st_mode) else "b" if stat.S_ISBLK(status.st_mode) else ""
    return f"{kind}{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}" if kind else None


def _tagged(path: str, root: str) -> bool:
    try:
        with open(os.path.join(root, "run/udev/data", _number(path) or ""), encoding="utf-8", errors="replace") as f:
            # Q: tags that the device has now, G: that it ever had; before systemd 247 there is only G.
            tags = {line.strip() for line in f if line[:2] in ("Q:", "G:")}
    except OSError:
        return False
    current = {t for t in tags if t.startswith("Q:")}
    return "Q:systemd" in current if current else "G:systemd" in tags
