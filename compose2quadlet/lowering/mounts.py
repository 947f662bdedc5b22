"""Mounts of a service: bind mounts, volumes, tmpfs and images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Specified
from compose2quadlet.diagnostics import NAME, PATH, told
from compose2quadlet.lowering import fields
from compose2quadlet.lowering.verbs import Context, writing
from compose2quadlet.model import Mount
from compose2quadlet.planner.host.engine import PODMAN_SOCKET
from compose2quadlet.planner.host.sources import makeable
from compose2quadlet.planner.images import qualified
from compose2quadlet.planner.index import bound

Directives = Iterator[Directive]

PROPAGATION = ("", "private", "rprivate", "shared", "rshared", "slave", "rslave")
MANGLED = re.compile(r"[\s\"'\\$]")
"""Characters that make the generator's own RequiresMountsFor= for a bind mount disappear or go wrong."""

MAKE_DIRECTORY = 'test -e "$1" || mkdir -p "$1"'


@writing(
    *("Volume", "Mount", "PodmanArgs", "RequiresMountsFor", "ExecStartPre", "Requires", "After"),
    how="one line per mount; missing directories of the host are created before the start, as by Docker",
)
def volumes(values: tuple[Mount, ...], c: Context) -> Directives:
    folders = []
    for i, mount in enumerate(values):
        if not mount.target.startswith("/"):
            hint = "Write the full path in the container, such as /data. A path that starts with 'C:' is for Windows."
            c.log.error("bad-volume", f"{c.place}.{i}: the target is not an absolute path", hint, (*c.path, i))
            continue
        match mount.type:
            case "bind":
                yield from bind(mount, c, i)
                if mount.bind and mount.bind.create_host_path and makeable(mount.source, c.service.host):
                    folders.append(mount.source)
            case "volume":
                yield from _volume(mount, c, i)
            case "tmpfs":
                yield c.put("Mount", (fields.mount(c, i, *_tmpfs(mount)),), i)
            case "image":
                yield _image(mount, c, i)
            case kind:
                hint = "Use a bind mount or a named volume."
                c.log.warn(
                    "key-unsupported",
                    f"{c.place}.{i}: mounts of the type {told(kind, NAME, 'that is given')}",
                    hint,
                    (*c.path, i),
                )
    for folder in dict.fromkeys(folders):
        yield c.put("ExecStartPre", ("/bin/sh", "-c", MAKE_DIRECTORY, "sh", folder), section="Service")


@writing("PodmanArgs", how="the option --volumes-from, with the name of the container")
def volumes_from(values: tuple[str, ...], c: Context) -> Directives:
    for i, given in enumerate(values):
        foreign = given.startswith("container:")
        name, colon, mode = given.removeprefix("container:").partition(":")
        container = name if foreign else c.plan.services[name].container
        if foreign and name not in c.plan.owners:
            message = (
                f"{c.place}.{i}: the container {told(name, NAME)} is not of this project, so nothing starts it first"
            )
            hint = f"Add 'Requires=' and 'After=' on the unit of {told(name, NAME, 'that container')}."
            c.log.warn("foreign-container", message, hint, (*c.path, i))
        yield c.argument(f"--volumes-from={container}{colon}{mode}", below=i)


def bind(mount: Mount, c: Context, i: int) -> Directives:
    """The bind mount of item ``i`` of the key."""
    if not mount.source.startswith("/"):
        hint = "Write a path of the host."
        c.log.error("bad-volume", f"{c.place}.{i}: the source is a Windows path", hint, (*c.path, i))
        return
    options = [] if not mount.read_only else ["ro"]
    recursive = ""
    if mount.bind:
        if mount.bind.propagation not in PROPAGATION:
            message = f"{c.place}.{i}.bind.propagation: there is no such propagation"
            c.log.error("bad-volume", message, f"Write one of {', '.join(PROPAGATION[1:])}.", (*c.path, i))
        options += [x for x in (mount.bind.selinux, mount.bind.propagation) if x]
        recursive = mount.bind.recursive
    options += [c.service.identity.bind_option] if c.service.identity.bind_option else []
    if mount.source in c.service.host.sockets:
        if ":" in mount.target:
            hint = "Mount the engine's socket at a path without ':'."
            c.log.error("bad-volume", f"{c.place}.{i}: the target cannot be written", hint, (*c.path, i))
        rest = ":".join(["/" + PODMAN_SOCKET, mount.target, *([",".join(options)] if options else [])])
        yield c.put("Volume", Specified("%t", rest), i)
        return
    if recursive in ("writable", "readonly"):
        hint = "Podman can neither keep the mounts below a read-only mount writable nor force them to be read-only."
        c.log.warn("key-lost", f"{c.place}.{i}.bind.recursive: {recursive} is not converted", hint, (*c.path, i))
    if ":" in mount.source + mount.target or recursive == "disabled":
        parts = ["type=bind", f"source={mount.source}", f"destination={mount.target}"]
        parts += ["bind-nonrecursive"] if recursive == "disabled" else []
        key, text = "Mount", fields.mount(c, i, *parts, *_mount_options(options))
    else:
        key, text = "Volume", ":".join([mount.source, mount.target, *([",".join(options)] if options else [])])
    if MANGLED.search(mount.source):
        yield c.argument(f"--{key.lower()}={text}", below=i)
    else:
        yield c.put(key, (text,) if key == "Mount" else text, i)
    if key == "Mount" or MANGLED.search(mount.source):
        # The generator only adds it for a Volume= that it understands.
        yield c.put("RequiresMountsFor", (mount.source,), i, section="Unit")


def _mount_options(options: list[str]) -> list[str]:
    """Options of ``-v`` as those of ``--mount``."""
    names = {"ro": "ro", "z": "relabel=shared", "Z": "relabel=private", "idmap": "idmap", "U": "U=true"}
    return [names.get(o, f"bind-propagation={o}") for o in options]


def _volume(mount: Mount, c: Context, i: int) -> Directives:
    given = mount.volume
    options = ["ro"] if mount.read_only else []
    options += ["nocopy"] if given and given.nocopy else []
    option = c.service.identity.volume_option
    # What belongs to the host keeps its owner.
    of_host = mount.source in c.plan.volumes and bound(c.plan.volumes[mount.source].spec)
    options += [option] if option and not (option == "U" and of_host) else []
    if given and given.labels:
        hint = "Put the labels on the volume at the top level."
        c.log.warn("key-lost", f"{c.place}.{i}.volume.labels is not converted", hint, (*c.path, i))
    if not mount.source:
        where = told(mount.target, PATH, "its target")
        volume = c.plan.anonymous[c.service.name, c.service.number, mount.target]
        c.log.note(
            "anonymous-volume",
            f"{c.place}.{i}: the anonymous volume at {where} is called {volume.spec.name} here",
            "Podman would delete it whenever the service stops. To give it another name, write NAME:PATH.",
            (*c.path, i),
        )
    else:
        volume = c.plan.volumes[mount.source]
    yield from c.needs(volume.maker, i)
    if not volume.unit and not volume.elsewhere:
        # Podman would create an empty one; Docker does not.
        yield c.put("ExecStartPre", ("/usr/bin/podman", "volume", "exists", volume.spec.name), i, section="Service")
    if (given and given.subpath) or ":" in mount.target:
        parts = [f"destination={mount.target}"]
        parts += [f"subpath={given.subpath}"] if given and given.subpath else []
        if "nocopy" in options:
            hint = "Remove 'nocopy', or 'subpath' and the ':' in the target."
            c.log.warn("key-lost", f"{c.place}.{i}.volume.nocopy is not converted", hint, (*c.path, i))
        parts += _mount_options([o for o in options if o != "nocopy"])
        yield c.put("Mount", (fields.mount_of(c.named(volume, "", "source="), c, i, *parts),), i)
        return
    yield c.put("Volume", c.named(volume, ":".join(["", mount.target, *([",".join(options)] if options else [])])), i)


def _as_docker(options: list[str]) -> Iterator[str]:
    """What Docker does with a tmpfs, but Podman does not: it is empty, and no program in it can run."""
    if not {"tmpcopyup", "notmpcopyup"} & set(options):
        yield "notmpcopyup"
    if not {"exec", "noexec"} & set(options):
        yield "noexec"


def _tmpfs(mount: Mount) -> Iterator[str]:
    yield "type=tmpfs"
    yield f"destination={mount.target}"
    if mount.read_only:
        yield "ro"
    if mount.tmpfs and mount.tmpfs.size:
        yield f"tmpfs-size={int(mount.tmpfs.size)}"
    if mount.tmpfs and mount.tmpfs.mode:
        yield f"tmpfs-mode={mount.tmpfs.mode:o}"
    yield from _as_docker([])


def _image(mount: Mount, c: Context, i: int) -> Directive:
    parts = ["type=image", f"source={qualified(mount.source) or mount.source}", f"destination={mount.target}"]
    if mount.image and mount.image.subpath:
        # Podman needs an absolute path, Docker a relative one.
        parts.append(f"subpath=/{mount.image.subpath.lstrip('/')}")
    return c.put("Mount", (fields.mount(c, i, *parts),), i)


def _owners(options: list[str]) -> str:
    return ", ".join(o for o in options if re.fullmatch("[ug]id=[0-9]{1,10}", o)) or "another user"


@writing("Tmpfs", "Mount", how="one line per mount, as PATH[:OPTIONS]")
def tmpfs(values: tuple[str, ...], c: Context) -> Directives:
    for i, given in enumerate(values):
        path, _, text = given.partition(":")
        options = [o for o in text.split(",") if o]
        owner = [o for o in options if o.startswith(("uid=", "gid="))]
        options += _as_docker(options)
        if not owner:
            yield c.put("Tmpfs", f"{path}:{','.join(options)}", i)
            continue
        c.log.warn(
            "tmpfs-owner",
            f"{c.place}.{i}: Podman cannot give {told(path, PATH, 'it')} to {_owners(owner)}; it belongs to the"
            " container's user",
            "Set 'user:' to that user, unless the image already runs as that user.",
            (*c.path, i),
        )
        names = {"size": "tmpfs-size", "mode": "tmpfs-mode"}
        kept = [o for o in options if o not in owner]
        parts = [f"{names.get(o.partition('=')[0], o.partition('=')[0])}{o[len(o.partition('=')[0]) :]}" for o in kept]
        yield c.put("Mount", (fields.mount(c, i, "type=tmpfs", f"destination={path}", *parts, "U=true"),), i)
