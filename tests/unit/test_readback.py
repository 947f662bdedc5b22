"""The last look at a unit's text: writers that are broken on purpose, each of which it has to catch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compose2quadlet.backend import quoting, render
from compose2quadlet.backend.catalogue import Quoting
from compose2quadlet.backend.readback import ForgedUnitError, check
from compose2quadlet.backend.unit import Directive, Reference, Specified, Syntax, Unit, Value, unit

HOSTILE = "/x\n[Service]\nExecStartPre=/bin/touch /tmp/pwned\n#"


def made(*directives: Directive) -> Unit:
    image = Directive("Container", "Image", "docker.io/library/x:latest")
    return unit("x.container", "p", "service x", (image, *directives))


SOUND: list[tuple[str, str, Value]] = [
    ("Container", "Environment", HOSTILE),
    ("Container", "Environment", 'A="\\$%\t\x01ü'),
    ("Container", "Exec", ("a b", "", ";", "%t", "$HOME", "\\n", "'")),
    ("Container", "Volume", Specified("%t", "/a%t:$b")),
    ("Container", "Volume", Reference("p-d.volume", "p_d", "p-d-volume.service", ":/d")),
    ("Container", "Sysctl", "range=1 2"),
    ("Container", "Sysctl", "it's"),
    ("Container", "ReadOnly", True),
    ("Container", "PodmanArgs", ("--x=\ny", Specified("%t", "/x y"), Syntax("--a 'b'"))),
    ("Unit", "Description", Specified("%i", " 100%", "Wait for ")),
    ("Unit", "RequiresMountsFor", ("/a b", '/c"\\$%')),
    ("Service", "Environment", ("A=$x %", "B=\n")),
    ("Service", "ExecStartPre", ("/bin/sh", "-c", 'x "$1"', "sh", Specified("%t", "/x"))),
    ("Service", "RestartSec", Syntax('5 "as it is" %i')),
]


@pytest.mark.parametrize(("section", "key", "value"), SOUND)
def test_sound_units_pass(section: str, key: str, value: Value) -> None:
    assert render(made(Directive(section, key, value)))


def _unescaped(text: str) -> str:
    return f'"{text}"'


BROKEN: list[tuple[Quoting, Callable[[str], str], str, Value]] = [
    (Quoting.PAIR, _unescaped, "Environment", f"A={HOSTILE}"),
    (Quoting.PAIR, _unescaped, "Environment", 'A=" "B=c'),
    (Quoting.PAIR, _unescaped, "Environment", "A=\r[Service]"),
    (Quoting.PAIR, lambda text: '"' + text.replace("\n", "\\012") + '"', "Environment", "A=\nb"),
    (Quoting.PAIR, lambda text: text, "Environment", "A=b c"),
    (Quoting.RAW, lambda text: text, "HostName", f"a{HOSTILE}"),
    (Quoting.RAW, lambda text: text, "HostName", "goes on\\"),
    (Quoting.RAW, lambda text: text, "HostName", "%h"),
    (Quoting.RAW, lambda text: text, "HostName", "$HOME"),
    (Quoting.RAW, lambda text: text.replace("$", "$$$"), "HostName", "$HOME"),
    (Quoting.RAW, lambda text: text.replace("%", "%%%"), "HostName", "100%"),
    (Quoting.RAW, lambda text: f"{text}\nPodmanArgs=--privileged", "HostName", "a"),
    (Quoting.RAW, lambda text: f"{text}\n# a comment", "HostName", "a"),
    (Quoting.RAW, lambda text: f"{text}\n[Service]", "HostName", "a"),
    (Quoting.RAW, lambda text: text[:-1], "HostName", "abc"),
    (Quoting.RAW, lambda text: text, "Volume", Specified("%t", "/x\n[Service]\nType=simple")),
    (Quoting.RAW, lambda text: text, "Volume", Specified("%t", "%h")),
    (Quoting.WORDS, _unescaped, "Exec", ("a", "")),
    (Quoting.WORDS, lambda text: text, "Exec", ("a b", "c")),
    (Quoting.WORDS, lambda text: text, "Exec", ("a", ";", "b")),
    (Quoting.WORDS, lambda text: f'"{text}" "more"', "Exec", ("a",)),
    (Quoting.PLAIN, lambda text: text, "AddCapability", "A\nB"),
    (Quoting.FLAG, lambda text: text, "ReadOnly", "true\nPodmanArgs=--privileged"),
]


@pytest.mark.parametrize(("how", "writer", "key", "value"), BROKEN)
def test_what_a_broken_writer_makes_is_refused(
    how: Quoting, writer: Callable[[str], str], key: str, value: Value, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quoting.WRITERS, how, writer)
    with pytest.raises(ForgedUnitError):
        render(made(Directive("Container", key, value)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[Container]\nImage=docker.io/library/x:latest\n",
        "# header\\\n[Container]\nImage=docker.io/library/x:latest\n",
        "# header\n# another\n[Container]\nImage=docker.io/library/x:latest\n",
        "# header\nImage=docker.io/library/x:latest\n",
        "# header\n[Service]\nImage=docker.io/library/x:latest\n",
        "# header\n[Container]\nImage=docker.io/library/x:latest\nImage=y\n",
        "# header\n[Container]\n",
        "# header\n[Container]\n Image=docker.io/library/x:latest\n",
        "# header\n[Container]\nimage=docker.io/library/x:latest\n",
        "# header\r[Service]\n[Container]\nImage=docker.io/library/x:latest\n",
    ],
)
def test_text_that_is_not_the_unit_is_refused(text: str) -> None:
    with pytest.raises(ForgedUnitError):
        check(made(), text)


def test_the_text_of_the_unit_itself_is_not() -> None:
    check(made(), "# header\n\n[Container]\nImage=docker.io/library/x:latest\n")
