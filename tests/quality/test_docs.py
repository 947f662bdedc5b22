"""What the documents say is so: commands, options, files, tests and units that they name."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from compose2quadlet import topics
from compose2quadlet.cli import COMMANDS, main
from compose2quadlet.lowering.explain import STATUS

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
TOPICS = [topics.FOLDER / f"{name}.md" for name in topics.NAMES]
DOCUMENTS = [README, ROOT / "SECURITY.md", ROOT / ".github/CONTRIBUTING.md", *TOPICS]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_all_topics_are_listed() -> None:
    assert sorted(path.name for path in topics.FOLDER.glob("*.md")) == sorted(path.name for path in TOPICS)
    assert all(named(path) in README.read_text() for path in TOPICS)


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_readme_has_the_commands_that_are_run() -> None:
    """``.ci/run`` finds them by these patterns."""
    for word in ("convert", "pytest"):
        assert len(re.findall(rf"^python3 -m venv.*{word}", README.read_text(), re.M)) == 1


def test_readme_shows_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit in the README is what becomes of the compose file in the README."""
    text = README.read_text()
    compose, unit = (re.findall(rf"```{kind}\n(.*?)```", text, re.S) for kind in ("yaml", "ini"))
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/compose.yaml").write_text(compose[0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    command = ["convert", "recipes", "-o", "units", "--scope", "user", "--podman-version", "5.4", "--host", "none"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.stderr
    head, _, rest = (tmp_path / "units/recipes-web.container").read_text().partition("\n\n")
    assert all(line.startswith("#") for line in head.splitlines())
    assert unit[0].splitlines() == rest.splitlines()
    written = [p for p in (tmp_path / "units").rglob("recipes*") if p.is_file()]
    words = "zero one two three four five six seven eight nine".split()
    assert f"one of the {words[len(written)]} units" in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_lead_to_files(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), target


COMMAND = re.compile(r"\bcompose2quadlet (?P<words>[a-z][^`#|\n]*)")


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=named)
def test_commands_and_options_exist(path: Path) -> None:
    text = path.read_text()
    for match in COMMAND.finditer(text):
        name, *words = match["words"].replace("'", "").split()
        if name not in COMMANDS:
            continue  # a sentence
        command = main.get_command(click.Context(main), name)
        assert command
        while isinstance(command, click.Group) and words:
            inner = command.get_command(click.Context(command), words.pop(0))
            assert inner, match[0]
            command = inner
        known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
        assert {w.partition("=")[0] for w in words if re.match(r"--?[a-z]", w)} <= known, match[0]
        if name == "help" and words and re.fullmatch("[a-z-]+", words[0]):
            assert words[0] in (*COMMANDS, *topics.NAMES), match[0]


@pytest.mark.parametrize("path", [README, *TOPICS], ids=named)
def test_options_in_the_text_exist(path: Path) -> None:
    """Options in backticks are those of a command, unless another program stands before them."""
    known = {"--user", "--help"}
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        known |= {option for one in (command, *inner) for p in one.params for option in p.opts}
    for option in re.findall(r"`(--[a-z-]+)[^`]*`", path.read_text()):
        assert option in known, option


def test_promises_name_tests_that_exist() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    rows = re.findall(r"^\| (?!promise|-)(.*) \| (.*) \|$", text, re.M)
    assert rows
    for promise, tests in rows:
        found = re.findall(r"`([^`:]+)::(\w+)`", tests)
        assert found, promise
        for file, name in found:
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.M), f"{file}::{name}"


def test_statuses_are_those_of_explain() -> None:
    text = topics.text("keys")
    assert all(f"| {words} |" in text for status, words in STATUS.items() if status != "carried")


def test_workflow_runs_what_is_supported() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    versions = jobs["tests"]["strategy"]["matrix"]["python"]
    project = (ROOT / "pyproject.toml").read_text()
    assert f'requires-python = ">={versions[0]}"' in project
    assert set(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)) <= set(versions)
    assert any(step.get("run") == ".ci/run" for step in jobs["hosts"]["steps"])
