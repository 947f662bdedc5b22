"""What is written directly is to the letter what PyYAML writes."""

from __future__ import annotations

from random import Random
from typing import Any

from compose2quadlet.loader.dump import _easy_text, _thorough
from compose2quadlet.loader.emit import emit
from tests.property.hostile import text

TEXTS = (
    *("a", "nginx:latest", "8080", "1.5", "yes", "a b", "x=y", "-", "1:30", "0x10", "1e9", "null", "true", "~", "/a/b"),
    *("2001-01-01", "_", "1_0", "v1:", "a  b", "0o7", "y", "a: b", "a #b", "12:30:45", "+1", ".5", "1-2", "a,b", ""),
    *("k" * 128, "k" * 129),
)


def scalar(random: Random) -> Any:
    kind = random.random()
    if kind < 0.75:
        return random.choice(TEXTS)
    return random.choice((None, True, False, 0, -5, 10**20, 1.5)) if kind < 0.85 else text(random, 0)


def tree(random: Random, depth: int) -> Any:
    kind = random.random()
    if not depth or kind < 0.35:
        return scalar(random)
    if kind < 0.6:
        return [tree(random, depth - 1) for _ in range(random.choice((0, 1, 2, 3)))]
    keys = [
        random.choice(TEXTS) if random.random() < 0.95 else text(random, 0) for _ in range(random.choice((0, 1, 4)))
    ]
    return {key: tree(random, depth - 1) for key in keys}


def test_as_pyyaml_writes_it() -> None:
    random = Random(5)
    for _ in range(300):
        made = {"k": tree(random, random.choice((2, 3, 5, 10)))}
        assert emit(made, _easy_text, _thorough) == _thorough(made)


def test_what_is_easy_needs_no_pyyaml() -> None:
    def never(_tree: Any) -> str:
        raise AssertionError

    ports = [{"mode": "ingress", "target": i, "published": str(i), "protocol": "tcp"} for i in range(100)]
    made = {"services": {"a": {"image": "nginx:latest", "ports": ports, "tty": None, "dns": []}}}
    assert emit(made, _easy_text, never) == _thorough(made)
