"""What the kernel sees: that no system call escapes the tests that kill at each of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.conversion import ROOT
from tests.write.stacks import Place, check_all_new, check_old_or_new, earlier, new_run

CALLS = """
    open openat openat2 creat write pwrite64 writev pwritev pwritev2 sendfile copy_file_range splice truncate ftruncate
    fallocate rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat rmdir mkdir mkdirat mknod mknodat
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat setxattr lsetxattr
    fsetxattr removexattr lremovexattr fremovexattr fsync fdatasync sync syncfs sync_file_range ioctl io_uring_enter
""".split()
"""The system calls that can change something on a file system."""

NAMES = {
    "pwrite64": "pwrite",
    "openat": "open",
    **{f"{name}at": name for name in ("rename", "link", "unlink", "mkdir", "mknod", "symlink")},
}
"""How the functions of ``os`` are called that make them."""

SCRIPT = """
import os, sys
from pathlib import Path
from compose2quadlet.host import parallel
from tests.write.processes import Shim
from tests.write.stacks import Place, new_run

parallel.THREADS = 1
place, shim = Place(Path(sys.argv[1])), Shim()
os.access("/marks the start", os.F_OK)
with shim.installed(sync=True):
    new_run(place)
os.access("/marks the end", os.F_OK)
print(" ".join(shim.names))
"""


def _strace(arguments: list[str], output: Path, place: Place) -> subprocess.CompletedProcess[str]:
    command = ["strace", "-f", "-qq", "-o", str(output), *arguments, sys.executable, "-c", SCRIPT, str(place.folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def strace(tmp_path: Path) -> Path:
    """Where strace may write. Skips where it cannot trace."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"strace may not trace here: {tried.stderr.strip()}")
    return tmp_path / "trace"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "place")
    place.folder.mkdir()
    earlier(place)
    return place


def _known(calls: list[str]) -> str:
    """The trace option for calls, but for those that this machine's architecture does not have."""
    return "trace=" + ",".join(f"?{name}" for name in [*calls, "access", "faccessat", "faccessat2"])


def test_every_call_is_seen(strace: Path, place: Place) -> None:
    done = _strace(["-e", _known(CALLS)], strace, place)
    assert done.returncode == 0, done.stderr
    _, _, rest = strace.read_text().partition("marks the start")
    traced, _, _ = rest.partition("marks the end")
    seen = []
    for name, arguments in re.findall(r"^\d+ +(\w+)\((.*)$", traced, re.M):
        if name.startswith(("open", "creat")) and not re.search("O_(CREAT|TRUNC|WRONLY|RDWR)", arguments):
            continue
        if name.startswith("faccess") or name == "access":
            continue
        if name == "unlinkat" and "AT_REMOVEDIR" in arguments:
            name = "rmdir"
        seen.append(NAMES.get(name, name))
    assert seen == done.stdout.split()
    assert {"open", "write", "pwrite", "fsync", "link", "rename", "unlink", "ftruncate"} <= set(seen)


@pytest.mark.parametrize(
    ("call", "number"), [("?renameat,?renameat2", 1), ("?renameat,?renameat2", 4), ("?linkat", 2), ("fsync", 9)]
)
def test_killed_for_real(strace: Path, place: Place, call: str, number: int) -> None:
    """SIGKILL by the kernel, and a new process that cleans up."""
    before = place.contents()
    done = _strace(["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"], strace, place)
    assert done.returncode == -9
    assert place.hidden()
    check_old_or_new(place, before)
    assert [d.code for d in new_run(place).diagnostics] == ["interrupted-run"]
    check_all_new(place, before)
