"""The compose objects: the attributes of each, with their types, in the order in which Compose prints them.

Source: compose-go ``types/types.go`` as of Docker Compose 2.40.3.
"""

from __future__ import annotations

from compose2quadlet.loader.decode import (
    Field,
    Record,
    Struct,
    boolean,
    command,
    device_count,
    duration,
    environment,
    health_test,
    hosts,
    integer,
    labels,
    list_of,
    map_of,
    mode,
    multi_options,
    narrow_to,
    options,
    real,
    size,
    ssh,
    string,
    strings,
    struct,
    texts,
    texts_or_numbers,
    ulimit,
    unsigned,
)
from compose2quadlet.loader.tree import Map

hook = struct(
    command=Field(command, null=True),
    user=string,
    privileged=boolean,
    working_dir=string,
    environment=environment,
)
file_reference = struct(source=string, target=string, uid=string, gid=string, mode=Field(mode))
file_object = struct(
    name=string,
    file=string,
    environment=string,
    content=string,
    external=boolean,
    labels=labels,
    driver=string,
    driver_opts=strings,
    template_driver=string,
)
device_request = struct(
    capabilities=list_of(string), driver=string, count=device_count, device_ids=list_of(string), options=labels
)
build = struct(
    context=string,
    dockerfile=string,
    dockerfile_inline=string,
    entitlements=list_of(string),
    args=environment,
    provenance=string,
    sbom=string,
    ssh=ssh,
    labels=labels,
    cache_from=texts,
    cache_to=texts,
    no_cache=boolean,
    additional_contexts=labels,
    pull=boolean,
    extra_hosts=hosts,
    isolation=string,
    network=string,
    target=string,
    secrets=list_of(file_reference),
    shm_size=size,
    tags=texts,
    ulimits=map_of(ulimit),
    platforms=texts,
    privileged=boolean,
)
develop = struct(
    watch=list_of(
        struct(
            path=Field(string, str),
            action=Field(string, str),
            target=string,
            exec=Field(hook, lambda: hook(Map(), ())),
            include=list_of(string),
            ignore=list_of(string),
            initial_sync=boolean,
        )
    )
)
throttles = list_of(struct(path=Field(string, str), rate=Field(size, int)))
blkio_config = struct(
    weight=narrow_to(16),
    weight_device=list_of(struct(path=Field(string, str), weight=Field(narrow_to(16), int))),
    device_read_bps=throttles,
    device_read_iops=throttles,
    device_write_bps=throttles,
    device_write_iops=throttles,
)
update_config = struct(
    parallelism=Field(unsigned),
    delay=duration,
    failure_action=string,
    monitor=duration,
    max_failure_ratio=real,
    order=string,
)
resource = struct(
    cpus=real,
    memory=size,
    pids=integer,
    devices=list_of(device_request),
    generic_resources=list_of(
        struct(discrete_resource_spec=Field(struct(kind=Field(string, str), value=Field(integer, int))))
    ),
)
deploy = struct(
    mode=string,
    replicas=Field(integer),
    labels=labels,
    update_config=Field(update_config),
    rollback_config=Field(update_config),
    resources=Field(struct(limits=Field(resource), reservations=Field(resource)), Struct),
    restart_policy=Field(
        struct(condition=string, delay=Field(duration), max_attempts=Field(unsigned), window=Field(duration))
    ),
    placement=Field(
        struct(
            constraints=list_of(string),
            preferences=list_of(struct(spread=string)),
            max_replicas_per_node=unsigned,
        ),
        Struct,
    ),
    endpoint_mode=string,
)
healthcheck = struct(
    test=health_test,
    timeout=Field(duration),
    interval=Field(duration),
    retries=Field(unsigned),
    start_period=Field(duration),
    start_interval=Field(duration),
    disable=boolean,
)
service_network = struct(
    aliases=list_of(string),
    driver_opts=options,
    gw_priority=integer,
    interface_name=string,
    ipv4_address=string,
    ipv6_address=string,
    link_local_ips=list_of(string),
    mac_address=string,
    priority=integer,
)
port = struct(
    name=string,
    mode=string,
    host_ip=string,
    target=narrow_to(32),
    published=string,
    protocol=string,
    app_protocol=string,
)
volume_mount = struct(
    type=string,
    source=string,
    target=string,
    read_only=boolean,
    consistency=string,
    bind=Field(struct(selinux=string, propagation=string, create_host_path=boolean, recursive=string)),
    volume=Field(struct(labels=labels, nocopy=boolean, subpath=string)),
    tmpfs=Field(struct(size=size, mode=narrow_to(32))),
    image=Field(struct(subpath=string)),
)
dependency = struct(condition=string, restart=boolean, required=Field(boolean, bool))
service = struct(
    profiles=list_of(string),
    annotations=labels,
    attach=Field(boolean),
    build=Field(build),
    develop=Field(develop),
    blkio_config=Field(blkio_config),
    cap_add=list_of(string),
    cap_drop=list_of(string),
    cgroup_parent=string,
    cgroup=string,
    cpu_count=integer,
    cpu_percent=real,
    cpu_period=integer,
    cpu_quota=integer,
    cpu_rt_period=integer,
    cpu_rt_runtime=integer,
    cpus=real,
    cpuset=string,
    cpu_shares=integer,
    command=Field(command, null=True),
    configs=list_of(file_reference),
    container_name=string,
    credential_spec=Field(struct(config=string, file=string, registry=string)),
    depends_on=map_of(dependency, names=True),
    deploy=Field(deploy),
    device_cgroup_rules=list_of(string),
    devices=list_of(struct(source=string, target=string, permissions=string)),
    dns=texts,
    dns_opt=list_of(string),
    dns_search=texts,
    domainname=string,
    entrypoint=Field(command, null=True),
    provider=Field(struct(type=string, options=multi_options)),
    environment=environment,
    env_file=list_of(struct(path=Field(string), required=Field(boolean, bool), format=string)),
    expose=texts_or_numbers,
    extends=Field(struct(file=string, service=string)),
    external_links=list_of(string),
    extra_hosts=hosts,
    group_add=list_of(string),
    gpus=list_of(device_request),
    hostname=string,
    healthcheck=Field(healthcheck),
    image=string,
    init=Field(boolean),
    ipc=string,
    isolation=string,
    labels=labels,
    label_file=list_of(string),
    links=list_of(string),
    logging=Field(struct(driver=string, options=options)),
    mem_limit=size,
    mem_reservation=size,
    memswap_limit=size,
    mem_swappiness=size,
    mac_address=string,
    models=map_of(struct(endpoint_var=string, model_var=string)),
    network_mode=string,
    networks=map_of(service_network),
    oom_kill_disable=boolean,
    oom_score_adj=integer,
    pid=string,
    pids_limit=integer,
    platform=string,
    ports=list_of(port),
    privileged=boolean,
    pull_policy=string,
    read_only=boolean,
    restart=string,
    runtime=string,
    scale=Field(integer),
    secrets=list_of(file_reference),
    security_opt=list_of(string),
    shm_size=size,
    stdin_open=boolean,
    stop_grace_period=Field(duration),
    stop_signal=string,
    storage_opt=strings,
    sysctls=labels,
    tmpfs=texts,
    tty=boolean,
    ulimits=map_of(ulimit),
    use_api_socket=boolean,
    user=string,
    userns_mode=string,
    uts=string,
    volumes=list_of(volume_mount),
    volumes_from=list_of(string),
    working_dir=string,
    post_start=list_of(hook),
    pre_stop=list_of(hook),
)
ipam_pool = Record({"subnet": string, "gateway": string, "ip_range": string, "aux_addresses": labels}, extensions=False)
network = struct(
    name=string,
    driver=string,
    driver_opts=options,
    ipam=Field(
        struct(
            driver=string,
            config=list_of(ipam_pool),
        ),
        Struct,
    ),
    external=boolean,
    internal=boolean,
    attachable=boolean,
    labels=labels,
    enable_ipv4=Field(boolean),
    enable_ipv6=Field(boolean),
)
volume = struct(name=string, driver=string, driver_opts=options, external=boolean, labels=labels)
model = struct(name=string, model=string, context_size=integer, runtime_flags=list_of(string))
project = struct(
    name=string,
    services=Field(map_of(service, names=True), dict),
    networks=map_of(network, names=True),
    volumes=map_of(volume, names=True),
    secrets=map_of(file_object, names=True),
    configs=map_of(file_object, names=True),
    models=map_of(model),
)
