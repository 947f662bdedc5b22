"""Turns a service into its ``.container`` unit: one row for each attribute of the compose schema.

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

WINDOWS = ignored("It is only for Windows containers. For --isolation, see 'compose2quadlet help isolation'.")

TABLE: tuple[Row, ...] = (
    # dependencies
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
    Row("working_dir", process.working_dir),
    Row("user", process.user, always=True),
    Row("group_add", process.group_add),
    Row("init", flag("RunInit")),
    Row("tty", option("--tty")),
    Row("stdin_open", option("--interactive")),
    Row("environment", process.environment),
    Row("env_file", resolved("The file is read while the project is loaded; its values are in the environment.")),
    Row("labels", process.labels, always=True),
    Row("label_file", resolved("The file is read while the project is loaded; its values are in the labels.")),
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
    # privileges
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
    # health checks, logs, stop and restart
    Row("healthcheck", lifecycle.healthcheck),
    Row("stop_signal", value("StopSignal")),
    Row("stop_grace_period", lifecycle.stop_grace_period),
    Row("logging", lifecycle.logging, always=True),
    Row("post_start", lifecycle.post_start),
    Row("pre_stop", lifecycle.pre_stop),
    Row("restart", lifecycle.restart, always=True),
    # not about a container
    Row(
        "profiles",
        resolved("Only the target of its profile starts a service without an active profile; --profile activates one."),
    ),
    Row("extends", resolved("It is merged while the project is loaded.")),
    Row("attach", ignored("It only affects the output of 'docker compose up'.")),
    Row("develop", ignored("It only affects 'docker compose watch'.")),
    Row("provider", unsupported(f"The service gets no unit, and nothing waits for it. {providers.INSTEAD}")),
    Row("models", unsupported("Run the model as a separate service, and set the variables with its address.")),
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
