"""What reaches a stack from another one, and a name server that publishes the port of Podman's own."""

from __future__ import annotations

import pytest

from tests.boot.hosts import Host

pytestmark = pytest.mark.lab

LAN = "192.0.2.2"
"""The host's address in the lab."""

SERVER = "[httpd, -f, -p, '80', -h, /etc]"


def _stack(name: str, more: str = "", network: str = "{}") -> str:
    return f"""
        name: {name}
        services:
          web:
            image: localhost/web
            restart: always
            command: {SERVER}
            {more}
          beside:
            image: localhost/beside
            restart: always
        networks: {{default: {network}}}
        """


def _address(host: Host, container: str) -> str:
    return host.inspect(container, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")


def _answers(host: Host, container: str, where: str) -> bool:
    """Whether a container reaches a web server."""
    url = f"http://{where}/passwd"
    return "root:" in host.run("podman", "exec", container, "timeout", "5", "wget", "-T", "3", "-qO-", url, check=False)


@pytest.mark.parametrize(
    ("network", "first"), [("{}", "one"), ("{internal: true}", "one"), ("{internal: true}", "other")]
)
def test_neighbour_stack_does_not_reach_what_is_not_published(host: Host, network: str, first: str) -> None:
    """In either order: the first network that is not internal turns on forwarding, and could open those before it."""
    if host.scope == "system":
        host.root("sysctl", "-qw", "net.ipv4.ip_forward=0")  # as after a boot
    host.install("one", _stack("one", 'ports: ["18080:80"]', network))
    host.install("other", _stack("other"))
    for name in ("one", "other") if first == "one" else ("other", "one"):
        assert host.start(f"{name}-web.service", f"{name}-beside.service")
    one, other = _address(host, "one-web"), _address(host, "other-web")
    assert _answers(host, "one-beside", one)
    assert _answers(host, "one-beside", "web")
    assert _answers(host, "other-beside", other)
    assert not _answers(host, "other-beside", one)
    assert not _answers(host, "one-beside", other)
    if network == "{}":
        assert "root:" in host.root("busybox", "wget", "-qO-", f"http://{LAN}:18080/passwd")


def test_network_says_itself_that_it_is_not_isolated(host: Host) -> None:
    """The packet that must not arrive elsewhere arrives here, so that its absence means something."""
    network = '{driver_opts: {isolate: "false"}}'
    host.install("one", _stack("one", network=network))
    host.install("other", _stack("other", network=network))
    assert host.start("one-web.service", "other-beside.service")
    assert _answers(host, "other-beside", _address(host, "one-web"))


NAMES = """
    name: names
    services:
      server:
        image: localhost/server
        restart: always
        # It listens, and answers no question: who asks it gets nothing.
        command: [sh, -c, "httpd -p 53 -h /etc; while :; do sleep 1; done"]
        ports: ["LAN:53:53/udp", "LAN:53:53/tcp"]
      client:
        image: localhost/client
        restart: always
        command: [httpd, -f, -p, "80", -h, /etc]
    """.replace("LAN", LAN)
"""It publishes the port on one address, as the warning about all addresses says."""


@pytest.mark.parametrize("first", ["names", "other"])
def test_name_server_starts_and_names_are_found(host: Host, first: str) -> None:
    host.root("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=53")
    try:
        host.install("names", NAMES)
        host.install("other", _stack("other"))
        units = {
            "names": ("names-server.service", "names-client.service"),
            "other": ("other-web.service", "other-beside.service"),
        }
        second = "other" if first == "names" else "names"
        assert host.start(*units[first])
        assert host.start(*units[second])
        assert _answers(host, "names-server", "client")
        assert _answers(host, "other-beside", "web")
        assert "root:" in host.root("busybox", "wget", "-T", "3", "-qO-", f"http://{LAN}:53/passwd")
    finally:
        host.root("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=1024")
