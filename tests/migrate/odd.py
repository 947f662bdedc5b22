"""A tree with everything that copies lose."""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

STAMP = 1_706_929_506_123_456_789
"""A time with nanoseconds."""

LONG = "l" * 200


def acl(*entries: tuple[int, int, int]) -> bytes:
    """An access control list, of (tag, rights, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 2**32 - 1
ACCESS = acl((1, 6, NOBODY), (2, 4, 1234), (4, 4, NOBODY), (8, 6, 998), (16, 6, NOBODY), (32, 0, NOBODY))
DEFAULT = acl((1, 7, NOBODY), (2, 5, 1234), (4, 5, NOBODY), (16, 5, NOBODY), (32, 0, NOBODY))
BIND_SERVICE = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)
"""cap_net_bind_service+ep, of revision 2."""


def fill(root: Path, uid: int = 999, gid: int = 999) -> None:
    """Fill a directory. Needs root."""
    _directories(root, uid, gid)
    _files(root)
    _names(root)
    for name in ("private/secret", "fifo", "sparse", "hard-a", "closed", "setuid", "capable"):
        os.chown(root / name, uid, gid)
    for name in ("link", "dangling", "socket"):
        os.lchown(root / name, uid, gid)
    os.chown(root / "other", 1000, 1000)
    for path, mode in (
        ("private/secret", 0o600),
        ("closed", 0),
        ("setuid", 0o4755),
        ("setgid", 0o2775),
        ("top", 0o6711),
    ):
        (root / path).chmod(mode)
    _attributes(root)
    _stamp(root)


def _directories(root: Path, uid: int, gid: int) -> None:
    for name, mode in (("private", 0o700), ("setgid", 0o2775), ("sticky", 0o1777), ("empty", 0o755)):
        (root / name).mkdir()
        os.chown(root / name, uid, gid)
        (root / name).chmod(mode)
    (root / LONG / ("m" * 200)).mkdir(parents=True)
    os.chown(root, uid, gid)
    root.chmod(0o700)


def _files(root: Path) -> None:
    (root / "private/secret").write_bytes(os.urandom(100_000))
    for name in ("other", "closed", "setuid", "capable", "hard-a", "top"):
        (root / name).write_text(name)
    os.link(root / "hard-a", root / "setgid/hard-b")
    with open(root / "sparse", "wb") as f:
        f.truncate(64 * 2**20)
        f.seek(2**25)
        f.write(b"x")
    os.symlink("private/secret", root / "link")
    os.symlink("/nowhere", root / "dangling")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as s:
        here = os.open(root, os.O_RDONLY)
        s.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
    os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (root / LONG / ("m" * 200) / "deep").write_text("deep")


def _names(root: Path) -> None:
    for name in (b"new\nline", b" two  spaces ", b"quo\"te'\\", b"-rf", "ünï".encode(), b"latin1-\xe9", b"$HOME"):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("odd")


def _attributes(root: Path) -> None:
    os.setxattr(root / "hard-a", "user.note", b"kept?\x00\xff")
    os.setxattr(root / "hard-a", "trusted.lab", b"t")
    os.setxattr(root / "other", "system.posix_acl_access", ACCESS)
    os.setxattr(root / "setgid", "system.posix_acl_default", DEFAULT)
    os.setxattr(root / "capable", "security.capability", BIND_SERVICE)


def _stamp(root: Path) -> None:
    for where, directories, files in os.walk(root, topdown=False):
        for name in (*files, *directories):
            os.utime(os.path.join(where, name), ns=(STAMP, STAMP), follow_symlinks=False)
    os.utime(root, ns=(STAMP, STAMP + 1))
