"""What goes in as text comes out as the same text, or is refused: never altered, never anything more."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compose2quadlet.backend.catalogue import Quoting
from compose2quadlet.backend.quoting import STAND_INS, InexpressibleError, line
from compose2quadlet.diagnostics import Severity
from tests.conversion import converted
from tests.generators import Generator, generators, services
from tests.systemd import commands, words

NASTY = "\"'\\$%{};#[]=:,* \t\n\r\x01\x7f\u00a0\u0085\u2028ü€😀XHOMEab0"
"""What means something to YAML, to the generator, to systemd or to a shell, and some that means nothing."""

TEXT = st.one_of(
    st.text(st.sampled_from(NASTY), max_size=12),
    st.sampled_from(["", ";", "$HOME", "${HOME}", "%n", "\\x41", "\\", "-v", "--privileged", "a\nExec=b", "[Service]"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x80"), max_size=12),
)
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="="), min_size=1, max_size=8)
VARIABLES = {name: text for text, name in STAND_INS.items()}


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


def doubled(value: object) -> str:
    """A value as it stands in a compose file: JSON is YAML but for surrogates; a dollar sign stands twice."""
    text = json.dumps(value, ensure_ascii=False).replace("$", "$$")
    return re.sub("[\x7f-\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)


@pytest.fixture(params=generators() or [None], ids=str, scope="module")
def generator(request: pytest.FixtureRequest) -> Generator:
    if request.param is None:
        pytest.skip("there is no Podman here, nor a lab host (tests/boot/lab)")
    assert isinstance(request.param, Generator)
    return request.param


def options(argv: list[str], name: str) -> list[str]:
    """The values of an option of ``podman run``."""
    return [argv[i + 1] for i, word in enumerate(argv) if word == name] + [
        word.partition("=")[2] for word in argv if word.startswith(f"{name}=")
    ]


def health_words(text: str) -> list[str]:
    """The words of a test: a list in JSON, or a single word after ``CMD``."""
    return [text.removeprefix("CMD ")] if text.startswith("CMD ") else list(json.loads(text))


@pytest.mark.podman
@settings(
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    command=st.lists(TEXT, min_size=1, max_size=4),
    environment=st.dictionaries(NAME, TEXT, max_size=3),
    labels=st.dictionaries(NAME, TEXT, max_size=3),
    test=st.lists(TEXT, min_size=1, max_size=3),
    entrypoint=st.none() | st.lists(TEXT.filter(bool), min_size=1, max_size=3),
    workdir=st.text(st.sampled_from("ab \"'\\$%;#\u00a0\u3000\n"), max_size=4),
    source=st.text(st.sampled_from("ab \"'\\$%;#"), min_size=1, max_size=6),
)
def test_text_reaches_podman_as_it_was(
    generator: Generator,
    command: list[str],
    environment: dict[str, str],
    labels: dict[str, str],
    test: list[str],
    entrypoint: list[str] | None,
    workdir: str,
    source: str,
) -> None:
    service = {
        "image": "registry.example/app:1",
        "command": command,
        "environment": [f"{k}={v}" for k, v in environment.items()],
        "labels": [f"{k}={v}" for k, v in labels.items()],
        "working_dir": f"/{workdir}",
        "healthcheck": {"test": ["CMD", *test]},
        "volumes": [{"type": "bind", "source": f"/srv/{source}", "target": "/data"}],
    }
    if entrypoint:
        service["entrypoint"] = entrypoint
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "compose.yaml").write_text(doubled({"name": "p", "services": {"app": service}}))
        conversion, log = converted(folder, podman=generator.podman)
        if conversion is None:
            refused = {d.code for d in log.placed() if d.severity is Severity.ERROR}
            assert refused
            assert refused <= {"value-unwritable", "bad-value"}
            assert "bad-value" not in refused or test[0].upper() in ("CMD", "CMD-SHELL", "NONE")
            return
        for file, text in conversion.files.items():
            (folder / file).write_text(text)
        made = services(generator.dry_run(folder, user=True).stdout)["p-app.service"]
    stand_ins = [row.removeprefix("Environment=") for row in made if row.startswith("Environment=") and "C2Q" in row]
    variables = dict(pair.split("=", 1) for row in stand_ins for pair, _ in words(row) if pair.startswith("C2Q"))
    starts = [row.removeprefix("ExecStart=") for row in made if row.startswith("ExecStart=")]
    assert len(starts) == 1
    (argv,) = commands(starts[0], variables)
    image = argv.index("registry.example/app:1")
    assert argv[image + 1 :] == command
    assert sorted(options(argv[:image], "--env")) == sorted(f"{k}={v}" for k, v in environment.items())
    assert sorted(options(argv[:image], "--label")) == sorted(f"{k}={v}" for k, v in labels.items())
    if len(test) > 1 or not any(char.isspace() for char in test[0]):  # a warning says that Podman splits it
        assert [health_words(v) for v in options(argv[:image], "--health-cmd")] == [test]
    assert [json.loads(v) for v in options(argv[:image], "--entrypoint")] == ([entrypoint] if entrypoint else [])
    assert options(argv[:image], "--workdir") == [f"/{workdir}"]
    mounts = options(argv[:image], "-v") + options(argv[:image], "--volume")
    assert mounts == [f"/srv/{source}:/data"]
