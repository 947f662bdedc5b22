"""Makes a plan of this machine: asks both engines, converts the projects, counts the data. Changes nothing."""

from __future__ import annotations

import os
import pwd
import secrets
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from compose2quadlet.diagnostics import Diagnostic, command
from compose2quadlet.facts import Facts, Login
from compose2quadlet.frozen import frozen
from compose2quadlet.host import facts
from compose2quadlet.host import inventory as inventories
from compose2quadlet.host.docker import DockerError
from compose2quadlet.host.dockerstate import State
from compose2quadlet.host.layout import directories
from compose2quadlet.host.manifest import recorded
from compose2quadlet.host.migrate import copying
from compose2quadlet.host.migrate.journal import Journal, now
from compose2quadlet.host.migrate.machine import FailedError, Machine, Runner
from compose2quadlet.host.migrate.runner import Work, texts
from compose2quadlet.host.migrate.sequence import MACHINE, of_group, of_machine
from compose2quadlet.host.migrate.steps import firewall, images
from compose2quadlet.host.migrate.steps.check import existing, file_hash
from compose2quadlet.host.migrate.trees import totals
from compose2quadlet.host.programs import Programs
from compose2quadlet.inventory import Container, Image, Inventory, Project
from compose2quadlet.kinds import Place
from compose2quadlet.migrate import guard
from compose2quadlet.migrate.build import Context, Survey, full, group
from compose2quadlet.migrate.converting import Converted, Outside, converted
from compose2quadlet.migrate.idmap import Subordinate
from compose2quadlet.migrate.order import groups
from compose2quadlet.migrate.plan import Group, ImageMove, Plan, UnitFile
from compose2quadlet.migrate.volumes import Count
from compose2quadlet.options import Options, Scope
from compose2quadlet.run.found import completed

STOP_SECONDS = 10
"""Docker's own patience when it stops a container."""

USUAL_PORT = 1024
"""The first port that a login user may publish, unless the host says something else."""

DOCKER_UNITS = ("docker.socket", "docker.service")


@frozen()
class Wish:
    """What is asked for. No ``projects`` means all. ``options`` are those of a conversion, without facts."""

    projects: tuple[str, ...]
    options: Options
    runner: Runner
    whole: bool = False
    replace: bool = False
    state: Path = field(default_factory=Path)


def runner_of(user: str) -> Runner:
    """Who runs the units. Raises FailedError for a user that this host does not have."""
    if not user:
        return Runner()
    try:
        found = pwd.getpwnam(user)
    except KeyError as e:
        raise FailedError(f"there is no user {user}") from e
    return Runner(user, found.pw_uid, found.pw_gid, found.pw_dir)


def known(runner: Runner) -> Facts:
    """The facts about this host, for the user who runs the units."""
    programs = Programs()

    def run(command: Sequence[str]) -> str:
        words = list(command)
        return programs.output(runner.systemctl(*words[2:]) if words[:2] == ["systemctl", "--user"] else words)

    login = None
    if runner.user:
        linger = os.path.exists(f"/var/lib/systemd/linger/{runner.user}")
        login = Login(runner.user, runner.uid, runner.gid, runner.home, linger)
    return facts.gather(run=run, login=login)


def subordinate(runner: Runner, host: Facts) -> Subordinate | None:
    """The IDs of a login user's containers. Raises FailedError if there are none."""
    if not runner.user:
        return None
    names = (runner.user, str(runner.uid))
    uids, gids = ([r for name in names for r in known.get(name, ())] for known in (host.subuids, host.subgids))
    if not uids or not gids:
        some = ("--add-subuids", "100000-165535", "--add-subgids", "100000-165535")
        hint = f"Give the user some: {command('usermod', *some, runner.user)}"
        raise FailedError(f"the user {runner.user} has no subordinate IDs", hint)
    return Subordinate(runner.uid, runner.gid, uids, gids)


def make(wish: Wish, machine: Machine) -> tuple[Plan, list[Diagnostic]]:
    """The plan, and what to know of the units. ``machine`` does a dry run. Raises FailedError, RefusedError and
    OSError."""
    runner, host = wish.runner, known(wish.runner)
    login = subordinate(runner, host)
    if runner.user and not (host.login and host.login.linger):
        hint = f"Let it: {command('loginctl', 'enable-linger', runner.user)}"
        raise FailedError(f"the services of {runner.user} would stop when that user logs out", hint)
    inventory, state = _inventory()
    wanted = _wanted(inventory, wish.projects)
    with tempfile.TemporaryDirectory(prefix="compose2quadlet-") as place:

        def keep(name: str, text: str) -> str:
            file = Path(place, f"{name}.yaml")
            file.write_text(text)
            return str(file)

        numbers = {i["Id"]: str((i.get("Config") or {}).get("User") or "") for i in state.images}
        units = converted(inventory, wanted, replace(wish.options, host=host), Outside(numbers, _owners, keep))
    store = machine.ask(*runner.podman("info", "--format", "{{.Store.VolumePath}}")).strip()
    moving = [p for p in wanted if p.name in units.made]
    stops = {c["Id"]: int((c.get("Config") or {}).get("StopTimeout") or STOP_SECONDS) for c in state.containers}
    survey = replace(_survey(inventory, moving, wish, machine, store), login=login, stops=stops)
    if runner.user:
        survey = replace(survey, first_port=host.first_port if host.first_port is not None else USUAL_PORT)
    files = {name: tuple(_files(name, made.files, units.private, wish)) for name, made in units.made.items()}
    context = Context(inventory, units.made, files, survey, wish.options.scope)
    plan = _plan(wish, context, machine, store, units, groups(inventory, units.made))
    return _with_texts(plan, machine, wish.state), units.said


def _inventory() -> tuple[Inventory, State]:
    """What Docker has, and what it was made of. Raises FailedError if Docker does not run."""
    try:
        state = inventories.current()
    except DockerError as e:
        raise FailedError(str(e), e.hint) from e
    if not state.version:
        raise FailedError("Docker does not run", "Start it: systemctl start docker")
    return completed(inventories.taken(state, count=False), {c["Id"]: c for c in state.containers}), state


def _wanted(inventory: Inventory, names: Sequence[str]) -> list[Project]:
    found = {p.name: p for p in inventory.projects}
    if not found:
        raise FailedError("Docker has no compose project", "See what it has: compose2quadlet inventory")
    if unknown := [name for name in names if name not in found]:
        raise FailedError(f"Docker has no project {unknown[0]}", f"It has: {', '.join(found)}")
    return [p for p in found.values() if not names or p.name in names]


def _owners(path: str) -> tuple[int, int] | None:
    owner = _owner(path)
    return owner[:2] if owner else None


def _plan(
    wish: Wish, context: Context, machine: Machine, store: str, units: Converted, together: Sequence[tuple[str, ...]]
) -> Plan:
    runner = wish.runner
    made = [_guarded(group(names, context), store, wish) for names in together]
    moving = {c.id for one in made for c in one.containers}
    left = [c for c in context.inventory.containers if c.id not in moving]
    stays = [(f"project {name}", reason) for name, reason in units.refused.items()]
    stays += [(f"container {c.name}", _why(c, units)) for c in left if c.project not in units.refused]
    if wish.whole and left:
        names = ", ".join(c.name for c in left)
        blocker = f"Docker cannot be switched off, because these containers stay: {names}"
        made = [replace(one, blockers=(*one.blockers, blocker)) for one in made]
    system = wish.options.scope is Scope.SYSTEM
    return Plan(
        id=f"{now().replace(':', '').replace('-', '')}-{secrets.token_hex(2)}",
        made=now(),
        scope=wish.options.scope,
        user=runner.user,
        uid=runner.uid,
        gid=runner.gid,
        home=runner.home,
        store=store,
        docker=context.inventory.engine.version,
        podman=".".join(map(str, wish.options.podman)),
        whole=wish.whole,
        beside=system and firewall.closed(machine),
        docker_units=tuple(u for u in DOCKER_UNITS if machine.look("systemctl", "is-enabled", "--quiet", u).ok),
        options=recorded(wish.options),
        groups=tuple(made),
        stays=tuple(stays),
        left_alone=tuple(c.id for c in left),
    )


def _why(container: Container, units: Converted) -> str:
    if not container.project:
        return "it is not of a compose project: write a compose file for it, or a unit"
    if container.project in units.made:
        return "the compose file has no service for it"
    return "its project was not asked for"


def _files(
    name: str, files: Mapping[Place, Mapping[str, str]], private: frozenset[str], wish: Wish
) -> Iterable[UnitFile]:
    where = directories(wish.options.scope, wish.runner.home)
    for place in Place:
        for file, text in files[place].items():
            owner = "" if " for all projects." in text.partition("\n")[0] else name
            yield UnitFile(str(where[place] / file), text, owner, file in private)


def _guarded(one: Group, store: str, wish: Wish) -> Group:
    """A group with guards in its units against empty volumes."""
    where = directories(wish.options.scope, wish.runner.home)[Place.SYSTEMD]
    files = {f.path: f for f in one.files}
    for service in one.services:
        old = next(c for c in one.containers if c.name == service.old)
        volumes = [v for v in one.volumes if old.service in v.services]
        text = guard.drop_in(old.project, volumes, store, bool(wish.runner.user))
        path = str(where / f"{service.unit}.d" / guard.NAME)
        if text:
            files[path] = UnitFile(path, text, old.project, False)
    return replace(one, files=tuple(files.values()))


def _survey(inventory: Inventory, moving: Sequence[Project], wish: Wish, machine: Machine, store: str) -> Survey:
    podman, containers = wish.runner.podman, [c for p in moving for c in inventory.of(p.name)]
    mounts = [m for c in containers for m in c.mounts]
    used = {m.name for m in mounts if m.type == "volume"}
    there = machine.ask(*podman("volume", "ls", "--quiet")).split()
    networks = machine.ask(*podman("network", "ls", "--format", "{{.Name}}")).split()
    files = {f for p in moving for f in (*p.files, *p.env_files)}
    paths = {v.name: v.path for v in inventory.volumes if v.name in used and v.driver == "local"}
    return Survey(
        counts={name: c for name, path in paths.items() if (c := _count(path, existing(store)))},
        marks={name: mark for name in there if (mark := _mark(machine, name)) is not None},
        owners={m.source: owner for m in mounts if m.type == "bind" and (owner := _owner(m.source))},
        images=frozenset(i.id for i in inventory.images if _has(machine, i)),
        networks=frozenset(networks),
        hashes={file: file_hash(file) for file in sorted(files) if os.path.isfile(file)},
        replace=wish.replace,
        unmappable=frozenset(_unmappable({m.source for m in mounts if m.type == "bind"}, wish)),
        unmappable_store=any(_unmappable({existing(store)}, wish)),
    )


def _unmappable(paths: Iterable[str], wish: Wish) -> Iterable[str]:
    """The paths on file systems where the kernel cannot map owners, each of which is asked once."""
    answers: dict[int, bool | None] = {}
    for path in sorted(paths) if wish.options.scope is Scope.SYSTEM else ():
        if os.path.exists(path):
            device = os.stat(path).st_dev
            if device not in answers:
                answers[device] = copying.can_map(path)
            if answers[device] is False:
                yield path


def _count(path: str, store: str) -> Count | None:
    """The sums over a volume that is in use: a file may go while it is read, so there are several tries."""
    for _ in range(3):
        try:
            found = totals(path)
        except FileNotFoundError:
            if not os.path.isdir(path):
                return None
            continue
        except NotADirectoryError:
            return None
        shares = copying.shares_blocks(path, store)
        users, numbers = tuple(sorted(found.users)), tuple(sorted(found.groups))
        return Count(found.files, found.size, found.space, users, numbers, tuple(found.guards), shares)
    return None


def _mark(machine: Machine, name: str) -> str | None:
    """The migration whose copy Podman's volume is, empty for data of others; None if it has none."""
    words = machine.runner.podman("volume", "inspect", "--format", "{{.Mountpoint}}", name)
    path = machine.look(*words).output.strip()
    if not path or not os.path.isdir(path):
        return None
    return copying.mark_of(path) or ("" if os.listdir(path) else None)


def _owner(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def _has(machine: Machine, image: Image) -> bool:
    return images.there(machine, ImageMove(image.id, full(image.names), image.layers, image.size))


def _with_texts(plan: Plan, machine: Machine, state: Path) -> Plan:
    """The plan with all its commands, from a dry run."""
    journal = Journal(state / plan.id, -1, plan)
    made = []
    for one in plan.groups:
        work = Work(machine, journal, one, lambda _line: None)
        made.append(replace(one, steps=texts(work, of_group(one, plan))))
    if plan.whole and made:
        last = Work(machine, journal, replace(plan.groups[-1], name=MACHINE), lambda _line: None)
        more = texts(last, of_machine(plan))
        made[-1] = replace(made[-1], steps=(*made[-1].steps, *more))
    return replace(plan, groups=tuple(made))
