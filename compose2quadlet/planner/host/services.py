"""Databases and brokers that run on the host itself, guessed from the environment of a service.

They are only suggested: a name in a variable proves nothing, and the host's server may have another purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compose2quadlet.diagnostics import Diagnostic, Path, Severity, command, dotted
from compose2quadlet.frozen import frozen
from compose2quadlet.planner.host.address import GATEWAY
from compose2quadlet.planner.host.needs import Need, Subject, first


@frozen()
class Kind:
    """A kind of server: its port, words that occur in its URLs and variables, and its units."""

    title: str
    port: int
    words: tuple[str, ...]
    units: tuple[str, ...]


KINDS = (
    Kind("PostgreSQL", 5432, ("postgres", "postgresql", "pg", "pgsql"), ("postgresql.service",)),
    Kind("MariaDB or MySQL", 3306, ("mysql", "mariadb"), ("mariadb.service", "mysql.service", "mysqld.service")),
    Kind(
        *("Redis", 6379, ("redis", "rediss", "valkey")),
        ("redis-server.service", "redis.service", "valkey-server.service", "valkey.service"),
    ),
    Kind("MongoDB", 27017, ("mongodb", "mongo"), ("mongod.service", "mongodb.service")),
    Kind("an MQTT broker", 1883, ("mqtt", "mosquitto"), ("mosquitto.service",)),
    Kind("RabbitMQ", 5672, ("amqp", "rabbitmq"), ("rabbitmq-server.service",)),
    Kind("Memcached", 11211, ("memcached", "memcache"), ("memcached.service",)),
    Kind("InfluxDB", 8086, ("influxdb", "influx"), ("influxdb.service", "influxd.service")),
    Kind("OpenSearch", 9200, ("opensearch", "elasticsearch"), ("opensearch.service", "elasticsearch.service")),
    Kind("LDAP", 389, ("ldap",), ("slapd.service", "dirsrv.target")),
    Kind("a mail server", 25, ("smtp", "mail"), ("postfix.service", "exim4.service")),
    Kind("Ollama", 11434, ("ollama",), ("ollama.service",)),
)
OF_THE_HOST = ("host.docker.internal", "host.containers.internal", "gateway.docker.internal")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

URL = re.compile(
    r"(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s/@]*@)?(?P<host>\[[0-9a-f:]+\]|[^\s/:@]+)(?::(?P<port>\d+))?"
)


def needs(subject: Subject) -> Iterator[Need]:
    """The servers on the host that a service seems to use but does not wait for, with the names of their units."""
    if subject.facts is None or subject.facts.units is None:
        return
    seen = set(subject.said)
    for kind, path in _used(subject):
        unit = first(subject.facts, kind.units)
        if unit and unit not in seen and kind.port not in subject.index.published:
            seen.add(unit)
            hint = f"If it must run before '{subject.name}' starts: {command('--host-unit', f'{subject.name}={unit}')}."
            message = f"'{subject.name}' seems to use {kind.title} on the host: {unit}, by {dotted(path[-1:])}"
            said = Diagnostic("host-service", Severity.NOTE, message, hint, path)
            yield Need(unit, path=path, said=said, suggested=True)


def _used(subject: Subject) -> Iterator[tuple[Kind, Path]]:
    service = subject.service
    names = {*OF_THE_HOST, *(name for name, where in service.extra_hosts.items() if GATEWAY in where)}
    if service.network_mode == "host" or "host" in service.networks:
        names |= set(LOOPBACK)
    values = {name: text for name, text in service.environment.items() if text}
    for name, text in values.items():
        path = subject.at("environment", name)
        for match in URL.finditer(text):
            if match["host"].strip("[]") in names:
                yield from _matching(match["port"], match["scheme"], path)
        host, _, port = text.rpartition(":") if re.fullmatch(r"[^:/\s]+:\d+", text) else (text, "", "")
        if host in names:
            stem = re.sub(r"_?(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$", "", name, flags=re.I)
            yield from _matching(port or values.get(f"{stem}_PORT", ""), name, path)


def _matching(port: str, words: str, path: Path) -> Iterator[tuple[Kind, Path]]:
    """The kind of server, by its port or, failing that, by the scheme of a URL or the name of a variable."""
    if port:
        yield from ((kind, path) for kind in KINDS if port == str(kind.port))
        return
    given = set(re.split(r"[^a-z]+", words.lower()))
    yield from ((kind, path) for kind in KINDS if given & set(kind.words))
