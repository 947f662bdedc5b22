"""What is at the sources of bind mounts on a known host, and what will fail because of it.

Docker's daemon runs as root: it creates every directory, and its containers see the owners of files as they are. In
user scope, the login user creates the directories, and owners that the user namespace does not map are nobody inside.
Sources: user_namespaces(7); podman-run(1), ``--userns``; newuidmap(1).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping

from compose2quadlet.diagnostics import NAME, PATH, Log, Path, command, told
from compose2quadlet.facts import Facts, Login, Seen
from compose2quadlet.frozen import frozen
from compose2quadlet.hostpaths import KERNEL, inside, normalised, parents
from compose2quadlet.options import Isolation, Options, Scope
from compose2quadlet.planner.host.filenames import SOCKETS, is_file, is_for_file
from compose2quadlet.planner.host.foreign import never_made
from compose2quadlet.planner.host.known import look
from compose2quadlet.planner.host.needs import HostNeeds
from compose2quadlet.planner.index import HostPath, Index
from compose2quadlet.planner.plan import ServicePlan

NEVER_MADE = (*KERNEL, "/etc/localtime")
"""Directories in which nothing is created, and a file."""

SYSTEM = (*KERNEL, "/bin", "/boot", "/etc", "/lib", "/sbin", "/usr", "/var/log")
"""Where containers look at the host itself, whose files belong to root."""

OF_MANY = ("/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/var", "/var/lib")
"""Directories of the system in which others keep theirs: their own owner says little about what is in them."""

KEEP_ID = re.compile(r"keep-id:uid=(\d+)(?:,gid=(\d+))?")


@frozen()
class Source:
    """A source on the host: who mounts it, what is there, and whether the unit creates it."""

    service: str
    host: HostPath
    seen: Seen
    made: bool
    file: bool = False

    @property
    def at(self) -> Path:
        return ("services", self.service, *self.host.below)

    @property
    def there(self) -> bool:
        return self.seen.mode != 0


def makeable(source: str, host: HostNeeds) -> bool:
    """Whether it makes sense to create a missing source of a service as a directory."""
    if source in host.sockets or source in host.unmade or source.endswith(SOCKETS):
        return False
    path = normalised(source)
    return path not in ("", "/") and not inside(path, NEVER_MADE) and not never_made(path)


def check(index: Index, services: Mapping[str, ServicePlan], folder: str, options: Options, log: Log) -> None:
    """Warn of sources that will keep services from starting, or from reading their data."""
    found = list(_sources(index, services, folder, options))
    missing = [source for source in found if not source.there]
    files = [source for source in missing if source.made and source.file]
    _check_files(files, [s for s in found if stat.S_ISDIR(s.seen.mode) and s.file], log)
    _check_missing([s for s in missing if not s.made], log)
    login = options.host.login if options.host else None
    if options.scope is Scope.USER and options.host and login and login.uid:
        new = [s for s in missing if s.made and not s.file]
        _check_creation([s for s in new if not _may_create(s.host.path, index, options)], login, log)
        _check_owners([s for s in found if _is_strange(s, services[s.service], options.host)], services, options, log)


def _sources(index: Index, services: Mapping[str, ServicePlan], folder: str, options: Options) -> Iterator[Source]:
    if options.host is None and options.look is None:
        return
    known: dict[str, Seen | None] = {}
    for name, plan in services.items():
        for host in index.paths[name]:
            if inside(host.path, KERNEL) or host.source in plan.host.sockets or never_made(host.path):
                continue
            if options.look is None and inside(host.path, (normalised(folder),)):
                continue  # on another host, the project will be elsewhere, or come with its files
            if host.path not in known:
                known[host.path] = look(options, host.path, index.mounts)
            seen = known[host.path]
            if seen is not None and not (seen.mode == 0 and host.source in plan.host.unmade):
                mount = plan.spec.volumes[int(host.below[1])] if host.bind else None
                made = bool(mount and mount.bind and mount.bind.create_host_path and makeable(host.source, plan.host))
                yield Source(name, host, seen, made, bool(mount and is_for_file(host.source, mount.target)))


def _may_create(path: str, index: Index, options: Options) -> bool:
    """Whether the login user may create a missing directory; true where that is unknown."""
    for parent in parents(path.rpartition("/")[0] or "/"):
        seen = look(options, parent, index.mounts)
        if seen is None:
            return True
        if seen.mode:
            return seen.write
    return True


def _check_files(missing: list[Source], directories: list[Source], log: Log) -> None:
    if missing:
        log.warn(
            "file-missing",
            f"{_listed(missing)}: there is no such file, so an empty directory is created in its place, as by Docker",
            "Create the file before the first start.",
            missing[0].at,
        )
    wrong = [source for source in directories if is_file(source.host.path)]
    if wrong:
        log.warn(
            "file-missing",
            f"{_listed(wrong)}: a directory with the name of a file, as Docker creates it where a file is missing",
            "Remove the directory, and create the file.",
            wrong[0].at,
        )


def _check_missing(missing: list[Source], log: Log) -> None:
    if missing:
        log.warn(
            "path-missing",
            f"{_listed(missing)}: this does not exist on the host, and is not created: the container will not start",
            "Create it before the first start, or correct the path.",
            missing[0].at,
        )


def _check_creation(refused: list[Source], login: Login, log: Log) -> None:
    if refused:
        paths = dict.fromkeys(told(s.host.path, PATH, "DIR") for s in refused)
        user = told(login.name, NAME, "USER")
        names = dict.fromkeys(f"'{s.service}'" for s in refused)
        verb = "does" if len(names) == 1 else "do"
        what = "a directory that does" if len(paths) == 1 else "directories that do"
        log.warn(
            "cannot-create",
            f"{', '.join(names)} {verb} not start: {user} may not create {what} not exist yet",
            f"Once: {command('sudo', 'install', '-d', '-o', user, '-g', str(login.gid), *paths)}",
            refused[0].at,
        )


def _is_strange(source: Source, plan: ServicePlan, host: Facts) -> bool:
    """Whether a service needs rights that only the owner has, who is nobody inside."""
    seen, login = source.seen, host.login
    if not source.there or login is None or plan.identity.policy is Isolation.USERNS:
        return False
    if stat.S_ISSOCK(seen.mode) or _in(host, host.subuids, seen.uid) or seen.uid == login.uid:
        return False
    if (inside(source.host.path, SYSTEM) or source.host.path in OF_MANY) and seen.mode & stat.S_IROTH:
        return False
    wanted = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(seen.mode) else 0)
    wanted |= stat.S_IWOTH if source.host.writable else 0
    if seen.gid == login.gid or _in(host, host.subgids, seen.gid):
        wanted_by_group = wanted << 3
        if seen.mode & wanted_by_group == wanted_by_group:
            return False
    by_list = seen.write if source.host.writable else seen.read
    if by_list and (seen.gid not in login.groups or "keep-groups" in plan.spec.group_add):
        return False
    return seen.mode & wanted != wanted


def _in(host: Facts, ranges: Mapping[str, tuple[tuple[int, int], ...]], number: int) -> bool:
    login = host.login
    names = (login.name, str(login.uid)) if login else ()
    return any(first <= number < first + count for name in names for first, count in ranges.get(name, ()))


def _check_owners(strange: list[Source], services: Mapping[str, ServicePlan], options: Options, log: Log) -> None:
    """Owners that are nobody in the containers, with what gives the files to who they are there."""
    host, login = options.host, options.host.login if options.host else None
    if not strange or host is None or login is None:
        return
    commands: dict[str, str] = {}
    shown: dict[str, list[str]] = {}
    of_groups = [s for s in strange if s.seen.gid in login.groups and s.seen.mode & stat.S_IRGRP]
    for source in strange:
        seen, userns = source.seen, services[source.service].identity.userns
        what = f"{source.host.shown} ({seen.uid}:{seen.gid}, mode {stat.S_IMODE(seen.mode):o})"
        shown.setdefault(source.service, []).append(what)
        if source in of_groups:
            continue
        keep = KEEP_ID.match(userns)
        uid = _outside(seen.uid, int(keep[1]) if keep else 0, login.uid, _first(host.subuids, login))
        gid = _outside(seen.gid, int(keep[2] or keep[1]) if keep else 0, login.gid, _first(host.subgids, login))
        path = told(source.host.path, PATH, "PATH")
        commands.setdefault(path, command("chown", "-R", f"--from={seen.uid}:{seen.gid}", f"{uid}:{gid}", path))
    named = "; ".join(f"'{name}' ({', '.join(paths)})" for name, paths in shown.items())
    hints = [f"As root, while Docker does not use it: {'; '.join(commands.values())}."] if commands else []
    if of_groups:
        keeping = ", ".join(dict.fromkeys(f"'{s.service}'" for s in of_groups))
        hints.append(f"For the groups of {login.name}: 'group_add: [keep-groups]' in {keeping}, without other groups.")
    log.warn(
        "owner-unmapped",
        f"{named}: the owner is nobody inside of the container, which may not do what only the owner may",
        " ".join(hints),
        strange[0].at,
    )


def _first(ranges: Mapping[str, tuple[tuple[int, int], ...]], login: Login) -> int | None:
    found: Iterable[tuple[int, int]] = ranges.get(login.name) or ranges.get(str(login.uid)) or ()
    return next((first for first, _ in found), None)


def _outside(inner: int, own: int, login: int, first: int | None) -> str:
    """The ID on the host of an ID in a container in which the login user has the ID ``own``."""
    if inner == own:
        return str(login)
    if first is None:
        return "ID"
    return str(first + inner - (1 if inner > own else 0))


def _listed(sources: Iterable[Source]) -> str:
    """Sources by service, as in ``'web': ./a, ./b``."""
    found: dict[str, list[str]] = {}
    for source in sources:
        found.setdefault(source.service, []).append(source.host.shown)
    return "; ".join(f"'{name}' ({', '.join(paths)})" for name, paths in found.items())
