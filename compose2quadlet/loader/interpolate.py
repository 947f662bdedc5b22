"""Replaces variables in values: the grammar, the lookup, and the type casts afterwards.

``$X ${X} ${X:-d} ${X-d} ${X:+a} ${X+a} ${X:?m} ${X?m}``, nested, ``$$`` for a dollar sign. Keys are never
interpolated. Source: compose specification "Interpolation"; the corner cases follow Docker Compose's
``template`` package, which works on lines: a ``${`` must be closed in its own line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from compose2quadlet.diagnostics import Log, Path, Position, dotted, refuse
from compose2quadlet.loader.limits import MAX_TEXT, Budget, too_much_text
from compose2quadlet.loader.rules import Rules, table
from compose2quadlet.loader.scalars import narrow, to_bool, to_float, to_int
from compose2quadlet.loader.tree import Map, Mark, Seq, to_position

Lookup = Callable[[str], str | None]
"""The value of a variable, or None if it is not set."""

PATTERN = re.compile(
    r"\$(?i:(?P<escaped>\$)|(?P<named>[_a-z][_a-z0-9]*)"
    r"|{(?:(?P<braced>[_a-z][_a-z0-9]*(?::?[-+?](.*))?)}|(?P<invalid>)))"
)
OPERATOR = re.compile(r":?[-+?]")

MAX_NESTING = 50
"""How deep variables may be nested in the defaults of variables."""


class TemplateError(ValueError):
    """A ``$`` that does not start anything in the grammar."""


class TooLongError(ValueError):
    """Variables make a text too long."""


class MissingError(ValueError):
    """A required variable (``${X:?message}``) without a value; the reason is the message as its author wrote it, in
    which variables stay what they are: their values are not for a message."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


def required(missing: MissingError, where: str, position: Position | None) -> Exception:
    """The error for a required variable; ``where`` says where it can be set."""
    reason = f": {missing.reason}" if missing.reason else ""
    message = f"the required variable {missing.name} has no value{reason}"
    return refuse("required-variable", message, f"Set it {where}: {missing.name}=…", position=position)


@dataclass(slots=True)
class Use:
    """One use of a variable."""

    name: str
    position: Position | None
    default: str = ""
    alternate: str = ""
    required: bool = False


@dataclass(slots=True)
class Variables:
    """What is known about variables: how to look them up, where they are used, and which are missing.

    ``missing`` maps the name of each variable that is used but not set to the places that use it; ``budget`` has the
    limits of the project.
    """

    lookup: Lookup
    uses: list[Use] = field(default_factory=list)
    missing: dict[str, list[Position | None]] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    seen: set[tuple[str, Position | None]] = field(default_factory=set)

    def note_missing(self, name: str, position: Position | None) -> None:
        """Record that ``name`` is used at ``position`` and is not set."""
        if (name, position) not in self.seen:
            self.seen.add((name, position))
            self.missing.setdefault(name, []).append(position)

    def with_lookup(self, lookup: Lookup) -> Variables:
        """The same records with another lookup, for an included file with its own env files."""
        return Variables(lookup, self.uses, self.missing, self.budget, self.seen)


def substitute(text: str, lookup: Lookup, unset: Callable[[str], None]) -> str:
    """``text`` with its variables replaced.

    ``unset`` is called with the name of each variable that has no default and is not set; it
    becomes an empty text. Raises TemplateError and MissingError, and TooLongError if the result has more characters
    than variables may add to a project.
    """
    if "$" not in text:
        return text
    if text.count("${") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise TemplateError(text)
    out, at, added = [], 0, 0
    for start, end in _variables(text):
        value = _replace(text[start:end], lookup, unset)
        added += len(value)
        if added > MAX_TEXT:
            raise TooLongError(text)
        out += [text[at:start], value]
        at = end
    return "".join((*out, text[at:]))


def _variables(text: str) -> Iterator[tuple[int, int]]:
    """Where each variable of a text starts and ends; variables in the default of another one are part of it."""
    at = line = 0
    while (start := text.find("$", at)) >= 0:
        if line <= start and (line := text.find("\n", start)) < 0:
            line = len(text)
        # The pattern is greedy: it would also match text after the closing brace of the variable.
        end = _closing_brace(text, start, line) if text.startswith("${", start) else -1
        match = PATTERN.match(text, start, end + 1) if end >= 0 else PATTERN.match(text, start)
        at = match.end() if match else start + 1
        if match:
            yield start, match.end()


def _replace(text: str, lookup: Lookup, unset: Callable[[str], None]) -> str:
    match = PATTERN.match(text)
    if match is None or match["invalid"] is not None:
        raise TemplateError(text)
    if match["escaped"]:
        return "$"
    if match["named"]:
        return _value(match["named"], lookup, unset)
    operator = OPERATOR.search(match["braced"])
    if operator is None:
        return _value(match["braced"], lookup, unset)
    name, argument = match["braced"][: operator.start()], match["braced"][operator.end() :]
    return _apply(operator.group(), name, argument, lookup, unset)


def _value(name: str, lookup: Lookup, unset: Callable[[str], None]) -> str:
    value = lookup(name)
    if value is None:
        unset(name)
        return ""
    return value


def _apply(operator: str, name: str, argument: str, lookup: Lookup, unset: Callable[[str], None]) -> str:
    value = lookup(name)
    present = value is not None and (value != "" or ":" not in operator)
    wanted = present if operator[-1] == "+" else not present
    # The argument is always read, so that mistakes in it are found; but a missing variable in it only
    # matters if the argument is used.
    message = argument
    argument = substitute(argument, lookup, unset if wanted else lambda _name: None)
    match operator[-1]:
        case "-":
            return argument if wanted else value or ""
        case "+":
            return argument if wanted else ("" if value is None else value)
        case _:
            if wanted:
                raise MissingError(name, message)
            return value or ""


def _nesting(text: str) -> int:
    """How deep variables are nested in the defaults of variables."""
    depth = deepest = 0
    for match in re.finditer(r"\$\{|\}", text):
        depth = depth + 1 if match.group() == "${" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _closing_brace(text: str, start: int, end: int) -> int:
    """The closing brace of the variable at ``start``; -1 if there is none before ``end``."""
    depth, i = 0, start
    while i < end:
        if text[i] == "}":
            depth -= 1
            if depth == 0:
                return i
        elif text[i] == "{":
            depth += 1
            i += 1
        i += 1
    return -1


def uses(text: str) -> list[tuple[str, str, str]]:
    """The variables in ``text`` as (name, operator, argument), those in arguments included."""
    found = []
    for start, end in _variables(text):
        match = PATTERN.match(text, start, end)
        if match is None or match["escaped"] or match["invalid"] is not None:
            continue
        if match["named"]:
            found.append((match["named"], "", ""))
            continue
        inner = match["braced"]
        operator = OPERATOR.search(inner)
        name = inner[: operator.start()] if operator else inner
        argument = inner[operator.end() :] if operator else ""
        found.append((name, operator.group() if operator else "", argument))
        found += uses(argument)
    return found


# ---------------------------------------------------------------- whole trees


SERVICE_CASTS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares"), to_int),
    "cpu_percent": to_float,
    "cpus": lambda text: to_float(text, narrow),
    "deploy.replicas": to_int,
    "deploy.update_config.parallelism": to_int,
    "deploy.update_config.max_failure_ratio": to_float,
    "deploy.rollback_config.parallelism": to_int,
    "deploy.rollback_config.max_failure_ratio": to_float,
    "deploy.restart_policy.max_attempts": to_int,
    "deploy.placement.max_replicas_per_node": to_int,
    "healthcheck.retries": to_int,
    "ports.*.target": to_int,
    "ulimits.*": to_int,
    "ulimits.*.hard": to_int,
    "ulimits.*.soft": to_int,
    **dict.fromkeys(("oom_score_adj", "pids_limit", "scale"), to_int),
    **dict.fromkeys(
        (
            *("healthcheck.disable", "init", "oom_kill_disable", "privileged", "read_only", "stdin_open", "tty"),
            *("volumes.*.read_only", "volumes.*.volume.nocopy"),
        ),
        to_bool,
    ),
}
CASTS: Rules[Callable[[str], Any]] = table(
    {f"services.*.{key}": cast for key, cast in SERVICE_CASTS.items()}
    | {f"networks.*.{key}": to_bool for key in ("external", "internal", "attachable", "enable_ipv4", "enable_ipv6")}
    | {f"{kind}.*.external": to_bool for kind in ("volumes", "secrets", "configs")}
)


@dataclass(slots=True)
class _Walk:
    variables: Variables
    log: Log


def interpolate(tree: Map, variables: Variables, log: Log) -> Map:
    """Replace the variables in every value of ``tree``, and cast the values whose key needs another type.

    Raises RefusedError for a template that is not in the grammar, a required variable without a value,
    or a value that its key does not accept.
    """
    walk = _Walk(variables, log)
    for key, value in tree.items():
        tree[key] = _tree(value, (key,), CASTS.step(key), tree.marks.get(key), walk)
    return tree


def _tree(value: Any, path: Path, casts: Rules[Any] | None, mark: Mark | None, walk: _Walk) -> Any:
    if isinstance(value, str):
        cast = casts.verb if casts else None
        return _scalar(value, path, cast, mark, walk) if cast or "$" in value else value
    if isinstance(value, Map):
        for key, item in value.items():
            below = casts.step(key) if casts else None
            value[key] = _tree(item, (*path, key), below, value.marks.get(key), walk)
    elif isinstance(value, Seq):
        below = casts.step(0) if casts else None
        for i, (item, at) in enumerate(value.marked()):
            value[i] = _tree(item, (*path, i), below, at, walk)
    return value


def _scalar(text: str, path: Path, cast: Callable[[str], Any] | None, mark: Mark | None, walk: _Walk) -> Any:
    position = to_position(mark)
    place = dotted(path)
    new = expand(text, walk.variables, position, place)
    if cast is None:
        return new
    try:
        value = cast(new)
    except ValueError as e:
        names = ", ".join(dict.fromkeys(name for name, _, _ in uses(text)))
        raise refuse(
            "wrong-type",
            f"{place} {e}" + (f" (it comes from {names})" if names else ""),
            "Write a value of the type that the key accepts, or set the variable.",
            path,
            position,
        ) from e
    if isinstance(value, bool) and new.lower() not in ("true", "false"):
        walk.log.warn(
            "yaml-1.1-boolean",
            f"{place}: {new!r} is read as {str(value).lower()}",
            f"YAML 1.2 has only true and false. Write {str(value).lower()}.",
            path,
        )
    return value


def expand(text: str, variables: Variables, position: Position | None, place: str) -> str:
    """Substitute in one value, and record which variables it uses and which are missing.

    ``place`` names the value in messages. Raises RefusedError.
    """
    if "$" not in text:
        return text
    try:
        new = substitute(text, variables.lookup, lambda name: variables.note_missing(name, position))
    except TemplateError as e:
        raise refuse(
            "bad-variable",
            f"{place} contains a '$' that does not start a variable",
            "Write '$$' for a dollar sign; variables are $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}.",
            position=position,
        ) from e
    except MissingError as e:
        raise required(e, "in the environment or in the .env file", position) from e
    except TooLongError as e:
        raise too_much_text(position) from e
    variables.budget.add_text(len(new) - len(text), position)
    record(text, variables, position)
    return new


def record(text: str, variables: Variables, position: Position | None) -> None:
    """Record which variables ``text`` uses."""
    for name, operator, argument in uses(text):
        default = argument if operator.endswith("-") else ""
        alternate = argument if operator.endswith("+") else ""
        variables.uses.append(Use(name, position, default, alternate, operator.endswith("?")))
