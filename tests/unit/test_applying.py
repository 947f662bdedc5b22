"""Which units restart, decided from texts alone."""

from __future__ import annotations

import pytest

from compose2quadlet.applying import Action, FileChange, Kind, World, plan

UNIT = "/units/app.container"
OURS = "[Container]\nImage=localhost/app:1\n"
EDIT = "[Container]\nEnvironment=MINE=1\n"
THEIRS = OURS.replace("[Container]\n", EDIT)
SERVICE = World({"app.service": "[Service]\nExecStart=podman run --env MINE=1 localhost/app:1\n"}, {})
MOVED = (
    FileChange(UNIT, Kind.EDITED, THEIRS, OURS),
    FileChange(f"{UNIT}.d/50-local.conf", Kind.NEW, None, EDIT),
)
COMMENT = (FileChange(UNIT, Kind.EDITED, f"# mine\n{OURS}", OURS),)


@pytest.mark.parametrize(
    ("files", "unread", "restarts"),
    [(MOVED, ["app.service"], True), (MOVED, [], False), (COMMENT, ["app.service"], False)],
    ids=["edit-not-read", "edit-read", "comment-not-read"],
)
def test_an_edit_that_moves_into_a_drop_in(files: tuple[FileChange, ...], unread: list[str], restarts: bool) -> None:
    """The service stays the same, but where systemd has not read the edit yet, it runs without it."""
    made = plan(files, SERVICE, SERVICE, ["app.service"], (), unread)
    assert made.of(Action.RESTART) == ["app.service"] * restarts
