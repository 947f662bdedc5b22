"""Data outside of volumes, which a unit's container loses whenever it stops.

Docker keeps a container, and the volumes that its image declares, until ``docker compose down``. A unit's container is
made anew at each start. Which images keep data is known from their documentation; of others, nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from compose2quadlet.diagnostics import NAME, Log, told
from compose2quadlet.hostpaths import inside, normalised
from compose2quadlet.model import Project, Service, Volume
from compose2quadlet.options import Options
from compose2quadlet.planner.host import docker
from compose2quadlet.planner.host.known import made
from compose2quadlet.planner.tools import base

Directories = tuple[str, ...]

DATABASES: dict[str, Directories] = {
    **dict.fromkeys(("postgres", "postgresql", "postgis", "timescaledb", "pgvector"), ("/var/lib/postgresql",)),
    **dict.fromkeys(("mysql", "mysql-server", "mariadb", "percona"), ("/var/lib/mysql",)),
    **dict.fromkeys(("mongo", "mongodb"), ("/data/db",)),
    "influxdb": ("/var/lib/influxdb2", "/var/lib/influxdb"),
    "couchdb": ("/opt/couchdb/data",),
    **dict.fromkeys(("clickhouse", "clickhouse-server"), ("/var/lib/clickhouse",)),
    "elasticsearch": ("/usr/share/elasticsearch/data",),
    "opensearch": ("/usr/share/opensearch/data",),
    "cassandra": ("/var/lib/cassandra",),
    "neo4j": ("/data",),
    "arangodb": ("/var/lib/arangodb3",),
    "meilisearch": ("/meili_data",),
    "qdrant": ("/qdrant/storage",),
    "prometheus": ("/prometheus",),
    "grafana": ("/var/lib/grafana",),
    "minio": ("/data",),
}
"""Images, by the last part of their names, and the directory, or one of several, where they keep their data."""

CACHES: dict[str, Directories] = dict.fromkeys(("redis", "valkey", "keydb"), ("/data",))
"""The same for those that many use for what may be lost."""

OWNERS: dict[str, Directories] = {"bitnami": ("/bitnami",), "bitnamilegacy": ("/bitnami",), "linuxserver": ("/config",)}
"""Makers of images who keep all data in a directory of their own."""

VARIABLES = ("PGDATA", "MYSQL_DATADIR", "MEILI_DB_PATH", "GF_PATHS_DATA", "CLICKHOUSE_DATA_DIR")
"""Variables that name another directory."""

SERVERS = frozenset(
    "postgres docker-entrypoint.sh mysqld mariadbd mongod redis-server valkey-server keydb-server influxd server minio"
    " prometheus".split()
)
"""What a command that starts a server begins with; with another one, the image is only used for its tools."""


def check(project: Project, log: Log) -> None:
    """Warn of databases whose data is in no volume, and note the caches of which that is true."""
    where = "Docker keeps its volume until 'down': 'docker inspect -f \"{{json .Mounts}}\" CONTAINER' shows it."
    if lost := dict(_lost(project, DATABASES)):
        log.warn(
            "data-not-kept",
            f"{_listed(lost)} no volume for the data, which is gone whenever the service stops, at a reboot too",
            f"Mount a named volume there, after you have saved what there is. {where}",
            ("services", next(iter(lost))),
        )
    if lost := dict(_lost(project, CACHES)):
        log.note(
            "data-not-kept",
            f"{_listed(lost)} no volume, so what is stored there is gone whenever the service stops",
            "That is fine for a cache. If it is not one, mount a named volume there.",
            ("services", next(iter(lost))),
        )


def note_docker(project: Project, anonymous: Collection[str], options: Options, log: Log) -> None:
    """Note the volumes whose data Docker may have, where the host has Docker: Podman starts with empty ones.
    ``anonymous`` are the names that anonymous volumes get here."""
    mounted = {mount.source for service in project.services.values() for mount in service.volumes}
    local = [v.name for k, v in project.volumes.items() if k in mounted and not v.external and not _is_elsewhere(v)]
    if not (local or anonymous) or not docker.is_there(options):
        return
    there = made(options)
    names = [told(n, NAME, "one") for n in (*local, *anonymous) if not there or n not in there.volumes]
    if names:
        log.note(
            "data-in-docker",
            f"Podman starts with empty {'volumes' if len(names) > 1 else 'volume'} {', '.join(names)}: what Docker has"
            " there, it does not see",
            "If the project ran under Docker, copy the data before the first start: compose2quadlet help migration."
            + (' For anonymous volumes: docker inspect -f "{{json .Mounts}}" CONTAINER.' if anonymous else ""),
            ("volumes",) if project.volumes else ("services",),
        )


def _is_elsewhere(volume: Volume) -> bool:
    """Whether the data of a volume is in a directory, or on a server, that its options name."""
    return "device" in volume.driver_opts


def _listed(lost: Mapping[str, str]) -> str:
    names = [f"'{name}' ({directory})" for name, directory in lost.items()]
    return f"{', '.join(names)} {'has' if len(names) == 1 else 'have'}"


def _lost(project: Project, images: Mapping[str, Directories]) -> Iterator[tuple[str, str]]:
    """The services with one of some images that mount nothing where it keeps its data, with that directory."""
    for name, service in project.services.items():
        usual = images.get(base(service.image))
        if usual and _serves(service) and not service.volumes_from:
            owner = service.image.rpartition("/")[0].rpartition("/")[2]
            set_by = [text for key in VARIABLES if (text := service.environment.get(key)) and text.startswith("/")]
            directories = tuple(set_by) or OWNERS.get(owner, usual)
            if not any(_covers(target, service, directories) for target in _targets(service)):
                yield name, directories[0]


def _serves(service: Service) -> bool:
    """Whether a service runs what its image is for, as far as its command tells."""
    first = next(iter(service.command or ()), "-")
    stores = '--save ""' not in " ".join(word or '""' for word in service.command or ())
    return not service.entrypoint and stores and (first.startswith("-") or first.rpartition("/")[2] in SERVERS)


def _targets(service: Service) -> Iterator[str]:
    yield from (normalised(mount.target) for mount in service.volumes)
    yield from (normalised(text.partition(":")[0]) for text in service.tmpfs)


def _covers(target: str, service: Service, directories: Directories) -> bool:
    """Whether a mount has data of a service: where the image has it, above, in a part of it, or where its command says
    that it is."""
    said = any(target in word for word in service.command or ())
    known = any(inside(normalised(d), (target,)) or inside(target, (normalised(d),)) for d in directories)
    return said or known
