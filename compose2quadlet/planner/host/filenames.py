"""Whether a path is meant to be a file, as far as names tell."""

from __future__ import annotations

import re

from compose2quadlet.hostpaths import inside, normalised

EXTENSION = re.compile(
    r"(?i)[^.].*\.(?!(?:app|bak|com|d|data|dev|git|home|io|lan|local|net|old|org|v\d+)$)[a-z][a-z0-9]{0,5}"
)
"""A name with an extension. Directories are called ``conf.d``, and by the names of hosts."""

HIDDEN = re.compile(r"\.(env|htpasswd|htaccess|netrc|npmrc|pgpass|my\.cnf|gitconfig|bashrc|vimrc|env\..+)")

FILES = frozenset(
    "Caddyfile Corefile Dockerfile Gemfile Makefile Procfile authorized_keys crontab fstab hostname hosts htpasswd"
    " id_ed25519 id_rsa known_hosts localtime machine-id os-release passwd shadow timezone".split()
)
"""Names of files without an extension."""

IN_ETC = frozenset("environment group".split())
"""The same, in /etc of a container."""

DIRECTORIES = tuple(
    f"/etc/{name}"
    for name in "apache2 ca-certificates certs cron.d docker letsencrypt nginx pki samba ssh ssl wireguard".split()
)
"""Directories in /etc, where most names are those of files."""

SOCKETS = (".sock", ".socket")


def is_file(path: str) -> bool:
    """Whether the name of a path is that of a file."""
    in_etc = normalised(path).rpartition("/")[0] == "/etc" and not inside(normalised(path), DIRECTORIES)
    return not path.endswith(SOCKETS) and (_is_name(path) or (in_etc and not path.endswith(".d")))


def is_for_file(source: str, target: str) -> bool:
    """Whether a bind mount is meant for a file; by the name in the container, too, where the source has none."""
    if source.endswith("/") or target.endswith("/") or source.endswith(SOCKETS):
        return False
    in_etc = inside(target, ("/etc",)) and target.rpartition("/")[2] in IN_ETC
    return is_file(source) or _is_name(target) or in_etc


def _is_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in FILES or bool(EXTENSION.fullmatch(name) or HIDDEN.fullmatch(name))
