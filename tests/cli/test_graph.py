"""``graph``: what is drawn, and that no name can be anything but a name in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from compose2quadlet.report import drawn
from compose2quadlet.report.graph import Graph, Kind, Node
from compose2quadlet.report.svg import svg
from tests.support.commands import run, stack
from tests.support.conversion import FIXTURES

HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.4")
HOSTILE = 'a"]; click n0 "javascript:x" \\" <script>`x`</script> #quot; %% --> \x1b[31m\u202e\nend'
"""Tries to leave a label in Mermaid, dot, SVG and a terminal."""

MEDIA = """
services:
  vpn: {image: 'gluetun:1', networks: [edge], healthcheck: {test: x}}
  torrents: {image: 'qbit:1', network_mode: 'service:vpn', depends_on: {vpn: {condition: service_healthy}}}
  player: {image: 'jelly:1', depends_on: [torrents], volumes: ['films:/films:ro', '/etc/x:/x', /cache],
    networks: [edge]}
networks: {edge: {name: edge, external: true}}
volumes: {films: }
"""


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [line.strip() for line in done.stdout.splitlines()]


def test_mermaid(tmp_path: Path) -> None:
    stack(tmp_path, "media", MEDIA)
    done = run("graph", "media", *HERE, "--host-unit", "player=nfs.service", cwd=tmp_path)
    assert lines(done) == [
        "flowchart LR",
        'subgraph g0["media"]',
        'n0["vpn<br>gluetun:1"]',
        'n1["torrents<br>qbit:1"]',
        'n2["player<br>jelly:1"]',
        'n4[("media_films")]',
        'n5[("media_player-cache")]',
        "end",
        'n3(["edge"])',
        'n6{{"nfs.service"}}',
        "n0 --> n3",
        'n1 -- "healthy#44; in its network" --> n0',
        "n2 --> n1",
        "n2 --> n3",
        'n2 -- "read-only" --> n4',
        "n2 --> n5",
        "n2 --> n6",
    ]


def test_what_projects_share_is_drawn_once(tmp_path: Path) -> None:
    stack(tmp_path, "a", MEDIA)
    stack(tmp_path, "b", "services: {web: {image: 'x:1'}}\nnetworks: {default: {name: edge}}\n")
    found = lines(run("graph", "a", "b", *HERE, cwd=tmp_path))
    assert sum("edge" in line for line in found) == 1
    start = found.index('subgraph g1["b"]')
    assert any("edge" in line for line in found[start : found.index("end", start)])  # b makes it


def test_a_project_that_cannot_be_converted(tmp_path: Path) -> None:
    stack(tmp_path, "broken", "services: {web: {image: 'x:1', bogus: 1}}\n")
    done = run("graph", "broken", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[unknown-key]" in done.stderr


def test_the_tree_stays_as_it_is(tmp_path: Path) -> None:
    stack(tmp_path, "media", MEDIA)
    before = sorted(tmp_path.rglob("*"))
    for form in ("mermaid", "dot", "svg"):
        assert run("graph", "media", "--format", form, *HERE, cwd=tmp_path).returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture
def hostile() -> Graph:
    graph = Graph()
    for kind in Kind:
        graph.add(Node(kind, HOSTILE, HOSTILE, HOSTILE), HOSTILE)
    graph.connect(0, 1, HOSTILE)
    return graph


def test_mermaid_keeps_names_inside(hostile: Graph) -> None:
    text = drawn.mermaid(hostile)
    assert len(text.splitlines()) == 8
    for line in text.splitlines()[1:]:
        assert line.count('"') in (0, 2), line
        assert not set("<>\x1b\u202e`;") & set(re.sub(r"<br>|#\d+;|-->", "", line)), line


def test_dot_keeps_names_inside(hostile: Graph) -> None:
    text = drawn.dot(hostile)
    assert len(text.splitlines()) == 12
    for line in text.splitlines():
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in outside and "script" not in outside and line.isprintable(), line


@pytest.mark.skipif(not shutil.which("dot"), reason="there is no dot (graphviz)")
def test_dot_is_read_by_graphviz(hostile: Graph) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=drawn.dot(hostile), capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_svg_keeps_names_inside(hostile: Graph) -> None:
    root = ElementTree.fromstring(svg(hostile))
    assert {element.tag.partition("}")[2] for element in root.iter()} <= set(
        "svg title style defs marker path g rect text".split()
    )
    assert any("<script>" in (element.text or "") for element in root.iter())


@pytest.mark.parametrize("folder", sorted((FIXTURES / "projects").iterdir()), ids=lambda p: p.name)
def test_pictures_of_fixtures(folder: Path, tmp_path: Path) -> None:
    """Every node is inside of the picture, and covers no other."""
    done = run("graph", str(folder), *HERE, "--format", "svg", "--profile", "*", cwd=tmp_path)
    root = ElementTree.fromstring(done.stdout)
    assert "http" not in done.stdout.replace("http://www.w3.org/2000/svg", "")
    boxes = [
        [float(r.get(k, "")) for k in ("x", "y", "width", "height")] for r in root.iter() if r.tag.endswith("rect")
    ]
    wide, high = float(root.get("width", "")), float(root.get("height", ""))
    for i, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 and x + w <= wide and y >= 0 and y + h <= high
        for a, b, c, d in boxes[:i]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


def test_many_services_take_no_longer(tmp_path: Path) -> None:
    """A long chain is no deep recursion, and a large graph is drawn at once."""
    graph = Graph()
    for n in range(3000):
        graph.add(Node(Kind.SERVICE, f"s{n}", "p"), f"s{n}")
        if n:
            graph.connect(n, n - 1)
    start = time.monotonic()
    for draw in (drawn.mermaid, drawn.dot, svg):
        draw(graph)
    assert time.monotonic() - start < 5
