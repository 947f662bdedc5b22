"""Diagnostics as text and as JSON: one line each, whatever is in them, and no value that is not harmless."""

from __future__ import annotations

import shlex

import pytest

from compose2quadlet.diagnostics import (
    IMAGE,
    NAME,
    PATH,
    PORT,
    VARIABLE,
    WORDS,
    Diagnostic,
    Position,
    Severity,
    command,
    dotted,
    printable,
    render,
    shown,
    told,
)


def test_one_line_each() -> None:
    """Whatever a message, a hint, a file or a key holds, it makes no line that looks like another diagnostic."""
    hostile = "x\nerror[fake] y\r\x1b[31m\u2028\u202e"
    found = Diagnostic(
        "slug", Severity.NOTE, hostile, hostile, ("services", hostile), Position(f"/srv/{hostile}", 3, 4)
    )
    escaped = r"x\u000aerror[fake] y\u000d\u001b[31m\u2028\u202e"
    assert render([found]) == f"/srv/{escaped}:3:4: note[slug] {escaped}\n    {escaped}"
    assert found.as_dict()["path"] == "services.…"


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("ü€😀", "ü€😀"),
        ("a\tb", r"a\u0009b"),
        ("\x9b", r"\u009b"),
        ("\U000e0041", r"\U000e0041"),
        ("\udce9", r"\udce9"),
        ("\u00a0", r"\u00a0"),
    ],
    ids=ascii,
)
def test_printable(text: str, shown_as: str) -> None:
    assert printable(text) == shown_as


def test_places() -> None:
    assert dotted(("services", "web", "ports", 0)) == "services.web.ports.0"
    assert dotted(("services", "web", "labels", "com.example/x-y_z.0")) == "services.web.labels.com.example/x-y_z.0"
    assert dotted(("services", "web", "environment", "PASSWORD: hunter2")) == "services.web.environment.…"


@pytest.mark.parametrize(
    "value", ["hunter2!Kq#9z", "a b\nc", "x" * 300, "$x", "", "ü", "pass:word@", "\x1b"], ids=ascii
)
@pytest.mark.parametrize("form", [NAME, WORDS, VARIABLE, PORT, IMAGE, PATH])
def test_values_that_do_not_look_harmless(value: str, form: object) -> None:
    assert shown(value, form, "it") == told(value, form, "it") == "it"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("web-1.db_x", NAME),
        ("my net", WORDS),
        ("DB_HOST", VARIABLE),
        ("127.0.0.1:8000-8002", PORT),
        ("[::1]:80", PORT),
        ("8080:80/udp", PORT),
        ("docker.io/library/nginx:1.27", IMAGE),
        ("/srv/größe/a b", PATH),
        ("./data", PATH),
        ("~/x", PATH),
    ],
)
def test_harmless_values(value: str, form: object) -> None:
    assert shown(value, form) == f"'{value}'"  # type: ignore[arg-type]
    assert told(value, form) == value  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["x", "a b", "$(id)", "`id`", "it's", '"', "\n", "-rf", ";", "", "*", "\\"], ids=ascii)
def test_commands(word: str) -> None:
    assert shlex.split(command("rm", "--", word)) == ["rm", "--", word]
