"""The directives of Quadlet's own sections: since which Podman, how the value is read, and the equivalent option.

A ``+`` marks a directive that can be repeated; of any other, the last one counts. Source: Podman's
``podman-systemd.unit(5)`` of each release. The version is the first in which the generator accepts the directive, or
in which it works: at first, ``User`` accepted only numbers, and ``Ulimit`` only one limit.
"""

PODMAN = {
    "Container": """
        AddCapability         4.4 plain+ --cap-add={}
        AddDevice             4.4 plain+ --device={}
        AddHost               5.3 raw+   --add-host={}
        Annotation            4.4 pair+  --annotation={}
        AppArmor              5.8 raw    --security-opt=apparmor={}
        AutoUpdate            4.6 raw    --label=io.containers.autoupdate={}
        CgroupsMode           5.3 raw    --cgroups={}
        ContainerName         4.4 raw    --name={}
        ContainersConfModule  4.8 raw+   -
        DNS                   4.7 raw+   --dns={}
        DNSOption             4.7 raw+   --dns-option={}
        DNSSearch             4.7 raw+   --dns-search={}
        DropCapability        4.4 plain+ --cap-drop={}
        Entrypoint            5.0 raw    --entrypoint={}
        Environment           4.4 pair+  --env={}
        EnvironmentFile       4.4 words+ --env-file={}
        EnvironmentHost       4.4 flag   --env-host
        Exec                  4.4 words  -
        ExposeHostPort        4.4 raw+   --expose={}
        GIDMap                4.8 plain+ --gidmap={}
        GlobalArgs            4.8 words+ -
        Group                 4.8 raw    -
        GroupAdd              5.1 raw+   --group-add={}
        HealthCmd             4.5 raw    --health-cmd={}
        HealthInterval        4.5 raw    --health-interval={}
        HealthLogDestination  5.3 raw    --health-log-destination={}
        HealthMaxLogCount     5.3 raw    --health-max-log-count={}
        HealthMaxLogSize      5.3 raw    --health-max-log-size={}
        HealthOnFailure       4.5 raw    --health-on-failure={}
        HealthRetries         4.5 raw    --health-retries={}
        HealthStartPeriod     4.5 raw    --health-start-period={}
        HealthStartupCmd      4.5 raw    --health-startup-cmd={}
        HealthStartupInterval 4.5 raw    --health-startup-interval={}
        HealthStartupRetries  4.5 raw    --health-startup-retries={}
        HealthStartupSuccess  4.5 raw    --health-startup-success={}
        HealthStartupTimeout  4.5 raw    --health-startup-timeout={}
        HealthTimeout         4.5 raw    --health-timeout={}
        HostName              4.6 raw    --hostname={}
        HttpProxy             5.7 flag   --http-proxy
        IP                    4.5 raw    --ip={}
        IP6                   4.5 raw    --ip6={}
        Image                 4.4 raw    -
        ImageVolume           6.1 raw    --image-volume={}
        Label                 4.4 pair+  --label={}
        LogDriver             4.5 raw    --log-driver={}
        LogOpt                5.2 plain+ --log-opt={}
        Mask                  4.6 words+ --security-opt=mask={}
        Memory                5.5 raw    --memory={}
        Mount                 4.5 words+ --mount={}
        Network               4.4 raw+   --network={}
        NetworkAlias          5.2 raw+   --network-alias={}
        NoNewPrivileges       4.4 flag   --security-opt=no-new-privileges
        Notify                4.4 raw    --sdnotify={}
        PidsLimit             4.7 raw    --pids-limit={}
        Pod                   5.0 raw    -
        PodmanArgs            4.4 words+ -
        PublishPort           4.4 raw+   --publish={}
        Pull                  4.6 raw    --pull={}
        ReadOnly              4.4 flag   --read-only
        ReadOnlyTmpfs         4.8 flag   --read-only-tmpfs
        ReloadCmd             5.5 words  -
        ReloadSignal          5.5 raw    -
        RemapGid              4.4 plain+ -
        RemapUid              4.4 plain+ -
        RemapUidSize          4.4 raw    -
        RemapUsers            4.4 raw    -
        Retry                 5.5 raw    --retry={}
        RetryDelay            5.5 raw    --retry-delay={}
        Rootfs                4.5 raw    -
        RunInit               4.4 flag   --init
        SeccompProfile        4.4 raw    --security-opt=seccomp={}
        Secret                4.5 words+ --secret={}
        SecurityLabelDisable  4.5 flag   --security-opt=label=disable
        SecurityLabelFileType 4.5 raw    --security-opt=label=filetype:{}
        SecurityLabelLevel    4.5 raw    --security-opt=label=level:{}
        SecurityLabelNested   4.6 flag   --security-opt=label=nested
        SecurityLabelType     4.5 raw    --security-opt=label=type:{}
        ServiceName           5.3 raw    -
        ShmSize               4.7 raw    --shm-size={}
        StartWithPod          5.3 flag   -
        StopSignal            5.2 raw    --stop-signal={}
        StopTimeout           5.0 raw    --stop-timeout={}
        SubGIDMap             4.8 raw    --subgidname={}
        SubUIDMap             4.8 raw    --subuidname={}
        Sysctl                4.6 plain+ --sysctl={}
        Timezone              4.4 raw    --tz={}
        Tmpfs                 4.5 raw+   --tmpfs={}
        UIDMap                4.8 plain+ --uidmap={}
        Ulimit                5.0 raw+   --ulimit={}
        Unmask                4.6 words+ --security-opt=unmask={}
        User                  4.8 raw    --user={}
        UserNS                4.5 raw    --userns={}
        VolatileTmp           4.4 flag   -
        Volume                4.4 raw+   --volume={}
        WorkingDir            4.6 raw    --workdir={}
    """,
    "Pod": """
        AddHost               5.3 raw+   --add-host={}
        ContainersConfModule  5.0 raw+   -
        DNS                   5.3 raw+   --dns={}
        DNSOption             5.3 raw+   --dns-option={}
        DNSSearch             5.3 raw+   --dns-search={}
        ExitPolicy            5.6 raw    --exit-policy={}
        GIDMap                5.3 plain+ --gidmap={}
        GlobalArgs            5.0 words+ -
        HostName              5.5 raw+   --hostname={}
        IP                    5.3 raw    --ip={}
        IP6                   5.3 raw    --ip6={}
        Label                 5.6 pair+  --label={}
        Network               5.0 raw+   --network={}
        NetworkAlias          5.2 raw+   --network-alias={}
        PodName               5.0 raw    -
        PodmanArgs            5.0 words+ -
        PublishPort           5.0 raw+   --publish={}
        RemapGid              5.3 plain+ -
        RemapUid              5.3 plain+ -
        RemapUidSize          5.3 raw    -
        RemapUsers            5.3 raw    -
        ServiceName           5.3 raw    -
        ShmSize               5.4 raw    --shm-size={}
        StopTimeout           5.7 raw    -
        SubGIDMap             5.3 raw    --subgidname={}
        SubUIDMap             5.3 raw    --subuidname={}
        UIDMap                5.3 plain+ --uidmap={}
        UserNS                5.3 raw    --userns={}
        Volume                5.0 raw+   --volume={}
    """,
    "Network": """
        ContainersConfModule  4.8 raw+   -
        DNS                   4.7 raw+   --dns={}
        DisableDNS            4.4 flag   --disable-dns
        Driver                4.4 raw    --driver={}
        Gateway               4.4 raw+   --gateway={}
        GlobalArgs            4.8 words+ -
        IPAMDriver            4.4 raw    --ipam-driver={}
        IPRange               4.4 raw+   --ip-range={}
        IPv6                  4.4 flag   --ipv6
        InterfaceName         5.6 raw    --interface-name={}
        Internal              4.4 flag   --internal
        Label                 4.4 pair+  --label={}
        NetworkDeleteOnStop   5.5 flag   -
        NetworkName           4.7 raw    -
        Options               4.4 pair+  --opt={}
        PodmanArgs            4.6 words+ -
        ServiceName           5.3 raw    -
        Subnet                4.4 raw+   --subnet={}
    """,
    "Volume": """
        ContainersConfModule  4.8 raw+   -
        Copy                  4.4 flag   -
        Device                4.4 raw    --opt=device={}
        Driver                4.8 raw    --driver={}
        GID                   6.0 raw    --gid={}
        GlobalArgs            4.8 words+ -
        Group                 4.4 raw    -
        Image                 4.8 raw    -
        Label                 4.4 pair+  --label={}
        Options               4.4 raw    --opt=o={}
        PodmanArgs            4.6 words+ -
        ServiceName           5.3 raw    -
        Type                  4.4 raw    --opt=type={}
        UID                   6.0 raw    --uid={}
        User                  4.4 raw    -
        VolumeName            4.7 raw    -
    """,
    "Build": """
        Annotation            5.2 pair+  --annotation={}
        Arch                  5.2 raw    --arch={}
        AuthFile              5.2 raw    --authfile={}
        BuildArg              5.7 pair+  --build-arg={}
        ContainersConfModule  5.2 raw+   -
        DNS                   5.2 raw+   --dns={}
        DNSOption             5.2 raw+   --dns-option={}
        DNSSearch             5.2 raw+   --dns-search={}
        Environment           5.2 pair+  --env={}
        File                  5.2 raw    --file={}
        ForceRM               5.2 flag   --force-rm
        GlobalArgs            5.2 words+ -
        GroupAdd              5.2 raw+   --group-add={}
        IgnoreFile            5.7 raw    --ignorefile={}
        ImageTag              5.2 raw+   --tag={}
        Label                 5.2 pair+  --label={}
        Network               5.2 raw+   --network={}
        PodmanArgs            5.2 words+ -
        Pull                  5.2 raw    --pull={}
        Retry                 5.5 raw    --retry={}
        RetryDelay            5.5 raw    --retry-delay={}
        Secret                5.2 words+ --secret={}
        ServiceName           5.3 raw    -
        SetWorkingDirectory   5.2 raw    -
        TLSVerify             5.2 flag   --tls-verify
        Target                5.2 raw    --target={}
        Variant               5.2 raw    --variant={}
        Volume                5.2 raw+   --volume={}
    """,
    "Image": """
        AllTags               4.8 flag   --all-tags
        Arch                  4.8 raw    --arch={}
        AuthFile              4.8 raw    --authfile={}
        CertDir               4.8 raw    --cert-dir={}
        ContainersConfModule  4.8 raw+   -
        Creds                 4.8 raw    --creds={}
        DecryptionKey         4.8 raw    --decryption-key={}
        GlobalArgs            4.8 words+ -
        Image                 4.8 raw    -
        ImageTag              4.8 raw    -
        OS                    4.8 raw    --os={}
        PodmanArgs            4.8 words+ -
        Policy                5.6 raw    --policy={}
        Retry                 5.5 raw    --retry={}
        RetryDelay            5.5 raw    --retry-delay={}
        ServiceName           5.3 raw    -
        TLSVerify             4.8 flag   --tls-verify
        Variant               4.8 raw    --variant={}
    """,
    "Kube": """
        AutoUpdate            4.7 plain+ -
        ConfigMap             4.4 plain+ --configmap={}
        ContainersConfModule  4.8 raw+   -
        ExitCodePropagation   4.6 raw    --service-exit-code-propagation={}
        GlobalArgs            4.8 words+ -
        KubeDownForce         4.8 flag   -
        LogDriver             4.5 raw    --log-driver={}
        LogOpt                5.2 plain+ --log-opt={}
        Network               4.4 raw+   --network={}
        PodmanArgs            4.6 words+ -
        PublishPort           4.4 raw+   --publish={}
        RemapGid              4.4 plain+ -
        RemapUid              4.4 plain+ -
        RemapUidSize          4.4 raw    -
        RemapUsers            4.4 raw    -
        ServiceName           5.3 raw    -
        SetWorkingDirectory   4.7 raw    -
        UserNS                4.5 raw    --userns={}
        Yaml                  4.4 plain+ -
    """,
    "Artifact": """
        Artifact              5.7 raw    -
        AuthFile              5.7 raw    --authfile={}
        CertDir               5.7 raw    --cert-dir={}
        ContainersConfModule  5.7 raw+   -
        Creds                 5.7 raw    --creds={}
        DecryptionKey         5.7 raw    --decryption-key={}
        GlobalArgs            5.7 words+ -
        PodmanArgs            5.7 words+ -
        Quiet                 5.7 flag   --quiet
        Retry                 5.7 raw    --retry={}
        RetryDelay            5.7 raw    --retry-delay={}
        ServiceName           5.7 raw    -
        TLSVerify             5.7 flag   --tls-verify
    """,
    "Quadlet": """
        DefaultDependencies   5.3 flag   -
    """,
}
