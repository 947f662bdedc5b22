"""Host ports: which are published, and which of them clash."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compose2quadlet.diagnostics import Log, Severity
from compose2quadlet.model import Port, Project
from compose2quadlet.planner.ports import HostPorts, check, clashes, host_ports, published


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", range(0)),
        ("0", range(0)),
        ("8080", range(8080, 8081)),
        ("08080", range(8080, 8081)),
        ("8000-8002", range(8000, 8003)),
        ("65535", range(65535, 65536)),
        *((text, None) for text in ("65536", "abc", "8080.0", "²", "٣", "-1", "8002-8000", "0-80", "80-", "9" * 5000)),
    ],
    ids=lambda x: str(x)[:20],
)
def test_published(text: str, found: range | None) -> None:
    assert published(Port(published=text)) == found


def project(**services: list[tuple[str, str, str]]) -> Project:
    """A project whose services publish ports, each an address, a host port and a protocol."""
    ports = {
        name: [{"host_ip": ip, "published": text, "protocol": protocol, "target": 80} for ip, text, protocol in given]
        for name, given in services.items()
    }
    return Project.model_validate({"name": "p", "services": {n: {"ports": p} for n, p in ports.items()}})


def test_neighbours_are_one_range() -> None:
    made = project(
        a=[
            ("", "9", "tcp"),
            ("", "10", "tcp"),
            ("", "8", "tcp"),
            ("", "12", "tcp"),
            ("", "9", "udp"),
            ("::", "11", "tcp"),
        ],
        b=[("", "9000-9010", "tcp"), ("127.0.0.1", "9001", "tcp"), ("", "", "tcp"), ("", "nonsense", "tcp")],
    )
    found = [(p.service, p.ip, p.protocol, p.first, p.last, p.path[-1]) for p in host_ports(made, lambda _name: 3)]
    # Of the range from which Podman is to choose one, each of the three containers takes its own.
    assert found == [
        ("a", "", "tcp", 8, 12, 0),
        ("a", "", "udp", 9, 9, 4),
        ("b", "", "tcp", 9000, 9002, 0),
        ("b", "127.0.0.1", "tcp", 9001, 9001, 1),
    ]


def test_one_warning_for_two_ranges() -> None:
    log = Log()
    made = project(
        a=[("", str(p), "udp") for p in range(10_000, 20_001)], b=[("", str(p), "udp") for p in range(19_990, 25_000)]
    )
    check(made, host_ports(made, lambda _name: 1), log)
    assert [d.message for d in log.items] == ["the host ports 19990-20000/udp are also published by p/a"]


def test_what_is_no_port_is_an_error() -> None:
    log = Log()
    made = project(a=[("", "abc", "tcp"), ("", "80", "tcp")])
    check(made, host_ports(made, lambda _name: 1), log)
    assert [(d.code, d.severity, d.path) for d in log.items] == [
        ("bad-port", Severity.ERROR, ("services", "a", "ports", 0))
    ]


CLAIM = st.builds(
    lambda ip, protocol, first, length, service: HostPorts(ip, protocol, first, first + length, "p", service, ()),
    st.sampled_from(["", "127.0.0.1", "10.0.0.1"]),
    st.sampled_from(["tcp", "udp"]),
    st.integers(1, 12),
    st.integers(0, 5),
    st.sampled_from("abc"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(CLAIM, max_size=8))
def test_clashes_are_those_of_single_ports(claims: list[HostPorts]) -> None:
    """A range clashes just where one of its ports does, and only with what really has it."""

    def clash(one: HostPorts, other: HostPorts) -> bool:
        addresses = one.ip == other.ip or not one.ip or not other.ip
        return one.protocol == other.protocol and addresses and one.first <= other.last and other.first <= one.last

    found = [(claims.index(c.ports), claims.index(c.other)) for c in clashes(claims, lambda p: p.service)]
    unique = [c for i, c in enumerate(claims) if claims.index(c) == i]
    pairs = {
        (claims.index(b), claims.index(a))
        for a, b in itertools.combinations(unique, 2)
        if clash(a, b) and a.service != b.service
    }
    assert set(found) <= pairs | {(b, a) for a, b in pairs}
    assert {i for i, _ in found} >= {i for i, _ in pairs}
