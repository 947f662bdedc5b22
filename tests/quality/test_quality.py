"""The linters, and the rules of the architecture that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compose2quadlet import __version__

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "compose2quadlet"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_MODULE, MAX_FUNCTION = 350, 50

ALLOWED = {
    "numbers": (),
    "frozen": (),
    "stored": (),
    "diagnostics": (),
    "facts": ("diagnostics", "stored"),
    "inventory": ("diagnostics", "stored"),
    "draft": (),
    "compare": ("diagnostics", "planner"),
    "applying": ("kinds",),
    "options": ("facts", "numbers"),
    "kinds": ("options",),
    "hostpaths": (),
    "model": (),
    "loader": ("diagnostics", "numbers"),
    "backend": ("diagnostics", "options", "kinds"),
    "planner": ("diagnostics", "facts", "hostpaths", "numbers", "options", "model", "kinds"),
    "lowering": ("diagnostics", "hostpaths", "model", "options", "planner", "backend", "kinds"),
    "topics": (),
    "migrate": (
        "diagnostics",
        "inventory",
        "kinds",
        "loader",
        "model",
        "numbers",
        "options",
        "pipeline",
        "planner",
        "run",
    ),
    "report": (
        *(
            "applying",
            "backend",
            "compare",
            "diagnostics",
            "inventory",
            "kinds",
            "lowering",
            "migrate",
            "options",
            "pipeline",
            "planner",
            "run",
        ),
        "topics",
    ),
    "host": (
        *("applying", "backend", "compare", "diagnostics", "facts", "hostpaths", "inventory", "kinds", "migrate"),
        *("numbers", "options", "pipeline", "run"),
    ),
    "pipeline": ("diagnostics", "loader", "model", "options", "planner", "lowering", "backend", "kinds"),
    "run": (
        "backend",
        "diagnostics",
        "facts",
        "inventory",
        "loader",
        "model",
        "options",
        "pipeline",
        "planner",
        "kinds",
    ),
    "cli": None,
    "__init__": None,
    "__main__": None,
}
"""Which rooms a room may look into: from left to right only. None: everywhere."""

EVERYWHERE = ("__version__", "frozen")
"""What each room may use."""


@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)],
    ids=" ".join,
)
def test_linter(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_size(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_direction(path: Path) -> None:
    """Imports go from left to right: loader, planner, lowering, backend, host."""
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = ALLOWED[room]
    for node in ast.walk(ast.parse(path.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "no relative imports"
            names += [f"{node.module}.{a.name}" for a in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "compose2quadlet" and len(parts) > 1 and allowed is not None:
                assert parts[1] in (room, *EVERYWHERE, *allowed), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_docstrings(path: Path) -> None:
    """A module says what it is for."""
    assert ast.get_docstring(ast.parse(path.read_text())) or not path.read_text().strip() or path.name == "__main__.py"


def test_the_version_is_in_one_place() -> None:
    """And in the changelog, which says what each had."""
    texts = [ROOT / "pyproject.toml", *ROOT.glob("*.md"), *(ROOT / "fixtures").rglob("*.yml"), *MODULES]
    literal = re.compile(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])")
    found = {p.relative_to(ROOT).as_posix() for p in texts if literal.search(p.read_text())}
    assert found == {"CHANGELOG.md", "compose2quadlet/__init__.py"}


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"jinja2", "pydantic", "yaml", "jsonschema_rs"}),
        (["convert", "--help"], {"jinja2", "pydantic", "jsonschema_rs"}),
        (["check", "--help"], {"jinja2", "pydantic", "jsonschema_rs"}),
        (["graph", "--help"], {"jinja2", "pydantic", "jsonschema_rs"}),
        (["report", "--help"], {"jinja2", "pydantic", "jsonschema_rs"}),
        (["inventory", "--help"], {"jinja2", "pydantic", "jsonschema_rs", "rich"}),
        (["verify", "--help"], {"jinja2", "pydantic", "jsonschema_rs", "rich"}),
        (["help", "isolation"], {"jinja2", "pydantic", "yaml", "jsonschema_rs"}),
        (["explain", "cap_add"], {"jinja2", "jsonschema_rs"}),
        (["config", "fixtures/projects/homelab"], {"jinja2", "pydantic"}),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_imports_only_what_is_needed(arguments: list[str], unwanted: set[str]) -> None:
    code = f"""
import sys
from compose2quadlet.cli import main
sys.stdout = open("/dev/null", "w")
main.main({arguments!r}, standalone_mode=False)
print(" ".join(sorted({{m.split(".")[0] for m in sys.modules}})), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not unwanted & set(done.stderr.split("\n")[-2].split())
