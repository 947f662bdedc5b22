"""How ``verify`` reads one engine as the other: silent about what is the same, and blind to no difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compose2quadlet.compare import Finding, Outcome, Pair, kernel, living, rows
from compose2quadlet.diagnostics import RefusedError
from compose2quadlet.host import answering, pairs, probe
from compose2quadlet.host.kernelview import view
from compose2quadlet.host.verified import verified
from tests.support.engines import KERNEL, NEW_ID, OLD_ID, WEB_NEW, WEB_OLD, pair

PURPOSES = {
    "container name",
    "mounts",
    "tmpfs",
    "restart",
    "capabilities",
    "ulimits",
    "sysctls",
    "DNS options",
    "kernel: capabilities",
    "kernel: limits",
    "kernel: mounts",
    "kernel: sysctls",
}
"""What is different on purpose, where a service asks for all that it can ask for."""

SHOWN = {"user", "environment", "mounts", "ports", "networks", "kernel: user", "kernel: environment", "kernel: mounts"}
"""What people look for, and so is shown even where it is equal."""


def found(given: Pair) -> list[Finding]:
    return [*rows.inspected(given), *kernel.seen(given), *living.state(given)]


def named(findings: list[Finding], outcome: Outcome) -> set[str]:
    return {f.field if f.view == "inspect" else f"{f.view}: {f.field}" for f in findings if f.outcome is outcome}


def test_silent_about_what_is_the_same() -> None:
    findings = found(pair())
    assert [f for f in findings if f.outcome is Outcome.DIFFERENT] == []
    assert named(findings, Outcome.ON_PURPOSE) == PURPOSES
    assert named(findings, Outcome.EQUAL) == SHOWN
    assert all(f.reason for f in findings if f.outcome is Outcome.ON_PURPOSE)


def test_no_value_of_a_variable_is_shown() -> None:
    given = pair()
    config(given)["Env"].append("TOKEN=swordfish")
    config(given)["Labels"]["note"] = "bcrypt"
    text = str(found(given))
    assert "TOKEN" in text
    assert not [word for word in ("hunter2", "swordfish", "bcrypt", "two words") if word in text]


def inspect(given: Pair) -> Any:
    return given.new.inspect


def seen(given: Pair) -> Any:
    return given.new.kernel


def unit(given: Pair) -> Any:
    return given.new.unit


def config(given: Pair) -> Any:
    return given.new.inspect["Config"]


def host(given: Pair) -> Any:
    return given.new.inspect["HostConfig"]


def network(given: Pair) -> Any:
    return given.new.inspect["NetworkSettings"]["Networks"]["shop_default"]


def both(given: Pair, name: str, old: str, new: str) -> None:
    given.old.inspect["HostConfig"][name] = old
    host(given)[name] = new


Change = Callable[[Pair], Any]

SEEDED: list[tuple[str, Change]] = [
    ("image", lambda p: p.new.image["RootFS"]["Layers"].append("sha256:2")),
    ("image name", lambda p: config(p).update(Image="docker.io/library/app:3")),
    ("container name", lambda p: inspect(p).update(Name="web")),
    ("entrypoint", lambda p: config(p).update(Entrypoint=["httpd"])),
    ("command", lambda p: config(p).update(Cmd=["-p", "81"])),
    ("user", lambda p: config(p).update(User="999")),
    ("working directory", lambda p: config(p).update(WorkingDir="/app")),
    ("terminal", lambda p: config(p).update(Tty=True)),
    ("standard input", lambda p: config(p).update(OpenStdin=True)),
    ("domain name", lambda p: config(p).update(Domainname="")),
    ("host name", lambda p: config(p).update(Hostname=NEW_ID[:12])),
    ("environment", lambda p: config(p)["Env"].remove("EMPTY=")),
    ("environment", lambda p: config(p)["Env"].append("MORE=1")),
    ("environment", lambda p: config(p)["Env"].append("TOKEN=other")),
    ("labels", lambda p: config(p)["Labels"].pop("note")),
    ("mounts", lambda p: p.new.inspect["Mounts"].pop()),
    ("mounts", lambda p: p.new.inspect["Mounts"][1].update(RW=False)),
    ("mounts", lambda p: p.new.inspect["Mounts"][1].update(Name="data")),
    ("mounts", lambda p: p.new.inspect["Mounts"][2].update(Source="/srv/ww")),
    ("mount propagation", lambda p: p.new.inspect["Mounts"][2].update(Propagation="rshared")),
    ("tmpfs", lambda p: host(p)["Tmpfs"].update({"/tmp": "size=8m,mode=1777"})),
    ("tmpfs", lambda p: host(p)["Tmpfs"].update({"/more": "rprivate,nosuid,nodev,tmpcopyup"})),
    ("ports", lambda p: host(p)["PortBindings"].pop("53/udp")),
    ("ports", lambda p: host(p)["PortBindings"]["80/tcp"][1].update(HostIp="")),
    ("networks", lambda p: p.new.inspect["NetworkSettings"]["Networks"].update(other={})),
    ("networks", lambda p: p.new.inspect["NetworkSettings"]["Networks"].clear()),
    ("network mode", lambda p: host(p).update(NetworkMode="host")),
    ("names", lambda p: network(p)["Aliases"].remove("www")),
    ("addresses", lambda p: network(p).update(IPAddress="10.9.0.6")),
    ("restart", lambda p: unit(p).update(Restart="no")),
    ("health check", lambda p: config(p)["Healthcheck"].update(Interval=30 * 10**9)),
    ("health check", lambda p: config(p).pop("Healthcheck")),
    ("capabilities", lambda p: p.new.inspect["BoundingCaps"].append("CAP_SYS_ADMIN")),
    ("capabilities", lambda p: p.new.inspect["BoundingCaps"].remove("CAP_SETUID")),
    ("security options", lambda p: host(p)["SecurityOpt"].clear()),
    ("privileged", lambda p: host(p).update(Privileged=True)),
    ("read-only root", lambda p: host(p).update(ReadonlyRootfs=False)),
    ("init", lambda p: host(p).update(Init=False)),
    ("shared memory", lambda p: host(p).update(ShmSize=65536000)),
    ("ulimits", lambda p: host(p)["Ulimits"][0].update(Soft=1024)),
    ("sysctls", lambda p: config(p)["CreateCommand"].remove("net.core.somaxconn=1024")),
    ("memory", lambda p: host(p).update(Memory=0)),
    ("memory reservation", lambda p: host(p).update(MemoryReservation=0)),
    ("swap", lambda p: host(p).update(MemorySwap=0)),
    ("swappiness", lambda p: host(p).update(MemorySwappiness=10)),
    ("CPU shares", lambda p: host(p).update(CpuShares=0)),
    ("CPUs", lambda p: host(p).update(NanoCpus=10**9)),
    ("CPU set", lambda p: host(p).update(CpusetCpus="1")),
    ("processes", lambda p: host(p).update(PidsLimit=2048)),
    ("OOM score", lambda p: host(p).update(OomScoreAdj=0)),
    ("OOM killer off", lambda p: host(p).update(OomKillDisable=True)),
    ("groups", lambda p: host(p).update(GroupAdd=[])),
    ("DNS servers", lambda p: host(p).update(Dns=[])),
    ("DNS options", lambda p: host(p).update(DnsOptions=["ndots:0"])),
    ("DNS search", lambda p: host(p).update(DnsSearch=["lan", "example.org"])),
    ("extra hosts", lambda p: host(p).update(ExtraHosts=["nas.lan:192.0.2.8"])),
    ("devices", lambda p: host(p).update(Devices=[])),
    ("IPC namespace", lambda p: host(p).update(IpcMode="host")),
    ("PID namespace", lambda p: host(p).update(PidMode="host")),
    ("UTS namespace", lambda p: host(p).update(UTSMode="host")),
    ("cgroup namespace", lambda p: host(p).update(CgroupMode="host")),
    ("user namespace", lambda p: both(p, "UsernsMode", "host", "private")),
    ("stop signal", lambda p: config(p).update(StopSignal="SIGINT")),
    ("stop timeout", lambda p: config(p).update(StopTimeout=10)),
    ("kernel: user", lambda p: seen(p)["user"].update(uid="0")),
    ("kernel: capabilities", lambda p: seen(p)["capabilities"].pop("bounding KILL")),
    ("kernel: capabilities", lambda p: seen(p)["capabilities"].update({"effective SYS_ADMIN": ""})),
    ("kernel: process", lambda p: seen(p)["process"].update(NoNewPrivs="0")),
    ("kernel: process", lambda p: seen(p)["process"].update(Seccomp="0")),
    ("kernel: process", lambda p: seen(p)["process"].update(oom_score_adj="200")),
    ("kernel: environment", lambda p: seen(p)["environment"].update(TOKEN="")),
    ("kernel: limits", lambda p: seen(p)["limits"].update(nofile="1:1")),
    ("kernel: mounts", lambda p: seen(p)["mounts"].update({"/dev/shm": "ro tmpfs"})),
    ("kernel: mounts", lambda p: seen(p)["mounts"].pop("/data")),
    (
        "kernel: sysctls",
        lambda p: seen(p)["sysctls"].update({"net.ipv4.ip_unprivileged_port_start": "1024"}),
    ),
    ("kernel: resolver", lambda p: seen(p)["resolver"].update(ndots="1")),
    ("kernel: resolver", lambda p: seen(p)["resolver"].update(search="lan example.org")),
    ("kernel: hosts", lambda p: seen(p)["hosts"].clear()),
    ("kernel: cgroup", lambda p: seen(p)["cgroup"].pop("memory.max")),
    ("live: state", lambda p: p.new.inspect["State"].update(Running=False, Status="exited")),
    ("live: health", lambda p: p.new.inspect["State"].update(Health={"Status": "starting"})),
    ("live: restarts", lambda p: unit(p).update(NRestarts="3")),
]


FOLLOWS = {
    "networks": {"names", "addresses"},
    "network mode": {"host name"},
    "privileged": {"capabilities"},
    "IPC namespace": {"shared memory"},
}
"""What else is different then."""


@pytest.mark.parametrize(("field", "change"), SEEDED, ids=[f"{i}-{field}" for i, (field, _) in enumerate(SEEDED)])
def test_a_seeded_difference_is_found(field: str, change: Change) -> None:
    """It, and nothing else but what follows from it."""
    given = pair()
    change(given)
    different = named(found(given), Outcome.DIFFERENT)
    assert field in different
    assert different - {field} <= FOLLOWS.get(field, set())


def test_every_row_is_seeded() -> None:
    fields = {row.field for row in rows.ROWS} | {f"kernel: {row.field}" for row in kernel.ROWS}
    assert fields <= {field for field, _ in SEEDED}


SAME: list[Change] = [
    lambda p: both(p, "NetworkMode", f"container:{WEB_OLD}", f"container:{WEB_NEW}"),
    lambda p: both(p, "PidMode", f"container:{WEB_OLD}", f"container:{WEB_NEW}"),
    lambda p: both(p, "IpcMode", "host", "host"),
    lambda p: config(p).update(Entrypoint="httpd -f", StopSignal=15),
    lambda p: p.old.inspect["Config"].update(Hostname=OLD_ID[:12]) or config(p).update(Hostname=NEW_ID[:12]),
    lambda p: p.old.inspect["HostConfig"].update(ShmSize=2**26) or host(p).update(ShmSize=65536000),
    lambda p: p.old.inspect["HostConfig"].update(NanoCpus=0) or host(p).update(NanoCpus=0, CpuQuota=0),
    lambda p: p.old.inspect["HostConfig"].update(PidsLimit=None) or host(p).update(PidsLimit=2048),
    lambda p: p.old.inspect["HostConfig"].update(PidsLimit=None) or host(p).update(PidsLimit=0),
    lambda p: host(p).update(UsernsMode="auto:size=65536"),
    lambda p: p.new.inspect["Mounts"].pop(0),
    lambda p: p.new.inspect["Mounts"][0].update(Name="f6" * 32),
    lambda p: (
        p.old.inspect["HostConfig"].update(OomScoreAdj=0)
        or host(p).update(OomScoreAdj=0)
        or p.old.kernel["process"].update(oom_score_adj="0")  # type: ignore[attr-defined]
        or seen(p)["process"].update(oom_score_adj="200")
    ),
    lambda p: p.old.kernel["environment"].update(PGUSER="shop"),  # type: ignore[attr-defined]
    lambda p: seen(p)["hosts"].update({"shop-web": "10.9.0.7"}),
    lambda p: (
        p.old.inspect["HostConfig"].update(Tmpfs=None, ReadonlyRootfs=False)
        or host(p).update(Tmpfs={}, ReadonlyRootfs=False)
        or seen(p)["mounts"].pop("/run")
    ),
]


@pytest.mark.parametrize("change", SAME, ids=range(len(SAME)))
def test_other_words_for_the_same(change: Change) -> None:
    given = pair()
    change(given)
    assert named(found(given), Outcome.DIFFERENT) == set()


def test_a_container_that_is_missing() -> None:
    given = pair(kernel=False)
    before = pairs.Before({("app", "1"): given.old})
    (one,) = verified("shop", before, {}, live=False).findings
    assert (one.container, one.field, one.outcome) == ("shop-app-1", "container", Outcome.DIFFERENT)
    given.old.inspect["State"]["Running"] = False
    given.old.inspect["HostConfig"]["RestartPolicy"]["Name"] = "no"
    (one,) = verified("shop", before, {}, live=False).findings
    assert one.outcome is Outcome.ON_PURPOSE


def test_what_the_kernel_does_not_say_is_unknown() -> None:
    given = pair(kernel=False)
    result = verified("shop", pairs.Before({("app", "1"): given.old}), {("app", "1"): given.new}, live=False)
    assert result.status == 0
    assert "they do not run" in result.unknown[0]


@pytest.mark.parametrize(
    ("before", "now", "where", "outcome"),
    [
        ({}, "connects", "this host", Outcome.EQUAL),
        ({}, "connection refused", "this host", Outcome.DIFFERENT),
        ({"80": "connects"}, "times out", "another host", Outcome.DIFFERENT),
        ({"80": "connection refused"}, "connects", "this host", Outcome.ON_PURPOSE),
    ],
)
def test_ports(before: dict[str, str], now: str, where: str, outcome: Outcome) -> None:
    (one,) = living.reached("app", before, {"80": now}, where)
    assert one.outcome is outcome
    assert bool(one.reason) is (outcome is not Outcome.EQUAL)


def test_ports_that_never_answered_say_nothing() -> None:
    assert not [*living.reached("app", {"80": "times out"}, {"80": "connection refused"}, "this host")]
    assert not [*living.reached("app", {}, {"[::1]:80": "connection refused"}, "this host")]
    (one,) = living.reached("app", {"[::1]:80": "connects"}, {"[::1]:80": "connection refused"}, "this host")
    assert one.outcome is Outcome.ON_PURPOSE


def test_names_and_files(tmp_path: Path) -> None:
    (one,) = living.resolved("app", ("db", "www"), {"db": "found", "www": "not found"})
    assert (one.outcome, one.old) == (Outcome.DIFFERENT, "www")
    for name in ("base", "x.pid", "y.lock"):
        (tmp_path / name).write_text("")
    assert answering.entries(str(tmp_path)) == {"base"}
    assert living.held("app", "/d", frozenset({"base"}), frozenset()).outcome is Outcome.DIFFERENT
    assert living.held("app", "/d", frozenset({"base"}), frozenset({"base", "more"})).outcome is Outcome.EQUAL


def test_what_was_saved_is_the_same(tmp_path: Path) -> None:
    given = pair()
    before = pairs.Before({("app", "1"): given.old}, {"shop-app-1": {"80": "connects"}})
    again = pairs.load(pairs.dump(before), "x", "shop")
    assert again.here == before.here
    assert again.sides[("app", "1")].inspect == given.old.inspect
    assert again.sides[("app", "1")].kernel == KERNEL
    of_docker = pairs.load(json.dumps([given.old.inspect]), "x", "shop")
    assert of_docker.sides[("app", "1")].kernel == {}
    assert pairs.load(json.dumps([given.old.inspect]), "x", "other").sides == {}
    (tmp_path / "1").mkdir()
    (tmp_path / "1/before-shop.json").write_text(json.dumps([given.old.inspect]))
    assert pairs.recorded("shop", pairs.Before({}), str(tmp_path)).sides.keys() == {("app", "1")}
    assert pairs.recorded("media", before, str(tmp_path)) == before


@pytest.mark.parametrize("text", ["{", "[1]", '{"version": 1}', '{"version": 7, "containers": []}', "3"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(RefusedError) as error:
        pairs.load(text, "x.json", "shop")
    assert error.value.diagnostics[0].code == "bad-before"


def test_the_kernel_says_all_areas_of_a_process() -> None:
    """Of this one, which is no container."""
    import os

    areas = view(os.getpid())
    if not areas:
        pytest.skip("this process may not read all of its own /proc")
    assert areas.keys() == KERNEL.keys()
    assert areas["user"]["uid"] == str(os.geteuid())
    assert areas["mounts"]["/"].split()[0] in ("ro", "rw")
    assert view(2**22) == {}


def test_the_probe(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that listens, one that does not, and a name server that knows one name."""
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
        port = server.getsockname()[1]
        assert probe.tcp(f"127.0.0.1:{port}") == "connects"
        names.bind(("127.0.0.1", 0))

        def answer() -> None:
            for _ in range(4):
                question, client = names.recvfrom(512)
                known = b"\x02db" in question and question.endswith(b"\0\1\0\1")
                flags = b"\x81\x80" if b"\x02db" in question else b"\x81\x83"
                names.sendto(question[:2] + flags + b"\0\1" + (b"\0\1" if known else b"\0\0") + b"\0" * 4, client)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(probe, "PORT", names.getsockname()[1])
            assert probe.name("127.0.0.1", "db") == "found"
            assert probe.name("127.0.0.1", "nope") == "not found"
        thread.join()
    assert probe.tcp(f"127.0.0.1:{port}") == "connection refused"
    probe.main("tcp", f"127.0.0.1:{port}")
    assert capsys.readouterr().out == f"127.0.0.1:{port} connection refused\n"
