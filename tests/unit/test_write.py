"""Writing: all or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host.write import MARK, placed, write

TEXT = MARK.decode() + "0 from the compose project p, service x.\n"


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()} if folder.exists() else {}


@pytest.mark.parametrize("name", ["../x.container", "a/b.container", "", ".", "..", "/etc/passwd"])
def test_names_stay_in_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="would leave"):
        write(placed(tmp_path / "units", {"good.container": TEXT, name: TEXT}), force=True)
    assert not (tmp_path / "units").exists()


def test_counts_what_has_changed(tmp_path: Path) -> None:
    assert write(placed(tmp_path, {"a.container": TEXT, "b.container": TEXT})) == 2
    assert write(placed(tmp_path, {"a.container": TEXT, "b.container": TEXT + "#"})) == 1
    assert contents(tmp_path) == {"a.container": TEXT, "b.container": TEXT + "#"}


@pytest.mark.parametrize("fails_at", range(1, 14))
def test_a_failing_run_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """Whichever rename fails, what was there is there again, and nothing else."""
    folder, beside = tmp_path / "new" / "units", tmp_path / "new" / "systemd"
    old = {"a.container": TEXT + "old a", "b.container": TEXT + "old b"}
    if fails_at % 3:
        write(placed(folder, old) | placed(beside, old))
    before, before_beside = contents(folder), contents(beside)
    rename, count = os.rename, 0

    def failing(source: str, target: str) -> None:
        nonlocal count
        count += 1
        if count == fails_at:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    files = {"a.container": TEXT + "new a", "b.container": TEXT + "new b", "c.container": TEXT, "d.container": TEXT}
    try:
        write(placed(folder, files) | placed(beside, files))
    except RefusedError as e:
        assert "no space left on device" in str(e)
        assert contents(folder) == before
        assert contents(beside) == before_beside
        assert (tmp_path / "new").exists() == bool(before)
    else:
        assert count < fails_at  # so many are needed only where something is replaced
        assert contents(folder) == contents(beside) == files
