"""``config``: a project as Docker Compose understands it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.diagnostics import Log, RefusedError
from compose2quadlet.loader import Loaded, Tree, load, load_tree
from compose2quadlet.report import output
from compose2quadlet.report.missing import missing_lines


@click.command("config", short_help="Print a project as Docker Compose understands it.")
@options.project_options
@click.option(
    "--format", "style", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="Output format."
)
@click.option("--services", "what", flag_value="services", help="Only print the names of the services.")
@click.option("--volumes", "what", flag_value="volumes", help="Only print the names of the volumes.")
@click.option("--networks", "what", flag_value="networks", help="Only print the names of the networks.")
@click.option("--images", "what", flag_value="images", help="Only print the images.")
@click.option(
    "--for",
    "engine",
    type=click.Choice(["docker", "podman"]),
    default="docker",
    show_default=True,
    help="With --images: the names as written, or in full, once each, as 'podman pull' takes them.",
)
@click.option("--profiles", "what", flag_value="profiles", help="Only print the names of the profiles.")
@click.option(
    "--variables", "what", flag_value="variables", help="Only list the variables: whether set, default, where used."
)
@click.option("--hash", "hashes", metavar="SERVICES", help="Only print the hash of these services; '*' for all.")
@click.option("--no-interpolate", is_flag=True, help="Do not replace variables.")
@click.option("--no-consistency", is_flag=True, help="Do not check that the parts of the project fit together.")
@click.option("-q", "--quiet", is_flag=True, help="Only check the project; print nothing.")
def command(
    style: str,
    what: str | None,
    engine: str,
    hashes: str | None,
    no_interpolate: bool,
    no_consistency: bool,
    quiet: bool,
    **project: Any,
) -> None:
    """Print the project as `docker compose config` prints it: complete, in its canonical form.

    \b
    Examples:
      compose2quadlet config ~/stacks/immich --format json
      compose2quadlet config -f compose.yaml -f compose.prod.yaml
      compose2quadlet config ~/stacks/immich --variables      what to set before you convert
      compose2quadlet config ~/stacks/immich --images --for podman | xargs -n 1 podman pull
    """
    what = _for(engine, what, no_interpolate)
    variables = what == "variables"
    found = common.requests(
        **project,
        interpolate=not (no_interpolate or variables),
        consistency=not no_consistency,
        read_env_files=not hashes,
    )
    if len(found) > 1:
        raise click.UsageError("config prints only one project at a time.")
    log, loaded = Log(), None
    try:
        if variables or no_interpolate:
            tree = load_tree(found[0], log)
            text = variables_text(tree, style) if variables else tree_text(tree, what, style)
        else:
            loaded = load(found[0], log)
            text = project_text(loaded, what, hashes, style)
    except RefusedError as e:
        common.show([*log.placed(), *map(log.place, e.diagnostics)])
        folder = found[0].project_folder
        show_missing(log, os.path.basename(folder), folder)
        sys.exit(2)
    common.show(log.placed())
    if loaded:
        show_missing(log, loaded.tree.name, loaded.tree.sources.folder)
    if text and not quiet:
        # The list of variables is for people, unless it is JSON; the rest is exactly what Docker Compose prints.
        show = output.tell if variables and style == "yaml" else output.deliver
        show(text)


def _for(engine: str, what: str | None, no_interpolate: bool) -> str | None:
    """What to print for an engine; raises ``click.UsageError`` where it makes no difference."""
    if engine == "docker":
        return what
    if what != "images" or no_interpolate:
        raise click.UsageError("--for podman goes with --images, and not with --no-interpolate.")
    return "pulled images"


def show_missing(log: Log, title: str, folder: str) -> None:
    """List the variables that were not set, if there are any."""
    if log.unset:
        output.say_all(missing_lines(title, log.unset, folder, common.relative))


def project_text(loaded: Loaded, what: str | None, hashes: str | None, style: str) -> str:
    from compose2quadlet.loader import dump

    if what or hashes:
        return listing(loaded, what, hashes)
    try:
        text = dump.to_json(loaded.project) if style == "json" else dump.to_yaml(loaded.project)
    except ValueError as e:
        raise click.ClickException(str(e)) from e
    return text.replace("$", "$$")


def listing(loaded: Loaded, what: str | None, hashes: str | None) -> str:
    """The requested names, images or hashes, one per line."""
    from compose2quadlet.loader import dump

    services = loaded.project["services"]
    if hashes:
        chosen = sorted(services) if hashes == "*" else sorted(hashes.split(","))
        if unknown := [name for name in chosen if name not in services]:
            raise click.BadParameter(f"no such service: {', '.join(unknown)}", param_hint="--hash")
        try:
            return _lines(f"{name} {dump.service_hash(services[name])}" for name in chosen)
        except ValueError as e:
            raise click.ClickException(f"the hash is computed from JSON: {e}") from e
    match what:
        case "images":
            return _lines(s.get("image") or f"{loaded.tree.name}-{name}" for name, s in sorted(services.items()))
        case "pulled images":
            return _lines(_pulled(services))
        case "profiles":
            both = {**services, **loaded.disabled}
            return _lines(sorted({p for s in both.values() for p in s.get("profiles") or ()}))
        case "services":
            return _lines(sorted(services))
    return _lines(sorted(loaded.project.get(what or "", ())))


def _pulled(services: Mapping[str, Any]) -> list[str]:
    """The full names of the images that exist elsewhere; says which services have an image that is built."""
    from compose2quadlet.planner.images import unchecked

    if built := sorted(name for name, s in services.items() if s.get("build") and not s.get("image")):
        output.say(f"Built, not pulled: {', '.join(built)}")
    return sorted({unchecked(s["image"]) for s in services.values() if s.get("image")})


def _lines(items: Iterable[str]) -> str:
    return "".join(f"{item}\n" for item in items)


def tree_text(tree: Tree, what: str | None, style: str) -> str:
    """The tree with its variables not replaced."""
    from compose2quadlet.loader import dump

    if what == "services":
        return _lines(sorted(tree.root.get("services") or ()))
    return dump.tree_json(tree.root) if style == "json" else dump.tree_yaml(tree.root)


def variables_text(tree: Tree, style: str) -> str:
    """Every variable that the project uses: whether it is set, its default, and where it is used."""
    found: dict[str, dict[str, Any]] = {}
    for use in tree.variables.uses:
        entry = found.setdefault(use.name, _entry(tree.sources.environment.get(use.name)))
        entry["required"] = entry["required"] or use.required
        entry["default"] = entry["default"] or use.default
        entry["alternate"] = entry["alternate"] or use.alternate
        if use.position and use.position not in entry["uses"]:
            entry["uses"].append(use.position)
    for name, places in tree.variables.missing.items():  # those that the .env file itself uses
        found.setdefault(name, _entry(None))["uses"] += [place for place in places if place]
    if style == "json":
        for entry in found.values():
            entry["uses"] = [{"file": p.file, "line": p.line, "column": p.column} for p in entry["uses"]]
        return output.as_json({name: dict(sorted(entry.items())) for name, entry in sorted(found.items())})
    formatter = click.HelpFormatter(width=min(shutil.get_terminal_size().columns, 120))
    rows = [(name, _described(entry)) for name, entry in sorted(found.items())]
    if rows:
        formatter.write_dl(rows, col_max=40)
    return formatter.getvalue()


def _entry(value: str | None) -> dict[str, Any]:
    """What is known about a variable with this value, apart from its uses."""
    state = {"set": value is not None, "empty": value == ""}
    return {**state, "required": False, "default": "", "alternate": "", "uses": []}


def _described(entry: dict[str, Any]) -> str:
    state = "set, but empty" if entry["empty"] else "set" if entry["set"] else "not set"
    if entry["required"] and (entry["empty"] or not entry["set"]):
        state = f"REQUIRED, {state.upper()}"
    elif not entry["set"] and entry["default"]:
        state = f"not set, defaults to {entry['default']!r}"
    if entry["alternate"]:
        state += f", replaced with {entry['alternate']!r} if it is set"
    places = ", ".join(str(replace(p, file=common.relative(p.file))) for p in entry["uses"])
    return f"{state}; used at {places}"
