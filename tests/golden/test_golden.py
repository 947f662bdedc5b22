"""Every golden under fixtures/: a compose project beside it, and what comes of it (see ``tests.support.goldens``)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from pytest_golden.plugin import GoldenTestFixtureFactory

from tests.support.bare import changes
from tests.support.conversion import FIXTURES
from tests.support.goldens import INPUTS, OUTPUTS, case, folders, name_of, without_outputs

ORDER = FIXTURES / "order.yml"
SECTIONS = ("Unit", "Container", "Quadlet", "Service", "Install")


@pytest.mark.parametrize("folder", folders(), ids=name_of)
def test_golden(folder: Path, golden: GoldenTestFixtureFactory) -> None:
    path = folder / "golden.yml"
    outputs = case(folder).outputs()
    if golden.update_goldens:
        path.write_text(without_outputs(path.read_text()) if path.exists() else "")
    assert path.exists(), "there is no golden yet: 'pytest --update-goldens' makes it"
    opened = golden.open(path.resolve())
    assert case(folder).inputs.keys() == {name for name in INPUTS if opened.get(name) is not None}
    for name in reversed(OUTPUTS):  # pytest-golden writes the last first
        assert opened.out.get(name) == outputs.get(name)


def test_order(golden: GoldenTestFixtureFactory) -> None:
    """Where in a container's unit directives stand: after which line of a bare one. Other goldens do not show it."""
    places: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for folder in folders("keys", "hosts", "isolation"):
        than = case(folder).bare("user", "5.4").units
        for name, text in case(folder).units("user", "5.4").items():
            for change in changes(than[name], text) if name in than and name.endswith(".container") else ():
                if change.sign == "+":
                    places[change.section.strip("[]")][change.after].add(change.line.partition("=")[0])
    if golden.update_goldens:
        ORDER.write_text("")
    opened = golden.open(ORDER)
    assert places.keys() <= set(SECTIONS)
    for section in reversed(SECTIONS):
        found = {after: "\n".join(sorted(keys)) for after, keys in sorted(places[section].items())}
        assert opened.out.get(section) == (found or None)
