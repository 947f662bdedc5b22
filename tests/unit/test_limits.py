"""Hostile and huge input ends soon, with a message, and without reading what is no file."""

from __future__ import annotations

import cProfile
import os
import resource
import socket
import time
from pathlib import Path

import pytest

from compose2quadlet.diagnostics import Log, RefusedError
from compose2quadlet.loader import Loaded, Request, load
from compose2quadlet.loader import files as loader_files
from compose2quadlet.options import Options, Scope
from compose2quadlet.pipeline import convert


def loaded(folder: Path, text: str, **more: str) -> Loaded:
    (folder / "compose.yaml").write_text(text)
    for name, content in more.items():
        (folder / name).write_text(content)
    return load(Request(str(folder), environ={}), Log())


def refused(folder: Path, text: str) -> str:
    with pytest.raises(RefusedError) as caught:
        loaded(folder, text)
    assert all(d.position for d in caught.value.diagnostics)
    return caught.value.diagnostics[0].code


LAUGHS = "x-a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"x-{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DOUBLES = "x-0: &a0 {k: v}\n" + "".join(f"x-{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 23))


@pytest.mark.parametrize("text", [LAUGHS, DOUBLES], ids=["nine by nine", "doubling"])
def test_alias_bombs_end_soon(tmp_path: Path, text: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    assert refused(tmp_path, text + "services: {app: {image: example}}\n") == "alias-bomb"
    assert time.process_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x-deep: " + "[" * 100_000, "nested-too-deep"),
        ("\n".join(" " * i + f"a{i}:" for i in range(1500)), "nested-too-deep"),
        ("x-a: &a [*a]\nservices: {app: {image: example}}", "not-yaml"),
        ("services: {app: {image: '" + "${A:-" * 2000 + "x" + "}" * 2000 + "'}}", "bad-variable"),
        (
            "services:\n"
            + "".join(f"  s{i}: {{extends: s{i - 1}}}\n" for i in range(200, 0, -1))
            + "  s0: {image: example}\n",
            "extends-too-deep",
        ),
        ("services: {app: {image: example, env_file: /dev/zero}}", "file-unreadable"),
        ("services: {app: {extends: {file: /dev/zero, service: a}}}", "file-unreadable"),
        ("include: [/dev/zero]", "file-unreadable"),
        ("include: [self.fifo]", "file-unreadable"),
    ],
    ids=lambda x: x if len(x) < 30 else "",
)
def test_refused_at_once(tmp_path: Path, text: str, code: str) -> None:
    os.mkfifo(tmp_path / "self.fifo")
    start = time.process_time()
    assert refused(tmp_path, text) == code
    assert time.process_time() - start < 2


DOUBLING = "A0=x\n" + "".join(f"A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, 25))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("services: {app: {image: example, ports: ['1-20501:1-20501']}}", "too-many-ports"),
        ("services: {a: &a {image: example, ports: ['1-7000', '1-7000/udp']}, b: *a}", "too-many-ports"),
        ("services: {app: {image: $A24}}", "variable-bomb"),
        ("services: {app: {image: '${B:-" + "$A10" * 3000 + "}'}}", "variable-bomb"),
        ("services: {app: {image: example, env_file: more}}", "variable-bomb"),
        ("include: [" + ", ".join(["other.yaml"] * 301) + "]", "include-bomb"),
        (
            "services: {a0: {image: example, labels: {"
            + ", ".join(f"l{i}: x" for i in range(3000))
            + "}}, "
            + ", ".join(f"a{i}: {{extends: a0}}" for i in range(1, 90))
            + "}",
            "extends-bomb",
        ),
    ],
    ids=lambda x: x if len(x) < 20 else "",
)
def test_what_grows_has_a_limit(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "other.yaml").write_text("services: {b: {image: example}}\n")
    (tmp_path / "more").write_text(DOUBLING)
    if "$A" in text:
        (tmp_path / ".env").write_text(DOUBLING if code == "variable-bomb" and "$A24" in text else DOUBLING[:200])
    start = time.process_time()
    assert refused(tmp_path, text) == code
    assert time.process_time() - start < 1


def test_what_is_below_the_limits(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("services: {b: {image: example}}\n")
    text = "include: [" + ", ".join(["other.yaml"] * 300) + "]\n"
    text += "services: {a: {image: example, ports: ['10000-20000:10000-20000', '10000-20000:10000-20000/udp']}}\n"
    assert len(loaded(tmp_path, text).project["services"]["a"]["ports"]) == 20002


def test_many_variables_in_one_line(tmp_path: Path) -> None:
    """Neither depth nor time grows with the number of variables."""
    text = "services: {{a: {{image: example, environment: {{A: '{}'}}}}}}"
    start = time.process_time()
    project = loaded(tmp_path, text.format("${A:-x}${B-${C:-y}}$$${D} " * 20_000)).project
    assert project["services"]["a"]["environment"]["A"] == "xy$ " * 20_000
    assert time.process_time() - start < 3


def test_many_lines_of_env_files(tmp_path: Path) -> None:
    lines = "".join(f"V{i}=$UNSET{i}\n" for i in range(50_000))
    start = time.process_time()
    made = loaded(tmp_path, "services: {a: {image: example}}", **{".env": lines})
    assert [str(p).rpartition(".env")[2] for p in made.tree.variables.missing["UNSET49999"]] == [":50000:8"]
    assert time.process_time() - start < 3


def test_includes_end(tmp_path: Path) -> None:
    for i in range(1, 40):
        (tmp_path / f"{i}.yaml").write_text(f"include: [{i + 1}.yaml]\n")
    assert refused(tmp_path, "include: [1.yaml]\n") == "include-too-deep"


def test_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six megabytes without an anchor are fine; what is larger than the limit is not read to its end."""
    service = "  s{}: {{image: example, environment: [{}]}}\n"
    text = "services:\n" + "".join(service.format(i, ", ".join(f"A{j}=1" for j in range(20))) for i in range(2000))
    assert len(loaded(tmp_path, text).project["services"]) == 2000
    monkeypatch.setattr(loader_files, "MAX_BYTES", 1024)
    assert refused(tmp_path, text) == "file-too-large"


@pytest.mark.parametrize(
    "text",
    [
        "include: ['oci://registry.example/app:1']",
        "include: ['https://example.org/compose.yaml']",
        "include: ['git@example.org:app.git']",
        "services: {app: {extends: {file: 'https://example.org/compose.yaml', service: app}}}",
    ],
)
def test_no_socket_is_ever_opened(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", opened)
    assert refused(tmp_path, text) == "remote-reference"


def calls(folder: Path, count: int) -> int:
    """How many functions are called to load ``count`` services: a measure of the work that no other load changes."""
    service = "  s{0}:\n    image: example\n    ports: ['{0}:80']\n    environment: {{A: '${{X:-1}}', B: 2}}\n"
    service += "    volumes: ['./d{0}:/data']\n    depends_on: [s0]\n"
    text = "services:\n  s0: {image: example}\n" + "".join(service.format(i) for i in range(1, count))
    (folder / "compose.yaml").write_text(text)
    request = Request(str(folder))
    load(request, Log())  # what is made once must not count
    profile = cProfile.Profile()
    profile.runcall(load, request, Log())
    return sum(entry.callcount for entry in profile.getstats())


def test_cost_is_linear(tmp_path: Path) -> None:
    # A little more than ten times, because names are sorted.
    assert calls(tmp_path, 2000) < 11 * calls(tmp_path, 200)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("scale: {}", False),
        ("cpus: {}", False),
        ("shm_size: '{}'", False),
        ("stop_grace_period: {}s", False),
        ("stop_grace_period: 0.{}s", True),
        ("hostname: {}", True),
    ],
)
def test_numbers_of_any_length(tmp_path: Path, value: str, accepted: bool) -> None:
    """Python refuses to convert very long numbers; that must not end in a traceback."""
    text = f"services: {{app: {{image: example, {value.format('9' * 5000)}}}}}"
    if accepted:
        loaded(tmp_path, text)
    else:
        assert refused(tmp_path, text) == "wrong-type"


def conversion_calls(folder: Path, count: int) -> int:
    """How many functions are called to convert ``count`` services, but for the planner's."""
    service = "  s{0}:\n    image: example\n    restart: always\n    ports: ['{1}:80']\n"
    service += "    volumes: ['./d{0}:/data', all:/all]\n"
    service += "    environment: {{A: it's 100%, B: a b}}\n    labels: [a=b]\n    depends_on: [s0]\n"
    text = "services:\n  s0: {image: example}\n" + "".join(service.format(i, 10000 + i) for i in range(1, count))
    (folder / "compose.yaml").write_text(f"{text}volumes: {{all: {{}}}}\n")
    request, options = Request(str(folder)), Options((5, 4), Scope.USER)
    convert(request, options, Log())  # what is made once must not count
    profile = cProfile.Profile()
    profile.runcall(convert, request, options, Log())
    files = {"model", "loader", "lowering", "backend", "diagnostics"}
    return sum(
        entry.callcount
        for entry in profile.getstats()
        if not isinstance(entry.code, str) and files.intersection(Path(entry.code.co_filename).parts)
    )


def test_cost_of_a_conversion_is_linear(tmp_path: Path) -> None:
    assert conversion_calls(tmp_path, 400) < 2.2 * conversion_calls(tmp_path, 200)
