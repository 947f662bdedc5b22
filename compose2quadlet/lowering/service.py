"""A service to its ``.container`` unit: one row for each attribute of the compose schema.

Source: the compose specification on one side, ``podman-systemd.unit(5)`` on the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Unit, unit
from compose2quadlet.diagnostics import Log
from compose2quadlet.lowering import lifecycle, mounts, networking, process
from compose2quadlet.lowering.verbs import (
    Context,
    Row,
    Verb,
    apply,
    each,
    flag,
    ignored,
    option,
    pairs,
    resolved,
    unsupported,
    value,
)
from compose2quadlet.planner import Plan, ServicePlan


def by_hand(directive: str) -> Verb:
    """A key that is not carried over yet, but can be written into the unit."""
    return unsupported(f"Until it is: add '{directive}' to the [Container] section by hand.")


def option_by_hand(name: str) -> Verb:
    return by_hand(f"PodmanArgs={name}=…")


WINDOWS = ignored("It is for Windows containers.")

TABLE: tuple[Row, ...] = (
    # what must be there first
    Row("depends_on", lifecycle.depends_on),
    Row("volumes_from", unsupported("Mount the other service's volumes in this one too.")),
    # what runs
    Row("image", process.image, always=True),
    Row("build", process.build),
    Row("platform", option_by_hand("--platform")),
    Row("pull_policy", by_hand("Pull=POLICY")),
    Row("container_name", process.container_name, always=True),
    Row("hostname", value("HostName")),
    Row("domainname", unsupported("Put it into the hostname: 'hostname: HOST.DOMAIN'.")),
    Row("entrypoint", process.entrypoint),
    Row("command", process.command),
    Row("working_dir", value("WorkingDir")),
    Row("user", process.user),
    Row("group_add", each("GroupAdd")),
    Row("init", flag("RunInit")),
    Row("tty", option("--tty")),
    Row("stdin_open", option("--interactive")),
    Row("environment", process.environment),
    Row("env_file", resolved("Read when the project is loaded: its values are in the environment.")),
    Row("labels", pairs("Label")),
    Row("label_file", resolved("Read when the project is loaded: its values are in the labels.")),
    Row("annotations", by_hand("Annotation=KEY=VALUE")),
    # network
    Row("networks", networking.networks),
    Row("network_mode", networking.network_mode),
    Row("mac_address", option_by_hand("--mac-address")),
    Row("ports", networking.ports),
    Row("expose", networking.expose),
    Row("extra_hosts", networking.extra_hosts),
    Row("dns", each("DNS")),
    Row("dns_opt", each("DNSOption")),
    Row("dns_search", each("DNSSearch")),
    Row("links", unsupported("Services on one network find each other by name; give the other service an alias.")),
    Row("external_links", unsupported("Put both containers on one network, and use the other's name.")),
    # files
    Row("volumes", mounts.volumes),
    Row("tmpfs", mounts.tmpfs),
    Row("configs", unsupported("Bind-mount the file: 'volumes: [./file:/target:ro]'.")),
    Row("secrets", unsupported("Create it with 'podman secret create', and add 'Secret=NAME,target=PATH' by hand.")),
    Row("devices", process.devices),
    Row("shm_size", process.size("ShmSize")),
    Row("read_only", process.read_only),
    Row("storage_opt", option_by_hand("--storage-opt")),
    # rights
    Row("privileged", option("--privileged")),
    Row("cap_add", each("AddCapability")),
    Row("cap_drop", each("DropCapability")),
    Row("security_opt", process.security_opt),
    Row("sysctls", process.sysctls),
    Row("userns_mode", by_hand("UserNS=MODE")),
    Row("ipc", option_by_hand("--ipc")),
    Row("pid", option_by_hand("--pid")),
    Row("uts", option_by_hand("--uts")),
    Row("cgroup", option_by_hand("--cgroupns")),
    Row("cgroup_parent", unsupported("Until it is: set 'Slice=' in the [Service] section by hand.")),
    Row("device_cgroup_rules", option_by_hand("--device-cgroup-rule")),
    Row("gpus", by_hand("AddDevice=nvidia.com/gpu=all")),
    Row("runtime", option_by_hand("--runtime")),
    # limits
    Row("ulimits", process.ulimits),
    Row("mem_limit", option_by_hand("--memory")),
    Row("mem_reservation", option_by_hand("--memory-reservation")),
    Row("memswap_limit", option_by_hand("--memory-swap")),
    Row("mem_swappiness", unsupported("Hosts with version 2 of control groups have no such limit.")),
    Row("oom_kill_disable", unsupported("Hosts with version 2 of control groups have no such switch.")),
    Row("oom_score_adj", option_by_hand("--oom-score-adj")),
    Row("cpus", option_by_hand("--cpus")),
    Row("cpu_shares", option_by_hand("--cpu-shares")),
    Row("cpu_period", option_by_hand("--cpu-period")),
    Row("cpu_quota", option_by_hand("--cpu-quota")),
    Row("cpu_rt_period", option_by_hand("--cpu-rt-period")),
    Row("cpu_rt_runtime", option_by_hand("--cpu-rt-runtime")),
    Row("cpuset", option_by_hand("--cpuset-cpus")),
    Row("pids_limit", by_hand("PidsLimit=NUMBER")),
    Row("blkio_config", option_by_hand("--blkio-weight")),
    Row("deploy", unsupported("Use the service's own keys for limits and restarts.")),
    Row("scale", unsupported("Copy the service under other names.")),
    # health, logs, stopping and starting again
    Row("healthcheck", lifecycle.healthcheck),
    Row("stop_signal", value("StopSignal")),
    Row("stop_grace_period", lifecycle.stop_grace_period),
    Row("logging", lifecycle.logging, always=True),
    Row("post_start", unsupported("Until it is: add 'ExecStartPost=podman exec NAME …' to the [Service] section.")),
    Row("pre_stop", unsupported("Until it is: add 'ExecStop=podman exec NAME …' to the [Service] section.")),
    Row("restart", lifecycle.restart, always=True),
    # not of a container
    Row("profiles", resolved("Only services of active profiles are converted: choose them with --profile.")),
    Row("extends", resolved("Merged when the project is loaded.")),
    Row("attach", ignored("It is about the terminal of 'docker compose up'.")),
    Row("develop", ignored("It is about 'docker compose watch'.")),
    Row("provider", unsupported("Set up what the provider does by other means.")),
    Row("models", unsupported("Run the model as a service of its own, and set the variables that name it.")),
    Row("use_api_socket", unsupported("Mount Podman's socket: '/run/podman/podman.sock:/var/run/docker.sock'.")),
    Row("credential_spec", WINDOWS),
    Row("isolation", WINDOWS),
    Row("cpu_count", WINDOWS),
    Row("cpu_percent", WINDOWS),
)


def container(plan: Plan, service: ServicePlan, log: Log) -> Unit:
    """The ``.container`` unit of a service."""
    context = Context(plan, service, "Container", ("services", service.name), log)
    directives = [*_head(plan, service), *apply(TABLE, service.service, context), *lifecycle.timing(service)]
    return unit(service.stem.file, plan.project, f"service {service.name}", directives)


def _head(plan: Plan, service: ServicePlan) -> Iterator[Directive]:
    yield Directive("Unit", "Description", f"{service.name} (compose project {plan.project})")
    for host_unit in service.host.units:
        yield Directive("Unit", "Requires", host_unit)
        yield Directive("Unit", "After", host_unit)
