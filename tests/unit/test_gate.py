"""Units fitted to a Podman version: what stays, what becomes PodmanArgs, what cannot be had."""

from __future__ import annotations

import pytest

from compose2quadlet.backend import fit
from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.backend.unit import Directive, Value, unit
from compose2quadlet.diagnostics import Log
from compose2quadlet.options import parse_version


def fitted(key: str, value: Value, podman: str, section: str = "Container") -> tuple[list[tuple[str, Value]], Log]:
    log = Log()
    kind = section.lower()
    out = fit(unit(f"x.{kind}", "p", "s", [Directive(section, key, value)]), parse_version(podman), log)
    return [(d.key, d.value) for d in out.directives], log


@pytest.mark.parametrize(
    ("key", "value", "podman", "expected"),
    [
        ("StopTimeout", "5", "5.0", [("StopTimeout", "5")]),
        ("StopTimeout", "5", "4.9", [("PodmanArgs", ("--stop-timeout=5",))]),
        ("AddHost", "a:1.2.3.4", "5.3", [("AddHost", "a:1.2.3.4")]),
        ("AddHost", "a:1.2.3.4", "5.2", [("PodmanArgs", ("--add-host=a:1.2.3.4",))]),
        ("Ulimit", "nofile=1:2", "4.9", [("PodmanArgs", ("--ulimit=nofile=1:2",))]),
        ("User", "app", "4.7", [("PodmanArgs", ("--user=app",))]),
        ("ReadOnlyTmpfs", False, "4.7", [("PodmanArgs", ("--read-only-tmpfs=false",))]),
        ("AppArmor", "unconfined", "5.4", [("PodmanArgs", ("--security-opt=apparmor=unconfined",))]),
        ("Notify", "healthy", "5.0", [("Notify", "healthy")]),
        ("Notify", "healthy", "4.9", [("PodmanArgs", ("--sdnotify=healthy",))]),
        ("HostName", " odd", "5.8", [("PodmanArgs", ("--hostname= odd",))]),
        ("Volume", "/a:/b'", "5.8", [("PodmanArgs", ("--volume=/a:/b'",)), ("RequiresMountsFor", ("/a",))]),
        ("Entrypoint", '["a"]', "4.4", [("PodmanArgs", ('--entrypoint=["a"]',))]),
    ],
)
def test_fits(key: str, value: Value, podman: str, expected: list[tuple[str, Value]]) -> None:
    directives, log = fitted(key, value, podman)
    assert directives == expected
    assert not log.items


@pytest.mark.parametrize(
    ("section", "key", "value", "podman", "code"),
    [
        ("Network", "NetworkName", "n", "4.6", "podman-too-old"),
        ("Volume", "VolumeName", "v", "4.6", "podman-too-old"),
        ("Network", "Options", "a=1", "5.4", None),
        ("Container", "Environment", "A=\0", "5.8", "value-unwritable"),
        ("Container", "HostName", "a\0", "5.8", "value-unwritable"),
        ("Network", "InterfaceName", "br0", "4.5", "podman-too-old"),
        ("Container", "Volume", "/a\nb:/c", "5.8", "value-unwritable"),
    ],
)
def test_gives_up_aloud(section: str, key: str, value: str, podman: str, code: str | None) -> None:
    _, log = fitted(key, value, podman, section)
    assert [d.code for d in log.items] == ([code] if code else [])


def test_words_that_cannot_be_written_get_stand_ins() -> None:
    directives, _ = fitted("Exec", ("a", "", ";"), "5.4")
    assert directives == [("Exec", ("a", "", ";")), ("Environment", ("C2Q_EMPTY=", "C2Q_SEMICOLON=;"))]
    directives, _ = fitted("Exec", ("a", ""), "5.4")
    assert directives[1] == ("Environment", ("C2Q_EMPTY=",))


def test_fallbacks_are_whole_options() -> None:
    for (section, name), key in catalogue().items():
        if key.fallback:
            assert key.fallback.startswith("--"), (section, name)
            assert "=" not in key.fallback or "{}" in key.fallback or key.quoting.value == "flag", (section, name)
