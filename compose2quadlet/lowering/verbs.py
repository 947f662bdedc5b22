"""The few verbs that the rows of the lowering tables use.

A row says what becomes of one compose key; a verb says how. ``keys`` has the directives that a verb may
write, ``how`` describes it in words. ``explain`` prints both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Any

from compose2quadlet.backend.unit import Directive, Reference, Value, Word
from compose2quadlet.diagnostics import Log, Path, dotted
from compose2quadlet.frozen import frozen
from compose2quadlet.planner import NetworkPlan, Plan, ServicePlan, VolumePlan


@frozen()
class Context:
    """What a verb may use: the plan, the subject, the path of its key, the log, and the row."""

    plan: Plan
    subject: Any
    section: str
    path: Path
    log: Log
    row: str = ""

    @property
    def service(self) -> ServicePlan:
        assert isinstance(self.subject, ServicePlan)
        return self.subject

    @property
    def network(self) -> NetworkPlan:
        assert isinstance(self.subject, NetworkPlan)
        return self.subject

    @property
    def volume(self) -> VolumePlan:
        assert isinstance(self.subject, VolumePlan)
        return self.subject

    @property
    def place(self) -> str:
        return dotted(self.path)

    def put(self, key: str, value: Value, *below: str | int, section: str = "") -> Directive:
        """A directive in the subject's own section, or in the given one."""
        return Directive(section or self.section, key, value, (*self.path, *below), self.row)

    def needs(self, unit: str, *below: str | int) -> Iterator[Directive]:
        """The directives that start a unit first, if there is a unit."""
        for key in ("Requires", "After") if unit else ():
            yield self.put(key, unit, *below, section="Unit")

    def check_name(self, name: str) -> None:
        """Log an error for a name that contains a '=', since ``NAME=VALUE`` would end it there."""
        if "=" in name:
            hint = "Podman reads the name only up to the first '='."
            self.log.error("value-unwritable", f"{self.place}: a name has a '='", hint, (*self.path, name))

    def pair(self, key: str, name: str, text: str) -> Directive:
        """A directive with ``NAME=VALUE``."""
        self.check_name(name)
        return self.put(key, f"{name}={text}", name)

    def named(self, made: NetworkPlan | VolumePlan, after: str, before: str = "") -> Word:
        """A value with a network or volume between two texts: the name of its unit, if it has one."""
        name = made.spec.name
        unit = made.unit or made.elsewhere
        if unit is None or made.by_command:
            return before + name + after
        return Reference(unit.file, name, unit.service, after, before)

    def argument(self, *words: str, below: str | int | None = None) -> Directive:
        """A ``podman`` option that has no directive."""
        return self.put("PodmanArgs", words, *(() if below is None else (below,)))


Lower = Callable[[Any, Context], Iterable[Directive]]


@frozen()
class Verb:
    """What becomes of a key.

    ``status`` is one of carried, ignored, unsupported, resolved, units (it becomes whole units), or part: it
    becomes part of what other rows write, which ``of`` names.
    """

    lower: Lower
    how: str
    keys: tuple[str, ...] = ()
    status: str = "carried"
    of: tuple[str, ...] = ()


@frozen()
class Row:
    """One compose key and its verb. Rows are applied in the order of the table.

    ``always`` rows are applied even where the key is not given, because its absence has consequences.
    """

    key: str
    verb: Verb
    always: bool = field(default=False)


def value(key: str, how: str = "its value") -> Verb:
    return Verb(lambda v, c: [c.put(key, str(v))], how, (key,))


def flag(key: str) -> Verb:
    return Verb(lambda v, c: [c.put(key, True)] if v else [], "true if it is true", (key,))


def each(key: str) -> Verb:
    return Verb(lambda v, c: [c.put(key, x, i) for i, x in enumerate(v)], "one line per value", (key,))


def pairs(key: str) -> Verb:
    def lower(values: dict[str, str], c: Context) -> Iterator[Directive]:
        for name, text in values.items():
            yield c.pair(key, name, text)

    return Verb(lower, "one line per KEY=VALUE", (key,))


def option(name: str) -> Verb:
    """A ``podman`` option without a value."""
    return Verb(lambda v, c: [c.argument(name)] if v else [], f"the option {name}", ("PodmanArgs",))


def with_value(name: str) -> Verb:
    """A ``podman`` option with the value as written."""
    return Verb(lambda v, c: [c.argument(f"{name}={v}")], f"the option {name}", ("PodmanArgs",))


def for_each(name: str) -> Verb:
    """One ``podman`` option per value."""
    return Verb(
        lambda v, c: [c.argument(f"{name}={x}", below=i) for i, x in enumerate(v)],
        f"the option {name}, once per value",
        ("PodmanArgs",),
    )


def writing(*keys: str, how: str, of: tuple[str, ...] = ()) -> Callable[[Lower], Verb]:
    """Turn a function that needs branches into a verb: ``keys`` are the directives that it may write, and ``of`` the
    other rows that write something for the key."""
    return lambda lower: Verb(lower, how, keys, of=of)


def part(*of: str, how: str) -> Callable[[Lower], Verb]:
    """Turn a function that only logs into a verb: the rows ``of`` write what the key becomes."""
    return lambda lower: Verb(lower, how, status="part", of=of)


def warning(code: str, problem: str, hint: str, how: str) -> Verb:
    """A key that is left out with a warning: its path, followed by ``problem``."""

    def lower(_value: Any, c: Context) -> tuple[Directive, ...]:
        c.log.warn(code, f"{c.place}{problem}", hint, c.path)
        return ()

    return Verb(lower, how, status="unsupported")


def unsupported(instead: str) -> Verb:
    """A key that is not converted; ``instead`` says what to do by hand."""
    return warning("key-unsupported", " is not converted", instead, instead)


def lost(why: str) -> Verb:
    """A key that Podman has no equivalent for."""
    return warning("key-lost", " is not converted", why, why)


def ignored(why: str) -> Verb:
    """A key without an effect on containers, or under systemd."""
    return Verb(lambda _v, _c: (), why, status="ignored")


def resolved(how: str) -> Verb:
    """A key that the canonical project no longer has."""
    return Verb(lambda _v, _c: (), how, status="resolved")


TABLES = {"Container": "", "Build": "build.", "Network": "networks.", "Volume": "volumes."}
"""The prefix of a row's name, by the section of its table."""


def apply(table: Iterable[Row], thing: Any, context: Context) -> Iterator[Directive]:
    """The directives for all keys that ``thing`` sets, in the order of the table, each with its row."""
    fields = type(thing).model_fields
    for row in table:
        given = getattr(thing, row.key)
        if row.always or given != fields[row.key].default:
            path, name = (*context.path, row.key), TABLES[context.section] + row.key
            yield from row.verb.lower(
                given, Context(context.plan, context.subject, context.section, path, context.log, name)
            )
