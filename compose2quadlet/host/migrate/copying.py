"""Copies the data of a volume: as root, with ``cp``, through a mount that maps owners where the kernel can.

The mounts are in a namespace of their own, so that none is left behind however this ends, and so are the processes: if
this program is killed, so is the copy. The source is mounted read-only there. Measured with util-linux 2.38 to 2.42 on
ext4 and xfs: an older ``mount`` ignores ``X-mount.idmap`` without a word, so a file tells whether it has an effect.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from compose2quadlet.host.migrate.machine import FailedError, Machine
from compose2quadlet.host.migrate.trees import compared, read_manifest
from compose2quadlet.host.programs import perform
from compose2quadlet.migrate.idmap import IdMap
from compose2quadlet.migrate.tree import ACLS, CAPABILITY, mapped

ALONE = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "--kill-child",
    "sh",
    "-euc",
)
"""What runs a script with mounts of its own, and ends it together with this program. ``mount`` needs the /proc of its
processes to map owners."""

MAPPED = 'mount --bind -o X-mount.idmap="$4" "$2" "$3"'
PLAIN = 'mount --bind "$2" "$3"'
COPY = 'cp -a --reflink=auto "$1/." "$3/"; sync --file-system "$3"'
SCRIPT = 'mount --bind -o ro,noatime "$1" "$1"; {mount}; ' + COPY
PROBE = f'{MAPPED}; : > "$3/probe"'

MARK = ".compose2quadlet-copy"
"""Beside the data of a volume: says that it is a copy, and of which migration."""

SPARE = 64 * 2**20
"""Bytes that stay free on a file system."""


def maps_owners(directory: str, ids: IdMap, place: Path) -> bool:
    """Whether a mount can map owners on the file system of a directory, in which a probe is made and removed; ``place``
    is a directory to mount on. Raises OSError."""
    if ids.identity:
        return True
    root, group = ids.user(0), ids.group(0)
    with tempfile.TemporaryDirectory(prefix=".compose2quadlet-", dir=directory) as made:
        if root is None or group is None:
            return False
        os.chown(made, root, group)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        did = perform([*ALONE, PROBE, "sh", "/", made, str(place), ids.mount_option()], seconds=60)
        if not did.ok:
            return False
        found = os.lstat(os.path.join(made, "probe"))
        return (found.st_uid, found.st_gid) == (root, group)


def can_map(path: str) -> bool | None:
    """Whether a mount of a path can map owners, as Podman's ``idmap`` option does it; None if mount(8) cannot tell.
    Nothing is written."""
    if "idmapping" not in perform(["mount", "--version"], seconds=60).output:
        return None
    probe = 'mount --bind -o X-mount.idmap="u:0:1000000:65536 g:0:1000000:65536" "$1" "$1"'
    return perform([*ALONE, probe, "sh", path], seconds=60).ok


def shares_blocks(source: str, directory: str) -> bool:
    """Whether a copy of a file of ``source`` can share its blocks (a reflink), so that it takes no space. A probe is
    made in ``directory`` and removed."""
    sample = _sample(source)
    if not sample or os.stat(source).st_dev != os.stat(directory).st_dev:
        return False
    with tempfile.TemporaryDirectory(prefix=".compose2quadlet-", dir=directory) as made:
        return perform(["cp", "--reflink=always", "--", sample, f"{made}/probe"], seconds=60).ok


def _sample(root: str) -> str:
    """A small file of a tree that has content; empty if there is none."""
    for where, _, names in os.walk(root):
        for name in names:
            path = os.path.join(where, name)
            with suppress(OSError):
                found = os.lstat(path)
                if stat.S_ISREG(found.st_mode) and 0 < found.st_size <= 2**20 and found.st_blocks:
                    return path
    return ""


def free(directory: str) -> int:
    """The bytes that root may still write to the file system of a directory."""
    found = os.statvfs(directory)
    return found.f_bfree * found.f_frsize


def check_room(directory: str, wanted: int) -> None:
    """Raises FailedError if so many bytes do not fit."""
    left = free(directory)
    if wanted + SPARE > left:
        raise FailedError(
            f"{directory} has {left // 2**20} MiB left, and the copy takes {wanted // 2**20} MiB",
            f"Free some space there: du -xh --max-depth=2 {directory}",
        )


def check_destination(path: str, root: str, name: str) -> None:
    """Check that a path is what it has to be: the directory of the volume ``name`` below the engine's ``root``. Raises
    FailedError."""
    if not path or not root or not name or "/" in name or name in (".", ".."):
        raise FailedError(f"Podman does not say where the volume {name} is")
    wanted = os.path.join(os.path.realpath(root), name, "_data")
    if os.path.realpath(path) != wanted or len(wanted.split("/")) < 4:
        raise FailedError(f"the volume {name} is at {path}, which is not below {root}")
    try:
        found = os.lstat(wanted)
    except OSError as e:
        raise FailedError(f"{wanted} cannot be read: {(e.strerror or str(e)).lower()}") from e
    if not stat.S_ISDIR(found.st_mode):
        raise FailedError(f"{wanted} is not a directory")


def mark_of(path: str) -> str:
    """The migration that a volume's data is the copy of; empty if it is not one."""
    try:
        return Path(path).with_name(MARK).read_text().strip()
    except FileNotFoundError:
        return ""


def claim(path: str, migration: str, replaces: str = "") -> None:
    """Mark the data of a volume as ours before the first byte is written, and empty it if an earlier try left some, or
    the migration that this one ``replaces``.

    Raises FailedError if it has data of others, and OSError.
    """
    mark = mark_of(path)
    if mark not in ("", migration, replaces):
        raise FailedError(
            f"{path} has the copy of another migration, {mark}",
            "Plan again with --replace to write over it, or remove the volume.",
        )
    if not mark and os.listdir(path):
        raise FailedError(f"{path} is not empty", "Remove the volume if nobody needs its data: podman volume rm NAME")
    if mark != migration:
        place, flags = Path(path).with_name(MARK), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(place, flags, 0o600), "w") as f:
            f.write(f"{migration}\n")
            f.flush()
            os.fsync(f.fileno())
    empty(path)


def empty(path: str) -> None:
    """Remove all that is in a directory which is marked as ours. Raises OSError, and FailedError for another one."""
    if not mark_of(path):
        raise FailedError(f"{path} is not marked as a copy of this tool")
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for name in os.listdir(fd):
            if stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                shutil.rmtree(name, dir_fd=fd)
            else:
                os.unlink(name, dir_fd=fd)
    finally:
        os.close(fd)


def copy(
    machine: Machine,
    source: str,
    path: str,
    ids: IdMap,
    manifest: Path,
    place: Path,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Copy a tree, of which there is a manifest, into an empty directory, with the owners of the map.

    ``place`` is a directory of root to mount on; ``progress`` is told how many more bytes are written. Raises
    FailedError and OSError.
    """
    if machine.dry:
        through = not ids.identity
    else:
        through = not ids.identity and maps_owners(path, ids, place)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if through:  # the mount only maps the owner of a root that its map has
        _own(path, ids.user(0) or 0, ids.group(0) or 0, machine)
    script = SCRIPT.format(mount=MAPPED if through else PLAIN)
    machine.tick = _tick(path, progress) if progress and not machine.dry else None
    machine.change(*ALONE, script, "sh", source, path, str(place), *([ids.mount_option()] if through else []))
    if not ids.identity and not through:
        shift(machine, path, ids, manifest)


def _tick(path: str, progress: Callable[[int], None]) -> Callable[[], None]:
    """Tells the growth of a file system, which is that of the copy if nobody else writes."""
    last = free(path)

    def tick() -> None:
        nonlocal last
        now = free(path)
        progress(max(last - now, 0))
        last = now

    return tick


def _own(path: str, uid: int, gid: int, machine: Machine) -> None:
    machine.change("chown", f"{uid}:{gid}", path)


def shift(machine: Machine, path: str, ids: IdMap, manifest: Path) -> None:
    """Give the files of a plain copy the owners that the map has for those of the manifest, where no mount could.

    A change of the owner clears the bits of setuid and setgid and the capabilities of a file, so they are set again; in
    revision 3 of capabilities, which count in the user's containers only. Raises OSError, and LookupError for an ID
    outside of the map.
    """
    machine.note(f"# change owners below {path} by {ids.mount_option()}")
    if machine.dry:
        return
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for entry in read_manifest(manifest):
            wanted = mapped(entry, ids)
            directory, _, name = entry.path.rpartition("/")
            at = _entered(top, directory)
            try:
                os.chown(name or ".", wanted.uid, wanted.gid, dir_fd=at, follow_symlinks=False)
                if entry.kind != "l":
                    where = f"/proc/self/fd/{at}/{name}"
                    for key in (k for k in (*ACLS, CAPABILITY) if k in wanted.xattrs):
                        os.setxattr(where, key, bytes.fromhex(wanted.xattrs[key]), follow_symlinks=not name)
                    os.chmod(where, wanted.mode)
            finally:
                os.close(at)
    finally:
        os.close(top)


def _entered(top: int, directory: str) -> int:
    """A directory below an open one, without following links. Raises OSError."""
    fd = os.dup(top)
    try:
        for name in directory.split("/") if directory else ():
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            os.close(fd)
            fd = inner
    except BaseException:
        os.close(fd)
        raise
    return fd


def verify(manifest: Path, path: str, ids: IdMap, progress: Callable[[int], None] | None = None) -> None:
    """Raises FailedError if a tree is not what a manifest says, seen through a map; and OSError."""
    count, found = compared(manifest, path, ids, progress)
    if count:
        shown = "; ".join(map(str, found[:3]))
        more = f"; and {count - 3} more" if count > 3 else ""
        raise FailedError(f"{path} differs from its source in {count} places: {shown}{more}")
