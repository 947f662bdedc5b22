"""What is known of a host, on the command line: gathered, read from a file, or not known at all."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from compose2quadlet import __version__
from compose2quadlet.facts import load
from compose2quadlet.host import programs
from tests.support.commands import run, stack, tree

NAS = "services:\n  web:\n    image: nginx:1\n    restart: always\n    volumes: ['/mnt/nas/www:/www']\n"
FACTS = {"version": 1, "podman": "5.8.1", "fstab": [{"target": "/mnt/nas", "source": "nas:/x", "type": "nfs4"}]}


def facts_file(folder: Path) -> None:
    (folder / "nas.json").write_text(json.dumps(FACTS))


def test_facts_are_what_convert_reads(tmp_path: Path) -> None:
    done = run("facts", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert load(done.stdout, "stdout").login is not None
    (tmp_path / "here.json").write_text(done.stdout)
    stack(tmp_path, "site")
    assert run("convert", "site", "--host", "here.json", "-o", "units", cwd=tmp_path).returncode == 0


def test_host_file(tmp_path: Path) -> None:
    stack(tmp_path, "site", NAS)
    facts_file(tmp_path)
    done = run("convert", "site", "--host", "nas.json", "--scope", "user", "-o", "units", cwd=tmp_path)
    assert done.returncode == 0
    assert "Converting for Podman 5.8 (from nas.json), user scope" in done.stderr
    assert "note[host-unit] 'web' starts after mnt-nas.mount" in done.stderr
    files = tree(tmp_path / "units")
    assert "\nAfter=host-unit@mnt-nas.mount.service\n" in files["site-web.container"]
    assert files["systemd/host-unit@.service"].startswith(
        f"# Made by compose2quadlet {__version__} for all projects.\n"
    )


def test_two_projects_share_the_bridge(tmp_path: Path) -> None:
    stack(tmp_path, "one", NAS)
    stack(tmp_path, "two", NAS)
    facts_file(tmp_path)
    command = ("--host", "nas.json", "--scope", "user", "-o", "units")
    assert run("convert", "one", "two", *command, cwd=tmp_path).returncode == 0
    assert run("convert", "two", *command, cwd=tmp_path).returncode == 0
    assert "systemd/host-unit@.service" in tree(tmp_path / "units")


def test_nothing_is_known_of_another_host(tmp_path: Path) -> None:
    stack(tmp_path, "site", NAS)
    done = run("convert", "site", "--scope", "user", "-o", "units", cwd=tmp_path)
    assert "note[mount-unknown] 'web': /mnt/nas/www may be on a disk that is not mounted" in done.stderr
    assert "mkdir" not in tree(tmp_path / "units")["site-web.container"]


def test_facts_of_this_host(tmp_path: Path) -> None:
    """Without -o, the target is this host: what is not mounted here is made, as Docker would."""
    stack(tmp_path, "site", NAS.replace("/mnt/nas", "/mnt/compose2quadlet-test"))
    assert run("convert", "site", "--scope", "user", cwd=tmp_path).returncode == 0
    assert "mkdir" in tree(tmp_path / ".config/containers/systemd")["site-web.container"]


def test_host_units(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    common = ("--scope", "system", "--stdout", "site")
    done = run(
        "convert", "--host-unit", "web=postgresql.service", "--host-unit", "*=chronyd.service", *common, cwd=tmp_path
    )
    assert "\nWants=chronyd.service\nAfter=chronyd.service\nWants=postgresql.service\n" in done.stdout
    done = run("convert", "--host-unit", "postgresql.service", *common, cwd=tmp_path)
    assert done.returncode == 2
    assert "'postgresql.service' is not SERVICE=UNIT" in done.stderr
    done = run("convert", "--host-unit", "wep=postgresql.service", *common, cwd=tmp_path)
    assert done.returncode == 2
    assert "error[no-such-service] an option names the service 'wep'" in done.stderr


def test_bad_host_files(tmp_path: Path) -> None:
    stack(tmp_path, "site")
    done = run("convert", "site", "--host", "missing.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.json: error[bad-facts] cannot read it: no such file or directory" in done.stderr
    (tmp_path / "bad.json").write_text('{"version": 1, "mounts": 7}')
    done = run("convert", "site", "--host", "bad.json", "-o", "units", cwd=tmp_path)
    assert done.returncode == 2
    assert "bad.json: error[bad-facts] this is not a file of facts about a host: mounts: " in done.stderr
    assert not (tmp_path / "units").exists()


def test_each_low_port_is_named(tmp_path: Path) -> None:
    """Of all projects, not only the lowest of a run."""
    for name, ports in (("web", (80, 443)), ("dns", (53,)), ("site", (8443,))):
        published = ", ".join(f"'{port}:8080'" for port in ports)
        stack(tmp_path, name, f"services:\n  app:\n    image: nginx:1\n    ports: [{published}]\n")
    done = run("convert", "web", "dns", "site", "--scope", "user", "-o", "units", cwd=tmp_path)
    assert done.stderr.count("warning[privileged-port]") == 2
    assert "ports 80, 443, unless" in done.stderr
    assert "port 53, unless" in done.stderr


def test_lingering_is_said_once(tmp_path: Path) -> None:
    login = {"name": "user", "uid": 1000, "gid": 1000, "home": "/home/user", "linger": False}
    for name in ("one", "two"):
        stack(tmp_path, name)
    for linger, count in ((False, 1), (True, 0), (None, 0)):
        (tmp_path / "nas.json").write_text(json.dumps({"version": 1, "login": {**login, "linger": linger}}))
        done = run("convert", "one", "two", "--host", "nas.json", "--scope", "user", "-o", "units", cwd=tmp_path)
        assert done.stderr.count("warning[no-linger]") == count
    (tmp_path / "nas.json").write_text(json.dumps({"version": 1, "login": login}))
    assert (
        "no-linger"
        not in run("convert", "one", "--host", "nas.json", "--scope", "system", "--stdout", cwd=tmp_path).stderr
    )


def podman_here(folder: Path, version: str) -> dict[str, str]:
    """The environment of a host that has this Podman."""
    program = folder / "bin" / "podman"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\necho podman version {version}\n")
    program.chmod(0o755)
    return {"PATH": str(program.parent)}


def test_units_for_review_are_those_that_would_be_installed(tmp_path: Path) -> None:
    """With the Podman of this host, this host is meant; another version, or 'none', says that it is another one."""
    stack(tmp_path, "site", NAS.replace("/mnt/nas", "/mnt/compose2quadlet-test"))
    here = podman_here(tmp_path, "5.4.2")
    common = ("convert", "site", "--scope", "user")
    assert run(*common, cwd=tmp_path, environ=here).returncode == 0
    installed = (tmp_path / ".config/containers/systemd/site-web.container").read_text()
    assert "mkdir" in installed
    for known in ((), ("--podman-version", "5.4")):
        for place in (("--stdout",), ("-o", "units")):
            done = run(*common, *known, *place, cwd=tmp_path, environ=here)
            assert done.returncode == 0
            text = done.stdout or (tmp_path / "units/site-web.container").read_text()
            assert installed in text
    for unknown in (("--host", "none"), ("--podman-version", "5.3"), ("--host", "none", "--podman-version", "5.4")):
        done = run(*common, *unknown, "--stdout", cwd=tmp_path, environ=here)
        assert "mkdir" not in done.stdout
        assert "note[mount-unknown]" in done.stderr
    assert "mkdir" not in run(*common, "--stdout", cwd=tmp_path).stdout


def test_nothing_is_known_where_that_is_asked_for(tmp_path: Path) -> None:
    stack(tmp_path, "site", NAS.replace("/mnt/nas", "/mnt/compose2quadlet-test"))
    assert run("convert", "site", "--scope", "user", "--host", "none", cwd=tmp_path).returncode == 0
    assert "mkdir" not in (tmp_path / ".config/containers/systemd/site-web.container").read_text()


def test_isolation_is_told_of_projects_or_of_services(tmp_path: Path) -> None:
    stack(tmp_path, "site", "services:\n  a: {image: x, pid: host}\n  b: {image: x, pid: host}\n  c: {image: x}\n")
    common = ("convert", "site", "--scope", "system", "--host", "none", "--stdout")
    brief = run(*common, cwd=tmp_path).stderr
    assert brief.count("note[isolation]") == 1
    assert "none for a, b (it shares the host's processes); userns for c (it needs no rights over the host)" in brief
    for option in ("-v", "--verbose"):
        long = run(*common, option, cwd=tmp_path).stderr
        assert long.count("note[isolation]") == 3
        assert "'b' is not isolated: it shares the host's processes" in long


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a host on which Podman does not answer, soon given up."""
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    (tmp_path / "bin").mkdir()
    for name in ("podman", "systemctl"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\nexec sleep 60\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}


def test_a_podman_that_hangs_is_not_said_to_be_missing(tmp_path: Path, hanging: dict[str, str]) -> None:
    stack(tmp_path, "site")
    start = time.monotonic()
    done = run("convert", "site", "--scope", "user", "--stdout", cwd=tmp_path, environ=hanging)
    assert time.monotonic() - start < 10
    assert done.returncode == 0
    assert "(podman did not answer within 0.3 s; choose with --podman-version)" in done.stderr
    assert "none is installed" not in done.stderr


def test_facts_say_who_did_not_answer(tmp_path: Path, hanging: dict[str, str]) -> None:
    done = run("facts", cwd=tmp_path, environ=hanging)
    assert done.returncode == 0
    assert "warning[host-silent] podman did not answer within 0.3 s\n" in done.stderr
    assert "warning[host-silent] systemctl did not answer within 0.3 s\n" in done.stderr
    assert load(done.stdout, "stdout").podman == ""
