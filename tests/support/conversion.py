"""Conversions for tests: the same on every machine, whatever its environment, Podman and folders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from compose2quadlet import Conversion, __version__, convert
from compose2quadlet.diagnostics import Diagnostic, Log, RefusedError, render
from compose2quadlet.facts import load
from compose2quadlet.kinds import Place
from compose2quadlet.loader import Request
from compose2quadlet.options import Isolation, Options, Scope, parse_version

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
ENVIRON = {"HOME": "/home/user", "USER": "user"}


def converted(
    folder: Path,
    podman: str = "5.4",
    scope: str = "user",
    profiles: tuple[str, ...] = (),
    name: str = "",
    isolation: str = "none",
    host_units: dict[str, list[str]] | None = None,
    files: tuple[str, ...] = (),
    environ: dict[str, str] | None = None,
) -> tuple[Conversion | None, Log]:
    """Convert the project in ``folder``, with the facts about a host that lie beside it; None where it is refused,
    with the reasons in the log."""
    log = Log()
    known = folder / "facts.json"
    host = load(known.read_text(), str(known)) if known.exists() else None
    units = {service: tuple(names) for service, names in (host_units or {}).items()}
    request = Request(str(folder), files, environ={**ENVIRON, **(environ or {})}, profiles=profiles, project_name=name)
    try:
        options = Options(parse_version(podman), Scope(scope), Isolation(isolation), host_units=units, host=host)
        return convert(request, options, log), log
    except RefusedError as e:
        for d in e.diagnostics:
            log.add(d)
        return None, log


def units(conversion: Conversion) -> dict[str, str]:
    """All units, those of the generator and native ones."""
    return {**conversion.files[Place.QUADLETS], **conversion.files[Place.SYSTEMD]}


def portable(text: str, folder: Path) -> str:
    """``text`` with the project's folder under a name that does not depend on the checkout, and without the version
    of this tool."""
    text = text.replace(f"# Made by compose2quadlet {__version__} ", "# Made by compose2quadlet VERSION ")
    return text.replace(str(folder), f"/srv/{folder.name}")


def diagnostics(said: Iterable[Diagnostic], folder: Path) -> str:
    """What is said, with file names relative to the project."""
    return portable(render(said, show=lambda f: f.removeprefix(f"{folder}/")), folder)
