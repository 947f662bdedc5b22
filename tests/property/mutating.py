"""Real projects, and what becomes of them when somebody damages a few places."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.property.hostile import text
from tests.property.observing import yaml_text
from tests.support.conversion import FIXTURES

CORPUS = "COMPOSE2QUADLET_CORPUS"
"""The environment variable that names a directory with other people's projects, and their list in ``cases.tsv``."""

SMALL = 64 * 1024
SECRET = "hunter2canary"
"""A value of an environment file that no diagnostic may show."""

Files = dict[str, bytes]
"""A project: its files by name, the compose file first."""

RAW = (
    *(".inf", "-.inf", ".nan", "9" * 5000, "-1", "0x1F", "0o17", "1e999", "1_000", "2001-01-01", "~", "null", "true"),
    *(
        "[]",
        "{}",
        "[[[[[]]]]]",
        "'",
        '"',
        "|",
        ">",
        "&a b",
        "*a",
        "!!binary aGk=",
        "!!float 1",
        "!reset null",
        "!override []",
    ),
    *(
        "<<: *a",
        "? a",
        "- ",
        "%YAML 1.2",
        "---",
        "...",
        "#",
        "@a",
        "`a`",
        "${X",
        "${X:?}",
        "${}",
        "$",
        "$$",
        "${X:-${Y}}",
        "²",
    ),
    *("1-65535", "1-65535:1-65535", "0", "65536", "100000000", "99999999999999999999", "3000d", "1e3g", "//srv/x:/x"),
)
"""What stands in a file without quotes."""


@cache
def projects() -> tuple[Path, ...]:
    """The compose files of the corpus, or else those of the fixtures."""
    if folder := os.environ.get(CORPUS):
        rows = (Path(folder) / "cases.tsv").read_text().splitlines()
        return tuple(Path(folder) / row.partition("\t")[0] for row in rows if row and not row.startswith("#"))
    return tuple(sorted(FIXTURES.glob("**/compose.yaml")))


@cache
def files(compose: Path) -> Files:
    """A compose file, and the small files beside it that it may read."""
    found = {compose.name: compose.read_bytes()}
    for path in sorted(compose.parent.iterdir()):
        named = path.suffix in (".yaml", ".yml") or path.name.startswith(".env") or path.name.endswith("env")
        if named and path != compose and path.is_file() and path.stat().st_size < SMALL:
            found[path.name] = path.read_bytes()
    return found


def mutant(seed: int, number: int) -> Files:
    """The damaged project of a number, always the same for a seed."""
    random = Random(f"{seed}:{number}")
    made = dict(files(random.choice(projects())))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        random.choice(DAMAGES)(random, made)
    return made


def _line(random: Random, made: Files) -> None:
    """Change one line of a file."""
    name = random.choice(list(made)) if random.random() < 0.3 else next(iter(made))
    rows = made[name].split(b"\n")
    at = random.randrange(len(rows))
    match random.randrange(8):
        case 0:
            del rows[at]
        case 1:
            rows.insert(random.randrange(len(rows)), rows[at])
        case 2:
            rows[at] = random.choice((b" ", b"  ", b"\t", b"- ")) + rows[at]
        case 3:
            rows[at] = rows[at].lstrip()
        case 4 if b":" in rows[at]:
            rows[at] = rows[at].partition(b":")[0] + b": " + random.choice(RAW).encode()
        case 5 if b":" in rows[at]:
            rows[at] = rows[at].partition(b":")[0] + b": " + yaml_text(text(random)).encode()
        case 6 if b"- " in rows[at]:
            rows[at] = rows[at].partition(b"- ")[0] + b"- " + random.choice((yaml_text(text(random)), *RAW)).encode()
        case _:
            where = random.randrange(len(rows[at]) + 1)
            some = text(random).encode("utf-8", "surrogatepass")
            rows[at] = rows[at][:where] + some + rows[at][where + random.choice((0, 0, 1, 5)) :]
    made[name] = b"\n".join(rows)


def _bytes(random: Random, made: Files) -> None:
    """Cut a file, or put bytes into it that are no text."""
    name = random.choice(list(made))
    data = made[name]
    at = random.randrange(len(data) + 1)
    some = random.choice(
        (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b"\r", b"\xef\xbb\xbf", b"\xfe\xff", bytes(range(256)))
    )
    made[name] = random.choice((data[:at], data[:at] + some + data[at:], data[:at] + data[at + 3 :], data[at:]))


def _environment(random: Random, made: Files) -> None:
    """Put a line into the file with variables."""
    name = random.choice((".env", *(n for n in made if n.endswith("env"))))
    rows = made.get(name, b"").split(b"\n")
    names = [row.partition(b"=")[0].decode("utf-8", "replace") for row in rows]
    old = random.choice([n for n in names if re.fullmatch(r"\w*(PASS|SECRET|TOKEN|KEY)\w*", n)] or ["A_PASSWORD"])
    value = random.choice(
        (SECRET, f"'{SECRET}", f'"{SECRET}', f"${{{SECRET}", f"${{X:?}}{SECRET}", f"{SECRET}\n{text(random)}")
    )
    line = random.choice(
        (f"{old}={value}", f"{old} {value}", f"export {old}={value}", f"'{value}", f"{old}: {value}", text(random))
    )
    rows.insert(random.randrange(len(rows) + 1), line.encode("utf-8", "surrogatepass"))
    made[name] = b"\n".join(rows)


def _node(random: Random, made: Files) -> None:
    """Put something else at a place of the tree, or under another key."""
    name = next(iter(made))
    tree = _tree(made[name])
    places = list(_places(tree))
    if not places:
        return _line(random, made)
    node, key = random.choice(places)
    match random.randrange(8):
        case 0 | 1 | 2:
            node[key] = text(random)
        case 3 if isinstance(node, dict):
            node[text(random)] = node.pop(key)
        case 4:
            node[key] = random.choice(
                ([node[key]], {text(random): node[key]}, [node[key], node[key]], None, "", [], {})
            )
        case 5:
            other, at = random.choice(places)
            node[key] = _copy(other[at]) if len(str(other)) < SMALL else None
        case 6:
            node[key] = random.choice((0, -1, 65536, 10**8, 10**30, 0.5, True, False, float("1e300")))
        case _:
            del node[key]
    made[name] = yaml_text(tree, dollars=random.random() < 0.5).encode("utf-8", "surrogatepass")
    return None


def _tree(data: bytes) -> Any:
    """The file as a tree; an empty one where it is none any more."""
    try:
        return _plain(yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return {}


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node if isinstance(node, str | int | float | None) else str(node)


def _copy(node: Any) -> Any:
    return _plain(node)


def _places(node: Any) -> list[tuple[Any, Any]]:
    found = []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += [(node, key), *_places(value)]
    return found


DAMAGES: tuple[Callable[[Random, Files], None], ...] = (_line, _line, _node, _node, _node, _bytes, _environment)
