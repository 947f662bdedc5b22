"""What Podman's generator makes of a directory in which a run was killed: only whole units, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.host.changes import File
from tests.support.generators import Generator, complaints, generators, services
from tests.write.processes import KILLED, in_child, killing
from tests.write.stacks import Place, text

pytestmark = [pytest.mark.podman, pytest.mark.usefixtures("no_disk")]


def units(image: str, *names: str) -> dict[str, File]:
    return {f"{name}.container": File(text("shop", f"[Container]\nImage={image}"), "shop") for name in names}


@pytest.mark.parametrize("generator", generators() or [None], ids=str)
@pytest.mark.parametrize(("call", "number"), [("write", 2), ("link", 1), ("rename", 1), ("unlink", 1)])
def test_only_units_are_read(tmp_path: Path, generator: Generator | None, call: str, number: int) -> None:
    if generator is None:
        pytest.skip("there is no Podman here, nor a lab host (tests/boot/lab)")
    place = Place(tmp_path)
    old, new = "example.org/old:1", "example.org/new:1"
    place.write(units(old, "web", "db"))
    assert in_child(lambda: place.write(units(new, "web", "db", "more")), killing(number, call)).code == KILLED
    assert any(name.endswith((".new", ".old")) for name in place.hidden())
    done = generator.dry_run(place.root, user=True)
    assert complaints(done.stderr) == []
    made = services(done.stdout)
    assert {"web.service", "db.service"} <= made.keys() <= {"web.service", "db.service", "more.service"}
    for lines in made.values():
        assert any(line in (f"Image={old}", f"Image={new}") for line in lines)
