"""Plans for tests of what is done with them."""

from __future__ import annotations

from dataclasses import replace

from compose2quadlet.migrate.idmap import IdMap, kept
from compose2quadlet.migrate.plan import Group, Old, Plan, Service, UnitFile, VolumeMove

IDS = IdMap(kept(1500, 0, [(100000, 65536)]), kept(1500, 0, [(100000, 65536)]))

VOLUME = replace(
    VolumeMove(
        "shop_data", "/docker/shop_data/_data", "shop_data", "shop-data-volume.service", "shop-data.volume", IDS
    ),
    services=("db",),
    users=(0, 999),
    groups=(0,),
    files=3,
    size=300_000_000,
    guards=("PG_VERSION",),
)

GROUP = Group(
    name="shop",
    projects=("shop",),
    containers=(Old("id1", "shop-db-1", "shop", "db", "sha256:aa", True, "healthy", "always", "h", 10),),
    images=(),
    volumes=(VOLUME,),
    binds=(),
    ports=(),
    networks=(),
    bridges=(),
    files=(UnitFile("/etc/containers/systemd/shop-db.container", "[Container]\n", "shop", True),),
    targets=("shop.target",),
    services=(Service("shop-db.service", "shop-db", "shop-db-1", True, True),),
    sources=(("/srv/shop/compose.yaml", "ab"),),
)

PLAN = Plan(
    id="20260101T000000Z-abcd",
    made="2026-01-01T00:00:00Z",
    scope="user",
    user="homelab",
    uid=1500,
    gid=1500,
    home="/home/homelab",
    store="/home/homelab/.local/share/containers/storage/volumes",
    docker="28.5",
    podman="5.8",
    whole=False,
    beside=False,
    docker_units=("docker.socket",),
    options={"scope": "user"},
    groups=(GROUP, replace(GROUP, name="media", projects=("media",))),
    stays=(("container adhoc", "it is not of a compose project"),),
)
