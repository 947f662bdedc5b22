"""The loader against what Docker Compose prints, case by case (fixtures/loader)."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.loader.dump import to_yaml
from tests.support.loader import Case, cases, docker_compose
from tests.support.skips import cases_if

ALL = list(cases())


@pytest.mark.parametrize("case", ALL, ids=str)
def test_prints_what_compose_prints(case: Case, tmp_path: Path) -> None:
    case.prepare(tmp_path)
    if case.refused:
        with pytest.raises(RefusedError) as caught:
            case.load(tmp_path)
        assert {d.code for d in caught.value.diagnostics} == {case.refused}
        assert all(d.hint for d in caught.value.diagnostics)
    else:
        printed = to_yaml(case.load(tmp_path).project).replace("$", "$$").replace(str(tmp_path), "$DIR")
        assert printed == case.expect


@pytest.mark.parametrize("case", cases_if(docker_compose(), ALL, "docker-compose 2.40.3 is not on the PATH"), ids=str)
def test_expectation_is_what_compose_prints(case: Case, tmp_path: Path) -> None:
    case.prepare(tmp_path)
    program = docker_compose()
    assert program
    assert case.reference(tmp_path, program) == case.expect
