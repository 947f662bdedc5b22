"""Targets and other native units: no two things of a project become one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compose2quadlet.kinds import Place, unit_of
from compose2quadlet.planner.targets import OF_SYSTEMD, slice_of
from compose2quadlet.planner.units import UnitName
from tests.support.conversion import converted

PROJECTS = {
    "profiles that differ in a blank": ("p", {"a": ["x y"], "b": ["x-y"], "c": []}),
    "a profile that is called like the target": ("network", {"a": ["stack"], "b": []}),
    "a profile that is called boot": ("p", {"a": ["boot"], "b": [], "always": []}),
    "a service that is called like the check": ("p", {"is-up": [], "b": []}),
    "a profile that is called like what systemd needs": ("network", {"a": ["online"], "b": []}),
    "a service that is called like the user of another": ("p", {"web": [], "web-user": []}),
}


@pytest.mark.parametrize(("name", "services"), PROJECTS.values(), ids=PROJECTS)
def test_each_has_a_file_of_its_own(name: str, services: dict[str, list[str]], tmp_path: Path) -> None:
    given = {
        service: {
            "image": "x",
            "user": "1000",
            "profiles": profiles,
            "restart": "always" if service == "always" else "",
        }
        for service, profiles in services.items()
    }
    (tmp_path / "compose.yaml").write_text(json.dumps({"services": given}))
    made, _ = converted(tmp_path, "5.8", "system", name=name, isolation="auto")
    assert made
    assert not {f"{target}.target" for target in OF_SYSTEMD} & {unit.name for unit in made.units}
    names = [unit.name for unit in made.units]
    assert len(set(map(unit_of, names))) == len(names)
    files = {file for place in (Place.QUADLETS, Place.SYSTEMD) for file in made.files[place]}
    assert files == set(names)
    for target in made.plan.targets[1:]:
        if not target.at_boot:
            assert target.services, "each profile starts its own services"


def test_a_profile_keeps_a_name_that_it_can_have(tmp_path: Path) -> None:
    services = {f"s{i}": {"image": "x", "profiles": [p]} for i, p in enumerate(("a b", "a-b", "a+b", "a-b-2"))}
    (tmp_path / "compose.yaml").write_text(json.dumps({"services": {"z": {"image": "x"}, **services}}))
    made, _ = converted(tmp_path, "5.8", "user", name="p")
    assert made
    names = {target.services[0]: target.name for target in made.plan.targets[1:]}
    assert names == {
        "p-s0.service": "p-a-b-3.target",
        "p-s1.service": "p-a-b.target",
        "p-s2.service": "p-a-b-4.target",
        "p-s3.service": "p-a-b-2.target",
    }


@pytest.mark.parametrize(
    ("project", "slice"),
    [("media", "media.slice"), ("media-x", r"media\x2dx.slice"), ("system", r"system\x2dstack.slice")],
)
def test_slices_do_not_lie_in_each_other(project: str, slice: str) -> None:  # noqa: A002
    assert slice_of(project) == slice


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("container", "p-data.service"),
        ("network", "p-data-network.service"),
        ("volume", "p-data-volume.service"),
        ("build", "p-data-build.service"),
        ("target", "p-data.target"),
        ("slice", "p-data.slice"),
    ],
)
def test_services_are_named_as_the_generator_names_them(kind: str, unit: str) -> None:
    assert UnitName("p-data", kind).service == unit
