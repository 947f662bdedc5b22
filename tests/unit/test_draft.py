"""Compose files drafted for containers: what was asked for is in them, what Docker and the image say is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.diagnostics import Log
from compose2quadlet.draft import draft
from compose2quadlet.loader import Request, load
from tests.support.docker import container

IMAGE = {"Env": ["PATH=/bin"], "Cmd": ["sh"], "Entrypoint": ["/init"], "User": "app", "Labels": {"of": "image"}}
LIKE_IMAGE = {**IMAGE, "Image": "busybox:1"}


def drafted(tmp_path: Path, inspected: dict[str, Any], image: dict[str, Any] | None = None) -> dict[str, Any]:
    """The project of a draft, as it is loaded."""
    (tmp_path / "compose.yaml").write_text(draft(inspected, image or {}))
    return load(Request(str(tmp_path)), Log()).project


def test_what_the_image_says_is_left_out(tmp_path: Path) -> None:
    service = drafted(tmp_path, container("adhoc", Config=LIKE_IMAGE), IMAGE)["services"]["adhoc"]
    assert {key for key, value in service.items() if value} == {"container_name", "image", "networks"}


@pytest.mark.parametrize(
    ("config", "host", "key", "value"),
    [
        ({"User": "1000"}, {}, "user", "1000"),
        ({"Env": ["PATH=/bin", "A=b c", "E=", "D=$x ${y}"]}, {}, "environment", {"A": "b c", "E": "", "D": "$x ${y}"}),
        ({"Cmd": ["a", "b $c"]}, {}, "command", ["a", "b $c"]),
        ({"Entrypoint": ["/mine"]}, {}, "entrypoint", ["/mine"]),
        ({"Entrypoint": None, "Cmd": ["sh"]}, {}, "command", ["sh"]),
        ({"Hostname": "shop"}, {}, "hostname", "shop"),
        ({"Labels": {"of": "image", "mine": "1"}}, {}, "labels", {"of": "image", "mine": "1"}),
        ({"StopTimeout": 30}, {}, "stop_grace_period", 30 * 10**9),
        (
            {"Healthcheck": {"Test": ["CMD", "true"], "Interval": 5 * 10**9, "Retries": 3}},
            {},
            "healthcheck",
            {"test": ["CMD", "true"], "interval": 5 * 10**9, "retries": 3},
        ),
        ({}, {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}}, "restart", "on-failure:2"),
        ({}, {"CapAdd": ["CAP_NET_RAW"]}, "cap_add", ["CAP_NET_RAW"]),
        ({}, {"Privileged": True}, "privileged", True),
        ({}, {"Memory": 2**26}, "mem_limit", 2**26),
        ({}, {"NanoCpus": 15 * 10**8}, "cpus", 1.5),
        ({}, {"NetworkMode": "host"}, "network_mode", "host"),
        ({}, {"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]}, "ulimits", {"nofile": {"soft": 1, "hard": 2}}),
        ({}, {"Tmpfs": {"/tmp": "size=1m", "/run": ""}}, "tmpfs", ["/tmp:size=1m", "/run"]),
        ({}, {"Sysctls": {"net.core.somaxconn": "9"}}, "sysctls", {"net.core.somaxconn": "9"}),
        ({}, {"ExtraHosts": ["nas:192.0.2.7"]}, "extra_hosts", {"nas": ["192.0.2.7"]}),
        ({}, {"ShmSize": 2**27}, "shm_size", 2**27),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_what_was_asked_for(tmp_path: Path, config: dict[str, Any], host: dict[str, Any], key: str, value: Any) -> None:
    inspected = container("adhoc", Config={**LIKE_IMAGE, **config}, HostConfig=host)
    found = drafted(tmp_path, inspected, IMAGE)["services"]["adhoc"][key]
    assert found == value


def test_mounts_and_networks(tmp_path: Path) -> None:
    """A volume without a name gets one, and all others keep theirs."""
    inspected = container(
        "My.App_1",
        HostConfig={"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": [{}]}},
        NetworkSettings={"Networks": {"lan": {"Aliases": ["web"], "IPAMConfig": {"IPv4Address": "10.9.0.5"}}}},
    )
    inspected["Mounts"] = [
        {"Type": "volume", "Name": "a" * 64, "Destination": "/data", "RW": True},
        {"Type": "volume", "Name": "shop_media", "Destination": "/media", "RW": False},
        {"Type": "bind", "Source": "/srv/x", "Destination": "/x", "RW": True},
    ]
    found = drafted(tmp_path, inspected)
    assert found["name"] == "my-app_1"
    assert {v["name"] for v in found["volumes"].values()} == {"my-app_1-data", "shop_media"}
    assert found["networks"]["lan"]["external"] is True
    service = found["services"]["my-app_1"]
    assert service["container_name"] == "My.App_1"
    assert service["networks"]["lan"]["ipv4_address"] == "10.9.0.5"
    assert [(m["type"], m["target"], m.get("read_only", False)) for m in service["volumes"]] == [
        ("volume", "/data", False),
        ("volume", "/media", True),
        ("bind", "/x", False),
    ]
    assert [(p.get("host_ip"), p.get("published"), p["target"], p["protocol"]) for p in service["ports"]] == [
        ("127.0.0.1", "8080", 80, "tcp"),
        (None, None, 53, "udp"),
    ]
