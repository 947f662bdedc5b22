"""Projects of one run find what the others make: networks, volumes, and containers whose network they share."""

from __future__ import annotations

from pathlib import Path

from compose2quadlet.diagnostics import Severity
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options
from compose2quadlet.run import Run, convert_all

PROXY = """
services: {web: {image: web, networks: [proxy], volumes: ["certs:/certs"], restart: always}}
networks: {proxy: {name: proxy}}
volumes: {certs: {name: certs}}
"""
APP = """
services: {app: {image: app, networks: [proxy], volumes: ["certs:/certs"], restart: always}}
networks: {proxy: {external: true}}
volumes: {certs: {external: true}}
"""
VPN = "services: {tunnel: {image: vpn, container_name: tunnel, restart: always}}\n"
RIDER = "services: {torrents: {image: t, network_mode: 'container:tunnel', restart: always}}\n"


def converted(folder: Path, **projects: str) -> Run:
    for name, text in projects.items():
        (folder / name).mkdir()
        (folder / name / "compose.yaml").write_text(text)
    requests = [Request(str(folder / name)) for name in projects]
    return convert_all(requests, Options((5, 8), isolation=Isolation.NONE))


def codes(run: Run) -> set[str]:
    return {d.code for found in run.said for d in found}


def warnings(run: Run) -> set[str]:
    return {d.code for found in run.said for d in found if d.severity is Severity.WARNING}


def test_networks_and_volumes(tmp_path: Path) -> None:
    run = converted(tmp_path, app=APP, proxy=PROXY)
    text = run.files(Place.QUADLETS)["app.container"]
    assert "Network=proxy-proxy.network:alias=app" in text
    assert "Volume=proxy-certs.volume:/certs" in text
    assert "volume exists" not in text
    assert warnings(run) == set()
    said = [d.message for d in run.said[0] if d.code == "external-network"]
    assert said == [
        "other projects of this run make these networks, and their units start first: proxy"
        " (proxy-proxy-network.service)"
    ]


def test_they_have_to_be_made_where_nobody_of_the_run_does(tmp_path: Path) -> None:
    run = converted(tmp_path, app=APP)
    assert "Network=proxy:alias=app" in run.files(Place.QUADLETS)["app.container"]
    assert {"external-network", "external-volume"} <= warnings(run)


def test_a_container_of_another_project(tmp_path: Path) -> None:
    run = converted(tmp_path, rider=RIDER, vpn=VPN)
    files = run.files(Place.QUADLETS)
    assert "BindsTo=vpn-tunnel.service\nAfter=vpn-tunnel.service" in files["rider-torrents.container"]
    assert "ExecStartPost=-systemctl --user start --no-block rider-torrents.service" in files["vpn-tunnel.container"]
    assert "foreign-container" not in codes(run)
    alone = converted(tmp_path, other=RIDER)
    assert "foreign-container" in codes(alone)
