"""Which units hold values that only those who run them should read: passwords in an environment, tokens in labels.

What could be one is taken for one. Names, images, paths, ports, limits and what systemd orders by are none.
"""

from __future__ import annotations

from compose2quadlet.backend.unit import Directive, Unit
from compose2quadlet.lowering.native import CHECK

VALUES = frozenset(
    """
    Annotation BuildArg Creds Entrypoint Environment Exec ExecCondition ExecReload ExecReloadPost ExecStart
    ExecStartPost ExecStartPre ExecStop ExecStopPost GlobalArgs HealthCmd HealthStartupCmd Label LogExtraFields LogOpt
    Options PodmanArgs ReloadCmd SetCredential SetCredentialEncrypted StandardInputData StandardInputText
    """.split()
)
"""Directives whose text can be anything that the compose file has."""

OF_COMPOSE = ("com.docker.compose.", "io.podman.compose.")
"""How labels start that say to which project a container belongs."""


def holds_values(unit: Unit) -> bool:
    """Whether a unit holds values. One that is the same for all projects holds none."""
    return bool(unit.project) and any(_is_value(directive) for directive in unit.directives)


def _is_value(directive: Directive) -> bool:
    key, value = directive.key, directive.value
    if key == "ExecStartPre":
        # Commands of our own, which look after directories and mounts, have nothing but paths.
        return bool(directive.path) and directive.path[2:3] != ("volumes",)
    if key == "ExecStart":
        return value != ("/bin/true",) and not (isinstance(value, tuple) and CHECK in value)
    if key == "Label":
        return not (isinstance(value, str) and value.startswith(OF_COMPOSE))
    if key == "Options":
        return directive.section != "Network"  # of a driver of networks: mtu, isolate
    return key in VALUES
