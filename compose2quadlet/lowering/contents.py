"""Configs and secrets: files and text that appear in the container.

A file is mounted, as by Docker Compose. The text of a config is written below the runtime directory before each
start and mounted from there, so that the unit is self-contained. The value of a secret is in no unit: it comes from
Podman's secret store, where the user creates it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Specified
from compose2quadlet.diagnostics import NAME, VARIABLE, command, told
from compose2quadlet.lowering import fields
from compose2quadlet.lowering.mounts import bind
from compose2quadlet.lowering.verbs import Context, writing
from compose2quadlet.model import BindOptions, FileObject, FileReference, Mount

Directives = Iterator[Directive]

WRITE = 'umask 022; printf %s "$2" > "$1"; chmod "$3" "$1"'
"""Writes a text into a file with a mode: FILE TEXT MODE."""


def runtime_directory(unit: str) -> str:
    """Where a unit keeps the files that it writes before its start, below the runtime directory.

    systemd deletes the last part of it when the unit stops. If that were just the unit name, a project called
    ``containers`` or ``lock`` would delete what belongs to others.
    """
    return f"compose2quadlet/{unit}"


MAX_TEXT = 100_000
"""The longest text of a config, in bytes. The kernel accepts no argument of 128 KiB or more."""


@writing(
    *("Volume", "Mount", "PodmanArgs", "RequiresMountsFor", "ExecStartPre", "RuntimeDirectory", "Secret"),
    how="a file is mounted; text is written below the runtime directory before the start, and mounted",
)
def configs(values: tuple[FileReference, ...], c: Context) -> Directives:
    written = False
    for i, given in enumerate(values):
        config = c.plan.configs[given.source]
        target = _target(given, "/")
        if config.external:
            yield _stored(config.name, target, given, c, i)
        elif config.file:
            _note_ownership(given, c, i)
            yield from _mounted(config.file, target, BindOptions(), c, i)
        else:
            if not written:
                yield c.put("RuntimeDirectory", runtime_directory(c.service.unit.stem), section="Service")
                written = True
            yield from _written(config, target, given, c, i)


@writing(
    *("Volume", "Mount", "PodmanArgs", "RequiresMountsFor", "Secret"),
    how="a file is mounted; a value comes from Podman's secret store, where you create it",
)
def secrets(values: tuple[FileReference, ...], c: Context) -> Directives:
    owners: dict[str, tuple[str, str, int | None]] = {}
    for i, given in enumerate(values):
        secret = c.plan.secrets[given.source]
        target = _target(given, "/run/secrets/")
        if secret.file and not secret.external:
            _note_ownership(given, c, i)
            # As Docker Compose mounts it: unlike other bind mounts, without propagation.
            yield from _mounted(secret.file, target, BindOptions(propagation="private"), c, i)
        else:
            if not secret.external:
                hint = f"Once, before the first start: {_create(secret)}"
                message = f"{c.place}.{i}: the unit takes the secret {told(secret.name, NAME)} from Podman's store"
                c.log.warn("secret-to-create", message, hint, (*c.path, i))
            if owners.setdefault(secret.name, owner := (given.uid, given.gid, given.mode)) != owner:
                hint = "Create the secret again under another name, and define that name in the compose file."
                message = (
                    f"{c.place}.{i}: Podman gives all files of the secret {told(secret.name, NAME)} one owner and mode"
                )
                c.log.warn("ownership-lost", message, hint, (*c.path, i))
            yield _stored(secret.name, target, given, c, i)


def _create(secret: FileObject) -> str:
    """The command that puts the value of a variable into Podman's store."""
    variable = secret.environment if VARIABLE.fullmatch(secret.environment) else "VARIABLE"
    name = secret.name if NAME.fullmatch(secret.name) else "NAME"
    return f'printf %s "${variable}" | ' + command("podman", "secret", "create", name, "-")


def _target(given: FileReference, folder: str) -> str:
    target = given.target or given.source
    return target if target.startswith("/") else folder + target


def _mounted(file: str, target: str, how: BindOptions, c: Context, i: int) -> Directives:
    return bind(Mount(type="bind", source=file, target=target, read_only=True, bind=how), c, i)


def _note_ownership(given: FileReference, c: Context, i: int) -> None:
    lost = [key for key in ("uid", "gid", "mode") if getattr(given, key) not in ("", None)]
    if lost:
        hint = "As with Docker Compose, the owner and mode are those of the file. Change them on the host."
        c.log.note("ownership-lost", f"{c.place}.{i}: {', '.join(lost)} have no effect on a file", hint, (*c.path, i))


def _stored(name: str, target: str, given: FileReference, c: Context, i: int) -> Directive:
    options = [f"{key}={value}" for key in ("uid", "gid") if (value := getattr(given, key))]
    options += [f"mode={given.mode:04o}"] if given.mode is not None else []
    return c.put("Secret", (fields.secret(c, i, name, f"target={target}", *options),), i)


def _written(config: FileObject, target: str, given: FileReference, c: Context, i: int) -> Directives:
    text = config.content
    if len(text.encode("utf-8", "surrogateescape")) > MAX_TEXT:
        hint = "Move the text to a file, and write 'file:' instead of 'content:'."
        c.log.error("value-unwritable", f"{c.place}.{i}: the text is too long for a unit", hint, (*c.path, i))
        return
    if lost := [key for key in ("uid", "gid") if getattr(given, key)]:
        hint = "Move the text to a file that belongs to the right user, and write 'file:' instead of 'content:'."
        c.log.warn("ownership-lost", f"{c.place}.{i}: {', '.join(lost)} are not converted", hint, (*c.path, i))
    # The index, since one config may be mounted twice with different modes.
    rest = f"/{runtime_directory(c.service.unit.stem)}/config-{i}"
    mode = f"{0o444 if given.mode is None else given.mode:04o}"
    yield c.put("ExecStartPre", ("/bin/sh", "-c", WRITE, "sh", Specified("%t", rest), text, mode), i, section="Service")
    if ":" in target:
        hint = "Choose a target without ':'."
        c.log.error("value-unwritable", f"{c.place}.{i}: the target cannot be written", hint, (*c.path, i))
    yield c.put("Volume", Specified("%t", f"{rest}:{target}:ro"), i)
