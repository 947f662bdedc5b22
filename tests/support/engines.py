"""One container as both engines show it, by ``inspect`` and to the kernel: it asks for all that a service can ask for.

The forms are those of Docker 28.5 and Podman 5.8; the values are made up.
"""

from __future__ import annotations

import copy
from typing import Any

from compose2quadlet.compare import Pair, Side

LAYERS = {"RootFS": {"Layers": ["sha256:" + "1" * 64]}, "Config": {"Volumes": {"/cache": {}}}}
OLD_ID, NEW_ID, WEB_OLD, WEB_NEW = "a1" * 32, "b2" * 32, "c3" * 32, "d4" * 32
UNNAMED = "e5" * 32

DOCKER: dict[str, Any] = {
    "Id": OLD_ID,
    "Name": "/shop-app-1",
    "Image": "sha256:" + "9" * 64,
    "State": {"Status": "running", "Running": True, "Pid": 0, "Health": {"Status": "healthy"}},
    "Config": {
        "Image": "app:2",
        "Hostname": "shop",
        "Domainname": "lan",
        "User": "999:999",
        "Tty": False,
        "OpenStdin": False,
        "Env": ["TOKEN=hunter2", "EMPTY=", "PATH=/app/bin:/bin"],
        "Cmd": ["-p", "80"],
        "Entrypoint": ["httpd", "-f"],
        "WorkingDir": "",
        "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "app", "note": "two words"},
        "StopTimeout": 3,
        "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5 * 10**9},
    },
    "HostConfig": {
        "NetworkMode": "shop_default",
        "PortBindings": {
            "80/tcp": [{"HostIp": "", "HostPort": "8081"}, {"HostIp": "127.0.0.1", "HostPort": "8082"}],
            "53/udp": [{"HostIp": "", "HostPort": "5353"}],
        },
        "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
        "CapAdd": ["CAP_NET_BIND_SERVICE", "CAP_SYS_NICE"],
        "CapDrop": ["CAP_CHOWN"],
        "CgroupnsMode": "private",
        "Dns": ["192.0.2.53"],
        "DnsOptions": ["timeout:1"],
        "DnsSearch": ["lan"],
        "ExtraHosts": ["nas.lan:192.0.2.7"],
        "GroupAdd": ["44"],
        "IpcMode": "private",
        "OomScoreAdj": 100,
        "PidMode": "",
        "UTSMode": "",
        "UsernsMode": "",
        "Privileged": False,
        "ReadonlyRootfs": True,
        "SecurityOpt": ["no-new-privileges:true"],
        "Tmpfs": {"/tmp": "size=16m,mode=1777"},
        "ShmSize": 128 * 2**20,
        "Sysctls": {"net.core.somaxconn": "1024"},
        "Memory": 2**28,
        "MemoryReservation": 2**27,
        "MemorySwap": 2**29,
        "MemorySwappiness": None,
        "CpuShares": 512,
        "NanoCpus": 15 * 10**8,
        "CpusetCpus": "0",
        "PidsLimit": 100,
        "OomKillDisable": None,
        "Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "r"}],
        "Ulimits": [{"Name": "nofile", "Soft": 2048, "Hard": 4096}],
        "Init": True,
    },
    "Mounts": [
        {"Type": "bind", "Source": "/srv/www", "Destination": "/www", "RW": False, "Propagation": "rprivate"},
        {"Type": "volume", "Name": "shop_data", "Destination": "/data", "RW": True, "Propagation": ""},
        {"Type": "volume", "Name": UNNAMED, "Destination": "/cache", "RW": True, "Propagation": ""},
    ],
    "NetworkSettings": {
        "Networks": {
            "shop_default": {
                "Aliases": ["shop-app-1", "app"],
                "DNSNames": ["shop-app-1", "app", "www", OLD_ID[:12], "shop"],
                "IPAMConfig": {"IPv4Address": "10.9.0.5"},
            }
        }
    },
}

CAPABILITIES = "DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT SYS_NICE"
"""Podman's own, without CHOWN, and with what is added."""

PODMAN: dict[str, Any] = {
    "Id": NEW_ID,
    "Name": "shop-app",
    "Image": "9" * 64,
    "State": {"Status": "running", "Running": True, "Pid": 0, "Health": {"Status": "healthy"}},
    "BoundingCaps": [f"CAP_{name}" for name in CAPABILITIES.split()],
    "Config": {
        "Image": "docker.io/library/app:2",
        "Hostname": "shop",
        "Domainname": "lan",
        "User": "999:999",
        "Tty": False,
        "OpenStdin": False,
        "Env": ["container=podman", "HOSTNAME=shop", "HOME=/", "EMPTY=", "PATH=/app/bin:/bin", "TOKEN=hunter2"],
        "Cmd": ["-p", "80"],
        "Entrypoint": ["httpd", "-f"],
        "WorkingDir": "/",
        "Labels": {
            "PODMAN_SYSTEMD_UNIT": "shop-app.service",
            "com.docker.compose.project": "shop",
            "com.docker.compose.service": "app",
            "note": "two words",
        },
        "StopSignal": "SIGTERM",
        "StopTimeout": 3,
        "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5 * 10**9, "Timeout": 30 * 10**9, "Retries": 3},
        "CreateCommand": [
            "podman",
            "run",
            "--sysctl",
            "net.core.somaxconn=1024",
            "--sysctl=net.ipv4.ip_unprivileged_port_start=0",
            "--sysctl=net.ipv4.ping_group_range=0 2147483647",
        ],
    },
    "HostConfig": {
        "NetworkMode": "bridge",
        "PortBindings": {
            "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8081"}, {"HostIp": "127.0.0.1", "HostPort": "8082"}],
            "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "5353"}],
        },
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "CgroupMode": "private",
        "Dns": ["192.0.2.53"],
        "DnsOptions": ["timeout:1", "ndots:0"],
        "DnsSearch": ["lan"],
        "ExtraHosts": ["nas.lan:192.0.2.7"],
        "GroupAdd": ["44"],
        "IpcMode": "shareable",
        "OomScoreAdj": 100,
        "PidMode": "private",
        "UTSMode": "private",
        "UsernsMode": "private",
        "Privileged": False,
        "ReadonlyRootfs": True,
        "SecurityOpt": ["no-new-privileges"],
        "Tmpfs": {
            "/tmp": "size=16m,mode=1777,noexec,rprivate,nosuid,nodev",
            "/run": "ro,rprivate,nosuid,nodev,tmpcopyup",
        },
        "ShmSize": 128 * 2**20,
        "Memory": 2**28,
        "MemoryReservation": 2**27,
        "MemorySwap": 2**29,
        "MemorySwappiness": 0,
        "CpuShares": 512,
        "NanoCpus": 15 * 10**8,
        "CpuPeriod": 100000,
        "CpuQuota": 150000,
        "CpusetCpus": "0",
        "PidsLimit": 100,
        "OomKillDisable": False,
        "Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": ""}],
        "Ulimits": [
            {"Name": "RLIMIT_NOFILE", "Soft": 2048, "Hard": 4096},
            {"Name": "RLIMIT_NPROC", "Soft": 9000, "Hard": 9000},
        ],
        "Init": True,
    },
    "Mounts": [
        {"Type": "volume", "Name": "shop_app-cache", "Destination": "/cache", "RW": True, "Propagation": "rprivate"},
        {"Type": "volume", "Name": "shop_data", "Destination": "/data", "RW": True, "Propagation": "rprivate"},
        {"Type": "bind", "Source": "/srv/www", "Destination": "/www", "RW": False, "Propagation": "rprivate"},
    ],
    "NetworkSettings": {
        "Networks": {
            "shop_default": {
                "Aliases": ["app", "www", "shop", "shop-app-1", NEW_ID[:12]],
                "IPAMConfig": None,
                "IPAddress": "10.9.0.5",
            }
        }
    },
}

KERNEL: dict[str, dict[str, str]] = {
    "user": {"uid": "999", "gid": "999", "groups": "44"},
    "capabilities": {f"bounding {c}": "" for c in ("KILL", "NET_BIND_SERVICE", "NET_RAW")},
    "process": {"NoNewPrivs": "1", "Seccomp": "2", "oom_score_adj": "100"},
    "environment": {"TOKEN": "hunter2", "EMPTY": "", "HOSTNAME": "shop"},
    "limits": {"nofile": "2048:4096", "core": "unlimited:unlimited"},
    "mounts": {"/": "ro overlay", "/dev": "rw tmpfs", "/dev/shm": "rw tmpfs", "/www": "ro data", "/data": "rw data"},
    "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"},
    "resolver": {"ndots": "0", "search": "lan", "timeout": "1"},
    "hosts": {"nas.lan": "192.0.2.7"},
    "cgroup": {"memory.max": "268435456", "pids.max": "100"},
}


def pair(kernel: bool = True) -> Pair:
    """The container on both sides, to be changed at will."""
    old, new = copy.deepcopy(DOCKER), copy.deepcopy(PODMAN)
    seen = copy.deepcopy(KERNEL)
    seen["capabilities"] = {"bounding KILL": "", "bounding NET_BIND_SERVICE": "", "ambient NET_BIND_SERVICE": ""}
    seen["limits"]["core"] = "0:0"
    seen["environment"] |= {"container": "podman", "HOME": "/"}
    seen["sysctls"]["net.ipv4.ping_group_range"] = "0 0"
    seen["mounts"] |= {"/dev": "ro tmpfs", "/run": "ro tmpfs"}
    before = copy.deepcopy(KERNEL) if kernel else {}
    unit = {"Id": "shop-app.service", "Restart": "always", "NRestarts": "0", "ActiveState": "active"}
    return Pair(
        Side(old, copy.deepcopy(LAYERS), before, {}, {WEB_OLD: "web"}),
        Side(new, copy.deepcopy(LAYERS), seen if kernel else {}, unit, {WEB_NEW: "web"}),
    )
