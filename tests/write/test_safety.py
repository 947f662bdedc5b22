"""What others may have planted where we write: links, FIFOs, directories that are theirs."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host import journal, manifest
from compose2quadlet.host.changes import made_from
from compose2quadlet.host.write import stale
from tests.write.processes import Ended, in_child
from tests.write.stacks import Place, files, snapshot, texts

ROOT = os.geteuid() == 0
SOMEBODY, ELSE = 64001, 64002
"""User IDs of nobody in particular."""

needs_root = pytest.mark.skipif(not ROOT, reason="needs root, who may act as other users")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A directory of another user, which that user can reach."""
    with tempfile.TemporaryDirectory() as made:
        os.chown(made, SOMEBODY, SOMEBODY)
        Path(made).chmod(0o755)
        yield Path(made)


WANTED = files(web_container="PASSWORD", systemd__shop_target="x")
"""What a conversion writes into ``-o DIR``: units, and a directory for those that systemd reads itself."""


def refused(place: Place, force: bool = False) -> str:
    """What writing is refused with; nothing has changed then."""
    before = snapshot(place.folder)
    with pytest.raises(RefusedError) as refusal:
        place.write(WANTED, force=force)
    assert snapshot(place.folder) == before
    return Ended(refused=refusal.value).said


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("force", [False, True])
def test_a_linked_directory_in_the_output_directory(place: Place, force: bool) -> None:
    """Whoever made the link: what is written there would land somewhere else."""
    place.root.mkdir()
    (place.folder / "etc").mkdir()
    (place.root / "systemd").symlink_to(place.folder / "etc")
    said = refused(place, force)
    assert f"unsafe-directory: {place.root}/systemd is a symbolic link" in said
    assert "Nothing was changed." in said
    assert list((place.folder / "etc").iterdir()) == []


def test_a_link_that_leads_nowhere(place: Place) -> None:
    place.root.mkdir()
    (place.root / "systemd").symlink_to(place.folder / "not-there")
    assert "is a symbolic link" in refused(place)
    assert not (place.folder / "not-there").exists()


def test_the_output_directory_may_be_linked(place: Place) -> None:
    """It is the user who named it, as where ~/.config lies in a repository."""
    (place.folder / "repository").mkdir()
    place.root.symlink_to("repository")
    place.write(WANTED)
    assert {p.name for p in (place.folder / "repository").iterdir()} >= {"web.container", "systemd"}
    assert place.root.is_symlink()


@pytest.mark.parametrize("target", ["/etc/passwd", "not-there", "/dev/zero"])
def test_a_linked_file_is_replaced_not_followed(place: Place, target: str) -> None:
    place.root.mkdir()
    place.path("web.container").symlink_to(target)
    assert "web.container already exists, and this tool did not write it" in refused(place)
    place.write(WANTED, force=True)
    assert place.contents() == texts(WANTED)
    assert not place.path("web.container").is_symlink()


def test_a_linked_journal(place: Place) -> None:
    place.root.mkdir()
    (place.folder / "precious").write_text("mine")
    (place.root / journal.NAME).symlink_to(place.folder / "precious")
    assert "cannot write into" in refused(place)
    assert (place.folder / "precious").read_text() == "mine"


# ---------------------------------------------------------------- what must not be opened


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as s, tempfile.TemporaryDirectory() as short:
        s.bind(f"{short}/s")
        os.rename(f"{short}/s", path)


def device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero


@pytest.mark.parametrize("kind", [fifo, unix_socket, pytest.param(device, marks=needs_root)])
def test_special_files(place: Place, kind: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """None is opened, which may hang, or do something; with --force they are replaced."""
    place.root.mkdir()
    kind(place.path("web.container"))
    opened: list[object] = []
    real = os.open

    def noting(path: str, *args: int, **kwargs: int) -> int:
        opened.append(path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", noting)
    assert "not made by this tool" in refused(place)
    place.write(WANTED, force=True)
    assert "web.container" not in opened
    assert place.root in opened or "units" in opened
    assert place.contents() == texts(WANTED)


@pytest.mark.parametrize("kind", [fifo, unix_socket, pytest.param(device, marks=needs_root)])
@pytest.mark.parametrize(
    ("name", "slugs"),
    [(manifest.NAME, {"bad-manifest"}), (journal.NAME, {"unsafe-directory", "output-unwritable"})],
)
def test_special_files_in_place_of_ours(place: Place, kind: Callable[[Path], None], name: str, slugs: set[str]) -> None:
    place.root.mkdir()
    kind(place.root / name)
    assert refused(place).partition(":")[0] in slugs


@pytest.mark.parametrize("kind", [fifo, unix_socket, pytest.param(device, marks=needs_root)])
def test_special_files_beside_ours(place: Place, kind: Callable[[Path], None]) -> None:
    place.write(WANTED)
    kind(place.path("other.container"))
    with place.path("long.container").open("wb") as f:
        f.truncate(2**40)
    place.path("linked.container").symlink_to("web.container")
    assert made_from(place.path("other.container")) is None
    assert made_from(place.path("linked.container")) is None
    assert made_from(place.path("web.container")) == "shop"
    assert list(stale(place.root, ())) == ["shop"]
    assert place.write(WANTED).unchanged


# ---------------------------------------------------------------- directories of others


@needs_root
def test_root_does_not_write_where_somebody_else_may(theirs: Path) -> None:
    (theirs / "units").mkdir()
    os.chown(theirs / "units", SOMEBODY, SOMEBODY)
    said = refused(Place(theirs))
    assert f"unsafe-directory: root does not write into {theirs}: it belongs to the user {SOMEBODY}" in said
    assert "Run this as that user, or choose another directory with -o." in said


@needs_root
def test_root_does_not_follow_a_planted_link(theirs: Path, tmp_path: Path) -> None:
    """The directory called systemd in another user's output directory leads to where root's systemd reads."""
    (tmp_path / "etc").mkdir()
    (theirs / "units").mkdir()
    (theirs / "units" / "systemd").symlink_to(tmp_path / "etc")
    assert "unsafe-directory" in refused(Place(theirs), force=True)
    assert list((tmp_path / "etc").iterdir()) == []


@needs_root
def test_root_does_not_follow_a_link_of_somebody_else(place: Place, tmp_path: Path) -> None:
    """Not even where it lies in a directory like /tmp, and leads to one of root."""
    (place.folder / "etc").mkdir()
    place.folder.chmod(0o1777)
    place.root.symlink_to(place.folder / "etc")
    os.chown(place.root, SOMEBODY, SOMEBODY, follow_symlinks=False)
    assert f"{place.root} is a symbolic link" in refused(place)
    os.chown(place.root, 0, 0, follow_symlinks=False)
    place.write(WANTED)
    assert (place.folder / "etc" / "web.container").exists()


@needs_root
@pytest.mark.parametrize(
    ("mode", "group", "well"),
    [
        (0o777, 0, False),
        (0o775, SOMEBODY, False),
        (0o775, 0, True),
        (0o1777, 0, True),
        (0o1775, SOMEBODY, True),
        (0o755, SOMEBODY, True),
    ],
)
def test_root_minds_who_may_write(place: Place, mode: int, group: int, well: bool) -> None:
    """As everywhere, in a directory with the sticky bit each can only remove what is his own."""
    place.root.mkdir()
    os.chown(place.root, 0, group)
    place.root.chmod(mode)
    if well:
        place.write(WANTED)
        assert place.contents() == texts(WANTED)
    else:
        said = refused(place)
        assert f"root does not write into {place.root}: users other than its owner may write there" in said
        assert f"chmod go-w {place.root}" in said


@needs_root
def test_sudo_writes_into_directories_of_its_caller(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """He can be root anyway. But no link is followed there, which may be of a program that he runs."""
    monkeypatch.setenv("SUDO_UID", str(SOMEBODY))
    monkeypatch.setenv("SUDO_GID", str(SOMEBODY))
    theirs.chmod(0o775)
    place = Place(theirs)
    place.write(WANTED)
    assert place.contents() == texts(WANTED)
    (theirs / "linked").symlink_to("/etc")
    os.chown(theirs / "linked", SOMEBODY, SOMEBODY, follow_symlinks=False)
    assert "is a symbolic link" in refused(Place(theirs / "linked"))
    monkeypatch.setenv("SUDO_UID", str(ELSE))
    assert "it belongs to the user" in refused(place)


@needs_root
def test_links_that_go_in_circles(place: Place) -> None:
    place.folder.joinpath("a").symlink_to("b")
    place.folder.joinpath("b").symlink_to("a")
    with pytest.raises(RefusedError, match="too many levels of symbolic links"):
        Place(place.folder / "a").write(WANTED)


@needs_root
def test_links_of_root(tmp_path: Path) -> None:
    """Up, absolute, and one after the other."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/up").symlink_to("../../c")
    (tmp_path / "c").symlink_to(tmp_path / "d")
    (tmp_path / "d").mkdir()
    Place(tmp_path / "a/b/up").write(WANTED)
    assert (tmp_path / "d/units/web.container").exists()


# ---------------------------------------------------------------- an ordinary user


@needs_root
def test_a_directory_that_may_not_be_written(theirs: Path) -> None:
    ended = in_child(partial(Place(theirs).write, WANTED), user=ELSE)
    assert f"output-unwritable: cannot write into {theirs}/units: permission denied" in ended.said
    assert "Change its permissions, or choose another directory with -o. Nothing was changed." in ended.said
    assert in_child(partial(Place(theirs).write, WANTED), user=SOMEBODY).result.new
    assert in_child(partial(Place(theirs).write, WANTED), user=ELSE).said


@needs_root
def test_an_ordinary_user_writes_with_links(theirs: Path) -> None:
    """In directories of others, and over links, where the permissions allow it."""
    place = Place(theirs)
    os.symlink(theirs / "elsewhere", theirs / "units")
    (theirs / "elsewhere").mkdir()
    (theirs / "elsewhere").chmod(0o777)
    ended = in_child(partial(place.write, WANTED), user=SOMEBODY)
    assert len(ended.result.new) == len(WANTED)
    assert (theirs / "elsewhere" / "web.container").stat().st_uid == SOMEBODY


@needs_root
def test_units_that_cannot_be_read(theirs: Path) -> None:
    """What root wrote into a user's directory once: it is not taken for ours, and --force replaces it."""
    place = Place(theirs)
    place.root.mkdir()
    os.chown(place.root, SOMEBODY, SOMEBODY)
    place.path("web.container").write_text(WANTED["web.container"].text)
    place.path("web.container").chmod(0o600)
    assert "this tool did not write it" in in_child(partial(place.write, WANTED), user=SOMEBODY).said
    assert in_child(partial(place.write, WANTED, force=True), user=SOMEBODY).result.changed


@needs_root
def test_a_journal_of_somebody_else(theirs: Path) -> None:
    """What it says is not done."""
    place = Place(theirs)
    place.root.mkdir(mode=0o777)
    place.root.chmod(0o777)
    fd = os.open(place.root / journal.NAME, os.O_RDWR | os.O_CREAT, 0o666)
    os.fchmod(fd, 0o666)
    journal.plan(fd, [journal.Step("../victim", "x", "", 0, None)])
    os.close(fd)
    assert "was made by somebody else" in in_child(partial(place.write, WANTED), user=SOMEBODY).said


@needs_root
def test_temporary_files_of_somebody_else_stay(place: Place) -> None:
    """Where several write into a directory with the sticky bit."""
    place.root.mkdir()
    place.root.chmod(0o1777)
    theirs, ours = place.root / ".compose2quadlet-1", place.root / ".compose2quadlet-2"
    theirs.write_text("theirs")
    ours.write_text("ours")
    os.chown(theirs, SOMEBODY, SOMEBODY)
    place.write(WANTED)
    assert place.hidden() == [theirs.name]
