"""Services with hostile text in every field that takes text, and what Podman has to get of it.

A case is a service of a compose file, and beside it the options, mounts and commands that must come out of the
generator: no more, no fewer, and each as it was.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from compose2quadlet.backend.kinds import Place
from compose2quadlet.backend.quoting import STAND_INS
from compose2quadlet.diagnostics import Severity
from tests.support.conversion import converted
from tests.support.generators import Generator, services
from tests.support.systemd import commands, words

IMAGE = "registry.example/app:1"
NASTY = "\"'\\$%{};#[]=:,* \t\n\r\x01\x7f\u00a0\u0085\u2028ü€😀XHOMEab0-"
"""What means something to YAML, to the generator, to systemd or to a shell, and some that means nothing."""

KNOWN = (
    r"""|;|;;|$HOME|${HOME}|${X:-y}|$(id)|%n|%%|%|\x41|\|\\|\;|-v|--privileged|--|#|;#|[Service]|a=b|a,b|a:b|"|'|""|"""
)
TEXT = st.one_of(
    st.text(st.sampled_from(NASTY), max_size=12),
    st.sampled_from(
        [*KNOWN.split("|"), "a\nExec=b", "x\n[Service]\nExecStartPre=/bin/b", "a\\\nb", " a ", "\ta", "a\r\nb"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x80"), max_size=12),
)
SOME = TEXT.map(lambda text: text or "x")
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="="), min_size=1, max_size=8)
VARIABLE = st.one_of(NAME, NAME.map(lambda name: f"{name}*"), st.sampled_from(["*", "HOME*", "PA*", "C2Q_EMPTY"]))
"""Names of variables. To Podman, one that ends in an asterisk and has no value is a pattern for the host's."""

PART = st.text(st.sampled_from("ab \"'\\$%;#*=[]{}\u00a0ü-"), min_size=1, max_size=6)
"""Of a path: without a colon or comma, which mean something there to Docker as well, and without dots."""

WIDER = st.one_of(PART, st.text(st.sampled_from("ab :,\"'\\$%"), min_size=1, max_size=6))
KINDS = ("CMD", "CMD-SHELL", "NONE")
LIST = st.lists(TEXT, min_size=1, max_size=3)
SET = st.lists(SOME, min_size=1, max_size=3, unique_by=lambda text: text.partition("=")[0])
"""Compose takes what has the same text before a '=' for the same."""
Token = tuple[Any, ...]


@dataclass
class Case:
    """One service. ``options`` are expected before the image, ``posts``, ``stops`` and ``pres`` in ``[Service]``."""

    service: dict[str, Any]
    top: dict[str, Any] = field(default_factory=dict)
    options: Counter[Token] = field(default_factory=Counter)
    command: list[str] = field(default_factory=list)
    pres: list[list[str]] = field(default_factory=list)
    posts: list[list[str]] = field(default_factory=list)
    stops: list[list[str]] = field(default_factory=list)

    def expect(self, *tokens: Token) -> None:
        self.options.update(tokens)


def given(name: str, option: str, values: Iterable[str], case: Case) -> None:
    """A field of the service that becomes one option for each of its values."""
    case.service[name] = list(values)
    case.expect(*((option, value) for value in values))


def pairs(name: str, option: str) -> Callable[[dict[str, str], Case], None]:
    return lambda values, case: given(name, option, [f"{k}={v}" for k, v in values.items()], case)


def several(name: str, option: str) -> Callable[[list[str], Case], None]:
    return lambda values, case: given(name, option, values, case)


def one(name: str, option: str, form: str = "{}") -> Callable[[str, Case], None]:
    def add(value: str, case: Case) -> None:
        case.service[name] = form.replace("{}", value)
        case.expect((option, case.service[name]))

    return add


def command(value: list[str], case: Case) -> None:
    case.service["command"] = case.command = value


def entrypoint(value: list[str], case: Case) -> None:
    case.service["entrypoint"] = value
    case.expect(("--entrypoint", "json", *value))


def healthcheck(value: list[str], case: Case) -> None:
    if len(value) == 1 and any(char.isspace() for char in value[0]):
        value = [*value, "x"]  # alone, Podman splits it: there is a warning
    case.service["healthcheck"] = {"test": ["CMD", *value]}
    case.expect(("--health-cmd", "json", *value))


def volume(value: tuple[str, str], case: Case) -> None:
    source, target = f"/srv/{value[0]}", f"/data/{value[1]}"
    case.service.setdefault("volumes", []).append({"type": "bind", "source": source, "target": target})
    case.expect(mounted(source, target))


def secret(value: tuple[str, str], case: Case) -> None:
    source, target = f"/srv/secrets/{value[0]}", f"/run/secrets/{value[1]}"
    case.top["secrets"] = {"s": {"file": source}}
    case.service["secrets"] = [{"source": "s", "target": target}]
    case.expect(mounted(source, target, "ro", "private"))


def config(value: tuple[str, str], case: Case) -> None:
    case.top["configs"] = {"c": {"content": value[0]}}
    case.service["configs"] = [{"source": "c", "target": f"/etc/{value[1]}"}]
    case.pres.append([value[0], "0444"])
    case.expect(mounted("<%t>/PROJECT-app/config-0", f"/etc/{value[1]}", "ro"))


def hosts(value: list[str], case: Case) -> None:
    case.service["extra_hosts"] = [f"{host}=192.0.2.1" for host in value]
    case.expect(*(("--add-host", f"{host}:192.0.2.1") for host in value))


def device(value: str, case: Case) -> None:
    case.service["devices"] = [{"source": f"/dev/{value}", "target": "/dev/x"}]
    case.expect(("--device", f"/dev/{value}:/dev/x"))


def hook(key: str) -> Callable[[tuple[list[str], str, dict[str, str]], Case], None]:
    def add(value: tuple[list[str], str, dict[str, str]], case: Case) -> None:
        words, user, variables = value
        environment = [f"{k}={v}" for k, v in variables.items()]
        case.service[key] = [{"command": words, "user": user, "environment": environment}]
        argv = [f"--user={user}", *(f"--env={pair}" for pair in environment), "PROJECT-app", *words]
        (case.posts if key == "post_start" else case.stops).append(argv)

    return add


def mounted(source: str, target: str, *options: str) -> Token:
    return ("mount", source, target, *sorted(options))


HOOK = st.tuples(LIST, SOME, st.dictionaries(VARIABLE, TEXT, max_size=2))
WORD = st.text(st.sampled_from("ab\"'\\$%;#*[]{}-ü"), min_size=1, max_size=6)

FIELDS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any, Case], None]]] = {
    "command": (LIST, command),
    "entrypoint": (LIST.map(lambda words: [w for w in words if w] or ["x"]), entrypoint),
    "environment": (st.dictionaries(VARIABLE, TEXT, min_size=1, max_size=3), pairs("environment", "--env")),
    "labels": (st.dictionaries(NAME, TEXT, min_size=1, max_size=3), pairs("labels", "--label")),
    "annotations": (st.dictionaries(NAME, TEXT, min_size=1, max_size=3), pairs("annotations", "--annotation")),
    "sysctls": (st.dictionaries(WORD, TEXT, min_size=1, max_size=2), pairs("sysctls", "--sysctl")),
    "healthcheck": (LIST.map(lambda words: ["x", *words[1:]] if words[0].upper() in KINDS else words), healthcheck),
    "working_dir": (PART, one("working_dir", "--workdir", "/{}")),
    "volume": (st.tuples(WIDER, PART), volume),
    "secret": (st.tuples(PART, PART), secret),
    "config": (st.tuples(SOME, PART), config),
    # Compose takes what has the same text before a "=" for the same mount.
    "tmpfs": (
        st.lists(PART.map(lambda path: "/" + path.replace("=", "")), min_size=1, max_size=2, unique=True),
        several("tmpfs", "--tmpfs"),
    ),
    "extra_hosts": (st.lists(WORD, min_size=1, max_size=2, unique=True), hosts),
    "devices": (PART, device),
    "group_add": (SET, several("group_add", "--group-add")),
    "dns_search": (SET, several("dns_search", "--dns-search")),
    "security_opt": (
        SET.map(lambda xs: [f"label=type:{x}" for x in xs][:1]),
        several("security_opt", "--security-opt"),
    ),
    "hostname": (SOME, one("hostname", "--hostname")),
    "user": (SOME.map(lambda text: text.replace(":", "") or "x"), one("user", "--user")),
    "stop_signal": (SOME, one("stop_signal", "--stop-signal")),
    "runtime": (SOME, one("runtime", "--runtime")),
    "post_start": (HOOK, hook("post_start")),
    "pre_stop": (HOOK, hook("pre_stop")),
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A service with up to four of the fields: with more, one that cannot be written would hide the others."""
    case = Case({"image": IMAGE, "network_mode": "bridge"})
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, max_size=4, unique=True)):
        strategy, add = FIELDS[name]
        add(draw(strategy), case)
    return case


def doubled(value: object) -> str:
    """A value as it stands in a compose file: JSON is YAML but for surrogates; a dollar sign stands twice."""
    text = json.dumps(value, ensure_ascii=False).replace("$", "$$")
    return re.sub("[\x7f-\uffff]", lambda m: f"\\u{ord(m[0]):04x}", text)


def units(case: Case, project: str, generator: Generator, scope: str, folder: Path) -> dict[str, str] | None:
    """The case's units; None where it is refused, with a reason."""
    compose = {"name": project, "services": {"app": case.service}, **case.top}
    (folder / "compose.yaml").write_text(doubled(compose))
    conversion, log = converted(folder, podman=generator.podman, scope=scope)
    if conversion is None:
        assert {d.code for d in log.items if d.severity is Severity.ERROR} <= {
            "value-unwritable",
            "bad-value",
            "bad-volume",
        }
        return None
    return {name: text for name, text in conversion.files[Place.QUADLETS].items() if name.endswith(".container")}


def generated(folder: Path, generator: Generator, scope: str) -> dict[str, list[str]]:
    return services(generator.dry_run(folder, user=scope == "user").stdout)


def verify(case: Case, project: str, rows: list[str], plain: list[str]) -> None:
    """Compare the service that the generator made with what the case expects; ``plain`` is that of a bare service."""
    own, bare = Service.read(rows), Service.read(plain)
    argv = own.start()
    image = argv.index(IMAGE)
    assert argv[image + 1 :] == case.command
    expected = Counter(_named(token, project) for token in case.options)
    fixed = Counter(_named(token, project) for token in tokens(bare.start()[:-1]))
    if any(token[0] == "--user" for token in case.options):
        fixed = Counter({t: n for t, n in fixed.items() if t[0] != "--user"})
    assert Counter(tokens(argv[:image])) == expected + fixed
    pres = [c[-2:] for c in own.commands("ExecStartPre") if c[:2] == ["/bin/sh", "-c"] and c[-1] == "0444"]
    assert pres == case.pres
    for key, wanted, before in (("ExecStartPost", case.posts, 0), ("ExecStop", case.stops, 1)):
        found = own.commands(key)
        assert len(found) == len(wanted) + before
        program = "/usr/bin/podman" if key == "ExecStartPost" else "-/usr/bin/podman"
        for left, right in zip(found, wanted, strict=False):
            assert left == [
                program,
                "exec",
                *(w.replace("PROJECT", project) if w == "PROJECT-app" else w for w in right),
            ]
    varied = {"RequiresMountsFor", "ExecStartPre", "ExecStartPost", "ExecStop", "Environment", "RuntimeDirectory"}
    assert {k: n for k, n in own.keys().items() if k[1] not in varied} == {
        k: n for k, n in bare.keys().items() if k[1] not in varied
    }


def _named(token: Token, project: str) -> Token:
    if token[0] in ("mount", "--name", "--cidfile", "--log-opt"):
        return tuple(word.replace("PROJECT", project) for word in token)
    return token


@dataclass
class Service:
    """The lines of a service by section and key."""

    lines: list[tuple[str, str, str]]

    @classmethod
    def read(cls, rows: list[str]) -> Service:
        section, lines = "", []
        for row in rows:
            if re.fullmatch(r"\[[\w-]+\]", row):
                section = row
            elif row and not row.startswith("#"):
                key, _, value = row.partition("=")
                lines.append((section, key, value))
        return cls(lines)

    def keys(self) -> Counter[tuple[str, str]]:
        return Counter((section, key) for section, key, _ in self.lines if not section.startswith("[X-"))

    def commands(self, key: str) -> list[list[str]]:
        variables = {name: text for text, name in STAND_INS.items()}
        set_here = {
            pair
            for section, k, value in self.lines
            if (section, k) == ("[Service]", "Environment")
            for pair, _ in words(value)
        }
        variables = {name: text for name, text in variables.items() if f"{name}={text}" in set_here}
        found = [commands(v, variables) for section, k, v in self.lines if (section, k) == ("[Service]", key)]
        assert all(len(line) == 1 for line in found), "a second command"
        return [line[0] for line in found]

    def start(self) -> list[str]:
        (argv,) = self.commands("ExecStart")
        return argv


ALONE = {"-d", "--replace", "--rm", "run"}


def tokens(argv: list[str]) -> list[Token]:
    """The words of ``podman run`` up to the image, as options with their values."""
    found: list[Token] = []
    rest = iter(argv)
    for word in rest:
        if not word.startswith("-") or word in ALONE:
            found.append((word,))
            continue
        name, equals, value = word.partition("=")
        if not equals:
            value = next(rest)
        found.append(_token("--volume" if name == "-v" else name, value))
    return found


def _token(name: str, value: str) -> Token:
    if name == "--entrypoint":
        return (name, "json", *json.loads(value))
    if name == "--health-cmd":
        return (name, "json", *([value.removeprefix("CMD ")] if value.startswith("CMD ") else json.loads(value)))
    if name == "--volume":
        source, target, *options = value.split(":")
        return mounted(source, target, *(o for text in options for o in text.split(",")))
    if name == "--mount":
        (fields,) = csv.reader([value], strict=True)
        named = {name: value for name, _, value in (f.partition("=") for f in fields)}
        known = {"type", "source", "destination", "bind-propagation"}
        options = [k if k != "bind-propagation" else v for k, v in named.items() if k not in known or k.startswith("b")]
        return mounted(named["source"], named["destination"], *options)
    return (name, value)
