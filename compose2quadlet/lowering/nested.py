"""What becomes of the attributes inside compose keys. A line also covers everything below its attribute.

Keys that are not converted have no lines, since everything inside them is left out, too.
"""

from __future__ import annotations

from functools import cache

SERVICE = """
    blkio_config.weight: --blkio-weight
    blkio_config.weight_device: --blkio-weight-device, one per device
    blkio_config.device_read_bps: --device-read-bps, one per device
    blkio_config.device_read_iops: --device-read-iops, one per device
    blkio_config.device_write_bps: --device-write-bps, one per device
    blkio_config.device_write_iops: --device-write-iops, one per device
    configs.source: the config at the top level
    configs.target: where it is mounted; by default /NAME
    configs.uid: for a config in Podman's secret store; for others, a warning says that it is not converted
    configs.gid: for a config in Podman's secret store; for others, a warning says that it is not converted
    configs.mode: for text, or a config in Podman's secret store; a file keeps its own mode
    depends_on.condition: what counts as started: running, healthy, or completed
    depends_on.restart: always true with systemd: Requires= passes on an explicit restart
    depends_on.required: if false, Wants= instead of Requires=
    deploy.mode: for a swarm; no effect
    deploy.endpoint_mode: for a swarm; no effect
    deploy.replicas: one unit per container, like scale
    deploy.labels: for a swarm; no effect on containers, as with Docker Compose
    deploy.rollback_config: for a swarm; no effect
    deploy.update_config: for a swarm; no effect
    deploy.placement: for a swarm; no effect
    deploy.resources.limits.cpus: --cpus
    deploy.resources.limits.memory: Memory=
    deploy.resources.limits.pids: PidsLimit=
    deploy.resources.reservations.cpus: for a swarm; no effect
    deploy.resources.reservations.memory: --memory-reservation
    deploy.resources.reservations.generic_resources: for a swarm; no effect
    deploy.resources.reservations.devices: AddDevice=, for graphics cards; like gpus
    deploy.restart_policy.condition: Restart=
    deploy.restart_policy.delay: RestartSec=
    deploy.restart_policy.max_attempts: StartLimitBurst=
    deploy.restart_policy.window: StartLimitIntervalSec=
    devices.source: the device on the host
    devices.target: its name in the container
    devices.permissions: r, w and m
    gpus.capabilities: not needed: only graphics cards can be requested here
    gpus.count: the first COUNT cards; by default all
    gpus.device_ids: the cards with these IDs
    gpus.driver: nvidia, amd or cdi
    gpus.options: no effect
    healthcheck.disable: HealthCmd=none
    healthcheck.test: HealthCmd=
    healthcheck.interval: HealthInterval=
    healthcheck.timeout: HealthTimeout=
    healthcheck.retries: HealthRetries=
    healthcheck.start_period: HealthStartPeriod=
    healthcheck.start_interval: HealthStartupInterval=, with the same health check
    logging.driver: LogDriver=; journald for drivers that Podman lacks
    logging.options: LogOpt=, for options that the driver knows; a note names the others
    networks.aliases: alias=
    networks.interface_name: interface_name=
    networks.ipv4_address: ip=
    networks.ipv6_address: ip6=
    networks.mac_address: mac=
    networks.link_local_ips: not converted; with a warning
    networks.driver_opts: the name of the interface; for others, a warning
    networks.priority: the order of the networks
    networks.gw_priority: the metric of the network's routes
    ports.name: no effect on one host
    ports.mode: no effect on one host
    ports.app_protocol: no effect on one host
    ports.host_ip: the address before the host port
    ports.target: the container port
    ports.published: the host port; of a range, the first one, or one per container
    ports.protocol: after the container port, unless it is tcp
    post_start.command: the arguments after podman exec NAME
    post_start.user: --user
    post_start.privileged: --privileged
    post_start.working_dir: --workdir
    post_start.environment: --env
    pre_stop.command: the arguments after podman exec NAME
    pre_stop.user: --user
    pre_stop.privileged: --privileged
    pre_stop.working_dir: --workdir
    pre_stop.environment: --env
    secrets.source: the secret at the top level
    secrets.target: where it is mounted; by default /run/secrets/NAME
    secrets.uid: for a secret in Podman's secret store; a file keeps its own
    secrets.gid: for a secret in Podman's secret store; a file keeps its own
    secrets.mode: for a secret in Podman's secret store; a file keeps its own
    ulimits.soft: before the colon
    ulimits.hard: after the colon
    volumes.type: bind, volume, tmpfs or image; for others, a warning
    volumes.source: the path on the host, the unit of the volume, or the image
    volumes.target: the path in the container
    volumes.read_only: ro
    volumes.consistency: no effect on Linux
    volumes.bind.propagation: an option of the mount
    volumes.bind.create_host_path: the directory is created before the start (ExecStartPre=), as by Docker
    volumes.bind.recursive: 'disabled' becomes bind-nonrecursive; for others, a warning
    volumes.bind.selinux: z or Z
    volumes.volume.labels: not converted; with a warning
    volumes.volume.nocopy: nocopy
    volumes.volume.subpath: subpath=, from Podman 5.1 on
    volumes.tmpfs.size: tmpfs-size=
    volumes.tmpfs.mode: tmpfs-mode=
    volumes.image.subpath: subpath=
"""

BUILD = """
    secrets.source: the secret at the top level
    secrets.target: its ID in the build
    secrets.uid: no effect
    secrets.gid: no effect
    secrets.mode: no effect
    ulimits.soft: before the colon
    ulimits.hard: after the colon
"""

NETWORK = """
    ipam.driver: IPAMDriver=, for dhcp
    ipam.config.subnet: Subnet=
    ipam.config.gateway: Gateway=
    ipam.config.ip_range: IPRange=
    ipam.config.aux_addresses: not converted; with a warning
    ipam.options: no effect; Docker Compose drops them, too
    external.name: the old form of name
"""

VOLUME = """
    external.name: the old form of name
"""

TOP = """
    configs.name: for a config in Podman's secret store
    configs.file: mounted
    configs.content: written below the runtime directory before the start, and mounted
    configs.environment: like content, with the value of the variable at conversion
    configs.external: from Podman's secret store
    configs.labels: no effect
    configs.template_driver: no effect
    secrets.name: for a secret in Podman's secret store
    secrets.file: mounted
    secrets.environment: from Podman's secret store, where you create it; a warning says how
    secrets.external: from Podman's secret store
    secrets.labels: no effect
    secrets.driver: no effect
    secrets.driver_opts: no effect
    secrets.template_driver: no effect
"""

GROUPS = {"": SERVICE, "build": BUILD, "networks": NETWORK, "volumes": VOLUME, "top": TOP}


@cache
def nested(group: str) -> dict[str, str]:
    """What becomes of the attributes inside the keys of a group (see ``explain``), by their path."""
    lines = (line.strip().partition(": ") for line in GROUPS[group].splitlines() if line.strip())
    return {path: how for path, _, how in lines}
