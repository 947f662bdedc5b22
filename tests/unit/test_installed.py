"""Projects that meet units which are there already: as loud as if both were converted in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.facts import Facts, Installed, Listener, Seen
from compose2quadlet.host.installed import installed, texts
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.run import Run, convert_all

WEB = """services:
  web:
    image: registry.example/web:1
    container_name: web
    ports: ["8080:80", "127.0.0.1:53:53/udp"]
"""


def converted(folder: Path, there: dict[str, Installed], scope: Scope = Scope.USER, **projects: str) -> Run:
    for name, text in projects.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "compose.yaml").write_text(text)
    requests = [Request(str(folder / name)) for name in projects]
    facts = Facts(quadlets={"user": there})
    return convert_all(requests, Options((5, 8), scope, isolation=Isolation.NONE, host=facts))


def said(run: Run) -> dict[str, str]:
    codes = ("container-clash", "port-clash", "unit-of-the-host")
    return {d.code: d.message for found in run.said for d in found if d.code in codes}


def test_another_project(tmp_path: Path) -> None:
    there = {
        "old-web.container": Installed("old", "web", ("8080:80", "80")),
        "old-dns.container": Installed("old", "old-dns", ("[::1]:53:53/udp", "0.0.0.0:53:53/udp")),
    }
    run = converted(tmp_path, there, new=WEB)
    assert said(run) == {
        "container-clash": "the container name web is also used by old, whose units are there already",
        "port-clash": "the host ports 8080/tcp, 53/udp are also published by old, whose units are there already",
    }
    hints = {d.hint for d in run.said[0] if d.code == "port-clash"}
    assert hints == {
        "Only one of the two can run at a time. If old is an earlier name of this project, stop it and remove its"
        " units: systemctl --user stop old.slice"
    }


def test_units_of_nobody(tmp_path: Path) -> None:
    there = {"mine.container": Installed("", "web", ("8080:80",))}
    assert said(converted(tmp_path, there, new=WEB)) == {
        "container-clash": "the container name web is also used by mine.container, whose units are there already",
        "port-clash": "the host port 8080/tcp is also published by mine.container, whose units are there already",
    }


def test_the_same_unit_of_another_project(tmp_path: Path) -> None:
    there = {"new-web.container": Installed("new-web", "other")}
    message = "this host already has a unit new-web.service, from new-web.container of new-web"
    assert said(converted(tmp_path, there, new=WEB)) == {"unit-of-the-host": message}


@pytest.mark.parametrize(
    "there",
    [
        {},
        {"new-web.container": Installed("new", "web", ("8080:80",))},
        {"other-web.container": Installed("other", "other-web", ("8081:80", "192.0.2.1:53:53/udp", "8080:80/udp"))},
        {"two-web.container": Installed("two", "web", ("8080:80",))},
    ],
    ids=["nothing", "its own units", "other ports", "a project of the same run"],
)
def test_no_clash(tmp_path: Path, there: dict[str, Installed]) -> None:
    two = "services: {db: {image: registry.example/db:1}}"
    assert said(converted(tmp_path, there, new=WEB, two=two)) == {}


def test_the_other_scope_has_containers_of_its_own_but_the_same_ports(tmp_path: Path) -> None:
    there = {"old-web.container": Installed("old", "web", ("8080:80",))}
    assert said(converted(tmp_path, there, Scope.SYSTEM, new=WEB)).keys() == {"port-clash"}


def test_what_a_file_of_facts_may_have(tmp_path: Path) -> None:
    """Names that are none of units, and ports that do not exist, are nothing to worry about."""
    there = {
        "no-suffix": Installed("x\ny", "web", ("8080:80",)),
        "other.bogus": Installed("", "web"),
        "odd.container": Installed("", "", ("99999:1", "\x1b:80", "1-:2")),
    }
    facts = Facts(
        quadlets={"user": there, "nobody": there},
        listeners=(Listener("tcp", -1), Listener("", 8080, "nonsense"), Listener("tcp", 8080, "\x1b")),
        paths={"/": Seen(-1), "/srv": Seen(10**18, -4, -70)},
        listed=("/", "nonsense"),
    )
    (tmp_path / "compose.yaml").write_text(f'{WEB}    volumes: ["/srv:/a", "/srv/x/y:/b", "/none:/c"]\n')
    run = convert_all([Request(str(tmp_path))], Options((5, 8), host=facts))
    assert not any(outcome.crash for outcome in run.outcomes)
    assert said(run) == {}


def test_what_this_tool_writes_is_understood(tmp_path: Path) -> None:
    run = converted(tmp_path, {}, new=WEB)
    for name, text in run.files(Place.QUADLETS).items():
        (tmp_path / "units" / "new").mkdir(parents=True, exist_ok=True)
        (tmp_path / "units" / "new" / name).write_text(text)
    assert {name: installed(text) for name, text in texts(str(tmp_path / "units"))} == {
        "new-default.network": Installed("new", makes="new_default"),
        "new-web.container": Installed("new", "web", ("8080:80", "127.0.0.1:53:53/udp")),
    }
