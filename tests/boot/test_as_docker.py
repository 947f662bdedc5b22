"""What a container finds inside as it would under Docker: ports, file systems, names, volumes, users."""

from __future__ import annotations

import re

import pytest

from compose2quadlet.options import Isolation, Options
from tests.boot.hosts import Host

pytestmark = pytest.mark.lab

USERNS = Options(isolation=Isolation.USERNS)


def _sh(host: Host, container: str, text: str) -> str:
    """The output of a shell in a container."""
    return host.run("podman", "exec", container, "sh", "-c", text, check=False)


def test_port_below_1024_without_being_root(host: Host) -> None:
    host.install(
        "ports",
        """
        services:
          plain:
            image: localhost/plain
            user: "1000"
            command: [httpd, -f, -p, "80", -h, /etc]
          rider:
            image: localhost/rider
            user: "1000"
            network_mode: service:plain
            command: [httpd, -f, -p, "81", -h, /etc]
          on_host:
            image: localhost/onhost
            user: "1000"
            network_mode: host
        """,
    )
    assert host.start("ports-plain.service", "ports-rider.service", "ports-on_host.service")
    for port in (80, 81):
        assert "root:" in _sh(host, "ports-plain", f"wget -qO- http://127.0.0.1:{port}/passwd")


def _writable(host: Host, container: str) -> set[str]:
    places = "/ /dev /dev/shm /dev/mqueue /tmp /run /var/tmp /scratch"
    done = _sh(host, container, f"for d in {places}; do touch $d/t 2>&1 > /dev/null && echo $d; done")
    return {line for line in done.splitlines() if line in places.split()}


def test_read_only_has_writable_devices_and_shared_memory(host: Host) -> None:
    host.install(
        "readonly",
        """
        services:
          plain:
            image: localhost/plain
            read_only: true
          own:
            image: localhost/own
            read_only: true
            tmpfs: [/tmp, /scratch]
          shared:
            image: localhost/shared
            read_only: true
            ipc: host
        """,
    )
    assert host.start("readonly-plain.service", "readonly-own.service", "readonly-shared.service")
    devices = {"/dev", "/dev/shm", "/dev/mqueue"}
    assert _writable(host, "readonly-plain") == devices
    assert _writable(host, "readonly-own") == devices | {"/tmp", "/scratch"}
    assert _writable(host, "readonly-shared") >= {"/dev", "/dev/shm"}


def test_tmpfs_is_empty_and_runs_nothing(host: Host) -> None:
    host.install(
        "empty",
        """
        services:
          app:
            image: localhost/app
            tmpfs: [/usr/local/bin, "/new:exec,size=1m"]
        """,
    )
    assert host.start("empty-app.service")
    assert _sh(host, "empty-app", "ls -A /usr/local/bin") == ""
    mounts = _sh(host, "empty-app", "cat /proc/mounts")
    options = {
        where: found.group(1).split(",")
        for where in ("/usr/local/bin", "/new")
        if (found := re.search(rf" {where} tmpfs (\S+)", mounts))
    }
    assert "noexec" in options["/usr/local/bin"]
    assert "noexec" not in options["/new"]


def test_working_directory_that_the_image_does_not_have(host: Host) -> None:
    """Podman makes it on a mount; elsewhere it does not start, as the warning says."""
    host.install(
        "places",
        """
        services:
          mounted: {image: localhost/mounted, working_dir: /data/deep, volumes: ["data:/data"]}
          usual: {image: localhost/usual, working_dir: /tmp}
          absent: {image: localhost/absent, working_dir: /nowhere}
        volumes: {data: }
        """,
    )
    assert host.start("places-mounted.service", "places-usual.service")
    assert _sh(host, "places-mounted", "pwd") == "/data/deep\n"
    assert _sh(host, "places-usual", "pwd") == "/tmp\n"
    assert not host.start("places-absent.service")


def test_names_are_asked_as_they_are(host: Host) -> None:
    host.install(
        "named",
        """
        services:
          web:
            image: localhost/web
            networks: [default, back]
            command: [httpd, -f, -p, "80", -h, /etc]
          own:
            image: localhost/own
            container_name: its-own-name
            networks: [back]
            command: [httpd, -f, -p, "80", -h, /etc]
          asks:
            image: localhost/asks
            networks: [back]
        networks: {back: }
        """,
    )
    assert host.start("named-web.service", "named-own.service", "named-asks.service")
    lines = _sh(host, "named-asks", "cat /etc/resolv.conf").splitlines()
    assert [line for line in lines if line.startswith("options")] == ["options ndots:0"]
    for name in ("web", "named-web-1", "own", "its-own-name"):
        assert "root:" in _sh(host, "named-asks", f"wget -T 5 -qO- http://{name}/passwd"), name
    # Docker does not know this one either.
    assert "root:" not in _sh(host, "named-asks", "timeout 5 wget -T 3 -qO- http://named-own-1/passwd")


def test_anonymous_volume_outlives_its_container(host: Host) -> None:
    host.install(
        "anonymous",
        """
        services:
          app:
            image: localhost/app
            restart: always
            volumes: [/data]
            environment: {WRITE: /data/file}
        """,
    )
    assert host.start("anonymous-app.service")
    host.systemctl("restart", "anonymous-app.service")
    host.systemctl("stop", "anonymous-app.service")
    assert host.start("anonymous-app.service")
    assert host.within(10, lambda: _sh(host, "anonymous-app", "cat /data/file") == "written\n" * 3)


OWNED = """
    services:
      app:
        image: localhost/app
        restart: always
        command: [sh, -c, "cat /data/file > /tmp/seen; while :; do sleep 1; done"]
        volumes: ["/tmp/owned:/data"]
    """


@pytest.mark.parametrize("owner", [1023, 5000, 65534])
def test_private_files_of_any_owner_are_read_in_a_user_namespace(booted: Host, owner: int) -> None:
    host = Host(booted.name, booted.generator, "system")
    try:
        # The lab's own root is an overlay, which cannot be mounted with other owners.
        host.root("mkdir", "-p", "/tmp/owned")
        host.root("sh", "-c", "echo secret > /tmp/owned/file; chmod 600 /tmp/owned/file")
        host.root("chown", f"{owner}:{owner}", "/tmp/owned/file")
        host.install("owned", OWNED, options=USERNS)
        assert host.start("owned-app.service")
        assert host.within(10, lambda: _sh(host, "owned-app", "cat /tmp/seen") == "secret\n")
        assert _sh(host, "owned-app", "stat -c %u /data/file").strip() == str(owner)
        assert host.uid("owned-app") >= 1_000_000
    finally:
        host.clean()
        host.root("rm", "-rf", "/tmp/owned")
