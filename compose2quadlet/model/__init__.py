"""The intermediate model: a canonical compose project as frozen values, without anything of Podman's.

Attributes have the names and the order of the compose specification. Sizes are in bytes, durations in
nanoseconds, file modes plain numbers. An attribute that is absent has its zero: None, False, 0, empty.
Source: compose specification; compose-go ``types/types.go`` as of Docker Compose 2.40.3.
"""

from __future__ import annotations

from typing import Any

from compose2quadlet.model.extension import Extension
from compose2quadlet.model.parts import (
    BindOptions,
    Blkio,
    Build,
    Dependency,
    Deploy,
    Device,
    DeviceRequest,
    Environment,
    Extends,
    Extensible,
    FileObject,
    FileReference,
    Healthcheck,
    Hook,
    ImageOptions,
    Logging,
    Mount,
    Pairs,
    Port,
    Resource,
    Resources,
    RestartPolicy,
    ServiceNetwork,
    Texts,
    Throttle,
    TmpfsOptions,
    Ulimit,
    Value,
    VolumeOptions,
    WeightDevice,
)

__all__ = [
    "BindOptions",
    "Blkio",
    "Build",
    "Dependency",
    "Deploy",
    "Device",
    "DeviceRequest",
    "Extends",
    "Extension",
    "FileObject",
    "FileReference",
    "Healthcheck",
    "Hook",
    "ImageOptions",
    "Ipam",
    "Logging",
    "Model",
    "Mount",
    "Network",
    "Pool",
    "Port",
    "Project",
    "Resource",
    "Resources",
    "RestartPolicy",
    "Service",
    "ServiceNetwork",
    "Throttle",
    "TmpfsOptions",
    "Ulimit",
    "Volume",
    "VolumeOptions",
    "WeightDevice",
]


class Service(Extensible):
    """A service. Parts that are not converted are kept as plain data."""

    profiles: Texts = ()
    annotations: Pairs = {}
    attach: bool | None = None
    build: Build | None = None
    develop: dict[str, Any] | None = None
    blkio_config: Blkio | None = None
    cap_add: Texts = ()
    cap_drop: Texts = ()
    cgroup_parent: str = ""
    cgroup: str = ""
    cpu_count: int = 0
    cpu_percent: float = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_rt_period: int = 0
    cpu_rt_runtime: int = 0
    cpus: float = 0
    cpuset: str = ""
    cpu_shares: int = 0
    command: Texts | None = None
    configs: tuple[FileReference, ...] = ()
    container_name: str = ""
    credential_spec: dict[str, Any] | None = None
    depends_on: dict[str, Dependency] = {}
    deploy: Deploy | None = None
    device_cgroup_rules: Texts = ()
    devices: tuple[Device, ...] = ()
    dns: Texts = ()
    dns_opt: Texts = ()
    dns_search: Texts = ()
    domainname: str = ""
    entrypoint: Texts | None = None
    provider: dict[str, Any] | None = None
    environment: Environment = {}
    env_file: tuple[dict[str, Any], ...] = ()
    expose: Texts = ()
    extends: Extends | None = None
    external_links: Texts = ()
    extra_hosts: dict[str, Texts] = {}
    group_add: Texts = ()
    gpus: tuple[DeviceRequest, ...] = ()
    hostname: str = ""
    healthcheck: Healthcheck | None = None
    image: str = ""
    init: bool | None = None
    ipc: str = ""
    isolation: str = ""
    labels: Pairs = {}
    label_file: Texts = ()
    links: Texts = ()
    logging: Logging | None = None
    mem_limit: int = 0
    mem_reservation: int = 0
    memswap_limit: int = 0
    mem_swappiness: int = 0
    mac_address: str = ""
    models: dict[str, Pairs | None] = {}
    network_mode: str = ""
    networks: dict[str, ServiceNetwork | None] = {}
    oom_kill_disable: bool = False
    oom_score_adj: int = 0
    pid: str = ""
    pids_limit: int = 0
    platform: str = ""
    ports: tuple[Port, ...] = ()
    privileged: bool = False
    pull_policy: str = ""
    read_only: bool = False
    restart: str = ""
    runtime: str = ""
    scale: int | None = None
    secrets: tuple[FileReference, ...] = ()
    security_opt: Texts = ()
    shm_size: int = 0
    stdin_open: bool = False
    stop_grace_period: int | None = None
    stop_signal: str = ""
    storage_opt: Pairs = {}
    sysctls: Pairs = {}
    tmpfs: Texts = ()
    tty: bool = False
    ulimits: dict[str, int | Ulimit] = {}
    use_api_socket: bool = False
    user: str = ""
    userns_mode: str = ""
    uts: str = ""
    volumes: tuple[Mount, ...] = ()
    volumes_from: Texts = ()
    working_dir: str = ""
    post_start: tuple[Hook, ...] = ()
    pre_stop: tuple[Hook, ...] = ()


class Pool(Value):
    """An address pool of a network."""

    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: Pairs = {}


class Ipam(Value):
    driver: str = ""
    config: tuple[Pool, ...] = ()


class Network(Extensible):
    name: str = ""
    driver: str = ""
    driver_opts: Pairs = {}
    ipam: Ipam = Ipam.model_construct()
    external: bool = False
    internal: bool = False
    attachable: bool = False
    labels: Pairs = {}
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None


class Volume(Extensible):
    name: str = ""
    driver: str = ""
    driver_opts: Pairs = {}
    external: bool = False
    labels: Pairs = {}


class Model(Value):
    """A language model."""

    name: str = ""
    model: str = ""
    context_size: int = 0
    runtime_flags: Texts = ()


class Project(Value):
    """A canonical project: the services that take part, and the resources that they use."""

    name: str
    services: dict[str, Service]
    networks: dict[str, Network] = {}
    volumes: dict[str, Volume] = {}
    secrets: dict[str, FileObject] = {}
    configs: dict[str, FileObject] = {}
    models: dict[str, Model] = {}
