"""Names: units, images, and the folder that nothing must leave."""

from __future__ import annotations

import pytest

from compose2quadlet.planner.images import built, qualified, unchecked
from compose2quadlet.planner.units import resource_unit, service_units


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("postgres", "docker.io/library/postgres:latest"),
        ("postgres:16", "docker.io/library/postgres:16"),
        ("grafana/grafana", "docker.io/grafana/grafana:latest"),
        ("docker.io/redis:7", "docker.io/library/redis:7"),
        ("index.docker.io/library/redis:7", "docker.io/library/redis:7"),
        ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
        ("localhost/app:1", "localhost/app:1"),
        ("registry:5000/app", "registry:5000/app:latest"),
        ("registry.local:5000/a/b/c:v1", "registry.local:5000/a/b/c:v1"),
        ("redis@sha256:" + "a" * 64, "docker.io/library/redis@sha256:" + "a" * 64),
        ("redis:7@sha256:" + "a" * 64, "docker.io/library/redis:7@sha256:" + "a" * 64),
        ("nginx:", None),
        ("UPPER", None),
        ("a b", None),
        ("", None),
        ("--privileged", None),
        ("nginx:${TAG}", None),
    ],
)
def test_images(image: str, full: str | None) -> None:
    assert qualified(image) == full


def test_units() -> None:
    found = service_units("immich", ("server", "immich", "immich-redis", "immich_ml", "immichx"))
    assert [unit.stem for unit in found.values()] == [
        *("immich-server", "immich", "immich-redis", "immich_ml", "immich-immichx"),
    ]
    assert found["immich"].service == "immich.service"
    twice = service_units("immich", ("server", "immich-server"))
    assert [unit.stem for unit in twice.values()] == ["immich-server", "immich-immich-server"]
    assert resource_unit("immich", "default", "network").service == "immich-default-network.service"
    assert resource_unit("immich", "data", "volume").file == "immich-data.volume"
    assert built("shop", "web") == "docker.io/library/shop-web:latest"


def test_units_that_are_taken() -> None:
    taken = {"shop-data-volume.service"}
    assert resource_unit("shop", "data", "volume", taken).file == "shop-data-vol.volume"
    assert resource_unit("shop", "data", "network", taken).file == "shop-data.network"
    assert service_units("podman", ("podman",))["podman"].service == "podman-podman.service"


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("nginx:", "docker.io/library/nginx:"),
        ("a/b:", "docker.io/a/b:"),
        ("x.image", "docker.io/library/x.image:latest"),
    ],
)
def test_what_is_no_image_looks_like_one(image: str, full: str) -> None:
    assert unchecked(image) == full
