"""Projects through the conversion and Podman's generator, hundreds at a time, and what becomes of each."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import compose2quadlet
from compose2quadlet import Conversion
from compose2quadlet.backend.catalogue import catalogue
from compose2quadlet.diagnostics import Log, Severity
from compose2quadlet.kinds import Place as Reader
from tests.property.hostile import MARKER
from tests.property.meaning import Fact, facts, named, quadlet_facts
from tests.property.surroundings import FILES
from tests.support.conversion import converted
from tests.support.generators import Generator, complaints, services
from tests.support.systemd import UnreadableError, lines

SECONDS = 5.0
"""How long one conversion may take."""

SUMMARY = "processing encountered some errors"
"""What a generator says after what it says of single units."""

PROJECT = re.compile(r"zqp\d{5}")


PRODUCT = str(Path(compose2quadlet.__file__).parent)


class TooLongError(BaseException):
    """Time is up. No exception that the product could take for one of its own."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLongError when a process has computed for so long."""

    def stop(_signal: int, _frame: object) -> None:
        raise TooLongError(f"after {seconds:.0f} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(frozen=True, slots=True)
class Place:
    """For which Podman and systemd units are made; the generator may be a newer one. None: there is none here."""

    podman: str
    scope: str
    isolation: str
    generator: Generator | None

    def __str__(self) -> str:
        return f"Podman {self.podman}, {self.scope}, {self.isolation}, generator {self.generator or 'none'}"


@dataclass(slots=True)
class Seen:
    """What became of a project in a ``folder``: it is ``refused`` with these codes, or there is a ``fault``, or there
    are units with ``facts``. ``said`` has the codes of all diagnostics."""

    folder: str = ""
    said: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
    fault: str = ""
    facts: Counter[Fact] = field(default_factory=Counter)


def yaml_text(node: Any, dollars: bool = True) -> str:
    """A value as a compose file writes it: JSON, which is YAML; long keys stand behind a question mark. With
    ``dollars``, those of values are doubled, so that they stand for themselves."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{_key(key)}: {yaml_text(value, dollars)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(yaml_text(value, dollars) for value in node) + "]"
    if isinstance(node, str):
        return _quoted(node.replace("$", "$$") if dollars else node)
    return json.dumps(node)


def _key(text: str) -> str:
    return f"? {_quoted(text)} " if len(text) > 100 else _quoted(text)


def _quoted(text: str) -> str:
    text = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)


def observe(projects: Sequence[dict[str, Any]], place: Place) -> list[Seen]:
    """What becomes of each project, in a place."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "project").mkdir()
        for file, text in FILES.items():
            (folder / "project" / file).write_text(text)
        made = [_converted(project, i, folder / "project", place) for i, project in enumerate(projects)]
        if place.generator:
            _generated(made, folder, place)
        else:
            for i, (seen, conversion) in enumerate(made):
                if conversion:
                    _read(seen, f"zqp{i:05d}", conversion.files[Reader.QUADLETS], conversion.files[Reader.SYSTEMD])
        for seen, _ in made:
            seen.folder = str(folder / "project")
        return [seen for seen, _ in made]


def _converted(project: dict[str, Any], i: int, folder: Path, place: Place) -> tuple[Seen, Conversion | None]:
    (folder / "compose.yaml").write_text(yaml_text({**project, "name": f"zqp{i:05d}{project.get('name', '')}"}))
    try:
        with limited(SECONDS):
            made, log = converted(folder, podman=place.podman, scope=place.scope, isolation=place.isolation)
    except (Exception, TooLongError) as e:
        return Seen(fault=raised(e)), None
    if made is None:
        return Seen(refused=_codes(log)), None
    seen = Seen(said=frozenset(d.code for d in log.items))
    for name, text in {**made.files[Reader.QUADLETS], **made.files[Reader.SYSTEMD]}.items():
        seen.fault = seen.fault or unknown(name, text)
    return seen, None if seen.fault else made


def _codes(log: Log) -> tuple[str, ...]:
    return tuple(sorted({d.code for d in log.items if d.severity is Severity.ERROR}))


def raised(error: BaseException) -> str:
    """An exception, and the last line of the product that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(PRODUCT)]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    kind = "hang" if isinstance(error, TooLongError) else "traceback"
    return f"{kind} at {where}: {type(error).__name__}: {str(error)[:100]}"


def unknown(name: str, text: str) -> str:
    """What a unit has that the catalogue does not, or that an injected line would be; empty where there is nothing."""
    known = catalogue()
    try:
        for section, key, value in lines(text):
            if (section, key) not in known:
                return f"{name} has [{section}] {key[:60]}="
            if key.startswith("Exec") and MARKER in value.split(" ", 2)[0:2]:
                return f"{name} runs {MARKER}"
    except UnreadableError as e:
        return f"{name} cannot be read: {e}"
    return ""


def _generated(made: list[tuple[Seen, Conversion | None]], folder: Path, place: Place) -> None:
    """Send the units through the generator, and note what it makes of each project."""
    waiting = [(i, seen, conversion) for i, (seen, conversion) in enumerate(made) if conversion]
    todo = [waiting]
    while todo:
        part = todo.pop()
        if not part:
            continue
        if (said := _run(part, folder, place)) is None:
            continue
        if len(part) == 1:
            part[0][1].fault = said
        else:
            todo += [part[: len(part) // 2], part[len(part) // 2 :]]


def _run(part: list[tuple[int, Seen, Conversion]], folder: Path, place: Place) -> str | None:
    """Have the generator read some projects. None where what it says is about single ones, and noted for each."""
    assert place.generator
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for _, _, conversion in part:
            for file, text in conversion.files[Reader.QUADLETS].items():
                (Path(name) / file).write_bytes(text.encode())
        try:
            done = place.generator.dry_run(Path(name), user=place.scope == "user")
        except subprocess.TimeoutExpired:
            return "the generator hangs"
    found = services(done.stdout)
    by_project: dict[str, dict[str, list[str]]] = {}
    for file, rows in found.items():
        if match := PROJECT.match(file):
            by_project.setdefault(match[0], {})[file] = rows
        else:
            return f"an unexpected service {file}"
    own: dict[str, list[str]] = {}
    for said in complaints(done.stderr):
        if match := PROJECT.search(said):
            own.setdefault(match[0], []).append(said)
        elif not said.endswith(SUMMARY):
            return f"the generator says: {said[:300]}"
    for i, seen, conversion in part:
        project = f"zqp{i:05d}"
        if project in own:
            seen.fault = f"the generator says: {own[project][0][:300]}"
            continue
        given = by_project.get(project, {})
        if len(given) != len(conversion.files[Reader.QUADLETS]):
            seen.fault = f"{len(conversion.files[Reader.QUADLETS])} units, but {len(given)} services"
            continue
        _read(seen, project, {}, {**{k: "\n".join(v) for k, v in given.items()}, **conversion.files[Reader.SYSTEMD]})
    return None


def _read(seen: Seen, project: str, quadlets: Mapping[str, str], units: Mapping[str, str]) -> None:
    """Note what units mean; ``project`` is the name that stands in them."""
    quadlets, units = (
        {name.replace(project, "PROJECT"): text.replace(project, "PROJECT") for name, text in texts.items()}
        for texts in (quadlets, units)
    )
    try:
        names = named(quadlets)
        for name, text in quadlets.items():
            seen.facts.update(quadlet_facts(name, text, names))
        for name, text in units.items():
            seen.facts.update(facts(name, text))
    except (UnreadableError, AssertionError, ValueError, IndexError, csv.Error) as e:
        seen.fault = f"what the units say cannot be read: {type(e).__name__} {str(e)[:200]}"
