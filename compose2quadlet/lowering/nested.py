"""What becomes of the attributes inside of compose keys. A line stands for all that is below its attribute as well.

Keys that are not carried over have no lines: what is in them goes with them.
"""

from __future__ import annotations

from functools import cache

SERVICE = """
    blkio_config.weight: --blkio-weight
    blkio_config.weight_device: --blkio-weight-device, one for each
    blkio_config.device_read_bps: --device-read-bps, one for each
    blkio_config.device_read_iops: --device-read-iops, one for each
    blkio_config.device_write_bps: --device-write-bps, one for each
    blkio_config.device_write_iops: --device-write-iops, one for each
    configs.source: the config at the top level
    configs.target: where it is mounted, else /NAME
    configs.uid: for one in Podman's store; what is said of others is that it is lost
    configs.gid: for one in Podman's store; what is said of others is that it is lost
    configs.mode: of a text or one in Podman's store; that of a file is its own
    depends_on.condition: what counts as started: running, healthy, or ended well
    depends_on.restart: always so under systemd: Requires= passes an explicit restart on
    depends_on.required: Wants= instead of Requires= where it is false
    deploy.mode: for a swarm; no effect
    deploy.endpoint_mode: for a swarm; no effect
    deploy.replicas: a unit for each container, as scale
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
    deploy.resources.reservations.devices: AddDevice=, for graphics cards; as gpus
    deploy.restart_policy.condition: Restart=
    deploy.restart_policy.delay: RestartSec=
    deploy.restart_policy.max_attempts: StartLimitBurst=
    deploy.restart_policy.window: StartLimitIntervalSec=
    devices.source: the device on the host
    devices.target: its name in the container
    devices.permissions: r, w and m
    gpus.capabilities: none needed: what is asked for here is a graphics card
    gpus.count: as many, from 0 on; else all
    gpus.device_ids: these
    gpus.driver: nvidia, amd or cdi
    gpus.options: no effect
    healthcheck.disable: HealthCmd=none
    healthcheck.test: HealthCmd=
    healthcheck.interval: HealthInterval=
    healthcheck.timeout: HealthTimeout=
    healthcheck.retries: HealthRetries=
    healthcheck.start_period: HealthStartPeriod=
    healthcheck.start_interval: HealthStartupInterval=, with the same test
    logging.driver: LogDriver=; journald for those that Podman has not
    logging.options: LogOpt=, for options that the driver has; a note names the others
    networks.aliases: alias=
    networks.interface_name: interface_name=
    networks.ipv4_address: ip=
    networks.ipv6_address: ip6=
    networks.mac_address: mac=
    networks.link_local_ips: not carried over; a warning says so
    networks.driver_opts: the interface's name; a warning for others
    networks.priority: the order of the networks
    networks.gw_priority: the metric of the network's routes
    ports.name: no effect on one host
    ports.mode: no effect on one host
    ports.app_protocol: no effect on one host
    ports.host_ip: the address before the host port
    ports.target: the container port
    ports.published: the host port; the first of a range, or one for each of several containers
    ports.protocol: behind the container port, unless tcp
    post_start.command: the words behind podman exec NAME
    post_start.user: --user
    post_start.privileged: --privileged
    post_start.working_dir: --workdir
    post_start.environment: --env
    pre_stop.command: the words behind podman exec NAME
    pre_stop.user: --user
    pre_stop.privileged: --privileged
    pre_stop.working_dir: --workdir
    pre_stop.environment: --env
    secrets.source: the secret at the top level
    secrets.target: where it is mounted, else /run/secrets/NAME
    secrets.uid: for one in Podman's store; that of a file is its own
    secrets.gid: for one in Podman's store; that of a file is its own
    secrets.mode: for one in Podman's store; that of a file is its own
    ulimits.soft: before the colon
    ulimits.hard: behind the colon
    volumes.type: bind, volume, tmpfs or image; a warning for others
    volumes.source: the host's path, the volume's unit, or the image
    volumes.target: the path in the container
    volumes.read_only: ro
    volumes.consistency: no effect on Linux
    volumes.bind.propagation: an option of the mount
    volumes.bind.create_host_path: made before the start (ExecStartPre=), as Docker does
    volumes.bind.recursive: disabled becomes bind-nonrecursive; a warning for others
    volumes.bind.selinux: z or Z
    volumes.volume.labels: not carried over; a warning says so
    volumes.volume.nocopy: nocopy
    volumes.volume.subpath: subpath=, from Podman 5.1 on
    volumes.tmpfs.size: tmpfs-size=
    volumes.tmpfs.mode: tmpfs-mode=
    volumes.image.subpath: subpath=
"""

BUILD = """
    secrets.source: the secret at the top level
    secrets.target: its id in the build
    secrets.uid: no effect
    secrets.gid: no effect
    secrets.mode: no effect
    ulimits.soft: before the colon
    ulimits.hard: behind the colon
"""

NETWORK = """
    ipam.driver: IPAMDriver=, for dhcp
    ipam.config.subnet: Subnet=
    ipam.config.gateway: Gateway=
    ipam.config.ip_range: IPRange=
    ipam.config.aux_addresses: not carried over; a warning says so
    ipam.options: no effect; Docker Compose itself forgets them
    external.name: an old form of name
"""

VOLUME = """
    external.name: an old form of name
"""

TOP = """
    configs.name: for one in Podman's store
    configs.file: mounted
    configs.content: written below the runtime folder before the start, and mounted
    configs.environment: as content, with the value that the variable has at conversion
    configs.external: from Podman's store
    configs.labels: no effect
    configs.template_driver: no effect
    secrets.name: for one in Podman's store
    secrets.file: mounted
    secrets.environment: from Podman's store, into which you put it; a warning says how
    secrets.external: from Podman's store
    secrets.labels: no effect
    secrets.driver: no effect
    secrets.driver_opts: no effect
    secrets.template_driver: no effect
"""

GROUPS = {"": SERVICE, "build": BUILD, "networks": NETWORK, "volumes": VOLUME, "top": TOP}


@cache
def nested(group: str) -> dict[str, str]:
    """What becomes of the attributes inside of the keys of a group (see ``explain``), by their path."""
    lines = (line.strip().partition(": ") for line in GROUPS[group].splitlines() if line.strip())
    return {path: how for path, _, how in lines}
