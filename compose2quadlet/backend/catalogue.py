"""Every Quadlet key: the Podman version that has it, how its value is quoted, and what does the same before.

Source: Podman's ``podman-systemd.unit(5)`` of each release; the versions are those from which the generator
accepts the key. systemd's own keys are in the sections ``Unit``, ``Service`` and ``Install``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from compose2quadlet.options import Version, parse_version


class Quoting(Enum):
    """How a value is written.

    ``WORDS`` are split like a command line, with quotes and escapes; a ``PAIR`` is one such word, ``KEY=VALUE``;
    ``PLAIN`` is split at blanks and unquoted, without escapes; ``RAW`` is taken as it stands. ``COMMAND`` is a
    command line that systemd runs, ``VARIABLES`` are words in which ``$`` means nothing, ``TEXT`` is raw text in
    which it means nothing either.
    """

    WORDS = "words"
    PAIR = "pair"
    PLAIN = "plain"
    RAW = "raw"
    FLAG = "flag"
    COMMAND = "command"
    VARIABLES = "variables"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``fallback`` is the ``podman`` option for ``PodmanArgs=``, with ``{}`` for the value; empty where
    there is none."""

    since: Version
    quoting: Quoting
    fallback: str


PODMAN = {
    "Container": """
        AddCapability         4.4 plain --cap-add={}
        AddDevice         4.4 plain --device={}
        AddHost           5.3 raw   --add-host={}
        Annotation        4.4 pair  --annotation={}
        AppArmor          5.8 raw   --security-opt=apparmor={}
        AutoUpdate        4.6 raw   --label=io.containers.autoupdate={}
        CgroupsMode           5.3 raw   --cgroups={}
        ContainerName         4.4 raw   --name={}
        ContainersConfModule  4.8 raw   -
        DNS               4.7 raw   --dns={}
        DNSOption         4.7 raw   --dns-option={}
        DNSSearch         4.7 raw   --dns-search={}
        DropCapability        4.4 plain --cap-drop={}
        Entrypoint        5.0 raw   --entrypoint={}
        Environment           4.4 pair  --env={}
        EnvironmentFile       4.4 words --env-file={}
        EnvironmentHost       4.4 flag  --env-host
        Exec              4.4 words -
        ExposeHostPort        4.4 raw   --expose={}
        GIDMap            4.8 plain --gidmap={}
        GlobalArgs        4.8 words -
        Group             4.8 raw   -
        GroupAdd          5.1 raw   --group-add={}
        HealthCmd         4.5 raw   --health-cmd={}
        HealthInterval        4.5 raw   --health-interval={}
        HealthLogDestination  5.3 raw   --health-log-destination={}
        HealthMaxLogCount     5.3 raw   --health-max-log-count={}
        HealthMaxLogSize      5.3 raw   --health-max-log-size={}
        HealthOnFailure       4.5 raw   --health-on-failure={}
        HealthRetries         4.5 raw   --health-retries={}
        HealthStartPeriod     4.5 raw   --health-start-period={}
        HealthStartupCmd      4.5 raw   --health-startup-cmd={}
        HealthStartupInterval 4.5 raw   --health-startup-interval={}
        HealthStartupRetries  4.5 raw   --health-startup-retries={}
        HealthStartupSuccess  4.5 raw   --health-startup-success={}
        HealthStartupTimeout  4.5 raw   --health-startup-timeout={}
        HealthTimeout         4.5 raw   --health-timeout={}
        HostName          4.6 raw   --hostname={}
        HttpProxy         5.7 flag  --http-proxy
        IP                4.5 raw   --ip={}
        IP6               4.5 raw   --ip6={}
        Image             4.4 raw   -
        Label             4.4 pair  --label={}
        LogDriver         4.5 raw   --log-driver={}
        LogOpt            5.2 plain --log-opt={}
        Mask              4.6 words --security-opt=mask={}
        Memory            5.5 raw   --memory={}
        Mount             4.5 words --mount={}
        Network           4.4 raw   --network={}
        NetworkAlias          5.2 raw   --network-alias={}
        NoNewPrivileges       4.4 flag  --security-opt=no-new-privileges
        Notify            4.4 raw   --sdnotify={}
        PidsLimit         4.7 raw   --pids-limit={}
        Pod               5.0 raw   -
        PodmanArgs        4.4 words -
        PublishPort           4.4 raw   --publish={}
        Pull              4.6 raw   --pull={}
        ReadOnly          4.4 flag  --read-only
        ReadOnlyTmpfs         4.8 flag  --read-only-tmpfs
        ReloadCmd         5.5 words -
        ReloadSignal          5.5 raw   -
        RemapGid          4.4 plain -
        RemapUid          4.4 plain -
        RemapUidSize          4.4 raw   -
        RemapUsers        4.4 raw   -
        Retry             5.5 raw   --retry={}
        RetryDelay        5.5 raw   --retry-delay={}
        Rootfs            4.5 raw   -
        RunInit           4.4 flag  --init
        SeccompProfile        4.4 raw   --security-opt=seccomp={}
        Secret            4.5 words --secret={}
        SecurityLabelDisable  4.5 flag  --security-opt=label=disable
        SecurityLabelFileType 4.5 raw   --security-opt=label=filetype:{}
        SecurityLabelLevel    4.5 raw   --security-opt=label=level:{}
        SecurityLabelNested   4.6 flag  --security-opt=label=nested
        SecurityLabelType     4.5 raw   --security-opt=label=type:{}
        ServiceName           5.3 raw   -
        ShmSize           4.7 raw   --shm-size={}
        StartWithPod          5.3 flag  -
        StopSignal        5.2 raw   --stop-signal={}
        StopTimeout           5.0 raw   --stop-timeout={}
        SubGIDMap         4.8 raw   --subgidname={}
        SubUIDMap         4.8 raw   --subuidname={}
        Sysctl            4.6 plain --sysctl={}
        Timezone          4.4 raw   --tz={}
        Tmpfs             4.5 raw   --tmpfs={}
        UIDMap            4.8 plain --uidmap={}
        Ulimit            5.0 raw   --ulimit={}
        Unmask            4.6 words --security-opt=unmask={}
        User              4.8 raw   --user={}
        UserNS            4.5 raw   --userns={}
        VolatileTmp           4.4 flag  -
        Volume            4.4 raw   --volume={}
        WorkingDir        4.6 raw   --workdir={}
    """,
    "Pod": """
        AddHost          5.3 raw   --add-host={}
        ContainersConfModule 5.0 raw   -
        DNS              5.3 raw   --dns={}
        DNSOption        5.3 raw   --dns-option={}
        DNSSearch        5.3 raw   --dns-search={}
        ExitPolicy           5.6 raw   --exit-policy={}
        GIDMap           5.3 plain --gidmap={}
        GlobalArgs           5.0 words -
        HostName         5.5 raw   --hostname={}
        IP               5.3 raw   --ip={}
        IP6              5.3 raw   --ip6={}
        Label            5.6 pair  --label={}
        Network          5.0 raw   --network={}
        NetworkAlias         5.2 raw   --network-alias={}
        PodName          5.0 raw   -
        PodmanArgs           5.0 words -
        PublishPort          5.0 raw   --publish={}
        RemapGid         5.3 plain -
        RemapUid         5.3 plain -
        RemapUidSize         5.3 raw   -
        RemapUsers           5.3 raw   -
        ServiceName          5.3 raw   -
        ShmSize          5.4 raw   --shm-size={}
        StopTimeout          5.7 raw   -
        SubGIDMap        5.3 raw   --subgidname={}
        SubUIDMap        5.3 raw   --subuidname={}
        UIDMap           5.3 plain --uidmap={}
        UserNS           5.3 raw   --userns={}
        Volume           5.0 raw   --volume={}
    """,
    "Network": """
        ContainersConfModule 4.8 raw   -
        DNS              4.7 raw   --dns={}
        DisableDNS           4.4 flag  --disable-dns
        Driver           4.4 raw   --driver={}
        Gateway          4.4 raw   --gateway={}
        GlobalArgs           4.8 words -
        IPAMDriver           4.4 raw   --ipam-driver={}
        IPRange          4.4 raw   --ip-range={}
        IPv6             4.4 flag  --ipv6
        InterfaceName        5.6 raw   --interface-name={}
        Internal         4.4 flag  --internal
        Label            4.4 pair  --label={}
        NetworkDeleteOnStop  5.5 flag  -
        NetworkName          4.7 raw   -
        Options          4.4 pair  --opt={}
        PodmanArgs           4.6 words -
        ServiceName          5.3 raw   -
        Subnet           4.4 raw   --subnet={}
    """,
    "Volume": """
        ContainersConfModule 4.8 raw   -
        Copy             4.4 flag  -
        Device           4.4 raw   --opt=device={}
        Driver           4.8 raw   --driver={}
        GID              6.0 raw   --gid={}
        GlobalArgs           4.8 words -
        Group            4.4 raw   -
        Image            4.8 raw   -
        Label            4.4 pair  --label={}
        Options          4.4 raw   --opt=o={}
        PodmanArgs           4.6 words -
        ServiceName          5.3 raw   -
        Type             4.4 raw   --opt=type={}
        UID              6.0 raw   --uid={}
        User             4.4 raw   -
        VolumeName           4.7 raw   -
    """,
    "Build": """
        Annotation           5.2 pair  --annotation={}
        Arch             5.2 raw   --arch={}
        AuthFile         5.2 raw   --authfile={}
        BuildArg         5.7 pair  --build-arg={}
        ContainersConfModule 5.2 raw   -
        DNS              5.2 raw   --dns={}
        DNSOption        5.2 raw   --dns-option={}
        DNSSearch        5.2 raw   --dns-search={}
        Environment          5.2 pair  --env={}
        File             5.2 raw   --file={}
        ForceRM          5.2 flag  --force-rm
        GlobalArgs           5.2 words -
        GroupAdd         5.2 raw   --group-add={}
        IgnoreFile           5.7 raw   --ignorefile={}
        ImageTag         5.2 raw   --tag={}
        Label            5.2 pair  --label={}
        Network          5.2 raw   --network={}
        PodmanArgs           5.2 words -
        Pull             5.2 raw   --pull={}
        Retry            5.5 raw   --retry={}
        RetryDelay           5.5 raw   --retry-delay={}
        Secret           5.2 words --secret={}
        ServiceName          5.3 raw   -
        SetWorkingDirectory  5.2 raw   -
        TLSVerify        5.2 flag  --tls-verify
        Target           5.2 raw   --target={}
        Variant          5.2 raw   --variant={}
        Volume           5.2 raw   --volume={}
    """,
    "Image": """
        AllTags          4.8 flag  --all-tags
        Arch             4.8 raw   --arch={}
        AuthFile         4.8 raw   --authfile={}
        CertDir          4.8 raw   --cert-dir={}
        ContainersConfModule 4.8 raw   -
        Creds            4.8 raw   --creds={}
        DecryptionKey        4.8 raw   --decryption-key={}
        GlobalArgs           4.8 words -
        Image            4.8 raw   -
        ImageTag         4.8 raw   -
        OS               4.8 raw   --os={}
        PodmanArgs           4.8 words -
        Policy           5.6 raw   --policy={}
        Retry            5.5 raw   --retry={}
        RetryDelay           5.5 raw   --retry-delay={}
        ServiceName          5.3 raw   -
        TLSVerify        4.8 flag  --tls-verify
        Variant          4.8 raw   --variant={}
    """,
}

SYSTEMD = {
    "Unit": {
        Quoting.TEXT: "Description After Before Requires Wants BindsTo PartOf Conflicts"
        " StartLimitIntervalSec StartLimitBurst",
        Quoting.VARIABLES: "RequiresMountsFor",
    },
    "Service": {
        Quoting.TEXT: "DynamicUser User Type RemainAfterExit Restart RestartSec RuntimeDirectory Slice"
        " SuccessExitStatus TimeoutStartSec TimeoutStopSec",
        Quoting.VARIABLES: "Environment",
        Quoting.COMMAND: "ExecStart ExecStartPre ExecStartPost ExecStop",
    },
    "Install": {Quoting.TEXT: "WantedBy"},
}

OLDEST: Version = (4, 4)
"""The first release with Quadlet."""

NEWER_VALUES: dict[tuple[str, str, str], Version] = {("Container", "Notify", "healthy"): (5, 0)}
"""Values that a key has taken later than others."""


@cache
def catalogue() -> dict[tuple[str, str], Key]:
    """All keys, by section and key."""
    keys = {}
    for section, rows in PODMAN.items():
        for row in rows.split("\n"):
            if row.strip():
                name, since, quoting, fallback = row.split()
                keys[section, name] = Key(parse_version(since), Quoting(quoting), "" if fallback == "-" else fallback)
    for section, groups in SYSTEMD.items():
        for how, names in groups.items():
            keys |= {(section, name): Key(OLDEST, how, "") for name in names.split()}
    return keys
