"""The move of one project from Docker, as a runbook with its own names, for those who do it by hand.

Source of each step: measured, with both engines on one host; see ``topics/moving.md`` for what ``migrate`` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from compose2quadlet.diagnostics import command
from compose2quadlet.frozen import frozen
from compose2quadlet.migrate.idmap import Subordinate, of_policy

if TYPE_CHECKING:
    from compose2quadlet.pipeline import Conversion
    from compose2quadlet.planner import ServicePlan, VolumePlan

Lines = Iterator[str]
MOUNTPOINT = "'{{.Mountpoint}}'"


@frozen()
class Runbook:
    """A converted project, and the login user who will run it, with subordinate IDs; None for the system."""

    made: Conversion
    login: Subordinate | None
    user: str = ""

    @property
    def name(self) -> str:
        return self.made.project.name

    @property
    def ctl(self) -> str:
        return "systemctl --user" if self.login else "systemctl"

    @property
    def root(self) -> str:
        """What goes before a command for root."""
        return "sudo " if self.login else ""

    def compose(self, *words: str) -> str:
        """A command of Docker Compose for the project."""
        sources = self.made.loaded.tree.sources
        options = [word for file in sources.files for word in ("-f", file)]
        return self.root + command(
            "docker", "compose", "-p", self.name, "--project-directory", sources.folder, *options, *words
        )

    def services(self) -> list[ServicePlan]:
        """The services that run, each after those that it depends on."""
        active = set(self.made.loaded.tree.sources.profiles)
        left = {
            n: s for n, s in self.made.plan.services.items() if not s.spec.profiles or active & {"*", *s.spec.profiles}
        }
        found: list[ServicePlan] = []
        while left:
            ready = [n for n, s in left.items() if not left.keys() & s.spec.depends_on.keys() - {n}] or [
                next(iter(left))
            ]
            found += [left.pop(n) for n in ready]
        return found

    def containers(self, service: ServicePlan) -> list[str]:
        """The names of a service's containers under Docker."""
        given = service.spec.container_name
        return [given] if given else [f"{self.name}-{service.name}-{one.number + 1}" for one in service.each()]

    def all_containers(self) -> list[str]:
        return [name for service in self.services() for name in self.containers(service)]


def text(book: Runbook) -> str:
    """The runbook, in Markdown."""
    whose = f"the login user {book.user}" if book.login else "the system"
    head = [
        f"# Migration of {book.name}: from Docker to systemd, by hand",
        "",
        f"The units are for {whose}."
        + (" Run the commands as that user; some need root." if book.login else " Run all commands as root."),
        "Docker's data is only read, so that you can go back at any point. For the reasons behind each step, see"
        " `compose2quadlet help migration`; `compose2quadlet migrate` does all of it, and compares the data.",
        "",
    ]
    parts = (_before, _images, _stop, _units, _data, _binds, _firewall, _start, _compare, _back, _finish)
    number, lines = 0, head
    for part in parts:
        if body := [*part(book)]:
            number += 1
            title, *rest = body
            lines += [f"## {number}. {title}", "", *rest, ""]
    return "\n".join(lines)


def _code(lines: Sequence[str]) -> Lines:
    yield from ("```sh", *lines, "```")


def _before(book: Runbook) -> Lines:
    yield "Look, and keep what can only be seen now"
    file = f"{book.name}-before.json"
    folder = book.made.loaded.tree.sources.folder
    yield from _code(
        [
            f"{book.root}compose2quadlet inventory",
            f"{book.root}{command('compose2quadlet', 'verify', book.name, '--save', file)}",
            command("compose2quadlet", "convert", folder, "-p", book.name, "-o", f"{book.name}-units"),
        ]
    )
    yield ""
    yield (
        'Mend what the inventory lists under "Before a move". A volume without a name that has data needs a name and a'
        " line in the compose file. Read the units."
    )


def _images(book: Runbook) -> Lines:
    yield "Bring the images over"
    lines = []
    for service in book.services():
        first = book.containers(service)[0]
        wanted = service.image if not service.build else service.build.file
        name = (
            service.image if not service.image.endswith(".build") else f"docker.io/library/{book.name}-{service.name}"
        )
        lines += [
            f"id=$({book.root}{command('docker', 'inspect', '-f')} '{{{{.Image}}}}' {command(first)})",
            f"new=$({book.root}docker save \"$id\" | podman load -q | sed -n 's/^Loaded image: //p')",
            f'podman tag "$new" {command(name)}',
        ]
        if service.build:
            lines.append(f"# {wanted} builds it anew at the first start, unless its line in the unit is this Image=")
    yield from _code(lines)
    yield ""
    yield "An image is saved by its ID and named afterwards: several at once would lose their names."


def _stop(book: Runbook) -> Lines:
    yield "Stop it under Docker, so that it stays stopped"
    names = command(*book.all_containers())
    yield from _code([f"{book.root}docker update --restart=no {names}", book.compose("stop")])
    yield ""
    yield "If Docker has live-restore, stopping Docker itself does not stop containers; these commands do."


def _units(book: Runbook) -> Lines:
    yield "Put the units into place"
    folder = book.made.loaded.tree.sources.folder
    lines = [command("compose2quadlet", "convert", folder, "-p", book.name), f"{book.ctl} daemon-reload"]
    if book.login:
        lines.append("loginctl enable-linger                  # services of a user then start at boot")
    networks = [n.spec.name for n in book.made.plan.networks.values() if n.unit is None and n.elsewhere is None]
    lines += [f"podman network create --ignore {command(n)}" for n in networks if n not in ("bridge", "host", "none")]
    yield from _code(lines)


def _volumes(book: Runbook) -> Lines:
    """The commands for each volume, or why there are none."""
    plan = book.made.plan
    for key, volume in plan.volumes.items():
        users = [s for s in book.services() if any(m.type == "volume" and m.source == key for m in s.spec.volumes)]
        if not users:
            continue
        if volume.spec.driver_opts.get("device"):
            yield f"# {volume.spec.name} is a mount of {volume.spec.driver_opts['device']}: nothing to copy"
        else:
            yield from _copied(book, volume, users[0], command(volume.spec.name))
    for (name, number, target), volume in plan.anonymous.items():
        service = plan.services[name]
        if service in book.services() and number < len(book.containers(service)):
            form = f'{{{{range .Mounts}}}}{{{{if eq .Destination "{target}"}}}}{{{{.Name}}}}{{{{end}}}}{{{{end}}}}'
            old = f"$({book.root}docker inspect -f {command(form)} {command(book.containers(service)[number])})"
            yield from _copied(book, volume, service, f'"{old}"')


def _copied(book: Runbook, volume: VolumePlan, service: ServicePlan, old: str) -> Lines:
    name = command(volume.spec.name)
    if volume.unit:
        yield f"{book.ctl} start {volume.unit.service}"
    else:
        yield f"podman volume create --ignore {name}"
    yield f"from=$({book.root}docker volume inspect -f {MOUNTPOINT} {old})"
    yield f"to=$(podman volume inspect -f {MOUNTPOINT} {name})"
    identity = service.identity
    ids = of_policy(book.made.plan.scope, identity.policy, identity.userns, book.login)
    if ids.identity:
        yield f'{book.root}sh ./copy "$from" "$to"'
    else:
        yield f'{book.root}sh ./copy "$from" "$to" {command(ids.mount_option())} {ids.user(0)}'


COPY = """\
cat > copy << 'END'
# copy FROM TO [MAP ROOT]: into an empty directory, with the owners that MAP gives; a probe must get the owner ROOT
set -eu
[ -d "$1" ] && [ -d "$2" ] && [ -z "$(ls -A "$2")" ] || { echo "$2 is not an empty directory" >&2; exit 1; }
into=$2
if [ $# -gt 2 ]; then
    into=$(mktemp -d)
    mount --bind -o "X-mount.idmap=$3" "$2" "$into"
    trap 'umount "$into"; rmdir "$into"' EXIT
    : > "$into/probe"
    owner=$(stat -c %u "$2/probe")
    rm "$into/probe"
    [ "$owner" = "$4" ] || { echo "mount does not map owners: it needs util-linux 2.39 or later" >&2; exit 1; }
fi
cp -a --reflink=auto "$1/." "$into/"
if diff -r --no-dereference "$1" "$into"; then echo "$2: the same as $1"; fi
END"""
"""A script that copies a volume, and says if the copy is the same."""


def _data(book: Runbook) -> Lines:
    lines = [*_volumes(book)]
    if not lines:
        return
    yield "Copy the data"
    yield from _code(COPY.splitlines())
    yield ""
    yield from _code(lines)
    yield ""
    yield (
        "Go on when each volume is said to be the same, or nothing but sockets and FIFOs is said to differ: these have"
        " no content to compare."
    )


def _binds(book: Runbook) -> Lines:
    mounts = (m for s in book.services() for m in s.spec.volumes if m.type == "bind")
    paths = list(dict.fromkeys(m.source for m in mounts))
    if not paths:
        return
    yield "Keep the owners of bind mounts"
    yield from _code([f"{book.root}stat -c '%u:%g %a %n' {command(*paths)} | tee {command(f'{book.name}-owners')}"])
    yield ""
    yield "They stay where they are. But images that change owners at the start see other IDs in a user namespace."


def _firewall(book: Runbook) -> Lines:
    if book.login:
        return
    yield "Let other hosts through Docker's firewall"
    yield from _code(["iptables -I DOCKER-USER -i podman+ -j ACCEPT", "iptables -I DOCKER-USER -o podman+ -j ACCEPT"])
    yield ""
    yield (
        "It drops what others send to Podman's networks while Docker runs, and after it ran until the next boot. This"
        " host itself is let through, so that a test on it shows nothing."
    )


def _start(book: Runbook) -> Lines:
    yield "Start"
    plan = book.made.plan
    yield from _code([f"{book.ctl} start {plan.target}", f"{book.ctl} list-units {command(f'{book.name}-*')}"])


def _compare(book: Runbook) -> Lines:
    yield "Compare"
    words = ["compose2quadlet", "verify", book.name, *(["--user", book.user] if book.login else [])]
    yield from _code([f"{book.root}{command(*words, '--before', f'{book.name}-before.json')}"])
    yield ""
    yield "Look at the data with the application itself, too."


def _policy(service: ServicePlan) -> str:
    return service.spec.restart or "no"


def _back(book: Runbook) -> Lines:
    yield "Go back, if you want to"
    lines = [f"{book.ctl} stop {book.made.plan.target}"]
    for service in book.services():
        names = command(*book.containers(service))
        lines.append(f"{book.root}docker update --restart={command(_policy(service))} {names}")
    lines.append(f"{book.root}docker start {command(*book.all_containers())}")
    yield from _code(lines)
    yield ""
    yield (
        "Leave out containers that had ended. `docker start` takes them as they were; `docker compose up` would create"
        " them anew from files that were edited since. What was written since the move stays in Podman's volumes."
    )


def _finish(book: Runbook) -> Lines:
    yield "After some days"
    yield from _code([book.compose("down")])
    yield ""
    yield (
        "This removes the containers and networks, and keeps the volumes. When nothing else runs under Docker:"
        f" `{book.root}systemctl disable --now docker.socket docker.service`, both of them, and reboot, which removes"
        " its firewall."
    )
