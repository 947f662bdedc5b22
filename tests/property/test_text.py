"""What goes in as text comes out as the same text, or is refused: never altered, never anything more."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compose2quadlet.backend.catalogue import Quoting, catalogue
from compose2quadlet.backend.characters import InexpressibleError
from compose2quadlet.backend.quoting import STAND_INS, line
from compose2quadlet.diagnostics import Severity
from compose2quadlet.kinds import Place
from tests.property import hostile
from tests.property.observing import yaml_text
from tests.property.surroundings import IMAGE
from tests.support.conversion import converted
from tests.support.systemd import commands, valid

VARIABLES = {name: text for text, name in STAND_INS.items()}

TEXT = st.builds(lambda seed: hostile.text(Random(seed), long=0).replace("\0", ""), st.integers(0, 1 << 32))

RELAXED = settings(
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(parent=RELAXED)
@given(st.lists(TEXT, min_size=1, max_size=4))
def test_words_survive_writing_or_are_refused(texts: list[str]) -> None:
    try:
        written = line(tuple(texts), Quoting.WORDS)
    except InexpressibleError:
        assert any(not valid(text) or "\x80" in text for text in texts)
        return
    assert commands(written, VARIABLES) == [texts]
    assert "\n" not in written


@settings(parent=RELAXED)
@given(TEXT)
def test_other_values_survive_or_are_refused(text: str) -> None:
    try:
        written = line(text, Quoting.RAW)
    except InexpressibleError:
        return
    assert written.replace("%%", "%").replace("$$", "$") == text
    assert written == written.strip()
    assert "\n" not in written


KEYS = sorted(
    (section, key)
    for section, key in catalogue()
    if section in ("Container", "Unit", "Service", "Install") and key not in ("Image", "ContainerName", "Notify")
)


@settings(parent=RELAXED, max_examples=60)
@given(st.sampled_from(KEYS), st.lists(TEXT, min_size=1, max_size=2))
def test_own_directives_stay_one_line(place: tuple[str, str], texts: list[str]) -> None:
    """What ``x-quadlet`` says is one directive for each value, or refused; it never ends its line."""
    section, key = place
    service = {"image": IMAGE, "network_mode": "bridge", "x-quadlet": {section: {key: [None, *texts]}}}
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "compose.yaml").write_text(yaml_text({"name": "p", "services": {"app": service}}))
        conversion, log = converted(Path(name), podman="6.0")
        del service["x-quadlet"]
        (Path(name) / "compose.yaml").write_text(yaml_text({"name": "p", "services": {"app": service}}))
        bare, _ = converted(Path(name), podman="6.0")
    if conversion is None:
        codes = {d.code for d in log.items if d.severity is Severity.ERROR}
        assert codes <= {"bad-value", "directive-refused"}
        return
    assert bare is not None
    flag = catalogue()[place].quoting is Quoting.FLAG
    own = [f"{key}={text.strip()}" for text in texts]
    found = conversion.files[Place.QUADLETS]["p-app.container"].split("\n")
    rest = [row for row in bare.files[Place.QUADLETS]["p-app.container"].split("\n") if not row.startswith(f"{key}=")]
    assert flag or [row for row in found if row.startswith(f"{key}=")] == own
    assert sorted(row for row in found if row and row.partition("=")[0] != key) == sorted(
        [row for row in rest if row] + ([f"[{section}]"] if f"[{section}]" not in rest else [])
    )
