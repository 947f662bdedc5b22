"""``x-quadlet``: settings and sections are told apart once."""

from __future__ import annotations

from typing import Any

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.model import Project, Service
from compose2quadlet.model.extension import Extension, extension
from compose2quadlet.planner import settings


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, Extension()),
        ({"Service": {"Nice": 5}}, Extension(sections={"Service": {"Nice": 5}})),
        ({"isolation": "userns"}, Extension(settings={"isolation": "userns"}, isolation="userns")),
        ({"auto_update": False}, Extension(settings={"auto_update": False}, auto_update=False)),
        (
            {"host_units": ["a.mount"], "Unit": None},
            Extension(sections={"Unit": None}, settings={"host_units": ["a.mount"]}, host_units=("a.mount",)),
        ),
        ({"auto_update": True}, Extension(settings={"auto_update": True}, wrong=frozenset({"auto_update"}))),
        ({"host_units": "a"}, Extension(settings={"host_units": "a"}, wrong=frozenset({"host_units"}))),
        ({"nice": 5}, Extension(settings={"nice": 5})),
        ([1], Extension(mapping=False)),
        (None, Extension(mapping=False)),
    ],
    ids=str,
)
def test_extension(given: Any, found: Extension) -> None:
    assert extension(given) == found
    assert Service.model_validate({"x-quadlet": given}).quadlet == found
    assert Service().quadlet == Extension()


def test_settings_are_those_of_services() -> None:
    given = {"isolation": 5, "isolatoin": "none", "Service": {}}
    log = Log()
    settings.check(
        Project.model_validate(
            {
                "name": "p",
                "services": {"app": {"x-quadlet": given, "build": {"x-quadlet": []}}},
                "networks": {"n": {"x-quadlet": {"isolation": "none"}}},
            }
        ),
        log,
    )
    assert [(d.code, ".".join(map(str, d.path))) for d in log.items] == [
        ("bad-value", "services.app.x-quadlet.isolation"),
        ("unknown-key", "services.app.x-quadlet.isolatoin"),
        ("bad-value", "services.app.build.x-quadlet"),
        ("unknown-key", "networks.n.x-quadlet.isolation"),
    ]
    assert "Did you mean isolation?" in log.items[1].hint
