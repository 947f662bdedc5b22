"""Units for every Podman that has Quadlet have only what that version knows, or say which version does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compose2quadlet.backend.catalogue import BROKEN, NEWER_VALUES, catalogue
from compose2quadlet.diagnostics import Severity
from compose2quadlet.kinds import Place
from compose2quadlet.options import NEWEST_PODMAN, OLDEST_PODMAN, parse_version
from tests.support.conversion import FIXTURES, converted

FOLDERS = sorted(p.parent for kind in ("keys", "projects") for p in FIXTURES.glob(f"{kind}/*/golden.yml"))
KINDS = {"container": "4.4", "network": "4.7", "volume": "4.7", "build": "5.2"}
"""The units that are written, and since which version: before 4.7, a network could not be named."""


def test_known_versions_are_those_of_the_directives() -> None:
    """A directive of a later Podman comes with that version, and a later version with its directives."""
    versions = [key.since for key in catalogue().values()]
    assert (min(versions), max(versions)) == (OLDEST_PODMAN, NEWEST_PODMAN)


@pytest.mark.parametrize("podman", ["4.4", "4.5", "4.6", "4.7", "4.9", "5.0", "5.2", "5.3", "5.5", "6.0", "6.1"])
def test_units_have_what_the_version_knows(podman: str) -> None:
    version = parse_version(podman)
    refused: set[str] = set()
    for folder in FOLDERS:
        conversion, log = converted(folder, podman=podman, profiles=("*",))
        if conversion is None:
            errors = [d for d in log.items if d.severity is Severity.ERROR]
            assert {d.code for d in errors} == {"podman-too-old"}, folder
            assert all(re.search(r"Podman \d\.\d", d.message) and "--podman-version" in d.hint for d in errors)
            refused.add(folder.name)
            continue
        for name, text in conversion.files[Place.QUADLETS].items():
            kind = Path(name).suffix[1:]
            if kind in KINDS:
                assert version >= parse_version(KINDS[kind]), name
                _check(text, podman)
    assert refused <= {name for name, since in BEFORE.items() if version < since}


BEFORE = {"x-quadlet": (5, 3), "volumes": (5, 1), "extra_hosts": (4, 7), "media": (4, 7)}
"""The fixtures that a version has nothing for: [Quadlet], a volume's subpath, host-gateway."""


def _check(text: str, podman: str) -> None:
    version, section = parse_version(podman), ""
    for line in filter(None, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            key, _, value = line.partition("=")
            assert catalogue()[section, key].since <= version, line
            assert version not in BROKEN.get((section, key), ()), line
            for pattern, since, _ in NEWER_VALUES.get((section, key), ()):
                assert since <= version or not re.search(pattern, value.strip('"')), line


def test_every_kind_of_unit_is_in_the_catalogue() -> None:
    sections = {section for section, _ in catalogue()}
    assert sections == {
        *("Container", "Pod", "Network", "Volume", "Build", "Image", "Kube", "Artifact", "Quadlet"),
        *("Unit", "Service", "Install"),
    }
    assert catalogue()["Volume", "UID"].since == catalogue()["Volume", "GID"].since == (6, 0)
