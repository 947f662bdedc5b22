"""Reads the API of a Docker Engine over its Unix socket. It only sends GET, so nothing changes.

Source: Docker Engine API, "Versioned API": ``GET /version`` has no version in its path, and answers with the versions
that the engine speaks.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from compose2quadlet.host.programs import Programs

SOCKET = "/run/docker.sock"
"""Where Docker listens, if nothing else is configured."""

NEWEST = (1, 51)
"""The version of the API that this module was written for: that of Docker 28.5."""

OLDEST = (1, 41)
"""The oldest version whose answers have all that is read: that of Docker 20.10."""

SECONDS = 30.0
"""Seconds to wait for more of an answer. Docker counts what a container has written when it is asked."""

MOST = 64 * 1024 * 1024
"""The most bytes of an answer. ``inspect`` of one container takes about 10 KiB."""

Ask = Callable[[Sequence[str]], str]
"""Runs a command and returns its output; empty if it cannot."""


class DockerError(Exception):
    """Docker does not answer, or not as expected. The text is a sentence without a full stop; ``hint`` says what to
    do, and ``status`` is that of HTTP, 0 where there is none."""

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.hint, self.status = hint, status


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


@dataclass(slots=True)
class Docker:
    """An engine that answers. ``api`` is the version that is spoken, ``about`` the answer to ``/version``."""

    path: str
    api: str
    about: Mapping[str, Any]

    def get(self, *steps: str, **query: str) -> Any:
        """The answer to a question, whose path has these steps. Raises DockerError."""
        where = "/".join(["", f"v{self.api}", *(quote(step, safe="") for step in steps)])
        return _get(self.path, f"{where}?{urlencode(query)}" if query else where)


def connect(path: str) -> Docker:
    """The engine at a socket, and the version to speak with it. Raises DockerError."""
    about = _get(path, "/version")
    newest, oldest = _numbers(about.get("ApiVersion")), _numbers(about.get("MinAPIVersion"))
    version = about.get("Version", "of an unknown version")
    if newest < OLDEST:
        raise DockerError(f"Docker {version} is too old: it is older than 20.10", "Upgrade Docker first.")
    if oldest > NEWEST:
        raise DockerError(f"Docker {version} is too new: it no longer speaks version 1.51 of its API")
    return Docker(path, ".".join(map(str, min(newest, NEWEST))), about)


def _numbers(version: object) -> tuple[int, int]:
    major, _, minor = str(version or "").partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)


def _get(path: str, where: str) -> Any:
    connection = _Connection(path)
    try:
        connection.request("GET", where)
        answer = connection.getresponse()
        body = answer.read(MOST + 1)
    except PermissionError as e:
        raise DockerError(f"only root may talk to Docker at {path}", "Run this as root.") from e
    except TimeoutError as e:
        raise DockerError(f"Docker did not answer within {SECONDS:.0f} s", "Look at: systemctl status docker") from e
    except (OSError, http.client.HTTPException) as e:
        reason = (e.strerror or str(e)) if isinstance(e, OSError) else "it does not speak HTTP"
        raise DockerError(f"Docker does not answer at {path}: {reason.lower()}") from e
    finally:
        connection.close()
    if len(body) > MOST:
        raise DockerError(f"Docker answered {where} with more than {MOST // 2**20} MiB")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise DockerError(f"Docker did not answer {where} with JSON", status=answer.status) from e
    if answer.status != 200:
        said = value.get("message", "") if isinstance(value, dict) else ""
        raise DockerError(f"Docker answered {where} with {answer.status}: {said}", status=answer.status)
    return value


def place(environ: Mapping[str, str] | None = None) -> str:
    """The socket of this host's Docker, whether or not it is there. Raises DockerError for one of another host."""
    given = (os.environ if environ is None else environ).get("DOCKER_HOST", "")
    if given and not given.startswith("unix://"):
        message = f"DOCKER_HOST is {given}: only the Docker of this host can be read"
        raise DockerError(message, "Run this on that host, or unset DOCKER_HOST.")
    return given.removeprefix("unix://") or SOCKET


def awake(path: str, ask: Ask | None = None) -> bool:
    """Whether a daemon listens at a socket. systemd may listen instead of it; a question would then start Docker, and
    with it each container whose restart policy is 'always'."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
    except OSError:
        return False
    command = ["systemctl", "show", "--property=ActiveState", "--value", "docker.socket", "docker.service"]
    states = (ask or Programs().output)(command).split()
    return not (states[:1] == ["active"] and states[1:] in (["inactive"], ["failed"]))
