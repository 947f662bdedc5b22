"""What runs in the container, as which user, and with which privileges."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

from compose2quadlet.backend.unit import Directive, Reference
from compose2quadlet.diagnostics import IMAGE, NAME, PATH, VARIABLE, told
from compose2quadlet.diagnostics import command as command_line
from compose2quadlet.hostpaths import inside
from compose2quadlet.lowering.labels import with_own
from compose2quadlet.lowering.verbs import Context, part, writing
from compose2quadlet.model import Build, Ulimit
from compose2quadlet.options import Scope

Directives = Iterator[Directive]


@writing("Image", how="its full name, with the registry and the tag")
def image(_value: str, c: Context) -> Directives:
    # The generator makes the container wait for the build, and uses its image name.
    build, name = c.service.build, c.service.image
    yield c.put("Image", Reference(build.file, name, build.service) if build else name)


USUAL = "/ /etc /home /mnt /opt /root /srv /tmp /usr /var".split()
"""Directories that the images of all distributions have."""


@writing("WorkingDir", how="its value; Podman does not start a container whose image does not have it")
def working_dir(path: str, c: Context) -> Directives:
    service = c.service.spec
    # Podman makes it below a mount, as Docker does everywhere.
    mounted = [m.target for m in service.volumes] + [text.partition(":")[0] for text in service.tmpfs]
    clean = os.path.normpath(path)
    there = clean in USUAL or inside(clean, (*map(os.path.normpath, mounted), "/dev", "/proc", "/sys"))
    if not there and service.build is None:
        place = told(path, PATH)
        hint = "If the image does not have it, mount a volume there, or leave out 'working_dir:'."
        message = f"{c.place}: if the image has no directory {place}, Docker creates it, but Podman does not start"
        c.log.warn("working-dir", message, hint, c.path)
    yield c.put("WorkingDir", path)


@writing("Pull", of=("image",), how="a .build unit, for Podman 5.2 and later; see build.KEY")
def build(_value: Any, c: Context) -> Directives:
    if c.service.build:
        return
    given = c.service.spec.build
    assert given is not None
    c.log.warn(
        "key-unsupported",
        f"{c.place}: Podman has units for builds from 5.2 on; the unit runs the image {told(c.service.image, IMAGE)}",
        f"Build the image before you start the unit: {_by_hand(given, c.service.image)}",
        c.path,
    )
    if not c.service.spec.image:
        # Only the builder has it, so a pull would hide that it is missing.
        yield c.put("Pull", "never")


def _by_hand(given: Build, image: str) -> str:
    """The command that builds an image, after what has to be done first; without any value that may be a password."""
    words = ["podman", "build", "-t", told(image, IMAGE, "IMAGE")]
    first = []
    if given.dockerfile_inline:
        first.append("put the dockerfile_inline into a file DOCKERFILE")
        words += ["-f", "DOCKERFILE"]
    elif given.dockerfile not in ("", "Dockerfile"):
        words += ["-f", told(os.path.join(given.context, given.dockerfile), PATH, "DOCKERFILE")]
    words += ["--target", told(given.target, NAME, "TARGET")] if given.target else []
    if given.args:
        first.append("set the arguments in the environment")
        words += [word for name in given.args for word in ("--build-arg", told(name, VARIABLE, "NAME"))]
    steps = f"{' and '.join(first)}, then " if first else ""
    return steps + command_line(*words, told(given.context, PATH, "CONTEXT"))


@writing("Pull", how="'always' and 'never'; a policy with an interval becomes 'newer'")
def pull_policy(policy: str, c: Context) -> Directives:
    match policy:
        case "always" | "never":
            yield c.put("Pull", policy)
        case "missing" | "build":
            return  # Podman's default; and the build unit handles images that are built
        case _:
            yield c.put("Pull", "newer")
            hint = (
                "Alternatively, podman-auto-update.timer can check for new images: x-quadlet: {auto_update: registry}"
            )
            c.log.warn("pull-interval", f"{c.place}: each start checks for a newer image", hint, c.path)


@writing("HostName", how="its value, followed by the domainname")
def hostname(name: str, c: Context) -> Directives:
    domain = c.service.spec.domainname
    if name:
        yield c.put("HostName", f"{name}.{domain}" if domain else name)


@part("hostname", how="after the hostname; Podman has no separate domain")
def domainname(name: str, c: Context) -> tuple[Directive, ...]:
    if not c.service.spec.hostname:
        hint = "Add 'hostname:'."
        c.log.warn("key-lost", f"{c.place}: without a hostname, the domain is not carried over", hint, c.path)
    return ()


@writing("ContainerName", how="its value; by default the unit name")
def container_name(_value: str, c: Context) -> Directives:
    yield c.put("ContainerName", c.service.container)


@part("container_name", how="one unit per container: NAME, NAME-2, and so on; with 0, none starts by itself")
def scale(_number: int, _c: Context) -> tuple[Directive, ...]:
    # The planner handles this.
    return ()


@writing(
    "Entrypoint", how="a JSON list of its words; an empty one clears the image's entrypoint, and keeps its command"
)
def entrypoint(words: tuple[str, ...], c: Context) -> Directives:
    # With an empty text instead of an empty list, Podman would also drop the image's command.
    yield c.put("Entrypoint", json.dumps(words, ensure_ascii=False))


@writing("Exec", how="its words; if it is empty, the image's command")
def command(words: tuple[str, ...], c: Context) -> Directives:
    if words:
        yield c.put("Exec", words)


@writing("User", "Group", "PodmanArgs", how="the user and the group")
def user(value: str, c: Context) -> Directives:
    identity = c.service.identity
    name, _, group = value.partition(":")
    if identity.user:
        name, group = identity.user, identity.group
    elif not value:
        return
    if not name:
        yield c.argument(f"--user={value}")
        return
    yield c.put("User", name)
    if group:
        yield c.put("Group", group)
    if identity.companion:
        # The image does not know this user; Podman adds it to the container's passwd.
        yield c.argument(f"--hostuser={name}")


@writing("GroupAdd", how="one line for each; in user scope, only 'keep-groups' gives access to the host's devices")
def group_add(values: tuple[str, ...], c: Context) -> Directives:
    yield from (c.put("GroupAdd", name, i) for i, name in enumerate(values))


@writing("UserNS", how="its value; otherwise what the isolation policy needs")
def userns_mode(_value: str, c: Context) -> Directives:
    if c.service.identity.userns:
        yield c.put("UserNS", c.service.identity.userns)


FEW = 5
"""The most names in one message; the rest are counted."""

SURE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}|[a-z]{2,5}_proxy")
"""Names of variables that are surely no values: a line of a list that has no '=' may be a password by mistake."""


def _note_unset(unset: list[str], c: Context) -> None:
    named = [name for name in unset if SURE.fullmatch(name)][:FEW]
    rest = len(unset) - len(named)
    more = f"{rest} {'other' if named else 'variable'}{'' if rest == 1 else 's'}" if rest else ""
    subject = " and ".join(filter(None, (", ".join(named), more)))
    message = f"{c.place}: {subject} {'has' if len(unset) == 1 else 'have'} no value here"
    hint = "As with Docker, the container does not get them. To pass them on, set them and convert again."
    c.log.note("variable-without-value", message, hint, (*c.path, *named[:1]))


@writing("Environment", "PodmanArgs", how="one line per variable, including those of env_file")
def environment(variables: dict[str, str | None], c: Context) -> Directives:
    if unset := [name for name, text in variables.items() if name.strip() and text is None]:
        _note_unset(unset, c)
    for name, text in variables.items():
        if not name or name != name.strip() or "\0" in name:
            hint = "Use letters, digits and '_'. Check that every line of the env file contains a '='."
            c.log.warn("bad-variable-name", f"{c.place}: a variable has a name that none can have", hint, c.path)
        elif text is not None:
            yield c.put("Environment", f"{name}={text}", name)
    if absent := [name for name in unset if name == name.strip() and "\0" not in name]:
        # As in Docker, not even the image's own value is kept.
        yield c.argument(*(f"--unsetenv={name}" for name in absent))


@writing(
    "Label",
    "AutoUpdate",
    how="one line per KEY=VALUE, and the labels of Docker Compose; those of Watchtower also become AutoUpdate=",
)
def labels(values: dict[str, str], c: Context) -> Directives:
    # Docker Compose counts the containers of a service from 1.
    own = {"project": c.plan.project, "service": c.service.name, "container-number": str(c.service.number + 1)}
    yield from with_own(values, {**own, "oneoff": "False"}, c)
    if c.service.updates:
        yield c.put("AutoUpdate", c.service.updates)


@writing("AddDevice", how="one line per device, as SOURCE[:TARGET[:PERMISSIONS]]; in user scope, see also group_add")
def devices(values: Any, c: Context) -> Directives:
    for i, device in enumerate(values):
        if ":" in device.source + device.target:
            hint = "Podman reads the path only up to the colon. Create a link without a colon, and use that."
            c.log.error(
                "value-unwritable", f"{c.place}.{i}: the path of the device contains a colon", hint, (*c.path, i)
            )
        parts = [device.source]
        permissions = device.permissions or "rwm"
        if (device.target or device.source) != device.source or permissions != "rwm":
            parts.append(device.target or device.source)
        if permissions != "rwm":
            parts.append(permissions)
        yield c.put("AddDevice", ":".join(parts), i)


WRITABLE_OF_PODMAN = ("/tmp", "/run", "/var/tmp")  # noqa: S108 (paths in a container)
"""Where Podman mounts a writable tmpfs in read-only containers. Docker does not; but both keep /dev writable."""


@writing("ReadOnly", "Tmpfs", how="read-only except for /dev and its contents, as under Docker")
def read_only(value: bool, c: Context) -> Directives:
    if not value:
        return
    yield c.put("ReadOnly", True)
    service = c.service.spec
    mounted = {
        os.path.normpath(path) for path in (*(m.target for m in service.volumes), *map(_of_tmpfs, service.tmpfs))
    }
    yield from (c.put("Tmpfs", f"{path}:ro") for path in WRITABLE_OF_PODMAN if path not in mounted)


def _of_tmpfs(given: str) -> str:
    return given.partition(":")[0]


DOCKERS = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"}
"""What Docker sets in the network namespace of each container, so that any user can listen on low ports, and ping."""

NOT_ITS_OWN = ("host", "service", "container", "ns")
"""Network modes in which a container does not have its own network namespace."""


@writing(
    "Sysctl", how="one line per sysctl, as NAME=VALUE; and those with which Docker lets any user listen on any port"
)
def sysctls(values: dict[str, str], c: Context) -> Directives:
    for name, text in values.items():
        yield c.pair("Sysctl", name, text)
    service, identity = c.service.spec, c.service.identity
    external_host = any(c.plan.networks[key].spec.name == "host" for key in service.networks)
    user = (identity.user or service.user).partition(":")[0]
    if service.network_mode.partition(":")[0] in NOT_ITS_OWN or external_host or user in ("0", "root"):
        return
    for name, text in DOCKERS.items():
        # A user namespace may lack some of the groups, and that of a login user always does.
        possible = name.endswith("port_start") or (c.plan.scope is Scope.SYSTEM and not identity.userns)
        if name not in values and possible:
            yield c.pair("Sysctl", name, text)


@writing("Ulimit", how="one line per limit, as NAME=SOFT:HARD")
def ulimits(values: dict[str, int | Ulimit], c: Context) -> Directives:
    for name, limit in values.items():
        yield c.put("Ulimit", f"{name}={both_limits(limit)}", name)


def both_limits(limit: int | Ulimit) -> str:
    """``SOFT:HARD``; a single number is both."""
    return f"{limit.soft}:{limit.hard}" if isinstance(limit, Ulimit) else f"{limit}:{limit}"


LABELS = {"type": "SecurityLabelType", "level": "SecurityLabelLevel", "filetype": "SecurityLabelFileType"}


@writing(
    *("NoNewPrivileges", "SeccompProfile", "AppArmor", "SecurityLabelDisable", *LABELS.values()),
    *("SecurityLabelNested", "Unmask", "PodmanArgs"),
    how="one directive per option; relative seccomp profiles start at the project directory",
)
def security_opt(values: tuple[str, ...], c: Context) -> Directives:
    for i, given in enumerate(values):
        separator = "=" if "=" in given else ":"
        name, _, text = given.partition(separator)
        match name:
            case "no-new-privileges":
                if text in ("", "true"):
                    yield c.put("NoNewPrivileges", True, i)
            case "seccomp" if text in ("unconfined", "builtin"):
                if text == "unconfined":
                    yield c.put("SeccompProfile", text, i)
            case "seccomp":
                yield c.put("SeccompProfile", os.path.normpath(os.path.join(c.plan.folder, text)), i)
            case "apparmor":
                yield c.put("AppArmor", text, i)
            case "label":
                yield _label(text, c, i)
            case "systempaths" if text == "unconfined":
                yield c.put("Unmask", ("ALL",), i)
            case _:
                yield c.argument(f"--security-opt={name}={text}" if text else f"--security-opt={name}", below=i)


def _label(text: str, c: Context, i: int) -> Directive:
    name, _, rest = text.partition(":")
    if text in ("disable", "nested"):
        return c.put("SecurityLabelDisable" if text == "disable" else "SecurityLabelNested", True, i)
    if name in LABELS:
        return c.put(LABELS[name], rest, i)
    return c.argument(f"--security-opt=label={text}", below=i)
