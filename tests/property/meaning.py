"""What units mean: the lines that systemd reads, with their quoting undone, and podman's options in no order."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from compose2quadlet.backend.catalogue import Quoting, catalogue
from compose2quadlet.backend.quoting import STAND_INS
from tests.support.systemd import MAX_WORD, commands, lines, plain, words

Fact = tuple[Any, ...]
"""A nested tuple of texts."""

STANDING_IN = {f"{name}={text}" for text, name in STAND_INS.items()}
VARIABLES = {name: text for text, name in STAND_INS.items()}
ALONE = {
    *("-d", "--rm", "--replace", "--ignore", "--init", "--read-only", "--internal", "--ipv6", "--disable-dns"),
    *("--env-host", "--http-proxy", "--read-only-tmpfs", "--no-healthcheck", "--privileged", "--tty", "--interactive"),
    *("-t", "-i", "--no-hosts", "--oom-kill-disable", "--no-cache", "--all", "--latest", "--pull"),
}
"""Options of podman that take no value, or none in a word of its own."""


def facts(name: str, text: str) -> Counter[Fact]:
    """What the text of a unit that systemd reads means. Raises UnreadableError, AssertionError."""
    return Counter((name, *fact) for row in lines(text) for fact in (_known if len(text) < 10_000 else _facts)(*row))


@lru_cache(maxsize=50_000)
def _known(section: str, key: str, value: str) -> tuple[Fact, ...]:
    """As ``_facts``: most lines are the same in all units."""
    return tuple(_facts(section, key, value))


def _facts(section: str, key: str, value: str) -> Iterator[Fact]:
    if section.startswith("X-") or key == "SourcePath":
        return
    if key.startswith("Exec"):
        for argv in commands(value, VARIABLES):
            assert all(len(word.encode("utf-8", "surrogateescape")) <= MAX_WORD for word in argv), "a word is too long"
            yield from ((section, key, *part) for part in command(argv))
    elif key == "Environment":
        for word, _ in words(value):
            if word not in STANDING_IN:
                yield section, key, plain(word)
    elif key in ("RequiresMountsFor", "WantsMountsFor"):
        for word, _ in words(value, escapes=False):
            yield section, key, plain(word)
    else:
        yield section, key, plain(value)


def command(argv: list[str]) -> Iterator[Fact]:
    """A command line: of podman's, each option for itself, for their order means nothing, and what follows them."""
    if argv[:1] not in (["/usr/bin/podman"], ["-/usr/bin/podman"]):
        yield tuple(argv)
        return
    count = 3 if argv[1:2] in (["network"], ["volume"]) else 2
    verb, rest = " ".join(argv[1:count]), argv[: count - 1 : -1]
    while rest and rest[-1].startswith("-"):
        yield verb, "option", *_option(rest.pop(), rest)
    yield verb, *reversed(rest)


def _option(word: str, rest: list[str]) -> Fact:
    name, equals, value = word.partition("=")
    if not equals:
        if name in ALONE or not rest:
            return (name,)
        value = rest.pop()
    return token("--volume" if name == "-v" else name, value)


def token(name: str, value: str) -> Fact:
    """An option of podman, so that different spellings of the same become the same."""
    if name == "--entrypoint" and value.startswith("["):
        return (name, "json", *json.loads(value))
    if name == "--health-cmd":
        # Of two ways to write a command, both run the words.
        return (name, "json", *([value.removeprefix("CMD ")] if value.startswith("CMD ") else _json(value)))
    if name == "--volume" and ":" in value:
        source, target, *options = value.split(":")
        return mounted(source, target, *(o for text in options for o in text.split(",")))
    if name == "--mount":
        (fields,) = csv.reader([value], strict=True)
        named = {key: text for key, _, text in (f.partition("=") for f in fields)}
        if named.get("type") in ("bind", "volume") and "source" in named:
            return mounted(named.pop("source"), named.pop("destination"), *map(_mount_option, named.items()))
        return (name, *sorted(named.items()))
    if name == "--secret":
        return (name, *value.split(","))  # no CSV: quotes mean nothing in it
    return name, value


def _json(value: str) -> list[str]:
    return json.loads(value) if value.startswith("[") else [value]


def _mount_option(option: tuple[str, str]) -> str:
    """An option of ``--mount`` as ``--volume`` spells it."""
    key, value = option
    if key in ("type", "bind-propagation"):
        return "" if key == "type" else value
    known = {("relabel", "shared"): "z", ("relabel", "private"): "Z", ("U", "true"): "U"}
    return known.get(option) or (f"{key}={value}" if value else key)


def mounted(source: str, target: str, *options: str) -> Fact:
    return ("mount", source, target, *sorted(o for o in options if o))


def replaced(found: Iterable[tuple[Fact, int]], change: Callable[[str], str]) -> Counter[Fact]:
    """Facts with a change made to each of their texts."""
    return Counter({_replaced(fact, change): count for fact, count in found})


def _replaced(fact: Any, change: Callable[[str], str]) -> Any:
    return change(fact) if isinstance(fact, str) else tuple(_replaced(part, change) for part in fact)


def named(texts: Mapping[str, str]) -> dict[str, str]:
    """What the networks and volumes of Quadlets are called, by file."""
    kinds = {".network": "NetworkName", ".volume": "VolumeName"}
    found = {}
    for file, text in texts.items():
        stem, dot, kind = file.rpartition(".")
        if key := kinds.get(dot + kind):
            given = [value.replace("%%", "%") for _, name, value in lines(text) if name == key]
            found[file] = given[-1] if given else f"systemd-{stem}"
    return found


def quadlet_facts(name: str, text: str, names: Mapping[str, str]) -> Counter[Fact]:
    """What the text of a Quadlet means, as far as that can be said without Podman: a key that does what an option
    does is that option, so that it does not matter which of the two is written; and what the generator adds for a
    key, which an option does not get, is there. ``names`` has what ``named`` finds in the project."""
    found = [fact for row in lines(text) for fact in _quadlet(*row, names)]
    groups = [fact[2] for fact in found if fact[:2] == ("Container", "Group")]
    if groups:  # The generator makes one option of the two keys.
        found = [fact for fact in found if fact[:2] != ("Container", "Group")]
        found = [(*f[:3], f"{f[3]}:{groups[-1]}") if f[:3] == ("Container", "option", "--user") else f for f in found]
    return Counter((name, *fact) for fact in found)


def _quadlet(section: str, key: str, value: str, names: Mapping[str, str]) -> Iterator[Fact]:
    known = catalogue()[section, key]
    if section in ("Unit", "Service", "Install", "Quadlet"):
        yield from _facts(section, key, value)
        return
    texts = [plain(value).replace("$$", "$")]
    if known.quoting in (Quoting.WORDS, Quoting.PAIR):
        (texts,) = commands(value, VARIABLES)
    elif known.quoting is Quoting.PLAIN and value[:1] == '"':
        texts = [texts[0][1:-1]]
    if key == "PodmanArgs":
        yield from ((section, "option", *token(*_pair(text))) for text in texts)
    elif "{}" in known.fallback:
        for text in texts:
            yield from _generated(section, key, token(*_pair(known.fallback.replace("{}", text))), names)
    else:
        yield section, key, *texts


def _generated(section: str, key: str, option: Fact, names: Mapping[str, str]) -> Iterator[Fact]:
    """The option that the generator makes of a key, and the dependencies that it adds.

    Source: ``handleStorageSource`` and ``addNetworks`` in Podman's ``pkg/systemd/quadlet/quadlet.go``.
    """
    kind, value, *rest = option
    if not isinstance(value, str):
        yield section, "option", *option
        return
    head, colon, tail = value.partition(":") if key == "Network" else (value, "", "")
    if head in names:
        stem, _, suffix = head.rpartition(".")
        yield from (("Unit", needed, f"{stem}-{suffix}.service") for needed in ("Requires", "After"))
        head = names[head]
    elif key == "Volume" and kind == "mount" and head.startswith("/"):
        yield "Unit", "RequiresMountsFor", head
    yield section, "option", kind, head + colon + tail, *rest


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name, value
