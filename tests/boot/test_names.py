"""What containers find under which name, where they go out, and whose the folders are that are made for them."""

from __future__ import annotations

import pytest

from tests.boot.hosts import HOMELAB, HOMES, Host

pytestmark = pytest.mark.lab

SHOP = """
    services:
      web:
        image: localhost/web
        hostname: shop
        domainname: example.org
        networks:
          default:
          lan: {aliases: [www]}
          back: {gw_priority: 3}
      db:
        image: localhost/db
        container_name: the-db
        volumes: ["./data/deep:/data"]
      app:
        image: localhost/app
        entrypoint: []
        environment: {DB: the-db, WEB: shop-web-1}
        links: ["db:database"]
    networks:
      back:
      lan: {external: true}
    """

NEIGHBOUR = """
    services:
      proxy:
        image: localhost/proxy
        networks: [lan]
    networks:
      lan: {external: true}
    """


def test_names_that_docker_resolves(host: Host) -> None:
    host.run("podman", "network", "create", "--ignore", "lan")
    host.install("shop", SHOP)
    host.install("neighbour", NEIGHBOUR)
    assert host.start("shop-web.service", "shop-db.service", "shop-app.service", "neighbour-proxy.service")
    web = ["web", "shop-web", "shop-web-1", "shop", "shop.example.org"]
    for container, names in (
        ("shop-app", [*web, "db", "the-db", "database"]),
        ("neighbour-proxy", [*web, "www"]),
    ):
        for name in names:
            assert "Name:" in host.run("podman", "exec", container, "nslookup", name), f"{container}: {name}"
    # The network with the highest gw_priority has the default route that counts.
    way = host.run("podman", "exec", "shop-web", "ip", "route", "get", "192.0.2.1")
    form = "{{(index .Subnets 0).Gateway}}"
    gateway = host.run("podman", "network", "inspect", "shop_back", "--format", form).strip()
    assert f" via {gateway} " in way


def test_folders_belong_to_who_runs_podman(host: Host) -> None:
    host.run("podman", "network", "create", "--ignore", "lan")
    host.install("shop", SHOP)
    assert host.start("shop-db.service")
    assert host.owner(f"{HOMES[host.scope]}/shop/data/deep") == (HOMELAB if host.scope == "user" else 0)
