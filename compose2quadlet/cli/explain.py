"""``explain``: what becomes of one compose key."""

from __future__ import annotations

from typing import Any

import click

from compose2quadlet.cli import common, options
from compose2quadlet.options import Scope
from compose2quadlet.report import output


def _readings(key: str) -> list[str]:
    """What ``key`` may mean, most likely first: an attribute, or its path as in diagnostics."""
    steps = key.strip(".").split(".")
    if steps[0] == "services" and len(steps) > 1:
        steps = steps[2:] or steps[1:]
    elif steps[0] in ("networks", "volumes") and len(steps) > 2:
        steps = [steps[0], *steps[2:]]
    # The row belongs to the outermost of nested attributes.
    return [".".join(steps[:2]), steps[0]] if len(steps) > 1 else [steps[0]]


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from compose2quadlet.diagnostics.codes import codes
    from compose2quadlet.lowering.explain import entries

    return [name for name in (*(e.name for e in entries()), *codes()) if name.startswith(incomplete)]


@click.command("explain", short_help="Explain what becomes of a compose key.")
@click.argument("key", required=False, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--for",
    "project",
    type=options.PATH,
    metavar="PATH",
    help="Show examples for the services of this project  [default: the one in the working directory].",
)
@click.option("--scope", type=click.Choice([s.value for s in Scope]), help="Scope of the examples  [default: user].")
@click.option("--all", "everything", is_flag=True, help="Print all keys, and the keys inside them.")
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown"]), default="text", help="Output format of --all."
)
def command(
    key: str | None, as_json: bool, project: str | None, scope: str | None, everything: bool, form: str
) -> None:
    """Explain what becomes of a compose key, and which version of Podman that needs.

    KEY is a key of a service, such as cap_add, or of a network, volume or build, such as networks.ipam; or the name of
    a diagnostic, which messages show in brackets. Without KEY, all keys are listed.

    \b
    Examples:
      compose2quadlet explain cap_add
      compose2quadlet explain networks.ipam
      compose2quadlet explain anonymous-volume
      compose2quadlet explain --json
      compose2quadlet explain --all --format markdown
      compose2quadlet explain logging --for ~/stacks/immich
    """
    from compose2quadlet.lowering.explain import describe, entries, markdown

    found = entries()
    if (key and everything) or (form != "text" and (as_json or not everything)):
        raise click.UsageError("--all does not accept KEY, and --format needs --all without --json.")
    if key:
        _explain(key, as_json, project, Scope(scope) if scope else Scope.USER)
    elif as_json:
        output.deliver_json([e.as_dict() for e in found])
    elif everything:
        output.tell(markdown() if form == "markdown" else "\n\n".join(map(describe, found)) + "\n")
    else:
        rows: list[Any] = [(e.name, e.short()) for e in found]
        formatter = click.HelpFormatter(width=min(click.HelpFormatter().width, 120))
        formatter.write_dl(rows, col_max=32)
        output.tell(formatter.getvalue())


def _explain(key: str, as_json: bool, project: str | None, scope: Scope) -> None:
    """One key or diagnostic. Raises click.BadParameter, with similar ones, if there is none."""
    from compose2quadlet.diagnostics.codes import codes
    from compose2quadlet.lowering.explain import describe, entries

    found = entries()
    if code := codes().get(key):
        if as_json:
            output.deliver_json(code.as_dict())
        else:
            output.tell(f"{code.describe()}\n")
        if as_json or all(key not in (e.name, e.key) for e in found):
            return
        output.tell("\n")
    chosen = next((c for w in _readings(key) if (c := [e for e in found if w in (e.name, e.key)])), [])
    if not chosen:
        import difflib

        names = sorted({e.name for e in found} | codes().keys())
        close = difflib.get_close_matches(_readings(key)[0], names, 3)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        if "x-quadlet" in key:
            hint = " It adds directives, and settings of this tool: see 'compose2quadlet help x-quadlet'."
        raise click.BadParameter(f"there is no compose key or diagnostic {key!r}.{hint}", param_hint="KEY")
    if as_json:
        output.deliver_json([e.as_dict() for e in chosen])
        return
    output.tell("\n\n".join(describe(e) for e in chosen) + "\n")
    if "logging" in [e.name for e in chosen]:
        output.tell("\n" + _journal(project, scope))


def _journal(path: str | None, scope: Scope) -> str:
    """The topic about logging, with commands for the services of a project."""
    from compose2quadlet.diagnostics import Log, RefusedError
    from compose2quadlet.loader import load
    from compose2quadlet.planner.units import service_units
    from compose2quadlet.report.journal import cheat_sheet, text

    name, services = "PROJECT", ["SERVICE"]
    try:
        loaded = load(common.requests((path,) if path else (), (), "", "", (), ("*",))[0], Log())
        name, services = loaded.tree.name, list(loaded.project["services"])
    except RefusedError as e:
        if path:
            raise click.BadParameter("; ".join(d.message for d in e.diagnostics), param_hint="--for") from e
    formatter = click.HelpFormatter(width=200)
    formatter.write(text(width=100))
    with formatter.section("Commands"):
        formatter.write_dl(
            list(cheat_sheet(name, [u.stem for u in service_units(name, services).values()], scope)), col_max=60
        )
    return formatter.getvalue()
