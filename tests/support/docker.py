"""A stand-in for the API of a Docker Engine, on a Unix socket, with answers that tests give it."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote


@contextmanager
def engine(folder: Path, answers: Mapping[str, Any], version: Mapping[str, str] | None = None) -> Iterator[list[str]]:
    """Serve ``answers``, by path without the version of the API, on ``folder/docker.sock``. Yields the requests, which
    grow. An answer that is bytes is sent as it is; a path without one is not found."""
    about = {"Version": "28.5.2", "ApiVersion": "1.51", "MinAPIVersion": "1.24", **(version or {})}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            path = unquote(self.path.partition("?")[0])
            found = {"/version": about, **{f"/v{about['ApiVersion']}{k}": v for k, v in answers.items()}}
            found |= {f"/v1.51{k}": v for k, v in answers.items()}
            body = found.get(path, {"message": "no such thing"})
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(200 if path in found else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def address_string(self) -> str:
            return ""

        def log_message(self, *_: Any) -> None:
            pass

    with socketserver.ThreadingUnixStreamServer(str(folder / "docker.sock"), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def container(name: str, **more: Any) -> dict[str, Any]:
    """What ``docker inspect`` says of a small container; parts of ``more`` add to what is there."""
    made: dict[str, Any] = {
        "Id": (name.encode().hex() * 64)[:64],
        "Name": f"/{name}",
        "Created": "2026-05-01T10:00:00.5Z",
        "Image": "sha256:" + "1" * 64,
        "State": {"Status": "running", "Running": True, "Pid": 0},
        "Config": {"Image": "busybox:1", "Env": ["PATH=/bin"], "Labels": {}, "User": ""},
        "HostConfig": {"NetworkMode": "bridge", "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
        "Mounts": [],
        "NetworkSettings": {"Networks": {"bridge": {}}},
    }
    for key, value in more.items():
        made[key] = {**made[key], **value} if isinstance(value, dict) else value
    return made


def labels(project: str, service: str, folder: str, **more: str) -> dict[str, str]:
    """The labels that Docker Compose gives a container."""
    given = {
        "project": project,
        "service": service,
        "container-number": "1",
        "oneoff": "False",
        "project.working_dir": folder,
        "project.config_files": f"{folder}/compose.yaml",
        **more,
    }
    return {f"com.docker.compose.{key}": text for key, text in given.items()}
