"""``report``: everything that is known is in the page, nothing else can get into it, and it stays small."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.diagnostics.codes import codes
from compose2quadlet.report import keys
from tests.support.commands import run, stack
from tests.support.conversion import FIXTURES

HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.4")
PROJECTS = [str(p) for p in sorted((FIXTURES / "projects").iterdir())]


class Page(HTMLParser):
    """What is in a page: ``codes`` has the slug of each finding, ``ids`` and ``links`` the anchors, ``opened`` the
    elements that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.codes: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: Counter[str] = Counter()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "data-code":
                self.codes.append(value or "")
            elif name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")


def report(*arguments: str, cwd: Path) -> str:
    done = run("report", *arguments, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_json_html_and_sarif_say_the_same(tmp_path: Path) -> None:
    common = (*PROJECTS, *HERE, "--allow", "port-clash")
    found = json.loads(run("check", *common, "--json", cwd=tmp_path).stdout)["projects"]
    expected = Counter(d["code"] for p in found for what in ("diagnostics", "allowed") for d in p[what])
    assert sum(expected.values()) > 30
    sarif = json.loads(run("check", *common, "--format", "sarif", cwd=tmp_path).stdout)
    assert Counter(r["ruleId"] for r in sarif["runs"][0]["results"]) == expected
    page = report(*common, cwd=tmp_path)
    assert Counter(Page(page).codes) == expected
    text = unescape(page)
    for project in found:
        for d in project["diagnostics"]:
            assert d["message"] in text
            assert d["hint"] in text


def test_every_directive_of_every_unit_is_shown(tmp_path: Path) -> None:
    """And every key of every service, with its line."""
    for project in PROJECTS:
        common = (project, *HERE, "--profile", "*")
        units = json.loads(run("convert", *common, "--stdout", "--json", cwd=tmp_path).stdout)["projects"][0]
        page = unescape(report(*common, "--reveal", cwd=tmp_path))
        for text in (*units["units"].values(), *units["systemd"].values()):
            for line in text.splitlines():
                if "=" in line and not line.startswith("#"):
                    assert line in page, (project, line)
        config = json.loads(run("config", *common[:1], "--format", "json", cwd=tmp_path).stdout)
        assert all(f"</span> {name}</h4>" in page for name in config["services"])


def test_links_lead_to_findings(tmp_path: Path) -> None:
    page = Page(report(*PROJECTS, *HERE, cwd=tmp_path))
    assert len(page.ids) == len(set(page.ids))
    assert len(page.links) > 10
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_asks_nobody(tmp_path: Path) -> None:
    """No attribute names an address, nothing is loaded, and the policy would not let it."""
    text = report(*PROJECTS, *HERE, cwd=tmp_path)
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "embed", "base", "audio", "video"} & page.tags.keys()
    assert not any(
        name in ("src", "srcset", "action", "style") or name.startswith("on") for _, name, _ in page.attributes
    )
    assert all(link.startswith("#") for link in page.links)
    policy = next(
        value for tag, name, value in page.attributes if tag == "meta" and name == "content" and "src" in value
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "url(" not in re.sub(r'marker-end="url\(#c2q-arrow\)"', "", text)


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
"""In every place of a project that takes a text."""


def test_text_of_others_stays_text(tmp_path: Path) -> None:
    project: dict[str, Any] = {
        "services": {
            "web": {
                "image": "nginx:1",
                "environment": {"A": EVIL},
                "labels": {EVIL: EVIL},
                "command": [EVIL],
                "networks": {"n": {}},
                "storage_opt": {"x": EVIL},
                "x-evil": EVIL,
            }
        },
        "networks": {"n": {"name": EVIL, "driver_opts": {EVIL: EVIL}}},
        "x-top": EVIL,
    }
    stack(tmp_path, "evil", json.dumps(project).replace("$", "$$"))
    for more in ((), ("--reveal",)):
        done = run("report", "evil", *HERE, *more, cwd=tmp_path)
        page = Page(done.stdout)
        assert page.tags["script"] == 1
        assert page.tags["img"] == 0
        assert not any(name.startswith("on") for _, name, _ in page.attributes)


CANARY = "hunter2Kq9zVb7canary"


def test_credentials_are_hidden(tmp_path: Path) -> None:
    text = f"""
services:
  web:
    image: nginx:1
    build: {{context: ., args: {{TOKEN: {CANARY}}}}}
    environment: {{DB_PASSWORD: {CANARY}, DATABASE_URL: 'postgres://me:{CANARY}@db/x'}}
    env_file: [secret.env]
    labels: {{api-token: {CANARY}}}
    command: ["serve", "--password={CANARY}"]
    healthcheck: {{test: "curl -u me:{CANARY} localhost"}}
    configs: [app]
    deploy:
      labels:
        token: {CANARY}
    networks: {{default: {{driver_opts: {{token: {CANARY}}}}}}}
    logging: {{driver: json-file, options: {{tag: {CANARY}}}}}
    x-quadlet: {{Container: {{Environment: 'PASSWORD={CANARY}'}}}}
  other:
    image: nginx:1
    environment:
      # OLD_TOKEN: {CANARY}
      - "API_KEY={CANARY}"
      - >-
        TOKEN=
        {CANARY}
  llm: {{provider: {{type: model, options: {{token: {CANARY}}}}}}}
configs: {{app: {{content: "password={CANARY}"}}}}
volumes: {{nas: {{driver_opts: {{type: cifs, device: //nas/x, o: "password={CANARY}"}}}}}}
x-top: {{token: {CANARY}}}
"""
    folder = stack(tmp_path, "site", text)
    (folder / "secret.env").write_text(f"OTHER_TOKEN={CANARY}\n")
    for arguments in (
        ("report",),
        ("report", "--format", "markdown"),
        ("check",),
        ("check", "--json"),
        ("check", "--format", "sarif"),
        ("check", "--format", "github"),
        ("graph",),
        ("graph", "--format", "dot"),
        ("graph", "--format", "svg"),
    ):
        done = run(*arguments, "site", *HERE, cwd=tmp_path)
        assert done.stdout
        assert CANARY not in done.stdout + done.stderr, arguments
    assert CANARY in run("report", "--reveal", "site", *HERE, cwd=tmp_path).stdout


def rows(page: str) -> dict[str, str]:
    """The status of each key, by its first line."""
    found = {}
    for classes, row in re.findall(r'<div class="r ([^"]*)">(.*?)</div></div>', page, re.S):
        status = re.search(r'<span class="t">([^<]*)</span>', row)
        key = re.search(r"<pre>([^\n<:]*)", row)
        assert key
        found[key[1]] = status[1] if status else "converted" if classes == "converted ok" else "added"
    return found


def test_every_key_has_a_status(tmp_path: Path) -> None:
    text = """
services:
  web:
    image: nginx:1
    ports: ["8080:80"]
    storage_opt: {size: 1G}
    attach: false
    extends: {service: base}
    mem_swappiness: 10
    ulimits: {nofile: 10}
    logging: {driver: syslog}
    x-own: 1
    init: false
  base: {image: 'nginx:1'}
name: shop
x-more: {a: b}
"""
    stack(tmp_path, "shop", text)
    found = rows(report("shop", *HERE, cwd=tmp_path))
    assert found["ports"] == "converted"
    assert found["storage_opt"] == "not converted"
    assert found["attach"] == "has no effect on units"
    assert found["logging"] == "approximated"
    assert found["mem_swappiness"] in ("not converted", "approximated")
    assert found["x-own"] == "has no effect on units"
    assert found["name"] == "becomes units"
    assert found["x-more"] == "has no effect on units"
    assert found["extends"] == "handled while loading"
    assert {"image", "init", "ulimits"} <= found.keys()


def test_statuses_name_codes_that_exist() -> None:
    assert codes().keys() >= keys.DIFFERENT


def test_only_the_file_is_written(tmp_path: Path) -> None:
    folder = stack(tmp_path, "site")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert run("report", "site", *HERE, "-o", "report.html", cwd=tmp_path).returncode == 0
    written = tmp_path / "report.html"
    assert written.stat().st_mode & 0o777 == 0o600
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p != written} == before
    assert report("site", *HERE, cwd=tmp_path) == written.read_text()
    assert run("report", "site", *HERE, "-o", "missing/report.html", cwd=tmp_path).returncode == 2
    assert folder.exists()


def test_the_same_input_gives_the_same_page(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert report("site", *HERE, cwd=tmp_path) == report("site", *HERE, cwd=tmp_path)


def test_a_project_that_cannot_be_converted_is_shown(tmp_path: Path) -> None:
    stack(tmp_path, "broken", "services:\n  web: {image: 'x:1', bogus: 1}\n")
    stack(tmp_path, "fine")
    done = run("report", "broken", "fine", *HERE, cwd=tmp_path)
    assert done.returncode == 0
    assert "unknown-key" in Page(done.stdout).codes


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 300 projects, of four services each."""
    folder = tmp_path_factory.mktemp("many")
    text = (FIXTURES / "projects/homelab/compose.yaml").read_text()
    text = text.replace("name: recipes", "").replace("\nvolumes:", "\n  cache:\n    image: redis:7\n\nvolumes:")
    for n in range(300):
        stack(folder, f"stack{n:03}", text.replace("8080:8080", f"{10000 + n}:8080"))
    names = [f"stack{n:03}" for n in range(300)]
    assert run("report", *names, *HERE, "-o", "report.html", cwd=folder).returncode == 0
    return folder / "report.html"


def test_300_projects_are_small(many: Path) -> None:
    assert Page(many.read_text()).tags["details"] > 300 * 4
    assert many.stat().st_size < 5_000_000


def test_markdown_is_capped(many: Path) -> None:
    folder = many.parent
    done = run("report", *sorted(p.name for p in folder.glob("stack*")), *HERE, "--format", "markdown", cwd=folder)
    assert len(done.stdout) <= 60_000
    assert "report.html" in done.stdout
    folded = done.stdout.count("<details>")
    assert folded == done.stdout.count("</details>") > 3
    shown = folded + len(re.findall(r"^- \*\*stack", done.stdout, re.M))
    left = re.search(r"(\d+) more projects", done.stdout)
    assert shown + (int(left[1]) if left else 0) == 300


def test_markdown_of_one_project_has_all_findings(tmp_path: Path) -> None:
    common = (PROJECTS[6], *HERE)
    found = json.loads(run("check", *common, "--json", cwd=tmp_path).stdout)["projects"][0]["diagnostics"]
    text = report(*common, "--format", "markdown", cwd=tmp_path)
    assert Counter(re.findall(r"^- \*\*\w+\*\* `([a-z0-9.-]+)`", text, re.M)) == Counter(d["code"] for d in found)
    assert "```mermaid\nflowchart LR" in text
