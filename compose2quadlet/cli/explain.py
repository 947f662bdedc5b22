"""``explain``: how one compose key is carried over."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("explain", short_help="Say how a compose key is carried over.")
@click.argument("key", required=False)
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
        wanted = key.removeprefix("services.").replace(".*.", ".").strip(".")
        chosen = [e for e in found if wanted in (e.name, e.key)]
        if not chosen:
            import difflib

            names = sorted({e.name for e in found})
            close = difflib.get_close_matches(wanted, names, 3)
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
