"""What goes in as text comes out as the same text, or is refused: never altered, never anything more."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compose2quadlet.backend.catalogue import Quoting, catalogue
from compose2quadlet.backend.characters import InexpressibleError
from compose2quadlet.backend.kinds import Place
from compose2quadlet.backend.quoting import STAND_INS, line
from compose2quadlet.diagnostics import Severity
from tests.property.cases import IMAGE, TEXT, Case, cases, doubled, generated, units, verify
from tests.property.many import many, plain
from tests.support.conversion import converted
from tests.support.generators import Generator, generators
from tests.support.systemd import commands

VARIABLES = {name: text for text, name in STAND_INS.items()}

RELAXED = settings(
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_words_survive_writing(texts: list[str]) -> None:
    written = line(tuple(texts), Quoting.WORDS)
    assert commands(written, VARIABLES) == [texts]
    assert "\n" not in written


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


@settings(parent=RELAXED, max_examples=300)
@given(st.sampled_from(KEYS), st.lists(TEXT, min_size=1, max_size=2))
def test_own_directives_stay_one_line(place: tuple[str, str], texts: list[str]) -> None:
    """What ``x-quadlet`` says is one directive for each value, or refused; it never ends its line."""
    section, key = place
    service = {"image": IMAGE, "network_mode": "bridge", "x-quadlet": {section: {key: [None, *texts]}}}
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "compose.yaml").write_text(doubled({"name": "p", "services": {"app": service}}))
        conversion, log = converted(Path(name), podman="6.0")
        del service["x-quadlet"]
        (Path(name) / "compose.yaml").write_text(doubled({"name": "p", "services": {"app": service}}))
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


@pytest.fixture(params=generators() or [None], ids=str, scope="module")
def generator(request: pytest.FixtureRequest) -> Generator:
    if request.param is None:
        pytest.skip("there is no Podman here, nor a lab host (tests/boot/lab)")
    assert isinstance(request.param, Generator)
    return request.param


@pytest.fixture(params=["user", "system"], scope="module")
def scope(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bare(generator: Generator, scope: str) -> list[str]:
    return plain(generator, scope)


@pytest.mark.podman
@settings(parent=RELAXED, max_examples=60)
@given(case=cases())
def test_text_reaches_podman_as_it_was(generator: Generator, scope: str, bare: list[str], case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if files := units(case, "p", generator, scope, folder):
            for file, text in files.items():
                (folder / file).write_text(text)
            verify(case, "p", generated(folder, generator, scope)["p-app.service"], bare)


@pytest.mark.podman
def test_many(generator: Generator, scope: str) -> None:
    """As above, for many services at once."""
    assert many(generator, scope, 100, 0).examples == 100
