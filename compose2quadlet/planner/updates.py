"""New images for running containers: ``podman-auto-update.timer`` does what Watchtower's labels ask for.

Sources: podman-auto-update(1), which fails as a whole if an image is named by its digest; Watchtower's
documentation, "Container selection" and "Arguments".
"""

from __future__ import annotations

from compose2quadlet.diagnostics import Log, Path, dotted
from compose2quadlet.model import Project, Service
from compose2quadlet.options import Scope

PREFIX = "com.centurylinklabs.watchtower"
TRUE = ("1", "t", "T", "true", "TRUE", "True")

DATABASES = frozenset(
    "postgres postgresql postgis timescaledb pgvector mysql mariadb percona mongo mongodb redis valkey keydb influxdb"
    " clickhouse clickhouse-server elasticsearch opensearch neo4j cassandra couchdb cockroach arangodb surrealdb"
    " meilisearch etcd rabbitmq".split()
)
"""Images, without registry and namespace, whose next major version may not read the data of the previous one."""

NOT_PULLED = ("never", "build")
"""Pull policies of images that are only on this host."""

SAY_NO = "To turn updates off, write 'x-quadlet: {auto_update: false}'."


def auto_update(service: Service, name: str, image: str, made_here: bool, log: Log) -> str:
    """The value of ``AutoUpdate=`` for a service whose image has the full name ``image``; empty for none. An image that
    was ``made_here`` is in no registry, and where one cannot be asked for, Podman's run of all updates fails."""
    path: Path = ("services", name, "labels", f"{PREFIX}.enable")
    chosen = service.quadlet.auto_update
    if chosen is None:
        chosen = _of_labels(service, name, log)
        made_here = made_here or service.pull_policy in NOT_PULLED
    else:
        path = ("services", name, "x-quadlet", "auto_update")
    if not chosen:
        return ""
    value = "local" if made_here or image.startswith("localhost/") else str(chosen)
    if "@" in image:
        hint = "To update it, name the image by a tag. With a digest, the whole run of podman auto-update would fail."
        log.warn("auto-update-digest", f"'{name}' is not updated: its image is named by a digest", hint, path)
        return ""
    base = image.rpartition("/")[2]
    if base.removesuffix(":latest") in DATABASES and base.endswith(":latest"):
        log.warn(
            "auto-update-latest",
            f"'{name}' is updated to any new {base}, and a new major version may not read the data of the old one",
            f"Use the version of the data as the tag. {SAY_NO}",
            path,
        )
    return value


def _of_labels(service: Service, name: str, log: Log) -> str | None:
    """What Watchtower's labels ask for; logs which of them have no effect with Podman."""
    given = {k.removeprefix(f"{PREFIX}."): v for k, v in service.labels.items() if k.startswith(f"{PREFIX}.")}
    enabled = given.pop("enable", None)
    monitored = given.pop("monitor-only", "") in TRUE
    local = given.pop("no-pull", "") in TRUE
    if given:
        first = next(iter(given))
        log.warn(
            "watchtower-label",
            f"'{name}': Podman has nothing for Watchtower's {', '.join(dotted((key,)) for key in given)}",
            "The order of updates comes from depends_on, the signal from stop_signal, and commands from hooks.",
            ("services", name, "labels", f"{PREFIX}.{first}"),
        )
    if monitored or (enabled is not None and enabled not in TRUE):
        key = "monitor-only" if monitored else "enable"
        log.note(
            "auto-update-off",
            f"'{name}' is not updated automatically, as its Watchtower label asks",
            "For services with AutoUpdate=, 'podman auto-update --dry-run' shows what is new.",
            ("services", name, "labels", f"{PREFIX}.{key}"),
        )
        return None
    return ("local" if local else "registry") if enabled is not None else None


def note(project: Project, updates: dict[str, str], scope: Scope, log: Log) -> None:
    """Note once what updates need, and warn that Watchtower itself does not work."""
    named = [name for name, value in updates.items() if value]
    if named:
        verb = "is" if len(named) == 1 else "are"
        user = "--user " if scope is Scope.USER else ""
        log.note(
            "auto-update",
            f"{', '.join(named)} {verb} updated by podman-auto-update.timer, once you enable it",
            f"systemctl {user}enable --now podman-auto-update.timer. {SAY_NO}",
            ("services", named[0]),
        )
    for name, service in project.services.items():
        if service.image.partition("@")[0].rpartition("/")[2].partition(":")[0] == "watchtower":
            log.warn(
                "watchtower",
                f"'{name}' is Watchtower, which does not know systemd and would replace containers without it",
                "Remove it, and write 'x-quadlet: {auto_update: registry}' in the services to update.",
                ("services", name),
            )
