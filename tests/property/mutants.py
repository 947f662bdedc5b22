"""Damaged projects through the whole command line: it never breaks down, hangs, or writes what nobody meant.

``python -m tests.property.mutants COUNT [SEED]`` tries COUNT of them on all cores; what fails is printed once for each
kind, with its number. ``python -m tests.property.mutants --one NUMBER [SEED]`` tries that one again, and keeps its
files. ``COMPOSE2QUADLET_CORPUS`` names a directory with real projects; without it, the fixtures are damaged.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from compose2quadlet import cli
from tests.property.mutating import SECRET, Files, mutant
from tests.property.observing import SECONDS, TooLongError, limited, raised, unknown

MEGABYTES = 300
CHUNK = 200
"""Mutants of one process: what stays behind in memory is not counted against many."""

SILENCE = 60.0
"""After how many seconds without a word from a process it is ended: it computes where no signal is seen."""

CODES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What moves a terminal's cursor, or more."""

CONTROL = re.compile(CODES.pattern[:-1] + "\u202a-\u202e\u2066-\u2069]")
"""The same, and what changes the order of the text."""

DEFECT = re.compile(r"this is a bug in compose2quadlet: (.*)")
LEAK = "a secret on stderr"
ENVIRONMENT = {"HOME": "/nonexistent", "PATH": "/nonexistent"}
"""No programs of this machine."""

UNITS = (".container", ".network", ".volume", ".build", ".image", ".service", ".target", ".pod", ".slice")
OPTIONS = (
    ("--scope", "user"),
    ("--scope", "system"),
    ("--podman-version", "4.4"),
    ("--podman-version", "5.8"),
    ("--isolation", "none"),
    ("--isolation", "userns"),
    ("--profile", "*"),
    ("--log-driver", "passthrough"),
    ("--json",),
    ("--strict",),
    ("--health-events",),
)
OTHERS = (
    ("config",),
    ("config", "--format", "json"),
    ("config", "--variables"),
    ("config", "--hash", "*"),
    ("config", "--no-interpolate"),
    ("config", "--no-consistency"),
    ("explain", "logging", "--for"),
    ("convert", "--stdout"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a mutant, by which command."""

    number: int
    arguments: tuple[str, ...]
    detail: str

    @property
    def kind(self) -> str:
        """The same for all faults of one cause, as far as that can be seen."""
        if self.detail.startswith(LEAK):
            slug = re.search(r"\[[a-z-]+\]", self.detail)
            return f"{LEAK} {slug[0] if slug else ''}"
        return re.sub(r"\d+ MB|'[^']*'|\"[^\"]*\"", "…", self.detail)[:100]


def commands(random: Random, compose: str) -> Iterator[tuple[str, ...]]:
    """What is called for a mutant, in its directory."""
    options = [word for option in random.sample(OPTIONS, random.randrange(4)) for word in option]
    yield "convert", compose, "-o", "out", *options
    if random.random() < 0.4:
        yield *random.choice(OTHERS), compose


def tried(number: int, made: Files, random: Random) -> list[Fault]:
    """Run the commands over a mutant."""
    faults = []
    with tempfile.TemporaryDirectory() as name, chdir(name):
        for file, data in made.items():
            Path(file).write_bytes(data)
        for arguments in commands(random, next(iter(made))):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            faults += [Fault(number, arguments, found) for found in _called(arguments)]
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if after > MEGABYTES * 1024 and after > before:
                faults.append(Fault(number, arguments, f"{after // 1024} MB"))
    return faults


def call(arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """Run the console script in this process: its exit status, and what it prints to stdout and stderr."""
    buffers = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(buffer, "utf-8", write_through=True) for buffer in buffers]
    before = sys.argv, sys.stdout, sys.stderr
    sys.argv, sys.stdout, sys.stderr = ["compose2quadlet", *arguments], *streams
    try:
        cli.run()
    except SystemExit as e:
        status = e.code
    finally:
        sys.argv, sys.stdout, sys.stderr = before
    out, err = (buffer.getvalue().decode("utf-8", "replace") for buffer in buffers)
    return status if isinstance(status, int) else 0, out, err


def _called(arguments: tuple[str, ...]) -> Iterator[str]:
    """Call a command, and say what is wrong with what it does."""
    try:
        with limited(SECONDS):
            status, out, err = call(arguments)
    except (Exception, TooLongError) as e:
        yield raised(e)
        return
    if status not in (0, 1, 2):
        yield f"exit code {status}"
    yield from _spoken(arguments, out, err)
    if "-o" in arguments:
        yield from _written(status)


def _spoken(arguments: tuple[str, ...], out: str, err: str) -> Iterator[str]:
    if found := DEFECT.search(out + err):
        yield f"traceback: {found[1]}"
    printed = [("stderr", err, CONTROL)]
    if arguments[0] != "convert":
        printed.append(("stdout", out, CODES))
    for name, text, unwanted in printed:
        if found := unwanted.search(text):
            yield f"U+{ord(found[0]):04X} on {name} of {arguments[0]}"
    if SECRET in err:
        line = next(row for row in err.splitlines() if SECRET in row)
        yield f"{LEAK}: {line[:200]}"


def _written(exit_code: int) -> Iterator[str]:
    found = [path for path in Path("out").rglob("*") if path.is_file()]
    if found and exit_code == 2:
        yield "files are written in spite of errors"
    for path in found:
        if path.suffix in UNITS and (fault := unknown(path.name, path.read_bytes().decode("utf-8", "surrogateescape"))):
            yield fault


def chunk(seed: int, numbers: range, out: Connection) -> None:
    """In a process of its own: try mutants, and say of each what was found."""
    os.environ.update(ENVIRONMENT)
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    for number in numbers:
        try:
            found = tried(number, mutant(seed, number), Random(f"{seed}:{number}:commands"))
        except Exception as e:
            found = [Fault(number, (), f"the harness breaks down: {raised(e)}")]
        out.send((number, found))
    out.close()


def many(seed: int, numbers: range, cores: int) -> Iterator[list[Fault]]:
    """Try mutants in forked processes; one that falls silent is ended, and goes on behind the mutant that it is at."""
    context = multiprocessing.get_context("fork")
    todo = [numbers[i : i + CHUNK] for i in range(0, len(numbers), CHUNK)][::-1]
    running: dict[Connection, tuple[BaseProcess, range, float]] = {}
    while todo or running:
        while todo and len(running) < cores:
            ours, theirs = context.Pipe(duplex=False)
            process: BaseProcess = context.Process(target=chunk, args=(seed, todo[-1], theirs))
            process.start()
            theirs.close()
            running[ours] = (process, todo.pop(), time.monotonic())
        ready = set(wait(list(running), timeout=1))
        for pipe, (process, left, since) in list(running.items()):
            try:
                if pipe in ready:
                    number, found = pipe.recv()
                    yield found
                    running[pipe] = (process, left[left.index(number) + 1 :], time.monotonic())
                    continue
                if time.monotonic() - since < SILENCE:
                    continue
                process.kill()
            except EOFError:
                pass
            process.join()
            del running[pipe]
            if left:
                yield [Fault(left[0], (), "the process is ended, or ends itself: it hangs or needs too much memory")]
                todo.append(left[1:])


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        number, seed = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
        os.environ.update(ENVIRONMENT)
        made = mutant(seed, number)
        kept = Path(tempfile.mkdtemp())
        for name, data in made.items():
            (kept / name).write_bytes(data)
        found = tried(number, made, Random(f"{seed}:{number}:commands"))
        print(f"The files are in {kept}.", *found, sep="\n")  # noqa: T201
        return 1 if found else 0
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began, kinds = time.monotonic(), Counter[str]()
    for total, found in enumerate(many(seed, range(count), os.cpu_count() or 1), 1):
        for fault in found:
            if not kinds[fault.kind]:
                print(f"{fault.number}: {fault.detail[:500]}\n    {' '.join(fault.arguments)}", flush=True)  # noqa: T201
            kinds[fault.kind] += 1
        if total % 2000 == 0 or total == count:
            rate = total / (time.monotonic() - began)
            print(f"{total} mutants from seed {seed}, {kinds.total()} faults, {rate:.0f}/s", flush=True)  # noqa: T201
    for kind, times in kinds.most_common():
        print(f"{times} times {kind}")  # noqa: T201
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
