"""Every golden under fixtures/: a compose project beside it, and the units and diagnostics that come of it."""

from __future__ import annotations

import pytest
from pytest_golden.plugin import GoldenTestFixture

from compose2quadlet.backend.kinds import Place
from tests.support.conversion import converted, diagnostics, portable


@pytest.mark.golden_test("../../fixtures/*/*/golden.yml")
def test_golden(golden: GoldenTestFixture) -> None:
    folder = golden.path.parent.resolve()
    conversion, log = converted(
        folder,
        podman=golden.get("podman", "5.4"),
        scope=golden.get("scope", "user"),
        profiles=tuple(golden.get("profiles", [])),
        name=golden.get("project", ""),
        isolation=golden.get("isolation", "none"),
        host_units=golden.get("host_units", {}),
    )
    files = conversion.files[Place.QUADLETS] if conversion else {}
    units = {name: portable(text, folder) for name, text in files.items()}
    missing = conversion.loaded.tree.variables.missing if conversion else {}
    unset = {
        name: [portable(str(place), folder) for place in places if place] for name, places in sorted(missing.items())
    }
    assert golden.out.get("units") == (units or None)
    systemd = (
        {name: portable(text, folder) for name, text in conversion.files[Place.SYSTEMD].items()} if conversion else {}
    )
    assert golden.out.get("systemd") == (systemd or None)
    assert golden.out.get("configuration") == ((conversion.files[Place.PODMAN] if conversion else None) or None)
    assert golden.out.get("unset") == (unset or None)
    assert golden.out.get("diagnostics") == (diagnostics(log, folder) or None)
