"""Values that are next to impossible, in every place of the schema: converted or refused, and never anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compose2quadlet import convert
from compose2quadlet.diagnostics import Log, RefusedError, Severity
from compose2quadlet.facts import Facts, HostUnit, Interface, Login, MountPoint
from compose2quadlet.loader import Request, dump, load
from compose2quadlet.numbers import whole
from compose2quadlet.options import Isolation, Options, Scope
from tests.support.positions import Place, places

DIGITS = "9" * 5000
"""More than Python converts."""

NUMBERS = [
    *(".inf", "-.inf", ".nan", "1e300", "-1e300", "1e-300", "-1", "0", "1.5", "18446744073709551615", "0x7f", "0o17"),
    *('"²"', '"٣"', '"8080.0"', '"abc"', '"1_000"', '"0x10"', '"1e5"', '"nan"', '"inf"', '"-0"', '"+1"', '" 1"'),
    *(f'"{DIGITS}"', f'"-{DIGITS}"', f'"0.{DIGITS}"', f'"{DIGITS}:{DIGITS}"', f'"{DIGITS}-{DIGITS}"', f'"{DIGITS}k"'),
    *(f'"{DIGITS}s"', f'"{"0" * 5000}"', f'"{"0" * 5000}1s"', f'"on-failure:{DIGITS}"', f'"{"7" * 5000}"', '"${BIG}"'),
]
TEXTS = [
    *(
        "null",
        "true",
        "[]",
        "{}",
        "[[]]",
        "{a: {b: c}}",
        "2020-01-01",
        '""',
        '" "',
        '":"',
        '"::"',
        '"="',
        '"/"',
        '"//"',
    ),
    *(
        '"service:"',
        '"service:nope"',
        '"container:"',
        '"a:b:c:d:e"',
        '"-"',
        '"\\0"',
        '"a\\nb"',
        '"\\u2028"',
        '"\\uFFFE"',
    ),
    *('"%"', '"$$"', '"{"', '"~"', '"."', '"my net"', '"[::1]:80:80"', '"2-1"', '"1-"', '"${BAD}"', '"${BAD}:${BAD}"'),
    *(
        '"C:\\\\x"',
        '"type=registry"',
        '"seccomp:"',
        '"docker-image://"',
        '"CMD"',
        "a" * 300,
        '"//srv/x:/x"',
        "!!binary aGk=",
    ),
]
FACTS = Facts(
    mounts=(MountPoint("/", "/dev/a", "ext4"), MountPoint("/mnt/nas", "nas:/x", "nfs4")),
    units={"podman.socket": HostUnit("active", "enabled"), "postgresql.service": HostUnit("active", "enabled")},
    devices={"/dev/x": True},
    interfaces={"eth0": Interface(("192.0.2.1",))},
    login=Login("user", 1000, 1000, "/home/user", False),
    subuids={"user": ((100000, 65536),)},
)
TARGETS = [
    Options(),
    Options((4, 4), Scope.SYSTEM, Isolation.USERNS),
    Options((5, 8), Scope.SYSTEM, host=FACTS),
    Options((6, 0), Scope.USER, Isolation.KEEP_ID, host=FACTS),
]


def written(place: Place, token: str) -> str:
    """The project as YAML, which JSON is but for what stands for the value."""
    return json.dumps(place.make("@@")).replace('"@@"', token)


def tried(folder: Path, text: str, options: Options) -> None:
    """Read and convert a project in all ways; RefusedError is as good as a result."""
    (folder / "compose.yaml").write_text(text)
    (folder / ".env").write_bytes(b"BAD=caf\xe9\nBIG=" + DIGITS.encode() + b"\n")
    request = Request(str(folder), environ={"HOME": "/home/user"})
    log = Log()
    try:
        convert(request, options, log)
    except RefusedError as e:
        assert e.diagnostics or log.count(Severity.ERROR), "refused, and nobody knows why"
    try:
        loaded = load(request, Log())
    except RefusedError:
        return
    dump.to_yaml(loaded.project)
    for make in (dump.to_json, dump.service_hash):
        try:
            make(loaded.project)
        except ValueError as e:
            assert str(e).startswith(("JSON ", "Docker Compose "))


NUMERIC = [p for p in places() if p.kind in ("integer", "number")]
OTHERS = [p for p in places() if p.kind not in ("key", "integer", "number")]


@pytest.mark.parametrize("place", NUMERIC, ids=str)
def test_numbers(tmp_path: Path, place: Place) -> None:
    """All of them where the schema has a number."""
    for i, token in enumerate(NUMBERS):
        tried(tmp_path, written(place, token), TARGETS[i % 4])


@pytest.mark.parametrize("number", range(8))
def test_everywhere(tmp_path: Path, number: int) -> None:
    """In each other place some of them, so that each is in many places."""
    tokens = NUMBERS + TEXTS
    for i, place in enumerate(OTHERS[number::8]):
        for j in range(4):
            tried(tmp_path, written(place, tokens[(7 * i + 19 * j + number) % len(tokens)]), TARGETS[(i + j) % 4])


@pytest.mark.parametrize(
    "service",
    [
        *({"ports": [{"target": 80, "published": text}]} for text in ("abc", "8080.0", "²", "²-³", "1-", "-", DIGITS)),
        *({"ports": [text]} for text in (f"{DIGITS}:80", f"80:{DIGITS}", f"1-{DIGITS}:80", "²:80", "80/²")),
        *({"restart": f"on-failure:{text}"} for text in (DIGITS, "²", "-1", "", "1.5")),
        *({"user": text} for text in (DIGITS, f"{DIGITS}:{DIGITS}", "²", "0" * 5000)),
        *(
            {"environment": {"PUID": text, "PGID": text}, "volumes": ["/srv/x:/x"]}
            for text in (DIGITS, "²", "0" * 5000)
        ),
        {"networks": {"my net": {}}},
        {"networks": ["my net"]},
        {"networks": {"default": "foo"}},
    ],
    ids=lambda s: json.dumps(s, ensure_ascii=False)[:60],
)
def test_values_that_were_tracebacks(tmp_path: Path, service: dict[str, object]) -> None:
    for options in TARGETS:
        tried(tmp_path, json.dumps({"services": {"web": {"image": "x", **service}}}), options)


@pytest.mark.parametrize(
    "text",
    [
        'networks: {"my net": foo}\nservices: {web: {image: x}}',
        'networks: {"my net": {}}\nservices: {web: {image: x, networks: [my net]}}',
        'networks: {n: {driver_opts: {metric: "' + DIGITS + '"}}}\nservices: {web: {image: x, networks: [n]}}',
        "include: [{path: x.yaml, project_directory: 5}]\nservices: {web: {image: x}}",
        "include: [{path: 5}]\nservices: {web: {image: x}}",
        'include: ["\\0"]\nservices: {web: {image: x}}',
        'services: {web: {image: x, extends: {file: "\\0", service: a}, env_file: "\\0"}}',
        "include: 5\nservices: {web: {image: x}}",
        "services: {web: {image: x, extends: 5}}",
        "services: {web: {image: x, extends: {service: 5}}}",
        "services: [web]",
        "services: 5",
        "x-quadlet: 5\nservices: {web: {image: x, x-quadlet: {Container: {Volume: [[]]}, host_units: [5]}}}",
    ],
)
def test_files_that_were_tracebacks(tmp_path: Path, text: str) -> None:
    tried(tmp_path, text, Options())


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("0" * 5000 + "5", 5)]
    + [(text, None) for text in ("", "-1", "+1", " 1", "1 ", "1.0", "²", "٣", "1_0", "0x1", "9" * 19, DIGITS)],
)
def test_whole(text: str, number: int | None) -> None:
    assert whole(text) == number
