"""The objects inside a service."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from compose2quadlet.model.extension import Extension, extension

Texts = tuple[str, ...]
Pairs = dict[str, str]
Environment = dict[str, str | None]


class Value(BaseModel):
    """A compose object. Extensions (``x-…``) are not part of the model."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Extensible(Value):
    """An object that becomes a unit. ``x-quadlet`` has the user's directives for it."""

    quadlet: Annotated[Extension, PlainValidator(extension)] = Field(default=Extension(), alias="x-quadlet")


class Hook(Value):
    command: Texts | None = None
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: Environment = {}


class FileReference(Value):
    """The use of a config or a secret by a service."""

    source: str = ""
    target: str = ""
    uid: str = ""
    gid: str = ""
    mode: int | None = None


class FileObject(Value):
    """A config or a secret at the top level."""

    name: str = ""
    file: str = ""
    environment: str = ""
    content: str = ""
    external: bool = False
    labels: Pairs = {}
    driver: str = ""
    driver_opts: Pairs = {}
    template_driver: str = ""


class DeviceRequest(Value):
    """A request for devices such as GPUs; a ``count`` of -1 means all of them."""

    capabilities: Texts = ()
    driver: str = ""
    count: int = 0
    device_ids: Texts = ()
    options: Pairs = {}


class Resource(Value):
    """Limits or reservations; ``cpus`` is a number of processors."""

    cpus: float = 0
    memory: int = 0
    pids: int = 0
    devices: tuple[DeviceRequest, ...] = ()
    generic_resources: tuple[dict[str, Any], ...] = ()


class Resources(Value):
    limits: Resource | None = None
    reservations: Resource | None = None


class RestartPolicy(Value):
    condition: str = ""
    delay: int | None = None
    max_attempts: int | None = None
    window: int | None = None


class Deploy(Value):
    """What a service wants from the hosts that run it; most of it is for a swarm."""

    mode: str = ""
    replicas: int | None = None
    labels: Pairs = {}
    update_config: dict[str, Any] | None = None
    rollback_config: dict[str, Any] | None = None
    resources: Resources = Resources.model_construct()
    restart_policy: RestartPolicy | None = None
    placement: dict[str, Any] = {}
    endpoint_mode: str = ""


class WeightDevice(Value):
    path: str = ""
    weight: int = 0


class Throttle(Value):
    path: str = ""
    rate: int = 0


class Blkio(Value):
    """Weights and limits of block devices; rates in bytes or operations per second."""

    weight: int = 0
    weight_device: tuple[WeightDevice, ...] = ()
    device_read_bps: tuple[Throttle, ...] = ()
    device_read_iops: tuple[Throttle, ...] = ()
    device_write_bps: tuple[Throttle, ...] = ()
    device_write_iops: tuple[Throttle, ...] = ()


class Ulimit(Value):
    soft: int = 0
    hard: int = 0


class Build(Extensible):
    context: str = ""
    dockerfile: str = ""
    dockerfile_inline: str = ""
    entitlements: Texts = ()
    args: Environment = {}
    provenance: str = ""
    sbom: str = ""
    ssh: Pairs = {}
    labels: Pairs = {}
    cache_from: Texts = ()
    cache_to: Texts = ()
    no_cache: bool = False
    additional_contexts: Pairs = {}
    pull: bool = False
    extra_hosts: dict[str, Texts] = {}
    isolation: str = ""
    network: str = ""
    target: str = ""
    secrets: tuple[FileReference, ...] = ()
    shm_size: int = 0
    tags: Texts = ()
    ulimits: dict[str, int | Ulimit] = {}
    platforms: Texts = ()
    privileged: bool = False


class Healthcheck(Value):
    """``test`` starts with CMD, CMD-SHELL or NONE."""

    test: Texts = ()
    timeout: int | None = None
    interval: int | None = None
    retries: int | None = None
    start_period: int | None = None
    start_interval: int | None = None
    disable: bool = False


class ServiceNetwork(Value):
    """The settings of a service for one of its networks."""

    aliases: Texts = ()
    driver_opts: Pairs = {}
    gw_priority: int = 0
    interface_name: str = ""
    ipv4_address: str = ""
    ipv6_address: str = ""
    link_local_ips: Texts = ()
    mac_address: str = ""
    priority: int = 0


class Port(Value):
    """One container port; ``published`` is a host port or a range of them, empty for any."""

    name: str = ""
    mode: str = ""
    host_ip: str = ""
    target: int = 0
    published: str = ""
    protocol: str = ""
    app_protocol: str = ""


class BindOptions(Value):
    selinux: str = ""
    propagation: str = ""
    create_host_path: bool = False
    recursive: str = ""


class VolumeOptions(Value):
    labels: Pairs = {}
    nocopy: bool = False
    subpath: str = ""


class TmpfsOptions(Value):
    size: int = 0
    mode: int = 0


class ImageOptions(Value):
    subpath: str = ""


class Mount(Value):
    """A mount of a service: of the type bind, volume, tmpfs, image, npipe or cluster."""

    type: str = ""
    source: str = ""
    target: str = ""
    read_only: bool = False
    consistency: str = ""
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    image: ImageOptions | None = None


class Device(Value):
    source: str = ""
    target: str = ""
    permissions: str = ""


class Dependency(Value):
    condition: str = ""
    restart: bool = False
    required: bool = True


class Logging(Value):
    driver: str = ""
    options: Pairs = {}


class Extends(Value):
    file: str = ""
    service: str = ""
