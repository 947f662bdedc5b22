"""Asks this host's Podman and systemd what they think of units, before anything is started.

Podman's generator reads the unit files, and ``systemd-analyze verify`` the services that it makes of them. Both exit
with 0 for what they only ignore, so what they print to stderr is what counts. Everything happens in a temporary
directory.

Sources: podman-systemd.unit(5), systemd-analyze(1); checked with Podman 5.4 and 5.8, systemd 257 and 262.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from compose2quadlet.frozen import frozen
from compose2quadlet.host.podman import installed_version
from compose2quadlet.host.programs import Ending, run
from compose2quadlet.options import Scope, Version

GENERATORS = ("/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet")
"""Where distributions install Podman's generator."""

SECONDS = 60.0
"""Seconds that each program may take. The generator takes about one for 1,000 units, systemd-analyze some more."""

ROUTINE = ("Loading source unit file", "Starting quadlet-generator", "processing encountered some errors")
"""What the generator prints in every dry run."""

PREFIX = re.compile(r"^[a-z-]*quadlet[a-z-]*\[\d+\]: ")
SERVICE = re.compile(r"^---(.+)---$", re.M)
FILE = re.compile(r"[\w.@\\:-]+\.[a-z]+")
WORD = re.compile(r"[\w./@-]*[./][\w./@-]*\w")
"""A word that says something by itself: the name of a file, or a path."""


@frozen()
class Complaint:
    """One sentence of a program: about the unit file ``file``, and the directive ``key`` in it, if that is known.
    ``fatal`` says that Podman makes no service of the file."""

    program: str
    file: str
    key: str
    sentence: str
    fatal: bool = False


@frozen()
class Verdict:
    """What the programs complain about, and what could not be asked, as sentences."""

    complaints: tuple[Complaint, ...] = ()
    skipped: tuple[str, ...] = ()


def verify(quadlets: Mapping[str, str], native: Mapping[str, str], scope: Scope, podman: Version) -> Verdict:
    """The verdict on unit files, given as texts by name: those for Podman's generator, and those of systemd.

    ``podman`` is the version that they are for. Another one would complain about what it does not know.
    """
    there, problem = installed_version()
    generator = next((path for path in GENERATORS if os.access(path, os.X_OK)), None)
    if there != podman or generator is None:
        version = ".".join(map(str, there or ()))
        why = problem or (f"Podman here is {version}" if there != podman else "its generator is not installed")
        wanted = ".".join(map(str, podman))
        return Verdict(skipped=(f"Podman's generator and systemd-analyze: the units are for Podman {wanted}, {why}",))
    with tempfile.TemporaryDirectory(prefix="compose2quadlet-") as name:
        folder = Path(name)
        _write(folder / "quadlets", quadlets)
        user = ["-user"] if scope is Scope.USER else []
        environ = {"QUADLET_UNIT_DIRS": str(folder / "quadlets")}
        ran = run([generator, "-dryrun", *user], SECONDS, environ, errors=True)
        if ran.ending not in (Ending.DONE, Ending.FAILED):
            return Verdict(skipped=(f"Podman's generator: {ran.problem}",))
        made = _services(ran.output)
        found = list(_of_generator(ran.errors, quadlets, str(folder / "quadlets")))
        _write(folder / "units", {**made, **native})
        more, skipped = _of_systemd(folder / "units", made, native, scope)
    return Verdict((*found, *more), skipped)


def generated(quadlets: Mapping[str, str], scope: Scope, root: str) -> dict[str, str] | None:
    """The services that this host's generator makes of unit files, given as texts by their paths below ``root``; None
    where it is not installed, or does not answer."""
    generator = next((path for path in GENERATORS if os.access(path, os.X_OK)), None)
    if generator is None:
        return None
    with tempfile.TemporaryDirectory(prefix="compose2quadlet-") as name:
        _write(Path(name), quadlets)
        user = ["-user"] if scope is Scope.USER else []
        ran = run([generator, "-dryrun", *user], SECONDS, {"QUADLET_UNIT_DIRS": name}, errors=True)
        if ran.ending not in (Ending.DONE, Ending.FAILED):
            return None
        return {unit: text.replace(name, root) for unit, text in _services(ran.output).items()}


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in {"": "", **texts}.items():
        path = folder / name
        (path.parent if name else path).mkdir(0o700, parents=True, exist_ok=True)
        if name:
            path.touch(0o600)
            path.write_text(text, encoding="utf-8")


def _services(output: str) -> dict[str, str]:
    """The services in the output of a dry run, by name."""
    parts = SERVICE.split(output)
    return {name: text.lstrip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _of_generator(errors: str, quadlets: Mapping[str, str], folder: str) -> Iterator[Complaint]:
    texts = {file.rpartition("/")[2]: text for file, text in quadlets.items()}
    for line in errors.splitlines():
        sentence = PREFIX.sub("", line).replace(f"{folder}/", "").strip()
        if not sentence or sentence.startswith(ROUTINE):
            continue
        file = _named(sentence, quadlets)
        reason = sentence.removeprefix(f'converting "{file}": ')
        key = _key(reason, texts.get(file, ""), file)
        yield Complaint("Podman's generator", file, key, reason, fatal=reason != sentence)


def _of_systemd(
    folder: Path, made: Mapping[str, str], native: Mapping[str, str], scope: Scope
) -> tuple[list[Complaint], tuple[str, ...]]:
    """What systemd-analyze says of the services in ``folder``; or nothing, and why."""
    names = [name for name in (*made, *native) if "/" not in name and "@." not in name]
    if not names:
        return [], ()
    environ = {"SYSTEMD_UNIT_PATH": f"{folder}:"}
    if not os.environ.get("XDG_RUNTIME_DIR"):
        environ["XDG_RUNTIME_DIR"] = str(folder)
    command = ["systemd-analyze", f"--{scope.value}", "--man=no", "verify", *(str(folder / name) for name in names)]
    ran = run(command, SECONDS, environ, errors=True)
    if ran.ending not in (Ending.DONE, Ending.FAILED):
        return [], (f"systemd-analyze verify: {ran.problem}",)
    texts = {**made, **native}
    found = []
    for line in dict.fromkeys(ran.errors.splitlines()):
        sentence = line.replace(f"{folder}/", "").strip()
        file = _named(sentence, texts)
        if not file:  # about another unit of this host
            continue
        number = re.match(rf"{re.escape(file)}:(\d+): ", sentence)
        rows = texts[file].splitlines()
        at = int(number[1]) if number else 0
        key = rows[at - 1].partition("=")[0] if 0 < at <= len(rows) else _key(sentence, texts[file], file)
        sentence = sentence.removeprefix(number[0] if number else f"{file}: ")
        found.append(Complaint("systemd", file, key, sentence))
    return found, ()


def _named(sentence: str, files: Iterable[str]) -> str:
    """The file that a sentence names, without its directory; empty if it names none of them."""
    known = {file.rpartition("/")[2] for file in files}
    return next((name for name in FILE.findall(sentence) if name in known), "")


def _key(sentence: str, text: str, file: str = "") -> str:
    """The directive of a unit that a sentence names, or whose value has a word of it; empty if there is none."""
    lines = [line.partition("=")[::2] for line in text.splitlines() if "=" in line]
    names = set(re.findall(r"[A-Z][A-Za-z0-9]+", sentence))
    if named := next((key for key, _ in lines if key in names), ""):
        return named
    words = set(WORD.findall(sentence)) - {file}
    return next((key for key, value in lines if not words.isdisjoint(WORD.findall(value))), "")
