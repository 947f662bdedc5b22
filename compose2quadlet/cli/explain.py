"""``explain``: how one compose key is carried over."""

from __future__ import annotations

import json
from typing import Any

import click


def _readings(key: str) -> list[str]:
    """What ``key`` may mean, nearest first: an attribute, or the path of one as diagnostics print it."""
    steps = key.strip(".").split(".")
    if steps[0] == "services" and len(steps) > 1:
        steps = steps[2:] or steps[1:]
    elif steps[0] in ("networks", "volumes") and len(steps) > 2:
        steps = [steps[0], *steps[2:]]
    # Of nested attributes, the outermost has the row.
    return [".".join(steps[:2]), steps[0]] if len(steps) > 1 else [steps[0]]


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from compose2quadlet.lowering.explain import entries

    return [e.name for e in entries() if e.name.startswith(incomplete)]


@click.command("explain", short_help="Say how a compose key is carried over.")
@click.argument("key", required=False, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(key: str | None, as_json: bool) -> None:
    """Say how a compose key is carried over, and from which version of Podman.

    KEY is an attribute of a service, or of a network or volume at the top level. Without KEY, all are listed.

    \b
    Examples:
      compose2quadlet explain cap_add
      compose2quadlet explain networks.ipam
      compose2quadlet explain --json
    """
    from compose2quadlet.lowering.explain import describe, entries

    found = entries()
    if key:
        chosen = next((c for w in _readings(key) if (c := [e for e in found if w in (e.name, e.key)])), [])
        if not chosen:
            import difflib

            names = sorted({e.name for e in found})
            close = difflib.get_close_matches(_readings(key)[0], names, 3)
            hint = f" Did you mean {', '.join(close)}?" if close else ""
            raise click.BadParameter(f"there is no compose key {key!r}.{hint}", param_hint="KEY")
        if as_json:
            click.echo(json.dumps([e.as_dict() for e in chosen], indent=2))
            return
        click.echo("\n\n".join(describe(e) for e in chosen))
        return
    if as_json:
        click.echo(json.dumps([e.as_dict() for e in found], indent=2))
        return
    rows: list[Any] = [(e.name, e.short()) for e in found]
    formatter = click.HelpFormatter(width=min(click.HelpFormatter().width, 120))
    formatter.write_dl(rows, col_max=32)
    click.echo(formatter.getvalue(), nl=False)
