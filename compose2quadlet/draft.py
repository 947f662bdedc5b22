"""Drafts a compose file for a container that was started by hand, from what ``docker inspect`` says of it.

What the image says, and what Docker does by itself, is left out. Names of volumes and networks stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compose2quadlet.frozen import frozen

ALL = ("", "0.0.0.0", "::")  # noqa: S104
"""Addresses that mean all of them."""

SHM = 64 * 2**20
"""The size of /dev/shm that Docker chooses."""

MEMORY_UNLIMITED = (None, 0, -1)


@frozen()
class _From:
    """A key of compose, and how it is made of ``Config`` and ``HostConfig``; what is empty is left out."""

    key: str
    made: Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


def _host(name: str, *without: Any) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    return lambda _, host: None if host.get(name) in without else host.get(name)


def _config(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    return lambda config, _: config.get(name)


def _restart(_: Mapping[str, Any], host: Mapping[str, Any]) -> str:
    policy = host.get("RestartPolicy") or {}
    count = policy.get("MaximumRetryCount") or 0
    name = policy.get("Name") or "no"
    return "" if name == "no" else f"{name}:{count}" if count else str(name)


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 10**9:g}s"


def _healthcheck(config: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    check = config.get("Healthcheck") or {}
    if not check.get("Test"):
        return None
    if check["Test"] == ["NONE"]:
        return {"disable": True}
    names = {"Interval": "interval", "Timeout": "timeout", "StartPeriod": "start_period"}
    times = {key: _seconds(check[name]) for name, key in names.items() if check.get(name)}
    return {"test": check["Test"], **times, **({"retries": check["Retries"]} if check.get("Retries") else {})}


def _ulimits(_: Mapping[str, Any], host: Mapping[str, Any]) -> Any:
    return {u["Name"]: {"soft": u["Soft"], "hard": u["Hard"]} for u in host.get("Ulimits") or ()}


def _devices(_: Mapping[str, Any], host: Mapping[str, Any]) -> Any:
    found = host.get("Devices") or ()
    return [f"{d['PathOnHost']}:{d['PathInContainer']}:{d.get('CgroupPermissions') or 'rwm'}" for d in found]


def _logging(_: Mapping[str, Any], host: Mapping[str, Any]) -> Any:
    given = host.get("LogConfig") or {}
    driver, options = given.get("Type") or "json-file", given.get("Config") or {}
    return {"driver": driver, **({"options": options} if options else {})} if options or driver != "json-file" else None


def _ports(_: Mapping[str, Any], host: Mapping[str, Any]) -> list[str]:
    found = []
    for target, bindings in (host.get("PortBindings") or {}).items():
        for one in bindings or ():
            address, number = one.get("HostIp") or "", one.get("HostPort") or ""
            before = "" if address in ALL else f"[{address}]:" if ":" in address else f"{address}:"
            found.append(f"{before}{number}:{target}" if before or number else target)
    return found


def _network_mode(_: Mapping[str, Any], host: Mapping[str, Any]) -> str:
    mode = host.get("NetworkMode") or ""
    return mode if mode in ("host", "none") or mode.startswith("container:") else ""


def _labels(config: Mapping[str, Any], _: Mapping[str, Any]) -> dict[str, str]:
    own = config.get("Labels") or {}
    return {name: text for name, text in own.items() if not name.startswith("com.docker.compose.")}


FROM = (
    _From("user", _config("User")),
    _From("working_dir", _config("WorkingDir")),
    _From("domainname", _config("Domainname")),
    _From("labels", _labels),
    _From("tty", _config("Tty")),
    _From("stdin_open", _config("OpenStdin")),
    _From("stop_signal", _config("StopSignal")),
    _From("stop_grace_period", lambda c, _: f"{c['StopTimeout']}s" if c.get("StopTimeout") is not None else None),
    _From("healthcheck", _healthcheck),
    _From("restart", _restart),
    _From("network_mode", _network_mode),
    _From("ports", _ports),
    _From("privileged", _host("Privileged")),
    _From("read_only", _host("ReadonlyRootfs")),
    _From("init", _host("Init")),
    _From("cap_add", _host("CapAdd")),
    _From("cap_drop", _host("CapDrop")),
    _From("security_opt", _host("SecurityOpt")),
    _From("group_add", _host("GroupAdd")),
    _From("dns", _host("Dns")),
    _From("dns_opt", _host("DnsOptions")),
    _From("dns_search", _host("DnsSearch")),
    _From("extra_hosts", _host("ExtraHosts")),
    _From("devices", _devices),
    _From("device_cgroup_rules", _host("DeviceCgroupRules")),
    _From("sysctls", _host("Sysctls")),
    _From("ulimits", _ulimits),
    _From("shm_size", _host("ShmSize", SHM)),
    _From("pid", _host("PidMode")),
    _From("ipc", _host("IpcMode", "private")),
    _From("uts", _host("UTSMode")),
    _From("userns_mode", _host("UsernsMode")),
    _From("cgroup_parent", _host("CgroupParent")),
    _From("oom_score_adj", _host("OomScoreAdj")),
    _From("mem_limit", _host("Memory", *MEMORY_UNLIMITED)),
    _From("mem_reservation", _host("MemoryReservation", *MEMORY_UNLIMITED)),
    _From("cpus", lambda _, host: (host.get("NanoCpus") or 0) / 10**9),
    _From("cpu_shares", _host("CpuShares")),
    _From("cpuset", _host("CpusetCpus")),
    _From("pids_limit", _host("PidsLimit", *MEMORY_UNLIMITED)),
    _From("runtime", _host("Runtime", "runc", "io.containerd.runc.v2")),
    _From("logging", _logging),
)


def draft(inspected: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    """The text of a compose file for a container; ``image`` is the ``Config`` of its image. It has the values of all
    variables."""
    import yaml

    config, host = inspected["Config"], inspected.get("HostConfig") or {}
    name = inspected["Name"].lstrip("/")
    service: dict[str, Any] = {"image": config.get("Image"), "container_name": name}
    if (hostname := config.get("Hostname")) and not inspected["Id"].startswith(hostname):
        service["hostname"] = hostname
    service |= _process(config, image)
    for row in FROM:
        value = row.made(config, host)
        if value and value != row.made(image, {}):
            service[row.key] = value
    mounts, volumes = _mounts(inspected, name)
    networks = _networks(inspected, host)
    service |= {"volumes": mounts} if mounts else {}
    service |= {"tmpfs": [f"{path}:{o}".rstrip(":") for path, o in host["Tmpfs"].items()]} if host.get("Tmpfs") else {}
    service |= {"networks": networks} if networks else {}
    whole: dict[str, Any] = {"name": _project(name), "services": {_project(name): service}}
    whole |= {"volumes": volumes} if volumes else {}
    whole |= {"networks": {key: {"external": True} for key in networks}} if networks else {}
    head = f"# Drafted from the container {name!r}, which was started by hand. Read it before you use it.\n"
    return head + yaml.safe_dump(_escaped(whole), sort_keys=False, allow_unicode=True, width=120)


def _project(name: str) -> str:
    """A name of a project and a service, for one of a container. Source: compose-go's names."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in name.lower())
    return kept.lstrip("_-") or "container"


def _process(config: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, Any]:
    """What runs, and its variables, as far as the image does not say it."""
    found: dict[str, Any] = {}
    if config.get("Entrypoint") != image.get("Entrypoint"):
        found["entrypoint"] = config.get("Entrypoint") or []
    if config.get("Cmd") and (config["Cmd"] != image.get("Cmd") or found):
        found["command"] = config["Cmd"]
    known: Sequence[str] = image.get("Env") or ()
    if variables := [text for text in config.get("Env") or () if text not in known]:
        found["environment"] = variables
    return found


def _mounts(inspected: Mapping[str, Any], name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Mounts of a service, and volumes. One without a name gets that of the container and of the path."""
    mounts, volumes = [], {}
    for one in sorted(inspected.get("Mounts") or (), key=lambda m: str(m["Destination"])):
        target, read_only = one["Destination"], {} if one.get("RW", True) else {"read_only": True}
        if one["Type"] == "bind":
            mounts.append({"type": "bind", "source": one["Source"], "target": target, **read_only})
        elif one["Type"] == "volume":
            own = one["Name"]
            if len(own) == 64 and all(c in "0123456789abcdef" for c in own):
                own = _project(f"{name}{target}")
            volumes[own] = {"name": own}
            mounts.append({"type": "volume", "source": own, "target": target, **read_only})
    return mounts, volumes


def _networks(inspected: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Any]:
    """The networks with a name, with aliases and addresses that were asked for."""
    if _network_mode({}, host):
        return {}
    found = {}
    for name, end in ((inspected.get("NetworkSettings") or {}).get("Networks") or {}).items():
        if name != "bridge":
            fixed = (end.get("IPAMConfig") or {}).get("IPv4Address")
            aliases = [a for a in end.get("Aliases") or () if not inspected["Id"].startswith(a)]
            found[name] = {**({"aliases": aliases} if aliases else {}), **({"ipv4_address": fixed} if fixed else {})}
    return found


def _escaped(value: Any) -> Any:
    """A value whose texts mean themselves in a compose file, which replaces variables."""
    match value:
        case str():
            return value.replace("$", "$$")
        case Mapping():
            return {key: _escaped(item) for key, item in value.items()}
        case list() | tuple():
            return [_escaped(item) for item in value]
    return value
