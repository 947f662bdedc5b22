"""Prints the lowering tables and the catalogue of directives for people."""

from __future__ import annotations

from typing import Any

from compose2quadlet.backend.catalogue import Key, catalogue
from compose2quadlet.frozen import frozen
from compose2quadlet.lowering import build, network, service, volume
from compose2quadlet.lowering.nested import nested
from compose2quadlet.lowering.top import TABLE as TOP
from compose2quadlet.lowering.verbs import Row

SECTIONS = (
    ("", "Container", service.TABLE),
    ("build", "Build", build.TABLE),
    ("networks", "Network", network.TABLE),
    ("volumes", "Volume", volume.TABLE),
    ("top", "", TOP),
)

STATUS = {
    "carried": "converted",
    "part": "part of another key",
    "units": "becomes units",
    "ignored": "has no effect on units",
    "resolved": "handled while loading",
    "unsupported": "not converted",
}


@frozen()
class Entry:
    """A compose key with its row; ``group`` is empty for the attributes of a service."""

    group: str
    section: str
    row: Row

    @property
    def key(self) -> str:
        return self.row.key

    @property
    def name(self) -> str:
        return f"{self.group}.{self.key}" if self.group not in ("", "top") else self.key

    def directives(self) -> list[tuple[str, Key]]:
        """The directives that the row may write, each as ``[Section] Key=`` with its catalogue entry."""
        keys = catalogue()
        found = []
        for key in self.row.verb.keys:
            where = next(s for s in (self.section, "Unit", "Service", "Install") if (s, key) in keys)
            found.append((f"[{where}] {key}=", keys[where, key]))
        return found

    def inside(self) -> dict[str, str]:
        """What becomes of the attributes inside the key, by their path below it."""
        start = f"{self.key}."
        return {path.removeprefix(start): how for path, how in nested(self.group).items() if path.startswith(start)}

    def short(self) -> str:
        names = ", ".join([*(f"{key}=" for key in self.row.verb.keys), *(f"see {o}" for o in self.row.verb.of)])
        return f"→ {names}" if names else STATUS[self.row.verb.status]

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.name,
            "status": self.row.verb.status,
            "how": self.row.verb.how,
            "see": list(self.row.verb.of),
            "directives": [
                {"directive": name, "podman": _version(key), "older": _older(key)} for name, key in self.directives()
            ],
            "inside": self.inside(),
        }


def _version(key: Key) -> str:
    return f"{key.since[0]}.{key.since[1]}"


def _older(key: Key) -> str | None:
    """What replaces the directive for a Podman that has Quadlet, but not this directive."""
    return f"PodmanArgs={key.fallback}" if key.fallback and key.late else None


def entries() -> list[Entry]:
    """All keys, in the order of the tables."""
    return [Entry(group, section, row) for group, section, rows in SECTIONS for row in rows]


def describe(entry: Entry) -> str:
    """A few lines about one key."""
    groups = {"": "services.*.", "build": "services.*.build.", "top": ""}
    group = groups.get(entry.group, f"{entry.group}.*.")
    lines = [f"{group}{entry.key}: {STATUS[entry.row.verb.status]}"]
    for name, key in entry.directives():
        older = _older(key)
        lines.append(f"  {name:<36} Podman {_version(key)}" + (f"; with older versions: {older}" if older else ""))
    lines += [f"  see {other}" for other in entry.row.verb.of]
    inside = entry.inside()
    width = max(map(len, inside), default=0)
    return "\n".join([*lines, f"  {entry.row.verb.how}", *(f"    {k:<{width}}  {how}" for k, how in inside.items())])


def markdown() -> str:
    """All keys as a table in Markdown."""
    lines = ["| key | becomes (needs Podman, if later than 4.4) | how |", "|---|---|---|"]
    for entry in entries():
        group = "services" if entry.group == "" else "services.build" if entry.group == "build" else entry.group
        name = entry.key if group == "top" else f"{group}.{entry.key}"
        named = (f"`{d}`" + (f" ({_version(key)})" if key.late else "") for d, key in entry.directives())
        see = (f"see `{group}.{other}`" for other in entry.row.verb.of)
        becomes = ", ".join([*named, *see]) or STATUS[entry.row.verb.status]
        lines.append(f"| `{name}` | {becomes} | {_cell(entry.row.verb.how)} |")
        lines += [f"| `{name}.{path}` | | {_cell(how)} |" for path, how in entry.inside().items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
