"""Names of the units that a project becomes.

They carry the project's name, because all Quadlet files share one namespace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from compose2quadlet.diagnostics import Log, Path, dotted
from compose2quadlet.frozen import frozen
from compose2quadlet.kinds import unit_of

OTHER_WORDS = {"network": "net", "volume": "vol", "build": "image"}

MAX_FILE_NAME = 255
"""The most bytes in a file name, on all common file systems, and in a unit's name (unit_name_is_valid of systemd)."""

RESERVED = frozenset(
    "dbus dbus-broker docker containerd podman podman-auto-update podman-restart ssh sshd cron crond getty login"
    " network networking NetworkManager systemd-networkd systemd-resolved systemd-journald systemd-logind"
    " systemd-udevd systemd-timesyncd polkit firewalld ufw nftables user init".split()
)
"""Services that a host needs. A unit with such a name would replace the host's own."""


@frozen()
class UnitName:
    """A unit: ``stem`` is its file's name without the extension, which is its ``kind``."""

    stem: str
    kind: str

    @property
    def file(self) -> str:
        return f"{self.stem}.{self.kind}"

    @property
    def service(self) -> str:
        """The unit that systemd sees; Podman's generator makes it from the file if it is a Quadlet."""
        return unit_of(self.file)


def service_units(project: str, services: Iterable[str]) -> dict[str, UnitName]:
    """The unit of each service: ``<project>-<service>``.

    The name of the service alone does where it is that of the project, or starts with it; but not where the host needs
    a unit of that name, or two services would get the same.
    """
    full = {name: f"{project}-{name}" for name in services}
    short = {name: name if _has_prefix(project, name) and name not in RESERVED else full[name] for name in full}
    counts = Counter(short.values())
    return {name: UnitName(stem if counts[stem] == 1 else full[name], "container") for name, stem in short.items()}


def _has_prefix(project: str, name: str) -> bool:
    return name == project or name.startswith((f"{project}-", f"{project}_"))


def resource_unit(project: str, key: str, kind: str, taken: Container[str] = ()) -> UnitName:
    """``<project>-<key>`` with the extension ``kind``: network, volume or build.

    If its service is one of those ``taken``, another word is added: a service data-volume takes the name of the unit
    for the volume data.
    """
    unit = UnitName(f"{project}-{key}", kind)
    return UnitName(f"{unit.stem}-{OTHER_WORDS[kind]}", kind) if unit.service in taken else unit


def check(units: Mapping[Path, UnitName], log: Log) -> None:
    """Log an error for each name that cannot be used: too long, used twice, or needed by the host."""
    seen: dict[str, Path] = {}
    for path, unit in units.items():
        place = dotted(path)
        if max(len(unit.file.encode()), len(unit.service.encode())) > MAX_FILE_NAME or unit.file.startswith("."):
            problem = "starts with a dot" if unit.file.startswith(".") else "is longer than a file name may be"
            log.error("bad-name", f"{place}: the unit name {unit.file} {problem}", "Choose another name.", path)
        if unit.kind == "container" and unit.stem in RESERVED:
            hint = f"Rename the project with --project-name NAME; the unit is then NAME-{path[1]}."
            log.error("unit-reserved", f"{place}: {unit.service} would replace a unit that the host needs", hint, path)
        if other := seen.get(unit.service):
            message = f"{dotted(other)} and {place} both become {unit.service}"
            log.error("unit-clash", message, "Rename one of the two.", other)
        seen[unit.service] = path
