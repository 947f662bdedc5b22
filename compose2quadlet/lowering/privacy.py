"""Finds units with values that other users should not read: passwords in an environment, tokens in labels.

Anything that could be such a value counts as one, but not names, images, paths, ports, limits and dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.backend.unit import Directive, Unit
from compose2quadlet.lowering.native import CHECK

VALUES = frozenset(
    """
    Annotation BuildArg Creds Entrypoint Environment Exec ExecCondition ExecReload ExecReloadPost ExecStart
    ExecStartPost ExecStartPre ExecStop ExecStopPost GlobalArgs HealthCmd HealthStartupCmd Label LogExtraFields LogOpt
    Options PodmanArgs ReloadCmd SetCredential SetCredentialEncrypted StandardInputData StandardInputText
    """.split()
)
"""Directives whose text can be any value of the compose file."""

OF_COMPOSE = ("com.docker.compose.", "io.podman.compose.")
"""The start of labels that name the project of a container."""

CREDENTIALS = re.compile(r"://[^/\s@]*@")
"""What a URL has before its host, such as the token in that of a repository to build from."""


def holds_values(unit: Unit) -> bool:
    """Whether a unit contains such values. A unit that is the same for all projects does not."""
    return bool(unit.project) and any(is_value(directive) for directive in unit.directives)


def is_value(directive: Directive) -> bool:
    """Whether a directive may contain a value that other users should not read."""
    key, value = directive.key, directive.value
    if CREDENTIALS.search(str(value)):
        return True
    if key == "ExecStartPre":
        # This tool's own commands, which check directories and mounts, only contain paths.
        return bool(directive.path) and directive.path[2:3] != ("volumes",)
    if key == "ExecStart":
        return value != ("/bin/true",) and not (isinstance(value, tuple) and CHECK in value)
    if key == "Label":
        return not (isinstance(value, str) and value.startswith(OF_COMPOSE))
    if key == "Options":
        return directive.section != "Network"  # options of a network driver, such as mtu
    return key in VALUES


MASK = "•••"
"""Stands for a value that is not shown."""


def masked(unit: Unit, text: str) -> str:
    """A text about a unit, without the values that other users should not read; its names stay."""
    for value in _values(unit):
        if len(value) > 3 and value not in unit.name:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text)
    return text


def _values(unit: Unit) -> Iterator[str]:
    for d in unit.directives:
        if is_value(d):
            for word in d.value if isinstance(d.value, tuple) else (d.value,):
                if isinstance(word, str):
                    yield word
                    yield word.partition("=")[2]
