"""The catalogue against the generators at hand: what each accepts, and what it does with a key given twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.backend.catalogue import Quoting, catalogue
from tests.support.generators import NO_GENERATOR, Generator, generators, services
from tests.support.skips import cases_if

pytestmark = pytest.mark.podman

NEEDED = {
    "Container": "Image=registry.example/x:1",
    "Build": "ImageTag=localhost/x:1\nSetWorkingDirectory=/srv",
    "Image": "Image=registry.example/x:1",
    "Kube": "Yaml=/srv/x.yaml",
    "Artifact": "Artifact=registry.example/x:1",
}
"""What a unit of the kind has to have."""

VALUES = {"Pod": "x.pod", "ExposeHostPort": "80", "RemapUsers": "auto", "Rootfs": "/srv", "Type": "none"}
SINCE_WHEN_ACCEPTED = {"User": (4, 4), "Group": (4, 4), "Ulimit": (4, 7)}
"""The generator takes them earlier than they do what they say."""

OWN = sorted(place for place in catalogue() if place[0] not in ("Unit", "Service", "Install"))


@pytest.mark.parametrize("generator", cases_if(generators(), generators(), NO_GENERATOR), ids=str)
def test_keys_are_accepted_since_their_version(generator: Generator, tmp_path: Path) -> None:
    """Each key in a unit of its own: the generator complains of those that it does not know."""
    names = {}
    for section, key in OWN:
        kind = "container" if section == "Quadlet" else section.lower()
        name = f"{section}-{key}".lower()
        names[name] = (section, key)
        value = "true" if catalogue()[section, key].quoting is Quoting.FLAG else VALUES.get(key, "1")
        needed = NEEDED.get("Container" if section == "Quadlet" else section, "")
        text = f"[{kind.capitalize()}]\n{needed}\n[{section}]\n{key}={value}\n"
        (tmp_path / f"{name}.{kind}").write_text(text)
    (tmp_path / "x.pod").write_text("[Pod]\n")
    done = generator.dry_run(tmp_path, user=False)
    unknown = {
        names[name]
        for line in done.stderr.splitlines()
        if "unsupported key" in line
        for name in names
        if f'"{name}.' in line
    }
    kinds = {section for section, _ in OWN if any(f"{section.lower()}-" in s for s in services(done.stdout))}
    assert "Container" in kinds
    for place in OWN:
        since = SINCE_WHEN_ACCEPTED.get(place[1], catalogue()[place].since)
        if place[0] in kinds or place[0] == "Quadlet":
            assert (place in unknown) == (generator.version < since), place
