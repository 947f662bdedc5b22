"""Turns an image build into its ``.build`` unit: one row for each attribute of the compose schema.

Source: compose build specification; ``podman-systemd.unit(5)``, ``podman-build(1)``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Specified, Unit, unit
from compose2quadlet.diagnostics import VARIABLE, Log, told
from compose2quadlet.lowering import fields
from compose2quadlet.lowering.contents import WRITE, runtime_directory
from compose2quadlet.lowering.process import both_limits
from compose2quadlet.lowering.recovery import again
from compose2quadlet.lowering.verbs import (
    Context,
    Row,
    Verb,
    apply,
    for_each,
    lost,
    option,
    pairs,
    value,
    with_value,
    writing,
)
from compose2quadlet.model import Build, FileReference, Ulimit
from compose2quadlet.planner import Plan, ServicePlan
from compose2quadlet.planner.images import qualified

Directives = Iterator[Directive]

SERVICE = "service:"
REGISTRY = "type=registry"


def _build(c: Context) -> Build:
    given = c.service.spec.build
    assert given is not None
    return given


@writing("SetWorkingDirectory", how="the directory, or the URL of a repository")
def context(where: str, c: Context) -> Directives:
    yield c.put("SetWorkingDirectory", where or c.plan.folder)


@writing("File", "PodmanArgs", how="its full path; for a remote context, its path in the context")
def dockerfile(name: str, c: Context) -> Directives:
    folder = _build(c).context
    if not folder.startswith("/") and not name.startswith("/"):
        yield c.argument(f"--file={name}")
    else:
        # Set even if it is Dockerfile, because by default Podman prefers a Containerfile.
        yield c.put("File", os.path.normpath(os.path.join(folder, name)))


@writing("RuntimeDirectory", "ExecStartPre", "PodmanArgs", how="written below the runtime directory before the build")
def dockerfile_inline(text: str, c: Context) -> Directives:
    assert c.service.build is not None
    stem = c.service.build.service.removesuffix(".service")
    file = Specified("%t", f"/{runtime_directory(stem)}/Containerfile")
    yield c.put("RuntimeDirectory", runtime_directory(stem), section="Service")
    yield c.put("ExecStartPre", ("/bin/sh", "-c", WRITE, "sh", file, text, "0444"), section="Service")
    yield c.put("PodmanArgs", ("--file", file))


@writing("BuildArg", how="one line per KEY=VALUE")
def args(values: dict[str, str | None], c: Context) -> Directives:
    for name, text in values.items():
        if text is not None:
            yield c.pair("BuildArg", name, text)


@writing("Pull", how="'always', for the base images")
def pull(wanted: bool, c: Context) -> Directives:
    if wanted:
        yield c.put("Pull", "always")


def cache(name: str) -> Verb:
    """A cache. Podman keeps caches only in registries."""

    @writing("PodmanArgs", how=f"the option {name}; only caches in a registry")
    def verb(values: tuple[str, ...], c: Context) -> Directives:
        for i, given in enumerate(values):
            parts = given.split(",")
            reference = given if "=" not in given else ""
            if REGISTRY in parts:
                reference = next((p.removeprefix("ref=") for p in parts if p.startswith("ref=")), "")
            if reference:
                yield c.argument(f"{name}={reference}", below=i)
            else:
                hint = "Podman keeps caches only in a registry: write 'type=registry,ref=NAME'."
                c.log.warn("key-lost", f"{c.place}.{i} is not converted", hint, (*c.path, i))

    return verb


@writing("PodmanArgs", "Requires", "After", how="the option --build-context; for a service, its image, after its build")
def additional_contexts(values: dict[str, str], c: Context) -> Directives:
    for name, where in values.items():
        c.check_name(name)
        text = where
        if where.startswith(SERVICE):
            other = c.plan.services[where.removeprefix(SERVICE)]
            text = f"container-image://{other.image}"
            if other.build:
                yield c.put("Requires", other.build.service, name, section="Unit")
                yield c.put("After", other.build.service, name, section="Unit")
        elif where.startswith("docker-image://"):
            image = where.removeprefix("docker-image://")
            text = f"container-image://{qualified(image) or image}"
        yield c.argument(f"--build-context={name}={text}", below=name)


@writing("PodmanArgs", how="the option --add-host for each address")
def extra_hosts(values: dict[str, tuple[str, ...]], c: Context) -> Directives:
    for host, addresses in values.items():
        for address in addresses:
            yield c.argument(f"--add-host={host}:{address}", below=host)


@writing("Secret", how="from the file or the variable; the variable must be set for the unit")
def secrets(values: tuple[FileReference, ...], c: Context) -> Directives:
    for i, given in enumerate(values):
        secret = c.plan.secrets[given.source]
        source = f"src={secret.file}" if secret.file else f"env={secret.environment}"
        if not secret.file:
            variable = told(secret.environment, VARIABLE, "NAME")
            hint = f"Set it for the unit, in a drop-in: [Service] Environment={variable}=…"
            message = f"{c.place}.{i}: the build takes the secret from the variable {variable}"
            c.log.warn("secret-to-create", message, hint, (*c.path, i))
        yield c.put("Secret", (fields.secret(c, i, f"id={given.target or given.source}", source),), i)


@writing("PodmanArgs", how="the option --ulimit for each, as NAME=SOFT:HARD")
def ulimits(values: dict[str, int | Ulimit], c: Context) -> Directives:
    for name, limit in values.items():
        yield c.argument(f"--ulimit={name}={both_limits(limit)}", below=name)


@writing("PodmanArgs", how="the option --platform, if there is only one")
def platforms(values: tuple[str, ...], c: Context) -> Directives:
    if len(values) == 1:
        yield c.argument(f"--platform={values[0]}")
        return
    hint = "For other platforms, run 'podman build --platform … --manifest NAME'."
    c.log.warn("key-lost", f"{c.place}: the unit builds only for this host", hint, c.path)


TABLE: tuple[Row, ...] = (
    Row("tags", for_each("--tag")),
    Row("context", context, always=True),
    Row("dockerfile", dockerfile),
    Row("dockerfile_inline", dockerfile_inline),
    Row("args", args),
    Row("target", value("Target")),
    Row("labels", pairs("Label")),
    Row("network", value("Network")),
    Row("pull", pull),
    Row("no_cache", option("--no-cache")),
    Row("cache_from", cache("--cache-from")),
    Row("cache_to", cache("--cache-to")),
    Row("additional_contexts", additional_contexts),
    Row("secrets", secrets),
    Row("extra_hosts", extra_hosts),
    Row("shm_size", with_value("--shm-size")),
    Row("ulimits", ulimits),
    Row("platforms", platforms),
    Row("privileged", lost("Build the image yourself, as root: 'podman build --cap-add=all'.")),
    Row("entitlements", lost("Podman needs none; see --cap-add and --security-opt in podman-build(1).")),
    Row("ssh", lost("A unit has no SSH agent. Use a secret, or build the image yourself: 'podman build --ssh'.")),
    Row("provenance", lost("Podman writes no attestations.")),
    Row("sbom", lost("See --sbom in podman-build(1), which has another format.")),
    Row("isolation", lost("Podman's option --isolation means something else.")),
)


def build(plan: Plan, service: ServicePlan, log: Log) -> Unit:
    """The ``.build`` unit of a service with a build."""
    assert service.build is not None
    assert service.spec.build is not None
    made = Context(plan, service, "Build", ("services", service.name, "build"), log)
    directives = [
        Directive("Unit", "Description", f"Image of {service.name} (compose project {plan.project})"),
        Directive("Build", "ImageTag", service.image, made.path),
        *apply(TABLE, service.spec.build, made),
        # Once for each boot, not at each start of the container.
        Directive("Service", "RemainAfterExit", "yes"),
        *again(plan),
    ]
    return unit(service.build.file, plan.project, f"build of service {service.name}", directives)
