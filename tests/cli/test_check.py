"""``check``: what counts, what somebody allows, what the programs of the host say, and the formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.host import verify
from compose2quadlet.run.allow import allowances
from tests.support.commands import SIMPLE, run, stack
from tests.support.conversion import FIXTURES
from tests.support.generators import NO_GENERATOR, Generator, generators
from tests.support.skips import cases_if

BOTH = "services:\n  web: {image: 'nginx:1', ports: ['8080:80']}\n  two: {image: 'nginx:1', ports: ['8080:81']}\n"
"""Two services with one port, which is a warning."""

HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.4")


def codes(done: Any, what: str = "diagnostics") -> list[str]:
    return [d["code"] for project in json.loads(done.stdout)["projects"] for d in project[what]]


def snapshot(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    paths = [p for p in sorted(folder.rglob("*")) if not p.is_dir()]
    return {str(p): (p.stat().st_mode, p.stat().st_mtime, p.read_bytes()) for p in paths}


def test_exit_codes(tmp_path: Path) -> None:
    stack(tmp_path, "fine")
    stack(tmp_path, "warns", BOTH)
    stack(tmp_path, "broken", "services:\n  web: {image: 'nginx:1', bogus: 1}\n")
    (tmp_path / "empty").mkdir()
    expected = {"fine": (0, 0), "warns": (0, 1), "broken": (1, 1), "empty": (2, 2)}
    for name, codes_ in expected.items():
        found = (run("check", name, *HERE, *more, cwd=tmp_path).returncode for more in ((), ("--strict",)))
        assert tuple(found) == codes_, name


def test_text_is_the_product(tmp_path: Path) -> None:
    stack(tmp_path, "warns", BOTH)
    done = run("check", "warns", *HERE, cwd=tmp_path)
    assert "compose.yaml:3:" in done.stdout
    assert "warning[port-clash] the host port 8080/tcp is also published by warns/web" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 project: 1 warning, 2 notes"
    assert done.stderr == ""
    quiet = run("check", "warns", *HERE, "--quiet", cwd=tmp_path).stdout
    assert "note[" not in quiet
    assert "[port-clash]" in quiet


def test_nothing_is_written(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert run("convert", "site", "-o", "units", *HERE, cwd=tmp_path).returncode == 0
    before = snapshot(tmp_path)
    for arguments in (("site",), ("units",), ("site", "units", "--format", "sarif")):
        assert run("check", *arguments, *HERE, cwd=tmp_path).returncode == 0
    assert snapshot(tmp_path) == before


def test_unset_variables_are_findings(tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE.replace("nginx:1", "nginx:${TAG}"))
    done = run("check", "site", *HERE, "--json", cwd=tmp_path)
    found = [d for d in json.loads(done.stdout)["projects"][0]["diagnostics"] if d["code"] == "unset-variable"]
    assert [(d["line"], d["message"].partition(",")[0]) for d in found] == [(3, "the variable TAG is not set")]


# ------------------------------------------------------------------ what is allowed


def test_allow_on_the_command_line(tmp_path: Path) -> None:
    stack(tmp_path, "warns", BOTH)
    done = run("check", "warns", *HERE, "--strict", "--allow", "port-clash", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert "port-clash" not in codes(done)
    assert codes(done, "allowed") == ["port-clash"]


@pytest.mark.parametrize(
    ("slug", "message"), [("no-such-slug", "there is no diagnostic"), ("not-yaml", "errors cannot be allowed")]
)
def test_what_cannot_be_allowed(slug: str, message: str, tmp_path: Path) -> None:
    done = run("check", "--allow", slug, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr


COMMENT = "# compose2quadlet: allow port-clash one of them is for tests"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (BOTH.rstrip() + f"  {COMMENT}\n", True),
        (BOTH.replace("  two:", f"  {COMMENT}\n\n  two:"), True),
        (BOTH.replace("services:", f"services:  {COMMENT}"), True),
        (f"{COMMENT}\n{BOTH}", True),
        (BOTH.replace("  web:", f"  {COMMENT}\n  web:"), False),  # the finding is at the other one
        (f"{BOTH}{COMMENT}\n", False),  # below everything
        (BOTH + f"x-text: '{COMMENT}'\n", False),
        (f"x-text: |\n  {COMMENT}\n" + BOTH, False),
    ],
)
def test_comments_allow_what_they_stand_at(text: str, allowed: bool, tmp_path: Path) -> None:
    stack(tmp_path, "warns", text)
    done = run("check", "warns", *HERE, "--json", cwd=tmp_path)
    assert ("port-clash" in codes(done, "allowed")) is allowed
    assert ("port-clash" in codes(done)) is not allowed
    if allowed:
        reasons = [d["reason"] for d in json.loads(done.stdout)["projects"][0]["allowed"]]
        assert reasons == ["one of them is for tests"]


def test_lists_in_the_column_of_their_key() -> None:
    text = "a:\n  ports:  # compose2quadlet: allow x y\n  - 1\n  - 2\n  other: 3\n"
    assert [(a.slug, a.reason, a.first, a.last) for a in allowances(text, "f")] == [("x", "y", 2, 4)]
    text = "a:\n  ports:\n  # compose2quadlet: allow x y\n  - 1\n  - 2\n"
    assert [(a.first, a.last) for a in allowances(text, "f")] == [(4, 4)]


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("allow port-clash", "bad-allow"),
        ("allow no-such-slug because", "bad-allow"),
        ("allow", "bad-allow"),
        ("allow not-yaml because", "bad-allow"),
        ("allow shared-port because", "bad-allow"),
        ("allow health-events because", "unused-allow"),
    ],
)
def test_comments_that_allow_nothing(comment: str, code: str, tmp_path: Path) -> None:
    stack(tmp_path, "site", SIMPLE.replace("8080:80']", f"8080:80']  # compose2quadlet: {comment}"))
    done = run("check", "site", *HERE, "--json", cwd=tmp_path)
    assert [c for c in codes(done) if c.endswith("-allow")] == [code]
    stack(tmp_path, "other")
    assert not [c for c in codes(run("check", "other", *HERE, "--json", cwd=tmp_path)) if c.endswith("-allow")]


def test_errors_are_never_allowed(tmp_path: Path) -> None:
    stack(
        tmp_path, "site", "services:\n  web: {image: '-v', ports: []}  # compose2quadlet: allow bad-image it is mine\n"
    )
    done = run("check", "site", *HERE, "--allow", "bad-image", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert "bad-image" in codes(done)


# ------------------------------------------------------------------ the programs of the host

REFUSES = """
echo 'quadlet-generator[7]: Loading source unit file x'>&2
for file in "$QUADLET_UNIT_DIRS"/*.container; do
  echo "quadlet-generator[7]: converting \\"$(basename $file)\\": unsupported key 'PublishPort' in $file" >&2
done
exit 1
"""

MAKES = """
printf -- '---site-web.service---\\n[Unit]\\n[Container]\\n[Service]\\nRestart=always\\nExecStart=/bin/true\\n\\n'
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], dict[str, str]]:
    """Makes a host with a Podman 5.4, a generator and a ``systemd-analyze``, each a shell script; its environment."""

    def make(generator: str, analyze: str) -> dict[str, str]:
        for name, text in (
            ("podman", "echo podman version 5.4.2"),
            ("quadlet", generator),
            ("systemd-analyze", analyze),
        ):
            path = tmp_path / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        monkeypatch.setattr(verify, "GENERATORS", (str(tmp_path / "bin/quadlet"),))
        return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}

    return make


def test_generator_sentences_are_at_their_lines(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site")
    done = run("check", "site", "--scope", "user", "--json", cwd=tmp_path, environ=host(REFUSES, "exit 0"))
    found = [d for d in json.loads(done.stdout)["projects"][0]["diagnostics"] if d["code"] == "generator-complaint"]
    assert [(d["severity"], d["path"], d["line"]) for d in found] == [("error", "services.web.ports.0", 5)]
    assert found[0]["message"] == (
        "Podman's generator refuses site-web.container: unsupported key 'PublishPort' in site-web.container"
    )
    assert done.returncode == 1


def test_systemd_sentences_are_at_their_lines(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site")
    analyze = """
for file; do :; done
folder=$(dirname "$5")
echo "$folder/site-web.service:4: Unknown key 'Restart' in section [Service], ignoring." >&2
echo "/etc/systemd/system/other.service:1: Unknown key" >&2
"""
    done = run("check", "site", "--scope", "user", "--json", cwd=tmp_path, environ=host(MAKES, analyze))
    found = [d for d in json.loads(done.stdout)["projects"][0]["diagnostics"] if d["code"] == "systemd-complaint"]
    assert [(d["severity"], d["path"], d["line"]) for d in found] == [("warning", "services.web.restart", 4)]
    assert found[0]["message"].endswith("Unknown key 'Restart' in section [Service], ignoring.")


def test_sentences_keep_names_and_hide_values(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site", SIMPLE + "    environment: {A: hunter2secret, B: site}\n    command: [site-web, x]\n")
    says = "echo 'quadlet-generator[1]: converting \"site-web.container\": bad hunter2secret in site-web.container' >&2"
    done = run("check", "site", "--scope", "user", cwd=tmp_path, environ=host(says, ""))
    assert "refuses site-web.container: bad ••• in site-web.container" in done.stdout


def test_silent_programs_are_no_finding(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site")
    done = run("check", "site", "--scope", "user", "--json", cwd=tmp_path, environ=host(MAKES, "exit 0"))
    assert [c for c in codes(done) if c.endswith("-complaint")] == []
    assert json.loads(done.stdout)["not_checked"] == []


def test_what_was_not_checked_is_said(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site")
    done = run("check", "site", "--scope", "user", cwd=tmp_path)
    assert "Not checked: Podman's generator and systemd-analyze: the units are for Podman 5.4, none is installed" in (
        done.stdout
    )
    environ = host(MAKES, "exit 0")
    done = run("check", "site", "--scope", "user", "--podman-version", "5.8", cwd=tmp_path, environ=environ)
    assert "the units are for Podman 5.8, Podman here is 5.4" in done.stdout


def test_units_are_private_while_programs_read_them(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    """And gone afterwards."""
    stack(tmp_path, "site")
    seen = tmp_path / "seen"
    environ = host(
        f"stat -c %a $QUADLET_UNIT_DIRS/.. $QUADLET_UNIT_DIRS/* > {seen}; echo $QUADLET_UNIT_DIRS >> {seen}", ""
    )
    run("check", "site", "--scope", "user", cwd=tmp_path, environ=environ)
    *modes, folder = seen.read_text().split()
    assert modes[0] == "700"
    assert set(modes[1:]) == {"600"}
    assert not Path(folder).exists()


def test_a_host_file_is_about_another_host(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    stack(tmp_path, "site")
    done = run("check", "site", *HERE, "--json", cwd=tmp_path, environ=host(REFUSES, "exit 0"))
    assert done.returncode == 0
    assert "generator-complaint" not in codes(done)


# ------------------------------------------------------------------ a directory of units


def test_edited_units(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    assert run("convert", "site", "-o", "units", *HERE, cwd=tmp_path).returncode == 0
    done = run("check", "units", *HERE, "--json", cwd=tmp_path)
    assert (done.returncode, codes(done)) == (0, [])
    edited, gone = (
        sorted((tmp_path / "units").rglob("*.container"))[0],
        sorted((tmp_path / "units").rglob("*.target"))[0],
    )
    edited.write_text(edited.read_text() + "# mine\n")
    gone.unlink()
    found = json.loads(run("check", "units", *HERE, "--json", cwd=tmp_path).stdout)["projects"][0]["diagnostics"]
    assert {(d["code"], d["severity"], Path(d["file"])) for d in found} == {
        ("edited-file", "warning", edited),
        ("edited-file", "warning", gone),
    }


def test_what_the_host_says_of_written_units(tmp_path: Path, host: Callable[[str, str], dict[str, str]]) -> None:
    """Its sentences are at the lines of the units, also those about the services that Podman makes of them."""
    stack(tmp_path, "site")
    assert run("convert", "site", "-o", "units", *HERE, cwd=tmp_path).returncode == 0
    analyze = 'echo "$(dirname "$5")/site-web.service:4: Unknown key \'Restart\' in section [Service]" >&2'
    environ = host(MAKES, analyze)
    done = run("check", "units", "--scope", "user", "--json", cwd=tmp_path, environ=environ)
    (found,) = json.loads(done.stdout)["projects"][0]["diagnostics"]
    unit = next((tmp_path / "units").rglob("site-web.container"))
    assert (found["code"], found["file"]) == ("systemd-complaint", str(unit))
    assert unit.read_text().splitlines()[found["line"] - 1] == "Restart=always"


@pytest.mark.podman
@pytest.mark.parametrize("generator", cases_if(generators(), generators(), NO_GENERATOR), ids=str)
def test_real_generators(generator: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they say in their own words is found at its line."""
    text = SIMPLE + "    x-quadlet: {Container: {Volume: 'missing.volume:/x'}}\n"
    stack(tmp_path, "site", text)
    podman = tmp_path / "bin/podman"
    podman.parent.mkdir()
    podman.write_text(f"#!/bin/sh\necho podman version {generator.podman}.1\n")
    podman.chmod(0o755)
    monkeypatch.setattr(verify, "GENERATORS", (str(generator.program),))
    environ = {"PATH": f"{podman.parent}:/usr/bin:/bin"}
    done = run("check", "site", "--scope", "user", "--json", cwd=tmp_path, environ=environ)
    found = [d for d in json.loads(done.stdout)["projects"][0]["diagnostics"] if d["code"] == "generator-complaint"]
    assert [(d["severity"], d["path"], d["line"]) for d in found] == [
        ("error", "services.web.x-quadlet.Container.Volume", 6)
    ]
    assert "requested Quadlet source missing.volume was not found" in found[0]["message"]


# ------------------------------------------------------------------ formats


def test_github(tmp_path: Path) -> None:
    stack(tmp_path, "warns", BOTH)
    done = run("check", "warns", *HERE, "--format", "github", cwd=tmp_path)
    assert (
        "::warning file=warns/compose.yaml,line=3,col=35,title=warns%3A port-clash::the host port 8080/tcp is also"
        " published by warns/web%0AOnly one of the two can run at a time.\n"
    ) in done.stdout
    assert all(line.startswith(("::warning ", "::notice ")) for line in done.stdout.splitlines())


def results(done: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["runs"][0]["results"]
    return found


def test_sarif_fingerprints_survive_moved_lines(tmp_path: Path) -> None:
    folder = stack(tmp_path, "warns", BOTH)
    command = ("check", "warns", *HERE, "--format", "sarif")
    before = results(run(*command, cwd=tmp_path))
    (folder / "compose.yaml").write_text("# one\n# two\n" + BOTH.replace("  two:", "\n\n  two:"))
    after = results(run(*command, cwd=tmp_path))

    def lines(found: list[dict[str, Any]]) -> list[int]:
        return [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in found]

    def prints(found: list[dict[str, Any]]) -> list[str]:
        return [r["partialFingerprints"]["compose2quadlet/v1"] for r in found]

    assert lines(before) != lines(after)
    assert prints(before) == prints(after)
    assert len(set(prints(after))) == len(after)


def test_sarif_of_all_fixtures(tmp_path: Path) -> None:
    """Every finding is in it, at its line; those that are allowed are marked."""
    projects = [str(p) for p in sorted((FIXTURES / "projects").iterdir())]
    allowed = ("--allow", "port-clash")
    document = json.loads(run("check", *projects, *HERE, *allowed, "--format", "sarif", cwd=tmp_path).stdout)
    found = json.loads(run("check", *projects, *HERE, *allowed, "--json", cwd=tmp_path).stdout)["projects"]
    counted = [d for p in found for d in p["diagnostics"]]
    hidden = [d for p in found for d in p["allowed"]]
    (one,) = document["runs"]
    assert len(one["results"]) == len(counted) + len(hidden) > 20
    assert sum("suppressions" in r for r in one["results"]) == len(hidden) > 0
    places = {(d["code"], d["line"]) for d in counted + hidden if d["line"]}
    said = {(r["ruleId"], r["locations"][0]["physicalLocation"]["region"]["startLine"]) for r in one["results"]}
    assert places <= said
    check_sarif(document)


def check_sarif(document: dict[str, Any]) -> None:
    """What the schema of SARIF 2.1.0 requires of what is here, and GitHub of what it shows."""
    from jsonschema_rs import Draft7Validator

    schema = json.loads((Path(__file__).parent / "sarif.json").read_text())
    assert [str(e) for e in Draft7Validator(schema).iter_errors(document)] == []
    for one in document["runs"]:
        rules = one["tool"]["driver"]["rules"]
        assert len({r["id"] for r in rules}) == len(rules)
        for result in one["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["locations"]


def test_the_schema_refuses(tmp_path: Path) -> None:
    """So that the test above can fail."""
    stack(tmp_path, "warns", BOTH)
    document = json.loads(run("check", "warns", *HERE, "--format", "sarif", cwd=tmp_path).stdout)
    check_sarif(document)
    for place in (("message",), ("locations", 0, "physicalLocation", "region", "startLine"), ("level",)):
        damaged = json.loads(json.dumps(document))
        node = damaged["runs"][0]["results"][0]
        for step in place[:-1]:
            node = node[step]
        node[place[-1]] = -1
        with pytest.raises(AssertionError):
            check_sarif(damaged)


def test_the_hook_runs_what_exists() -> None:
    import yaml

    (hook,) = yaml.safe_load((FIXTURES.parent / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "compose2quadlet check"
    assert run(*hook["entry"].split()[1:], *hook["args"], "--help", cwd=FIXTURES).returncode == 0
