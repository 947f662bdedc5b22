"""What stands around a position, so that its text reaches a unit: the least that is needed.

In all of it, ``TEXT`` stands for the text of the position.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.property.positions import ANY, ITEM, Position

APP = "app"
IMAGE = "registry.example/app:1"

BESIDE: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text())

NETWORKED = re.compile(r"networks\.|services\.\*\.(networks|mac_address|links|external_links|hostname|scale|deploy)\b")
"""Positions for which the service needs a network of the project's; in others, there is none, to have less units."""

EXCLUDED = {
    ("configs.*.", "configs.*.content"),
    ("configs.*.", "configs.*.environment"),
    ("secrets.*.", "secrets.*.environment"),
    ("services.*.extends.", "services.*.extends.service"),
    ("", "services.* (key)"),
}

BEFORE = {"services.*.healthcheck.test.[]": ["CMD"], "services.*.command.[]": ["a"]}
"""Items that stand before the one that is meant."""

PAIRS = ("{}=v", "kk={}", "{}")
FILES = {
    "other.yaml": "services: {kk: {image: other}}",
    "other.env": "A=b",
}
"""Files beside the project."""

FORMS: dict[str, tuple[str, ...]] = {
    "services.*.annotations.[]": PAIRS,
    "services.*.build": ("/srv/{}", "https://example.org/{}", "{}"),
    "services.*.build.additional_contexts.*": ("/srv/{}", "docker-image://{}", "service:app{}", "{}"),
    "services.*.build.additional_contexts.[]": ("{}=/srv/v", "kk=/srv/{}", "kk={}"),
    "services.*.build.args.[]": PAIRS,
    "services.*.build.cache_from.[]": ("type=registry,ref={}", "{}"),
    "services.*.build.cache_to.[]": ("type=registry,ref={}", "{}"),
    "services.*.build.context": ("/srv/{}", "https://example.org/{}", "{}"),
    "services.*.build.dockerfile": ("a/{}", "/srv/b/{}", "{}"),
    "services.*.build.extra_hosts.[]": ("{}=192.0.2.1", "h={}"),
    "services.*.build.labels.[]": PAIRS,
    "services.*.build.secrets.[]": ("{}",),
    "services.*.build.ssh.[]": ("kk={}", "{}"),
    "services.*.configs.[].target": ("/{}", "{}"),
    "services.*.configs.[].source": ("{}",),
    "services.*.container_name": ("ab{}", "{}"),
    "services.*.deploy.labels.[]": PAIRS,
    "services.*.deploy.restart_policy.condition": ("{}",),
    "services.*.develop.watch.[].exec.environment.[]": PAIRS,
    "services.*.devices.[]": (
        "/dev/{}:/dev/b",
        "/dev/a:/{}",
        "/dev/{}",
        "vendor.example/gpu={}",
        "/dev/a:/b:r{}",
        "{}",
    ),
    "services.*.devices.[].source": ("/dev/{}", "vendor.example/gpu={}", "{}"),
    "services.*.devices.[].target": ("/{}", "{}"),
    "services.*.env_file.[].path": ("/srv/{}", "{}"),
    "services.*.environment.[]": PAIRS,
    "services.*.extends.file": ("{}",),
    "services.*.extends.service": ("{}",),
    "services.*.external_links.[]": ("kk:{}", "{}"),
    "services.*.extra_hosts.[]": ("{}=192.0.2.1", "h={}"),
    "services.*.healthcheck.test": ("a {}", "{}"),
    "services.*.ipc": ("container:{}", "service:app{}", "{}"),
    "services.*.labels.[]": PAIRS,
    "services.*.links.[]": ("kk:{}", "kk{}"),
    "services.*.network_mode": ("container:{}", "service:kk{}", "{}"),
    "services.*.networks.*.ipv4_address": ("192.0.2.{}", "{}"),
    "services.*.pid": ("container:{}", "service:kk{}", "{}"),
    "services.*.ports.[]": ("{}:80", "192.0.2.1:{}:80", "80{}", "80/{}", "{}"),
    "services.*.post_start.[].environment.[]": PAIRS,
    "services.*.pre_stop.[].environment.[]": PAIRS,
    "services.*.profiles.[]": ("a{}", "{}"),
    "services.*.pull_policy": ("always{}", "every_1d{}", "{}"),
    "services.*.restart": ("on-failure:{}", "always{}", "{}"),
    "services.*.secrets.[].target": ("/{}", "{}"),
    "services.*.secrets.[].source": ("{}",),
    "services.*.security_opt.[]": (
        "label=type:{}",
        "apparmor={}",
        "seccomp={}",
        "mask={}",
        "no-new-privileges{}",
        "{}",
    ),
    "services.*.sysctls.[]": PAIRS,
    "services.*.tmpfs": ("/{}", "/run:{}", "/run:uid={}", "{}"),
    "services.*.tmpfs.[]": ("/{}", "/run:{}", "/run:uid={}", "{}"),
    "services.*.user": ("{}", "u:{}", "{}:g"),
    "services.*.userns_mode": ("keep-id:{}", "{}"),
    "services.*.volumes.[]": ("/srv/{}:/data", "/srv/a:/{}", "kk:/{}", "/{}", "/srv/a:/b:{}", "{}:/data", "{}"),
    "services.*.volumes.[].source": ("/srv/{}", "{}"),
    "services.*.volumes.[].target": ("/{}", "{}"),
    "services.*.volumes_from.[]": ("container:{}", "kk{}", "{}"),
    "services.*.working_dir": ("/{}", "{}"),
    "volumes.*.labels.[]": PAIRS,
    "networks.*.labels.[]": PAIRS,
    "secrets.*.labels.[]": PAIRS,
    "configs.*.labels.[]": PAIRS,
    "configs.*.file": ("/srv/{}", "{}"),
    "secrets.*.file": ("/srv/{}", "{}"),
}
"""What is written at a position around the text, where the text alone would not get far."""

CHOSEN = {
    "services.*.logging.options": "tag",
    "services.*.ulimits": "nofile",
    "services.*.build.ulimits": "nofile",
    "networks.*.driver_opts": "com.docker.network.bridge.name",
    "volumes.*.driver_opts": "o",
    "services": "app",
}
"""The keys that an author chooses, by the mapping that has them; of others it is ``kk``."""

UNDER_KEY: dict[str, Any] = {
    "services.*": {"image": IMAGE},
    "networks.*": {},
    "volumes.*": {},
    "configs.*": {"content": "hi"},
    "secrets.*": {"file": "/srv/c"},
    "models.*": {"model": "m"},
    "services.*.networks.*": {},
    "services.*.models.*": {},
    "services.*.depends_on.*": {"condition": "service_started"},
    "services.*.ulimits.*": 1,
    "services.*.build.ulimits.*": 1,
    "services.*.extra_hosts.*": "192.0.2.1",
    "services.*.build.extra_hosts.*": "192.0.2.1",
    "services.*.build.additional_contexts.*": "/srv/v",
    "networks.*.ipam.config.[].aux_addresses.*": "192.0.2.1",
}
"""What stands behind a key that is a position itself; behind others, it is ``v``."""


def forms(position: Position) -> tuple[str, ...]:
    """The texts at a position, with ``{}`` for the text that is tried."""
    return ("{}",) if position.key else FORMS.get(".".join(position.steps), ("{}",))


def project(position: Position, text: str) -> dict[str, Any]:
    """A project with ``text`` at a position."""
    place = ".".join(position.steps)
    node: Any = {text: UNDER_KEY.get(place, "v")} if position.key else text
    for i in range(len(position.steps) - 1 - position.key, -1, -1):
        step = position.steps[i]
        above = ".".join(position.steps[:i])
        if step == ITEM:
            node = [*BEFORE.get(f"{above}.[]", ()), node]
        else:
            node = {CHOSEN.get(above, "kk") if step == ANY else step: node}
    for start in _starts(str(position)):
        _fill(node, _put(BESIDE[start], text))
    if NETWORKED.match(place):
        del node["services"][APP]["network_mode"]
    found: dict[str, Any] = node
    return found


@cache
def _starts(name: str) -> tuple[str, ...]:
    fitting = (s for s in BESIDE if name == s or (name.startswith(s) and s[-1:] in ("", ".")))
    return tuple(sorted((s for s in fitting if (s, name) not in EXCLUDED), key=len, reverse=True))


def _put(node: Any, text: str) -> Any:
    """A copy, with the text in the places for it."""
    if isinstance(node, dict):
        return {text if key == "TEXT" else key: _put(value, text) for key, value in node.items()}
    if isinstance(node, list):
        return [_put(value, text) for value in node]
    return text if node == "TEXT" else node


def _fill(node: Any, beside: Any) -> None:
    if isinstance(node, list) and isinstance(beside, list):
        if node and beside:
            _fill(node[-1], beside[0])
    elif isinstance(node, dict) and isinstance(beside, dict):
        for key, value in beside.items():
            if key not in node:
                node[key] = value
            else:
                _fill(node[key], value)
