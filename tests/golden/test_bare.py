"""What goldens show of a unit: nothing that differs from a bare one is lost."""

from __future__ import annotations

import pytest

from tests.support.bare import Bare, changes, different, shown
from tests.support.goldens import without_outputs

OLD = "# Made\n\n[Unit]\nA=1\nB=2\n\n[Service]\nC=3\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, ""),
        (OLD.replace("A=1\n", ""), "[Unit]\n- A=1"),
        (OLD.replace("A=1\n", "A=7\n"), "[Unit]\n- A=1\n+ A=7"),
        (OLD.replace("B=2\n", "B=2\nB=2\n"), "[Unit]\n+ B=2"),
        (OLD.replace("A=1\nB=2", "B=2\nA=1"), "[Unit]\n+ B=2\n- B=2"),
        (OLD.replace("\n[Service]\nC=3\n", ""), "[Service]\n- C=3"),
        (OLD + "\n[Install]\nD=4\n", "[Install]\n+ D=4"),
        (OLD.replace("# Made", "# Made by hand"), "- # Made\n+ # Made by hand"),
    ],
)
def test_changes(new: str, expected: str) -> None:
    assert shown(list(changes(OLD, new))) == expected


def test_places_of_changes() -> None:
    found = changes(OLD, OLD.replace("A=1\n", "Z=0\nA=1\nY=0\n"))
    assert [(c.line, c.after) for c in found] == [("Z=0", "start"), ("Y=0", "A")]


def test_units() -> None:
    bare = Bare({"p-a.container": OLD, "p-gone.container": OLD, "p-same.container": OLD}, {"p-n.network": OLD})
    made = {
        "p-a.container": OLD + "\n[Install]\nD=4\n",
        "p-a-2.container": OLD,
        "p-same.container": OLD,
        "p-n.network": OLD,
        "p-new.service": "# Made for p.\n",
        "all@.service": "# Made by it for all projects.\n",
    }
    assert different(made, bare) == {
        "p-a.container": "[Install]\n+ D=4",
        "p-a-2.container": "bare",
        "p-n.network": "bare",
        "p-new.service": "# Made for p.\n",
        "all@.service": "as for all projects",
        "p-gone.container": "none",
    }


def test_inputs_stay_as_they_were_written() -> None:
    inputs = "# why\npodman: ['4.4', '5.4'] # both\nhost_units:\n  web: [a.service]\n"
    outputs = "diagnostics: |-\n  units: none\nconfiguration:\n- x.conf\nunits:\n  a: none\n"
    assert without_outputs(inputs + outputs) == inputs
    assert without_outputs(outputs) == ""
