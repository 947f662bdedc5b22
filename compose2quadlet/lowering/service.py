"""A service to its ``.container`` unit: one row for each attribute of the compose schema.

Source: the compose specification on one side, ``podman-systemd.unit(5)`` on the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.diagnostics import Log
from compose2quadlet.lowering import contents, hosts, lifecycle, mounts, networking, process, resources
from compose2quadlet.lowering.verbs import (
    Context,
    Row,
    apply,
    each,
    flag,
    for_each,
    ignored,
    option,
    pairs,
    resolved,
    unsupported,
    value,
    with_value,
)
from compose2quadlet.planner import Plan, ServicePlan, providers

WINDOWS = ignored("It is for Windows containers.")

TABLE: tuple[Row, ...] = (
    # what must be there first
    Row("depends_on", lifecycle.depends_on, always=True),
    Row("volumes_from", mounts.volumes_from),
    # what runs
    Row("image", process.image, always=True),
    Row("build", process.build),
    Row("platform", with_value("--platform")),
    Row("pull_policy", process.pull_policy),
    Row("container_name", process.container_name, always=True),
    Row("hostname", process.hostname, always=True),
    Row("domainname", process.domainname),
    Row("entrypoint", process.entrypoint),
    Row("command", process.command),
    Row("working_dir", value("WorkingDir")),
    Row("user", process.user, always=True),
    Row("group_add", process.group_add),
    Row("init", flag("RunInit")),
    Row("tty", option("--tty")),
    Row("stdin_open", option("--interactive")),
    Row("environment", process.environment),
    Row("env_file", resolved("Read when the project is loaded: its values are in the environment.")),
    Row("labels", process.labels, always=True),
    Row("label_file", resolved("Read when the project is loaded: its values are in the labels.")),
    Row("annotations", pairs("Annotation")),
    # network
    Row("networks", networking.networks),
    Row("network_mode", networking.network_mode),
    Row("mac_address", networking.mac_address),
    Row("ports", networking.ports),
    Row("expose", networking.expose),
    Row("extra_hosts", networking.extra_hosts),
    Row("dns", networking.resolver("DNS")),
    Row("dns_opt", networking.resolver("DNSOption")),
    Row("dns_search", networking.resolver("DNSSearch")),
    Row("links", networking.links),
    Row("external_links", networking.external_links),
    # files
    Row("volumes", mounts.volumes),
    Row("use_api_socket", hosts.use_api_socket),
    Row("tmpfs", mounts.tmpfs),
    Row("configs", contents.configs),
    Row("secrets", contents.secrets),
    Row("devices", process.devices),
    Row("shm_size", resources.shm_size),
    Row("read_only", process.read_only),
    Row(
        "storage_opt",
        unsupported("On XFS with project quotas: x-quadlet: {Container: {PodmanArgs: '--storage-opt=…'}}"),
    ),
    # rights
    Row("privileged", option("--privileged")),
    Row("cap_add", each("AddCapability")),
    Row("cap_drop", each("DropCapability")),
    Row("security_opt", process.security_opt),
    Row("sysctls", process.sysctls, always=True),
    Row("userns_mode", process.userns_mode, always=True),
    Row("ipc", resources.namespace("--ipc")),
    Row("pid", resources.namespace("--pid")),
    Row("uts", with_value("--uts")),
    Row("cgroup", with_value("--cgroupns")),
    Row("cgroup_parent", resources.cgroup_parent),
    Row("device_cgroup_rules", for_each("--device-cgroup-rule")),
    Row("gpus", resources.gpus),
    Row("runtime", resources.runtime),
    # limits
    Row("ulimits", process.ulimits),
    Row("mem_limit", resources.MEM_LIMIT),
    Row("mem_reservation", resources.memory_option("--memory-reservation")),
    Row("memswap_limit", resources.memory_option("--memory-swap")),
    Row("mem_swappiness", resources.OF_VERSION_1),
    Row("oom_kill_disable", resources.OF_VERSION_1),
    Row("oom_score_adj", with_value("--oom-score-adj")),
    Row("cpus", resources.cpus),
    Row("cpu_shares", with_value("--cpu-shares")),
    Row("cpu_period", with_value("--cpu-period")),
    Row("cpu_quota", with_value("--cpu-quota")),
    Row("cpu_rt_period", with_value("--cpu-rt-period")),
    Row("cpu_rt_runtime", with_value("--cpu-rt-runtime")),
    Row("cpuset", with_value("--cpuset-cpus")),
    Row("pids_limit", value("PidsLimit")),
    Row("blkio_config", resources.blkio_config),
    Row("deploy", resources.deploy),
    Row("scale", process.scale),
    # health, logs, stopping and starting again
    Row("healthcheck", lifecycle.healthcheck),
    Row("stop_signal", value("StopSignal")),
    Row("stop_grace_period", lifecycle.stop_grace_period),
    Row("logging", lifecycle.logging, always=True),
    Row("post_start", lifecycle.post_start),
    Row("pre_stop", lifecycle.pre_stop),
    Row("restart", lifecycle.restart, always=True),
    # not of a container
    Row(
        "profiles",
        resolved("Only a target of its own starts a service of which no profile is active; --profile makes it active."),
    ),
    Row("extends", resolved("Merged when the project is loaded.")),
    Row("attach", ignored("It is about the terminal of 'docker compose up'.")),
    Row("develop", ignored("It is about 'docker compose watch'.")),
    Row("provider", unsupported(f"No unit is made of the service, and nothing waits for it. {providers.INSTEAD}")),
    Row("models", unsupported("Run the model as a service of its own, and set the variables that name it.")),
    Row("credential_spec", WINDOWS),
    Row("isolation", WINDOWS),
    Row("cpu_count", WINDOWS),
    Row("cpu_percent", WINDOWS),
)


def container(plan: Plan, service: ServicePlan, log: Log) -> Unit:
    """The ``.container`` unit of a service."""
    context = Context(plan, service, "Container", ("services", service.name), log)
    directives = [
        *_head(plan, service),
        *apply(TABLE, service.spec, context),
        *_slice(plan, service),
        *lifecycle.timing(service),
        *hosts.after(service),
    ]
    return unit(service.unit.file, plan.project, f"service {service.name}", directives)


def _slice(plan: Plan, service: ServicePlan) -> Iterator[Directive]:
    if not resources.SLICE.fullmatch(service.spec.cgroup_parent):
        yield Directive("Service", "Slice", plan.slice)


def _head(plan: Plan, service: ServicePlan) -> Iterator[Directive]:
    yield Directive("Unit", "Description", f"{service.name} (compose project {plan.project})")
    for target in service.part_of:
        yield Directive("Unit", "PartOf", target)
    for other in service.conflicts:
        yield Directive("Unit", "Conflicts", other)
    if service.companion:
        yield Directive("Unit", "Requires", service.companion.service)
        yield Directive("Unit", "After", service.companion.service)
    yield from hosts.before(service, plan.scope)
