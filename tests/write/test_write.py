"""Writing: what is new, changed, unchanged or edited; modes; and the manifest that knows it."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet import __version__
from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host import journal, parallel
from compose2quadlet.host import manifest as manifests
from compose2quadlet.host.changes import File, State, changes
from compose2quadlet.host.write import placed, write
from tests.write.processes import Shim, in_child
from tests.write.stacks import GONE, NEW, OLD, Place, files, snapshot, text, texts


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def states(place: Place, wanted: dict[str, File]) -> dict[str, State]:
    found = changes({place.path(name): file for name, file in wanted.items()}, (place.root, place.beside))
    return {change.path.name: change.state for change in found}


# ---------------------------------------------------------------- what has changed


@pytest.mark.parametrize("name", ["../x.container", "a/b.container", "", ".", "..", "/etc/passwd"])
def test_names_stay_in_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="would leave"):
        placed(tmp_path / "units", {"good.container": text("p", "x"), name: text("p", "x")})


def test_says_what_has_changed(place: Place) -> None:
    one = files(a_container="1", b_container="1", c_container="1")
    assert states(place, one) == dict.fromkeys(one, State.NEW)
    assert not place.root.exists()
    done = place.write(one)
    assert (done.new, done.changed, done.unchanged) == (tuple(map(place.path, one)), (), ())
    two = files(a_container="1", b_container="2", d_container="2")
    assert states(place, two) == {
        "a.container": State.UNCHANGED,
        "b.container": State.CHANGED,
        "d.container": State.NEW,
    }
    done = place.write(two, removals=("c.container", "never-there.container"))
    assert done.new == (place.path("d.container"),)
    assert done.changed == (place.path("b.container"),)
    assert done.unchanged == (place.path("a.container"),)
    assert done.removed == (place.path("c.container"),)
    assert place.contents() == texts(two)


def test_paths_are_as_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = write(placed(Path("units"), {"a.container": text("p", "x")}), [Path("units")])
    assert done.new == (Path("units/a.container"),)


def test_a_second_run_touches_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write(OLD)
    before = snapshot(place.folder)
    times = [os.stat(path).st_mtime_ns for path in (place.root, place.beside)]
    shim = Shim()
    with shim.installed():
        done = place.write(OLD)
    assert (done.new, done.changed, len(done.unchanged)) == ((), (), len(OLD))
    assert shim.names == []
    assert snapshot(place.folder) == before
    assert times == [os.stat(path).st_mtime_ns for path in (place.root, place.beside)]


def test_what_stays_keeps_its_time(place: Place) -> None:
    place.write(files(a_container="1", b_container="1"))
    before = snapshot(place.folder)
    place.write(files(a_container="1", b_container="2"))
    assert snapshot(place.folder)["units/a.container"] == before["units/a.container"]


def test_many_files_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for all threads; what one of them fails with is raised, and nothing is left over."""
    place = Place(folder)
    monkeypatch.setattr(parallel, "THREADS", 16)
    names = [f"s{number}__{name}_container" for number in range(10) for name in "abcdef"]
    assert len(names) > 3 * parallel.THREADS
    place.write(files(**dict.fromkeys(names, "old")))
    assert place.contents() == texts(files(**dict.fromkeys(names, "old")))
    before, write = snapshot(place.folder), os.write

    def full(fd: int, data: bytes) -> int:
        if b"the last straw" in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr(os, "write", full)
    new = files(**(dict.fromkeys(names, "new") | {names[33]: "the last straw"}))
    with pytest.raises(RefusedError, match="cannot write into .*/units/s5: no space left on device"):
        place.write(new)
    assert snapshot(place.folder) == before
    monkeypatch.setattr(os, "write", write)
    place.write(new)
    assert place.contents() == texts(new)


def test_all_is_on_the_disk_before_it_counts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """New files and their directories before the journal says that they are ready; the journal before the first file
    is renamed; the directories again before the journal is emptied."""
    place.write(OLD)
    order: list[str] = []

    def noting(name: str, subject: Callable[..., str]) -> None:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            order.append(f"{name} {subject(*args)}")
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    def of_fd(fd: int, *_more: object) -> str:
        return re.sub("-[0-9a-f]{8}-", "-", os.path.relpath(os.readlink(f"/proc/self/fd/{fd}"), place.folder))

    for name in ("write", "pwrite", "ftruncate", "fsync"):
        noting(name, of_fd)
    noting("rename", lambda old, new: new)
    noting("unlink", lambda path: path)
    place.write(NEW, GONE)
    plan, ready = [i for i, call in enumerate(order) if call.startswith("pwrite")]
    assert order[plan : plan + 3] == ["pwrite units/" + journal.NAME, "fsync units/" + journal.NAME, "fsync units"]
    made = [call.removeprefix("write ") for call in order[plan:ready] if call.startswith("write ")]
    assert len(made) == 5  # four units and the manifest
    assert {f"fsync {path}" for path in made} < set(order[plan:ready])
    written = max(i for i, call in enumerate(order) if call.startswith("write "))
    assert {"fsync units", "fsync units/sub", "fsync systemd"} < set(order[written:ready])
    assert order[ready + 1] == "fsync units/" + journal.NAME
    first, *_, last = [i for i, call in enumerate(order) if call.startswith("rename") or call == f"unlink {GONE[0]}"]
    assert ready + 1 < first
    cleared = order.index("ftruncate units/" + journal.NAME)
    kept = min(i for i, call in enumerate(order) if call.startswith("unlink .compose2quadlet-"))
    assert {"fsync units", "fsync units/sub", "fsync systemd"} <= set(order[last:kept])
    assert kept < cleared


# ---------------------------------------------------------------- whose files they are


@pytest.mark.parametrize(
    "mark", ["compose2quadlet 0.1.0 from", "compose2quadlet 12.0.0rc1 from", "compose2quadlet from"]
)
def test_units_of_an_earlier_version_are_ours(place: Place, mark: str) -> None:
    """They are in no manifest, but have our header; with or without a version in it."""
    place.root.mkdir()
    place.path("a.container").write_text(f"# Made by {mark} the compose project shop, service a.\nold\n")
    assert place.write(files(a_container="new")).changed == (place.path("a.container"),)


@pytest.mark.parametrize(
    ("there", "code", "message"),
    [
        ("[Container]\nImage=mine\n", "file-exists", "a.container already exists, and this tool did not write it"),
        ("", "file-exists", "this tool did not write it"),
        (text("other", "x"), "unit-clash", "a.container already exists, made from another project: other"),
    ],
)
def test_files_of_others_stay(place: Place, there: str, code: str, message: str) -> None:
    place.root.mkdir()
    place.path("a.container").write_text(there)
    before = snapshot(place.folder)
    with pytest.raises(RefusedError, match=message) as refusal:
        place.write(files(b_container="x", a_container="new"))
    assert [d.code for d in refusal.value.diagnostics] == [code]
    assert snapshot(place.folder) == before
    done = place.write(files(b_container="x", a_container="new"), force=True)
    assert done.changed == (place.path("a.container"),)


def test_a_directory_is_never_replaced(place: Place) -> None:
    (place.root / "a.container").mkdir(parents=True)
    with pytest.raises(RefusedError, match=r"a.container already exists, and is a directory"):
        place.write(files(a_container="x"), force=True)


def test_a_file_edited_by_hand_stays(place: Place) -> None:
    place.write(files(a_container="1", b_container="1"))
    edited = place.path("a.container").read_text() + "RestartSec=77\n"
    place.path("a.container").write_text(edited)
    for body in ("1", "2"):  # whether or not the compose file has changed as well
        wanted = files(a_container=body, b_container=body)
        assert states(place, wanted)["a.container"] is State.EDITED
        with pytest.raises(RefusedError, match="a.container was edited since it was written") as refusal:
            place.write(wanted)
        (diagnostic,) = refusal.value.diagnostics
        assert diagnostic.code == "edited-file"
        assert f"{place.path('a.container')}.d/50-local.conf" in diagnostic.hint
        assert "x-quadlet" in diagnostic.hint
        assert "--force" in diagnostic.hint
        assert place.contents() == {"a.container": edited, "b.container": text("shop", "1")}
    assert place.write(wanted, force=True).changed == tuple(map(place.path, wanted))
    assert place.contents() == texts(wanted)


def test_an_edit_that_the_compose_file_says_as_well_is_none(place: Place) -> None:
    place.write(files(a_container="1"))
    place.path("a.container").write_text(text("shop", "2"))
    assert place.write(files(a_container="2")).unchanged == (place.path("a.container"),)
    assert place.write(files(a_container="3")).changed == (place.path("a.container"),)


def test_an_edited_file_is_not_removed(place: Place) -> None:
    place.write(files(a_container="1", b_container="1"))
    place.path("a.container").write_text("")
    with pytest.raises(RefusedError, match="a.container was edited"):
        place.write(files(b_container="1"), removals=("a.container",))
    assert place.write(files(b_container="1"), ("a.container",), force=True).removed == (place.path("a.container"),)
    assert place.contents() == texts(files(b_container="1"))


def test_a_file_changed_while_others_are_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is taken back, and the edit stays."""
    place.write(files(a_container="1", b_container="1"))
    rename = os.rename

    def edit(*args: str, **kwargs: int) -> None:
        place.path("b.container").write_text("edited in this very moment")
        rename(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", edit)
    with pytest.raises(RefusedError, match="a file was changed in the meantime"):
        place.write(files(a_container="2", b_container="2"))
    assert place.contents() == {"a.container": text("shop", "1"), "b.container": "edited in this very moment"}
    assert place.hidden() == []


def test_an_edit_after_a_run_was_killed_stays(place: Place) -> None:
    """The next run finishes the others, and refuses that one."""
    place.write(files(a_container="1", b_container="1"))
    killed = in_child(lambda: place.write(files(a_container="2", b_container="2")), Shim(_kill_at_the_first_rename))
    assert killed.code == 9
    place.path("b.container").write_text("edited")
    with pytest.raises(RefusedError, match="b.container was edited since it was written") as refusal:
        place.write(files(a_container="2", b_container="2"))
    assert place.contents() == {"a.container": text("shop", "2"), "b.container": "edited"}
    assert [d.code for d in refusal.value.diagnostics] == ["interrupted-run", "edited-file"]
    assert "is finished now: its files are in place, but for what was changed since: b.container" in str(refusal.value)
    assert place.hidden() == []


def _kill_at_the_first_rename(number: int, name: str) -> None:
    if number < 0 and name == "rename":
        os._exit(9)


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize("umask", [0, 0o022, 0o027, 0o077, 0o177])
def test_modes_whatever_the_umask(place: Place, umask: int) -> None:
    before = os.umask(umask)
    try:
        place.write(
            files(a_container="PASSWORD=x", b_container="x", sub__c_container="PASSWORD=x", beside__d_target="x")
        )
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    modes = {"a.container": 0o600, "b.container": 0o644, "c.container": 0o600, "d.target": 0o644}
    assert place.modes() == modes | {manifests.NAME: 0o600}
    for directory in (place.root, place.root / "sub", place.beside):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o755


def test_nobody_else_can_read_a_password_at_any_time(place: Place) -> None:
    seen: list[int] = []

    def look(_number: int, _name: str) -> None:
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in place.everything())

    with Shim(look).installed():
        place.write(files(a_container="PASSWORD=x"))
    assert set(seen) == {0o600}


@pytest.mark.parametrize(
    ("body", "chosen", "kept"),
    [
        ("x", 0o600, 0o600),
        ("x", 0o640, 0o640),
        ("x", 0o444, 0o444),
        ("x", 0o664, 0o644),
        ("x", 0o755, 0o644),
        ("PASSWORD", 0o400, 0o400),
        ("PASSWORD", 0o644, 0o600),
        ("PASSWORD", 0o640, 0o600),
    ],
)
def test_what_the_user_closed_stays_closed(place: Place, body: str, chosen: int, kept: int) -> None:
    place.write(files(a_container=body))
    place.path("a.container").chmod(chosen)
    place.write(files(a_container=body))
    assert place.modes()["a.container"] == kept
    place.path("a.container").chmod(chosen)
    place.write(files(a_container=f"{body} changed"))
    assert place.modes()["a.container"] == kept
    assert place.write(files(a_container=f"{body} changed")).changed == ()


def test_a_file_that_holds_no_value_any_more_is_opened(place: Place) -> None:
    """It was closed by this tool, not by the user."""
    for body, mode in (("PASSWORD", 0o600), ("x", 0o644), ("PASSWORD", 0o600)):
        place.write(files(a_container=body))
        assert place.modes()["a.container"] == mode


def test_a_unit_of_an_earlier_version_is_closed(place: Place) -> None:
    """Its text is right already, its mode is not; so it is in a git checkout."""
    wanted = files(a_container="PASSWORD", b_container="x")
    place.root.mkdir()
    for name, file in wanted.items():
        place.path(name).write_text(file.text)
        place.path(name).chmod(0o644)
    assert place.write(wanted).changed == (place.path("a.container"),)
    assert place.modes()["a.container"] == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who may give files to any group")
def test_a_file_stays_with_its_group(place: Place) -> None:
    place.write(files(a_container="1"))
    os.chown(place.path("a.container"), -1, 4242)
    place.path("a.container").chmod(0o640)
    place.write(files(a_container="2"))
    found = place.path("a.container").stat()
    assert (found.st_gid, stat.S_IMODE(found.st_mode)) == (4242, 0o640)


def test_a_group_that_cannot_be_kept_loses_its_rights(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise they would be those of another group."""
    place.write(files(a_container="1"))
    place.path("a.container").chmod(0o640)

    def refused(*_args: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    fstat = os.fstat

    def of_another_group(fd: int) -> os.stat_result:
        found = fstat(fd)
        return (
            os.stat_result([*found[:5], 4242, *found[6:]]) if "-0.new" in os.readlink(f"/proc/self/fd/{fd}") else found
        )

    monkeypatch.setattr(os, "fchown", refused)
    monkeypatch.setattr(os, "fstat", of_another_group)
    place.write(files(a_container="2"))
    assert place.modes()["a.container"] == 0o600


# ---------------------------------------------------------------- the manifest


def test_the_manifest_says_what_was_written(place: Place) -> None:
    wanted = files(a_container="PASSWORD", sub__b_container="x", beside__c_target="x")
    place.write(wanted)
    whole = json.loads((place.root / manifests.NAME).read_text())
    assert whole["version"] == 1
    assert whole["projects"] == {"shop": {"tool": __version__, "options": {"podman": "5.4"}}}
    assert list(whole["files"]) == [str(place.path("beside/c.target")), "a.container", "sub/b.container"]
    assert whole["files"]["a.container"] == {
        "private": True,
        "project": "shop",
        "sha256": manifests.sha256(wanted["a.container"].text.encode()),
        "size": len(wanted["a.container"].text),
    }


def test_the_manifest_has_all_projects(place: Place) -> None:
    place.write(files("shop", a_container="x", shared_container="x"))
    place.write(files("other", b_container="x"))
    place.path("b.container").unlink()
    before = (place.root / manifests.NAME).read_bytes()
    place.write(files("shop", a_container="x", shared_container="x"))
    whole = json.loads((place.root / manifests.NAME).read_text())
    assert b"other" in before
    assert list(whole["files"]) == ["a.container", "shared.container"]  # what is not there any more is forgotten
    assert list(whole["projects"]) == ["shop"]


def test_a_newer_version_that_changes_nothing_leaves_the_manifest(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write(files(a_container="1"))
    path = place.root / manifests.NAME
    path.write_text(path.read_text().replace(f'"{__version__}"', '"0.0.9"'))
    before = snapshot(place.folder)
    place.write(files(a_container="1"))
    assert snapshot(place.folder) == before
    place.write(files(a_container="2"))
    assert f'"tool": "{__version__}"' in path.read_text()


def test_other_options_are_noted(place: Place) -> None:
    paths = {place.path(name): file for name, file in files(a_container="1").items()}
    for podman in ("5.4", "5.8"):
        write(paths, [place.root], options={"shop": {"podman": podman, "units": ("a", "b")}})
        whole = json.loads((place.root / manifests.NAME).read_text())
        assert whole["projects"]["shop"]["options"] == {"podman": podman, "units": ["a", "b"]}
    before = snapshot(place.folder)
    write(paths, [place.root], options={"shop": {"podman": podman, "units": ("a", "b")}})
    assert snapshot(place.folder) == before


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\0\xff",
        "[" * 100_000,
        '{"version": 2, "projects": {}, "files": {}}',
        '{"version": 1, "projects": [], "files": {}}',
        '{"version": 1, "projects": {}, "files": {"a": {"sha": 1}}}',
        "<<<<<<< HEAD",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_manifest_that_cannot_be_read(place: Place, broken: str) -> None:
    """Without it edits would be lost, so nothing is overwritten; with --force it is written anew."""
    place.write(files(a_container="1"))
    (place.root / manifests.NAME).write_text(broken)
    before = snapshot(place.folder)
    with pytest.raises(RefusedError) as refusal:
        place.write(files(a_container="2"))
    assert [d.code for d in refusal.value.diagnostics] == ["bad-manifest"]
    assert snapshot(place.folder) == before
    place.write(files(a_container="2"), force=True)
    assert place.write(files(a_container="2")).unchanged


def test_a_manifest_that_is_no_file(place: Place) -> None:
    place.root.mkdir()
    (place.root / manifests.NAME).symlink_to("/dev/zero")
    with pytest.raises(RefusedError, match="the manifest cannot be read"):
        place.write(files(a_container="1"))
    place.write(files(a_container="1"), force=True)
    assert not (place.root / manifests.NAME).is_symlink()


# ---------------------------------------------------------------- what earlier runs left


def test_staging_directories_of_earlier_versions_are_removed(place: Place) -> None:
    place.write(files(a_container="1", beside__b_target="1"))
    for directory in (place.root, place.beside):
        (directory / ".compose2quadlet-k2j3h4").mkdir()
        (directory / ".compose2quadlet-k2j3h4" / "0.new").write_text("PASSWORD")
    (place.root / ".compose2quadlet-0badc0de-0.new").write_text("PASSWORD")
    done = place.write(files(a_container="1", beside__b_target="1"))
    assert place.hidden() == []
    assert {d.code for d in done.diagnostics} == {"interrupted-run"}
    assert len(done.diagnostics) == 3
    assert not list(place.folder.rglob(".compose2quadlet-*"))


@pytest.mark.parametrize(
    "torn",
    [
        lambda whole: b"",
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"0" + whole[1:],
        lambda whole: b"\0" * len(whole),
    ],
)
def test_a_journal_that_was_written_in_part_counts_as_none(place: Place, torn: Callable[[bytes], bytes]) -> None:
    place.root.mkdir()
    fd = os.open(place.root / journal.NAME, os.O_RDWR | os.O_CREAT, 0o600)
    journal.plan(fd, [journal.Step("a.container", ".compose2quadlet-x-0", "0", 1, (1, 2, 3))])
    journal.ready(fd)
    assert journal.noted(fd, place.root)[1]
    os.ftruncate(fd, 0)
    journal.plan(fd, [journal.Step("a.container", ".compose2quadlet-x-0", "0", 1, None)])
    whole = (place.root / journal.NAME).read_bytes()
    (place.root / journal.NAME).write_bytes(torn(whole))
    os.close(fd)
    assert place.write(files(a_container="1")).diagnostics == ()
    assert place.hidden() == []


def test_a_journal_of_another_version(place: Place) -> None:
    place.root.mkdir()
    body = json.dumps({"version": 2, "steps": []})
    (place.root / journal.NAME).write_text(f"{manifests.sha256(body.encode())} {body}\n")
    with pytest.raises(RefusedError, match="another version of this tool was interrupted"):
        place.write(files(a_container="1"))


def test_a_large_neighbour_is_not_read(place: Place) -> None:
    """Only the start of a file tells who made it, however long its first line is."""
    place.root.mkdir()
    with place.path("a.container").open("wb") as f:
        f.truncate(2**40)
    start = time.monotonic()
    with pytest.raises(RefusedError, match="this tool did not write it"):
        place.write(files(a_container="1"))
    assert time.monotonic() - start < 5
