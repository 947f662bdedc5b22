"""Paths of the host mean the same, however they are spelt, wherever they are looked at."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from compose2quadlet.hostpaths import holds_data, inside, normalised, parents
from compose2quadlet.kinds import Place
from tests.support.conversion import converted

SPELLINGS = ("//{0}", "///{0}", "/./{0}", "/{0}/", "/{0}/.", "/x/../{0}", "//../{0}", "/{0}//")
"""Other ways to write the path ``/{0}``."""


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/", "/"),
        ("//", "/"),
        ("///", "/"),
        ("/..", "/"),
        ("//srv/x", "/srv/x"),
        ("/srv//x/", "/srv/x"),
        ("/srv/./y/../x", "/srv/x"),
        ("/var/run", "/run"),
        ("//var/run/docker.sock", "/run/docker.sock"),
        ("/var/run/../run/docker.sock", "/run/docker.sock"),
        ("/var/running", "/var/running"),
        ("", ""),
        ("C:\\x", "C:\\x"),
        ("a/../b", "a/../b"),
    ],
)
def test_normalised(path: str, same: str) -> None:
    assert normalised(path) == same
    assert normalised(same) == same


@pytest.mark.parametrize("path", ["", "/", "//", "//srv/x", "srv/x", "/srv/x"])
def test_parents_end(path: str) -> None:
    assert list(itertools.islice(parents(path), 10))[-1] == "/"


def test_places() -> None:
    assert list(parents("/srv/x")) == ["/srv/x", "/srv", "/"]
    assert inside("/srv", ("/srv",))
    assert inside("/srv/x", ("/mnt", "/srv"))
    assert not inside("/srv2", ("/srv",))
    assert inside("/srv", ("/",))
    assert [holds_data(p) for p in ("/srv", "/run/media/me/disk", "/run/x", "/etc")] == [True, True, False, False]


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Fail, instead of hanging, where the body takes longer."""

    def stop(*_: object) -> None:
        raise AssertionError(f"it takes more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


FACTS = {
    "version": 1,
    "mounts": [{"target": "/", "type": "ext4"}, {"target": "//mnt/nas", "type": "nfs4"}],
    "fstab": [{"target": "/mnt/nas", "source": "nas:/x", "type": "nfs4"}],
    "units": {"dbus.socket": {"state": "active", "file": "static"}, "podman.socket": {}},
    "devices": {"/dev/ttyUSB0": True},
}
VOLUMES = """
services:
  app:
    image: example
    volumes: ['{0}:/x', 'named:/y']
    devices: ['{0}:/dev/x']
    secrets: [s]
secrets: {{s: {{file: '{0}'}}}}
volumes: {{named: {{driver: local, driver_opts: {{type: none, o: bind, device: '{0}'}}}}}}
"""


def said_and_written(folder: Path, source: str, scope: str, known: bool) -> tuple[str, list[str]]:
    """The unit of the service, and what is said, with the path in its usual spelling; None where it is refused."""
    (folder / "compose.yaml").write_text(VOLUMES.format(source))
    if known:
        (folder / "facts.json").write_text(json.dumps(FACTS))
    with limit(10):
        made, log = converted(folder, "5.8", scope, name="p", isolation="auto")
    assert made
    plain = normalised(source)
    unit = made.files[Place.QUADLETS]["p-app.container"].replace(source, plain)
    return unit, [f"{d.code} {d.message.replace(source, plain)}" for d in log.items]


@pytest.mark.parametrize("known", [False, True], ids=["any host", "known host"])
@pytest.mark.parametrize("scope", ["user", "system"])
@pytest.mark.parametrize(
    "path", ["run/docker.sock", "srv/x", "mnt/nas/x", "run/dbus/x", "dev/ttyUSB0", "proc/x", "etc/x"]
)
def test_other_spellings_change_nothing(tmp_path: Path, path: str, scope: str, known: bool) -> None:
    expected = said_and_written(tmp_path, f"/{path}", scope, known)
    for spelling in SPELLINGS:
        assert said_and_written(tmp_path, spelling.format(path), scope, known) == expected, spelling


@pytest.mark.parametrize("source", ["//", "/..", "//c/Users/x", "//var/run/docker.sock", "/var/run/../run/docker.sock"])
def test_no_source_hangs(tmp_path: Path, source: str) -> None:
    unit, said = said_and_written(tmp_path, source, "system", known=True)
    assert ("Volume=%t/podman/podman.sock:/x" in unit) is source.endswith("docker.sock")
    assert any(d.startswith("engine-socket") for d in said) is source.endswith("docker.sock")
