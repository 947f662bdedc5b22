"""Hostile texts at every position of the schema, and whether what comes out is what was meant.

What is meant is found with a word without any meaning at the same position: wherever the word comes out, the text
has to come out, and nothing else may change. A text may also be refused.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from tests.property.hostile import MARKER, text
from tests.property.meaning import Fact, replaced
from tests.property.observing import Place, Seen, observe
from tests.property.positions import Position, positions
from tests.property.surroundings import PAIRS, forms, project

WORD = "zqmark"
BECOMES = {"name": lambda text: re.sub("[^a-z0-9_-]", "", text.lower())}
"""What Compose itself makes of a text."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text in a form at a position."""

    position: Position
    form: str
    text: str

    @property
    def written(self) -> str:
        return self.form.replace("{}", self.text)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a case: ``kind`` is the same for all cases of one cause, as far as that can be seen."""

    case: Case
    place: Place
    kind: str
    detail: str
    number: int = -1


@dataclass(slots=True)
class Tally:
    """How many were tried, and what was found."""

    tried: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)


def case(seed: int, number: int) -> Case:
    """The case of a number, always the same for a seed."""
    random = Random(f"{seed}:{number}")
    position = random.choice(positions())
    return Case(position, random.choice(forms(position)), text(random))


WORDS: dict[tuple[Place, Position, str], Seen] = {}
"""What became of the word, by place, position and form: each is tried once."""


def run(seed: int, numbers: range, place: Place, tally: Tally) -> None:
    """Try the cases of some numbers in a place."""
    for number, found in zip(numbers, tried([case(seed, n) for n in numbers], place), strict=True):
        tally.tried += 1
        tally.refused += found == REFUSED
        if isinstance(found, Fault):
            tally.faults.append(replace(found, number=number))


REFUSED = "refused"


def tried(cases: list[Case], place: Place) -> list[Fault | str]:
    """Try cases in a place: a fault for each, or REFUSED, or an empty text."""
    slots = {(place, c.position, c.form) for c in cases}
    new = sorted((slot for slot in slots if slot not in WORDS), key=str)
    texts = [c.written for c in cases] + [form.replace("{}", WORD) for _, _, form in new]
    at = [c.position for c in cases] + [position for _, position, _ in new]
    seen = observe([project(position, text) for position, text in zip(at, texts, strict=True)], place)
    WORDS.update(zip(new, seen[len(cases) :], strict=True))
    made = zip(cases, seen[: len(cases)], strict=True)
    return [judged(c, s, place) or (REFUSED if s.refused else "") for c, s in made]


def judged(one: Case, seen: Seen, place: Place) -> Fault | None:
    """Compare what became of a case with what was meant."""
    if seen.fault:
        return Fault(one, place, seen.fault.partition(":")[0][:60], seen.fault)
    if seen.refused:
        return None
    word = WORDS[place, one.position, one.form]
    if word.refused or word.fault or loose(one, word):
        return _weak(one, seen, place)
    text = BECOMES.get(str(one.position), str)(one.text)
    expected = replaced(word.facts.items(), lambda t: t.replace(word.folder, seen.folder).replace(WORD, text))
    found = seen.facts
    if found == expected:
        return None
    missing, more = differing(expected, found, one)
    if not missing and not more:
        return None
    if missing and seen.said - word.said:
        return _weak(one, seen, place)
    keys = sorted({fact[1:3] for fact in (*missing, *more)})
    detail = f"expected {_shown(missing)}, found {_shown(more)}"
    return Fault(one, place, f"differs in {', '.join('.'.join(k) for k in keys)}", detail)


def _weak(one: Case, seen: Seen, place: Place) -> Fault | None:
    """The least: none of the commands in the texts has become one. That all keys are known was seen before."""
    others = [fact for fact in seen.facts if fact[2].startswith("Exec") and fact[3:4] in (("/bin/touch",), (MARKER,))]
    return Fault(one, place, "another command", repr(others)[:500]) if others else None


LOOSE: dict[str, Callable[[Case], bool]] = {
    "services.*.image": lambda c: not re.fullmatch("[a-z]*", c.text),
    ".cap_add.[]": lambda c: c.text != c.text.lower(),
    ".cap_drop.[]": lambda c: c.text != c.text.lower(),
    ".restart": lambda c: True,
    ".profiles.[]": lambda c: True,
    ".command": lambda c: True,
    ".entrypoint": lambda c: True,
    ".extra_hosts.[]": lambda c: bool(re.search(r"[=:,\[]", c.text)),
    ".extra_hosts.*": lambda c: "[" in c.text,
    ".extra_hosts.*.[]": lambda c: "[" in c.text,
    ".additional_contexts.*": lambda c: True,
    ".additional_contexts.[]": lambda c: bool(re.search("[=:/]", c.text)),
    ".cache_to.[]": lambda c: bool(re.search("[=,]", c.text)),
    ".cache_from.[]": lambda c: bool(re.search("[=,]", c.text)),
    ".ssh.[]": lambda c: "=" in c.text,
    ".security_opt.[]": lambda c: bool(re.search("[:=]", c.text)),
    ".tmpfs": lambda c: bool(re.search("[:,]", c.text)),
    ".tmpfs.[]": lambda c: bool(re.search("[:,]", c.text)),
    ".network_mode": lambda c: c.text == "default",
    ".external.name": lambda c: c.text in ("host", "none", "default"),
    ".links.[]": lambda c: bool(re.search("[=:]", c.text)),
    ".devices.[]": lambda c: ":" in c.text,
    ".volumes.[]": lambda c: ":" in c.text or c.form == "/{}",  # whose path is also in the name of the volume
    ".[]": lambda c: c.form == "{}" and forms(c.position) == PAIRS and "=" in c.text,
}


def loose(one: Case, word: Seen) -> bool:
    """Whether the text may mean something else to Compose than the word does."""
    begun = f"/{WORD}" if one.form == "{}" else f"{word.folder}/{WORD}"
    if one.text.startswith(("/", "~")) and any(begun in str(fact) for fact in word.facts):
        return True  # the word is a path below the project, and the text is not
    name = str(one.position)
    return not one.text or any(name.endswith(end) and check(one) for end, check in LOOSE.items())


def differing(expected: Counter[Fact], found: Counter[Fact], one: Case) -> tuple[Counter[Fact], Counter[Fact]]:
    """What is missing and what is there instead, but for ways to spell the same."""
    missing, more = (replaced(_beside(x, y).items(), _normal) for x, y in ((expected, found), (found, expected)))
    return missing - more, more - missing


def _beside(these: Counter[Fact], those: Counter[Fact]) -> Counter[Fact]:
    """What ``those`` lack. A mount that is waited for twice, by the generator and by the unit, is waited for once."""
    return Counter({f: n for f, n in (these - those).items() if f[2] != "RequiresMountsFor" or f not in those})


def _normal(text: str) -> str:
    """A text with the paths in it as short as can be, and the dashes of a slice as others."""
    text = text.replace(r"\x2d", "-") if text.endswith(".slice") else text
    if "/" not in text or len(text) > 10_000:
        return text
    parts = re.split("([=:,])", text)
    return "".join(posixpath.normpath("/" + p.lstrip("/")).rstrip("/") if p.startswith("/") else p for p in parts)


def _shown(facts: Counter[Fact]) -> str:
    return ", ".join(repr(fact)[:300] for fact in facts) or "nothing"
