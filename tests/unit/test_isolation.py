"""Whose numbers a compose file names, how many IDs user namespaces take, and which files everybody may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compose2quadlet.facts import Facts, Login
from compose2quadlet.host import modes
from compose2quadlet.host.modes import MOST, readable
from compose2quadlet.hostpaths import inside, parents
from compose2quadlet.loader import Request
from compose2quadlet.model import Service
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.isolation import ranges, users
from compose2quadlet.run import Run, convert_all
from tests.support.commands import stack
from tests.support.conversion import ENVIRON

FREE = 65536
LOGIN = Login("user", 1000, 1000, "/home/user")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("1000", ("1000", "1000")),
        ("1000:100", ("1000", "100")),
        ("nobody", ("65534", "65534")),
        ("nobody:nogroup", ("65534", "65534")),
        ("1000:nogroup", ("1000", "65534")),
        ("", None),
        ("0", None),
        ("0:1000", None),
        ("node", None),
        ("1000:users", None),
        (":1000", None),
    ],
)
def test_written_users(user: str, expected: tuple[str, str] | None) -> None:
    found = users.written(Service(user=user))
    assert (found and (found.user, found.group)) == expected


@pytest.mark.parametrize(
    ("environment", "expected", "sure"),
    [
        ({"PUID": "1000", "PGID": "100"}, ("1000", "100"), True),
        ({"PUID": "1000"}, ("1000", "1000"), True),
        ({"PUID": "1000", "PGID": "users"}, ("1000", "1000"), True),
        ({"USERMAP_UID": "1041", "USERMAP_GID": "1042"}, ("1041", "1042"), True),
        ({"USER_UID": "1041", "USER_GID": "1042"}, ("1041", "1042"), True),
        ({"UID": "1041", "GID": "1042"}, ("1041", "1042"), False),
        ({"APP_UID": "1041", "APP_GID": "1042"}, ("1041", "1042"), False),
        ({"DOCKER_UID": "1041"}, ("1041", "1041"), False),
        ({"WHATEVER_UID": "1041", "WHATEVER_GID": "1042"}, ("1041", "1042"), False),
        ({"UID": "7", "PUID": "8"}, ("8", "8"), True),
        ({"PUID": "0", "USER_UID": "9"}, ("9", "9"), True),
        ({"PUID": "0"}, None, True),
        ({"PUID": None}, None, True),
        ({"LDAP_UID": "uid"}, None, True),
        ({"GUID": "1000", "UUID": "1000", "UID_MIN": "1000", "PGID": "1000"}, None, True),
    ],
)
def test_users_of_images(environment: dict[str, str | None], expected: tuple[str, str] | None, sure: bool) -> None:
    found = users.of_image(Service(environment=environment))
    assert (found and (found.user, found.group)) == expected
    assert found is None or found.sure is sure


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0),
        (["", "host", "nomap", "container:x", "automatic"], 0),
        (["auto", "auto:uidmapping=0:1:10"], 2048),
        (["auto:size=65536", "auto:gidmapping=0:1:5,size=5000"], 70536),
        (["keep-id"], FREE),
        (["keep-id:uid=1,gid=1,size=2000", "keep-id:uid=2,gid=2,size=3000"], 3000),
        (["keep-id:uid=1,gid=1,size=2000", "auto"], 3024),
    ],
)
def test_demand(values: list[str], expected: int) -> None:
    assert ranges.demand(values, FREE) == expected


@pytest.mark.parametrize(
    ("facts", "user", "system"),
    [
        (None, None, None),
        (Facts(), None, None),
        (Facts(login=LOGIN, containers_user=False), 0, 0),
        (Facts(login=LOGIN, subuids={"user": ((1, 5), (9, 6))}), 11, None),
        (Facts(login=LOGIN, subuids={"user": ((1, 5),), "1000": ((9, 6),)}), 11, None),
        (Facts(login=LOGIN, subuids={"user": ((1, 5),)}, subgids={"user": ((1, 3),)}), 3, None),
        (Facts(login=LOGIN, subuids={"user": ((1, 5),)}, subgids={"other": ((1, 3),)}), 0, None),
        (Facts(containers_user=True, subuids={"containers": ((1, 5),)}), None, 5),
        (Facts(containers_user=False, subuids={"containers": ((1, 5),)}), None, 0),
    ],
)
def test_available(facts: Facts | None, user: int | None, system: int | None) -> None:
    assert ranges.available(Options(host=facts, scope=Scope.USER)) == user
    assert ranges.available(Options(host=facts, scope=Scope.SYSTEM)) == system


def converted(tmp_path: Path, count: int, *names: str, there: dict[str, str] | None = None) -> Run:
    """A run of projects on a host with so many IDs; ``there`` are the units that it has. Those that are called keep
    write into a directory, as a user with a number; the others write nowhere."""
    for name in names:
        if not (tmp_path / name).exists():
            body = "user: '1000', volumes: [./x:/x]" if name.startswith("keep") else "read_only: true"
            stack(tmp_path, name, f"services: {{app: {{image: nginx:1, {body}}}}}\n")
    facts = Facts(login=LOGIN, subuids={"user": ((100000, count),)}, userns_units={"user": there or {}})
    return convert_all(
        (Request(str(tmp_path / name), environ=ENVIRON) for name in names), Options(host=facts, scope=Scope.USER)
    )


def policies(run: Run) -> list[Isolation]:
    return [made.plan.services["app"].identity.policy for made in run.conversions]


USERNS, KEEP_ID, NONE = Isolation.USERNS, Isolation.KEEP_ID, Isolation.NONE


def test_projects_of_a_run_share_the_ids(tmp_path: Path) -> None:
    assert policies(converted(tmp_path, 3 * FREE, "one", "two", "three")) == [USERNS] * 3
    assert policies(converted(tmp_path, 3 * FREE - 1, "one", "two", "three")) == [NONE] * 3
    assert policies(converted(tmp_path, FREE, "one")) == [USERNS]
    assert policies(converted(tmp_path, FREE, "one", "keep")) == [NONE, KEEP_ID]
    assert policies(converted(tmp_path, 2 * FREE, "keep", "one", "keep-more")) == [KEEP_ID, USERNS, KEEP_ID]


def test_each_project_is_told_once(tmp_path: Path) -> None:
    run = converted(tmp_path, FREE, "one", "two")
    assert [[d.code for d in said].count("isolation") for said in run.said] == [1, 1]


def test_units_that_are_there_count(tmp_path: Path) -> None:
    def there(**units: str) -> dict[str, str]:
        return {f"{name}-app.container": value for name, value in units.items()}

    whole = "auto:size=65536"
    assert policies(converted(tmp_path, 2 * FREE, "one", there=there(other="auto"))) == [USERNS]
    assert policies(converted(tmp_path, 2 * FREE, "one", there=there(other=whole, more="auto"))) == [NONE]
    assert policies(converted(tmp_path, 2 * FREE, "one", there=there(other="keep-id"))) == [NONE]
    assert policies(converted(tmp_path, FREE, "keep", there=there(other="auto"))) == [NONE]
    assert policies(converted(tmp_path, FREE, "keep", there=there(other="keep-id"))) == [KEEP_ID]


def test_a_second_run_comes_to_the_same(tmp_path: Path) -> None:
    """What a run has written does not count twice: neither its own units nor those of its other projects."""
    names = ("one", "two", "keep")
    for count in (FREE, 2 * FREE, 3 * FREE):
        first = converted(tmp_path, count, *names)
        written = {s.unit.file: s.identity.userns for m in first.conversions for s in m.plan.services.values()}
        second = converted(tmp_path, count, *names, there={n: v for n, v in written.items() if v})
        assert policies(second) == policies(first)


@pytest.fixture
def open_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that everybody may enter, as if all above it were such."""
    tmp_path.chmod(0o755)
    monkeypatch.setattr(modes, "parents", lambda path: [p for p in parents(path) if inside(p, (str(tmp_path),))])
    return tmp_path


def test_readable_files(open_above: Path) -> None:
    file = open_above / "a" / "key"
    file.parent.mkdir(mode=0o755)
    file.write_text("")
    for mode, expected in ((0o644, True), (0o640, False), (0o600, False)):
        file.chmod(mode)
        assert readable(str(file)) is expected
        assert readable(str(file.parent)) is expected
    file.chmod(0o644)
    file.parent.chmod(0o700)
    assert not readable(str(file)), "the directory above is closed"
    file.parent.chmod(0o711)
    assert readable(str(file))
    assert not readable(str(file.parent)), "its names cannot be read"
    assert not readable(str(open_above / "missing"))
    assert not readable("/\0")


def test_large_directories_are_not_walked(open_above: Path) -> None:
    open_above.joinpath("0").touch()
    assert readable(str(open_above))
    for i in range(MOST + 1):
        (open_above / str(i)).touch()
    assert not readable(str(open_above))


def test_files_at_hand_decide(tmp_path: Path) -> None:
    folder = stack(tmp_path, "one", "services: {app: {image: nginx:1, volumes: ['./a:/a:ro']}}\n")
    facts = Facts(login=LOGIN, subuids={"user": ((100000, FREE),)})
    options = Options(host=facts, scope=Scope.USER)
    for given, expected in ((None, NONE), (lambda _path: False, NONE), (lambda _path: True, USERNS)):
        run = convert_all([Request(str(folder), environ=ENVIRON)], replace(options, readable=given))
        assert policies(run) == [expected]
