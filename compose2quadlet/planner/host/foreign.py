"""Paths of the host that are Docker's own, and files that only some hosts have.

What is mounted from there is out of date, or missing, once Podman runs the containers. Neither is made where it is
missing: an empty directory would hide the mistake.
Sources: Docker, "Docker daemon data directory" and "Run the Docker daemon as a non-root user"; podman-volume(1); tzdata
2024b of Debian, which no longer writes /etc/timezone; rsyslog, which Debian 12 and Fedora do without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.hostpaths import inside, normalised
from compose2quadlet.options import Options, Scope
from compose2quadlet.planner.dns import listed
from compose2quadlet.planner.host import engine
from compose2quadlet.planner.host.known import look
from compose2quadlet.planner.index import HostPath, Index

DATA = re.compile(r"(/var/lib/docker|/var/snap/docker/[^/]+/[^/]+|.+/\.local/share/docker)(/.*)?")
"""Where Docker keeps its data: that of the system, that of its snap, and that of a user."""

DOCKERS = ("/etc/docker", "/run/docker", "/run/docker.pid", "/usr/bin/docker", "/usr/local/bin/docker")
"""What else is Docker's."""

VOLUME = re.compile(r"/volumes/([A-Za-z0-9][A-Za-z0-9_.-]*)/_data(/.*)?")

VOLUMES = {
    Scope.USER: "~/.local/share/containers/storage/volumes",
    Scope.SYSTEM: "/var/lib/containers/storage/volumes",
}
"""Where Podman has its volumes."""

JOURNAL = "Read the journal instead: mount /var/log/journal, /run/log/journal and /etc/machine-id."

RARE = {
    "/etc/timezone": "Set TZ in 'environment:' instead, or write 'x-quadlet: {Container: {Timezone: local}}'.",
    "/run/utmp": "systemd-logind knows who is logged in.",
    "/var/lib/dbus/machine-id": "Mount /etc/machine-id.",
    **{
        f"/var/log/{name}": JOURNAL
        for name in ("auth.log", "daemon.log", "kern.log", "mail.log", "messages", "secure", "syslog")
    },
    **{
        f"/var/log/{name}": "Debian 13 and others keep no such file any more."
        for name in ("btmp", "faillog", "lastlog", "wtmp")
    },
}
"""Files that only some hosts have, and what to do without them."""


def below_data(path: str) -> str | None:
    """What stands behind Docker's data directory in a normalised path, if it is in there."""
    match = DATA.fullmatch(path)
    return (match[2] or "") if match else None


def is_dockers(path: str) -> bool:
    """Whether a path of the host is Docker's own; its socket is not meant, for which Podman has one."""
    path = normalised(path)
    return not engine.is_named_as_socket(path) and (below_data(path) is not None or inside(path, DOCKERS))


def never_made(path: str) -> bool:
    """Whether a path of the host must not be made where it is missing."""
    return is_dockers(path) or normalised(path) in RARE


def check(index: Index, services: list[str], options: Options, log: Log) -> None:
    """Warn of the services among ``services`` that mount what is Docker's, or what only some hosts have."""
    paths = [(name, host) for name in services for host in index.paths[name]]
    _check_docker([(name, host) for name, host in paths if is_dockers(host.path)], options.scope, log)
    rare = [(name, host) for name, host in paths if host.path in RARE]
    seen = {host.path: look(options, host.path, index.mounts) for _, host in rare}
    gone = {path for path, found in seen.items() if found is not None and not found.mode}
    there = {path for path, found in seen.items() if found is not None and found.mode}
    _check_rare([(name, host) for name, host in rare if host.path in gone], "this host does not have", log)
    unknown = [(name, host) for name, host in rare if host.path not in gone | there]
    _check_rare(unknown, "many hosts do not have", log)


def _check_docker(found: list[tuple[str, HostPath]], scope: Scope, log: Log) -> None:
    if not found:
        return
    names = dict.fromkeys(name for name, _ in found)
    sources = dict.fromkeys(host.source for _, host in found)
    log.warn(
        "docker-directory",
        f"{listed(names, 'mounts', 'mount')} what is Docker's own: {', '.join(sources)}. Podman puts nothing there, and"
        " missing paths are not created",
        " ".join(dict.fromkeys(_instead([host.path for _, host in found], scope))),
        _at(*found[0]),
    )


def _instead(paths: list[str], scope: Scope) -> Iterator[str]:
    """What to mount instead of paths of Docker's."""
    for path in paths:
        below = below_data(path)
        if below is None or not below.startswith(("/containers", "/volumes")):
            continue
        if below.startswith("/containers"):
            yield f"For logs, read the journal instead{JOURNAL.partition('instead')[2]}"
        elif match := VOLUME.fullmatch(below):
            yield f"Mount the volume {match[1]} itself, as an external one."
        else:
            yield f"Podman has its volumes in {VOLUMES[scope]}; what is in Docker's no longer changes."
    if all(not (below_data(path) or "").startswith(("/containers", "/volumes")) for path in paths):
        yield "Leave it out, unless Docker keeps running beside Podman and the service is about Docker."


def _check_rare(found: list[tuple[str, HostPath]], who: str, log: Log) -> None:
    if not found:
        return
    names = dict.fromkeys(name for name, _ in found)
    files = dict.fromkeys(host.path for _, host in found)
    which = "a file" if len(files) == 1 else "files"
    log.warn(
        "rare-file",
        f"{listed(names, 'mounts', 'mount')} {which} that {who}: {', '.join(files)}. Without"
        f" {'it' if len(files) == 1 else 'them'}, Podman does not start the container",
        " ".join(dict.fromkeys(RARE[file] for file in files)),
        _at(*found[0]),
    )


def _at(name: str, host: HostPath) -> Path:
    return ("services", name, *host.below)
