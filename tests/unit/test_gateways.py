"""Metrics of networks, by which services get the default gateway that they want."""

from __future__ import annotations

from typing import Any

import pytest

from compose2quadlet.diagnostics import Log, Severity
from compose2quadlet.model import Project
from compose2quadlet.planner.gateways import metrics

SUBNET = {"ipam": {"config": [{"subnet": "192.0.2.0/24"}]}}


@pytest.mark.parametrize(
    ("services", "networks", "expected", "lost"),
    [
        ([{"a": 0}, {"b": 0}], {}, {}, 0),
        ([{"a": 1}], {}, {}, 0),
        ([{"a": 0, "b": 0}], {}, {}, 0),
        ([{"a": 0, "b": 0}], {"b": {"driver": "bridge", "labels": {"x": "y"}}}, {}, 0),
        ([{"a": 0, "b": 0}], {"b": {"driver": "macvlan"}}, {"a": 90}, 0),
        ([{"b": 0, "a": 0}], {"b": {"driver_opts": {"mtu": "1400"}}}, {"a": 90}, 0),
        ([{"b": 0, "a": 0}], {"b": {"enable_ipv6": True}}, {"a": 90}, 0),
        ([{"a": 0, "b": 0}], {"a": {"name": "z", **SUBNET}}, {"b": 90}, 0),
        ([{"a": 0, "b": 0}, {"b": 0, "c": 0}], {"b": SUBNET}, {"a": 80, "b": 90}, 0),
        ([{"a": 0, "b": 0}], {"a": {"external": True}}, {"b": 110}, 0),
        ([{"a": 0, "b": 0}], {"a": {"external": True}, "b": {"external": True}}, {}, 1),
        ([{"a": 0, "b": 0}], {"a": {"external": True, "name": "host"}}, {}, 0),
        ([{"a": 0, "b": 0}, {"a": 0, "b": 1}], {"a": SUBNET}, {"b": 90}, 1),
        ([{"a": 0, "b": 0}, {"a": 0, "b": 1}], {}, {"b": 90}, 0),
        ([{"a": 2, "b": 2, "c": 0}], {"b": SUBNET}, {"a": 90}, 0),
        ([{"a": 0, "b": 1}], {}, {"b": 90}, 0),
        ([{"a": 0, "b": -1}], {}, {"a": 90}, 0),
        ([{"a": 1, "b": 0}, {"b": 1, "c": 0}], {}, {"a": 80, "b": 90}, 0),
        ([{"a": 1, "b": 0}, {"b": 1, "a": 0}], {}, None, 1),
        ([{"a": 1, "b": 0}], {"b": {"driver_opts": {"metric": "50"}}}, {"a": 40}, 0),
        ([{"a": 1, "b": 0}], {"a": {"driver_opts": {"metric": "50"}}}, {}, 0),
        ([{"a": 1, "b": 0}], {"a": {"external": True}}, {"b": 110}, 0),
        ([{"a": 1, "b": 0}], {"a": {"external": True}, "b": {"external": True}}, {}, 1),
        ([{"a": 1, "b": 0}], {"b": {"external": True}}, {"a": 90}, 0),
        ([{"a": 1, "b": 0}], {"b": {"internal": True}}, {}, 0),
    ],
)
def test_metrics(
    services: list[dict[str, int]], networks: dict[str, Any], expected: dict[str, int] | None, lost: int
) -> None:
    project = Project.model_validate(
        {
            "name": "p",
            "services": {
                f"s{i}": {"networks": {key: {"gw_priority": priority} for key, priority in s.items()}}
                for i, s in enumerate(services)
            },
            "networks": {key: {"name": key, **networks.get(key, {})} for key in "abc"},
        }
    )
    log = Log()
    found = metrics(project, log)
    assert expected is None or found == expected
    assert log.count(Severity.WARNING) == lost
