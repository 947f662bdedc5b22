"""The directives of systemd's own sections, by whether they can be repeated.

Source: what systemd 257 and 262 print with ``--dump-configuration-items``, without old spellings;
systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.resource-control(5) and systemd.kill(5).
"""

LISTS = {
    "Unit": """
        Documentation Requires Requisite Wants BindsTo Upholds Conflicts Before After OnSuccess OnFailure
        PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom PartOf JoinsNamespaceOf
        RequiresMountsFor WantsMountsFor ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
        ConditionPathIsSymbolicLink ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsEncrypted
        ConditionPathIsSocket ConditionDirectoryNotEmpty ConditionFileNotEmpty ConditionFileIsExecutable
        ConditionNeedsUpdate ConditionFirstBoot ConditionArchitecture ConditionFirmware ConditionVirtualization
        ConditionHost ConditionFraction ConditionKernelCommandLine ConditionKernelVersion ConditionVersion
        ConditionCredential ConditionSecurity ConditionCapability ConditionACPower ConditionMemory
        ConditionCPUFeature ConditionCPUs ConditionEnvironment ConditionUser ConditionGroup
        ConditionControlGroupController ConditionOSRelease ConditionMachineTag ConditionMemoryPressure
        ConditionCPUPressure ConditionIOPressure ConditionKernelModuleLoaded AssertPathExists
        AssertPathExistsGlob AssertPathIsDirectory AssertPathIsSymbolicLink AssertPathIsMountPoint
        AssertPathIsReadWrite AssertPathIsEncrypted AssertPathIsSocket AssertDirectoryNotEmpty
        AssertFileNotEmpty AssertFileIsExecutable AssertNeedsUpdate AssertFirstBoot AssertArchitecture
        AssertVirtualization AssertHost AssertFraction AssertKernelCommandLine AssertKernelVersion AssertVersion
        AssertCredential AssertSecurity AssertCapability AssertACPower AssertMemory AssertCPUFeature AssertCPUs
        AssertEnvironment AssertUser AssertGroup AssertControlGroupController AssertOSRelease AssertMachineTag
        AssertMemoryPressure AssertCPUPressure AssertIOPressure AssertKernelModuleLoaded
    """,
    "Service": """
        ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecReloadPost ExecStop ExecStopPost
        RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus Sockets OpenFile ExtensionDirectories
        ExtensionImages MountImages SupplementaryGroups CPUAffinity Environment EnvironmentFile PassEnvironment
        UnsetEnvironment StandardInputText StandardInputData LogExtraFields LogFilterPatterns
        CapabilityBoundingSet AmbientCapabilities SystemCallFilter SystemCallArchitectures SystemCallLog
        RestrictNamespaces RestrictAddressFamilies DelegateNamespaces RestrictFileSystems ReadWritePaths
        ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath BindPaths BindReadOnlyPaths
        TemporaryFileSystem RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory
        SetCredential SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential DeviceAllow
        IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax
        IODeviceLatencyTargetSec DisableControllers IPAddressAllow IPAddressDeny IPIngressFilterPath
        IPEgressFilterPath BPFProgram SocketBindAllow SocketBindDeny RestrictNetworkInterfaces NFTSet
    """,
    "Install": """
        Alias WantedBy RequiredBy UpheldBy
    """,
}
"""Directives that can be repeated; their values are combined."""

SINGLE = {
    "Unit": """
        Description StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate DefaultDependencies
        SurviveFinalKillSignal OnSuccessJobMode OnFailureJobMode IgnoreOnIsolate JobTimeoutSec
        JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument StartLimitIntervalSec StartLimitBurst
        StartLimitAction FailureAction SuccessAction FailureActionExitStatus SuccessActionExitStatus
        RebootArgument CollectMode
    """,
    "Service": """
        PIDFile RestartSec RestartSteps RestartMaxDelaySec RestartRandomizedDelaySec TimeoutSec TimeoutStartSec
        TimeoutStopSec TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxSec
        RuntimeRandomizedExtraSec WatchdogSec Type ExitType Restart RestartMode RootDirectoryStartOnly
        RemainAfterExit GuessMainPID NonBlocking BusName FileDescriptorStoreMax FileDescriptorStorePreserve
        LUOSession NotifyAccess USBFunctionDescriptors USBFunctionStrings OOMPolicy ReloadSignal RefreshOnReload
        WorkingDirectory RootDirectory RootImage RootImageOptions RootImagePolicy RootHash RootHashSignature
        RootVerity RootEphemeral RootMStack ExtensionImagePolicy MountImagePolicy User Group SetLoginEnvironment
        Nice OOMScoreAdjust CoredumpFilter IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy
        CPUSchedulingPriority CPUSchedulingResetOnFork NUMAPolicy NUMAMask UMask DynamicUser RemoveIPC
        StandardInput StandardOutput StandardError TTYPath TTYReset TTYVHangup TTYVTDisallocate TTYRows
        TTYColumns SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax
        LogRateLimitIntervalSec LogRateLimitBurst SecureBits TimerSlackNSec NoNewPrivileges KeyringMode
        ProtectProc ProcSubset PrivateBPF BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms
        BPFDelegateAttachments SystemCallErrorNumber MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID
        LockPersonality LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS
        LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME
        PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock
        ProtectControlGroups UserNamespacePath NetworkNamespacePath IPCNamespacePath LogNamespace PrivateNetwork
        PrivateUsers PrivateMounts PrivateIPC PrivatePIDs ProtectSystem ProtectHome MountFlags MountAPIVFS
        BindLogSockets Personality RuntimeDirectoryPreserve RuntimeDirectoryMode StateDirectoryMode
        StateDirectoryAccounting StateDirectoryQuota CacheDirectoryMode CacheDirectoryAccounting
        CacheDirectoryQuota LogsDirectoryMode LogsDirectoryAccounting LogsDirectoryQuota
        ConfigurationDirectoryMode TimeoutCleanSec PAMName IgnoreSIGPIPE UtmpIdentifier UtmpMode SELinuxContext
        AppArmorProfile SmackProcessLabel ProtectHostname MemoryKSM MemoryTHP Slice AllowedCPUs
        StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes CPUSetPartition CPUWeight
        StartupCPUWeight CPUQuota CPUQuotaPeriodSec MemoryAccounting MemoryMin MemoryLow StartupMemoryLow
        MemoryHigh StartupMemoryHigh MemoryMax StartupMemoryMax MemorySwapMax StartupMemorySwapMax
        MemoryZSwapMax StartupMemoryZSwapMax MemoryZSwapWriteback DevicePolicy IOAccounting IOWeight
        StartupIOWeight TasksAccounting TasksMax Delegate DelegateSubgroup IPAccounting ManagedOOMSwap
        ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMMemoryPressureDurationSec
        ManagedOOMPreference OOMRules MemoryPressureThresholdSec MemoryPressureWatch CPUPressureThresholdSec
        CPUPressureWatch IOPressureThresholdSec IOPressureWatch CoredumpReceive BindNetworkInterface SendSIGKILL
        SendSIGHUP KillMode KillSignal RestartKillSignal FinalKillSignal WatchdogSignal CPUAccounting
        DefaultMemoryMin DefaultMemoryLow DefaultStartupMemoryLow
    """,
}
"""Directives of which the last one counts."""
