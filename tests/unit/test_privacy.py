"""Which units hold values that only those who run them should read."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.backend.catalogue import Quoting, catalogue
from compose2quadlet.lowering.privacy import VALUES
from tests.support.conversion import FIXTURES, converted

BARE = """\
services:
  web:
    image: nginx
    restart: always
    ports: ['8080:80']
    volumes: ['./d:/d', 'data:/v']
"""

HARMLESS = {
    *("AddHost", "DNS", "EnvironmentFile", "Mask", "Mount", "Secret", "Unmask"),
    *("RequiresMountsFor", "ContainersConfModule", "Volume"),
}
"""Directives of several words that hold names and paths only."""


def private(folder: Path, text: str, podman: str = "5.8") -> set[str]:
    (folder / "compose.yaml").write_text(text)
    made, log = converted(folder, podman, name="p")
    assert made, log.items
    return set(made.private)


def test_every_key_with_free_text_was_thought_of() -> None:
    """A new directive that takes a command line, pairs or words is in the list, or is known to hold no value."""
    free = (Quoting.PAIR, Quoting.WORDS, Quoting.COMMAND, Quoting.VARIABLES)
    keys = {key for (_section, key), known in catalogue().items() if known.quoting in free}
    assert keys - VALUES - HARMLESS == set()
    known = {key for _section, key in catalogue()}
    assert known >= VALUES


def test_a_plain_stack_is_open(tmp_path: Path) -> None:
    """Images, ports, paths, networks and what systemd orders by."""
    assert (
        private(
            tmp_path, BARE + "    depends_on: [db]\n  db: {image: db, mem_limit: 1g, user: '5'}\nvolumes: {data: {}}\n"
        )
        == set()
    )


@pytest.mark.parametrize("podman", ["4.4", "5.8"])
@pytest.mark.parametrize(
    "more",
    [
        "environment: {A: b}",
        "env_file: x.env",
        "labels: {a: b}",
        "annotations: {a: b}",
        "command: --password x",
        "entrypoint: run --password x",
        "healthcheck: {test: curl -u a:b localhost}",
        "configs: [{source: c, target: /c}]",
        "post_start: [{command: x}]",
        "pre_stop: [{command: x}]",
        "logging: {driver: journald, options: {tag: x}}",
        "x-quadlet: {Service: {Environment: A=b}}",
        "x-quadlet: {Service: {ExecStartPre: curl -u a:b example.org}}",
        "x-quadlet: {Container: {PodmanArgs: --env=A=b}}",
    ],
)
def test_what_holds_a_value_is_closed(tmp_path: Path, more: str, podman: str) -> None:
    (tmp_path / "x.env").write_text("A=b\n")
    text = f"{BARE}    {more}\nvolumes: {{data: {{}}}}\nconfigs: {{c: {{content: hi}}}}\n"
    assert "p-web.container" in private(tmp_path, text, podman)


@pytest.mark.parametrize(("podman", "unit"), [("4.4", "p-data-volume.service"), ("5.8", "p-data.volume")])
def test_volumes(tmp_path: Path, podman: str, unit: str) -> None:
    """A password of a network file system; also where ``podman volume create`` has to make it."""
    options = "driver_opts: {type: cifs, device: //nas/x, o: 'username=a,password=b'}"
    assert unit in private(tmp_path, BARE + f"volumes: {{data: {{{options}}}}}\n", podman)


def test_urls_with_credentials(tmp_path: Path) -> None:
    """Of repositories to build from; and whatever the directive, where it is the user who writes it."""
    build = BARE + "    build: 'https://token@example.org/web.git'\nvolumes: {data: {}}\n"
    assert "p-web.build" in private(tmp_path, build)
    for url, closed in (("https://a:b@example.org", True), ("https://example.org/a@b", False)):
        text = f"{BARE}    x-quadlet: {{Unit: {{Documentation: '{url}'}}}}\nvolumes: {{data: {{}}}}\n"
        assert ("p-web.container" in private(tmp_path, text)) == closed


def test_networks_and_labels_of_compose(tmp_path: Path) -> None:
    text = BARE + "networks: {default: {driver_opts: {mtu: '1400'}}}\nvolumes: {data: {}}\n"
    assert private(tmp_path, text) == set()
    assert private(tmp_path, f"{BARE}    labels: {{com.docker.compose.project: p}}\nvolumes: {{data: {{}}}}\n") == set()


def test_no_password_of_the_fixtures_is_open() -> None:
    """All that a fixture has in an environment, a label or a command is in a closed unit."""
    for compose in sorted(FIXTURES.glob("projects/*/compose.yaml")):
        for scope in ("system", "user"):
            made, _ = converted(compose.parent, scope=scope, isolation="auto")
            files = made.files if made else {}
            for name, text in (item for texts in files.values() for item in texts.items()):
                free = [
                    line
                    for line in text.splitlines()
                    if line.startswith(("Environment=", "Label=", "Exec=", "HealthCmd="))
                    and "com.docker.compose." not in line
                ]
                if made and name not in made.private and not name.startswith("host-unit@"):
                    assert free == [], name
