"""The page of ``report``: one file that needs nothing else, and asks nobody for anything.

Everything is visible without JavaScript. The Content Security Policy allows exactly the style and the script that are
in the page. Sources: W3C, "Content Security Policy Level 3"; WCAG 2.2 for its contrasts.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from compose2quadlet.report.findings import Checked, counted
from compose2quadlet.report.review import View, total
from compose2quadlet.report.svg import ARROW, svg

FOLDER = "report"

FEW = 20
"""Up to this many projects, all that are not clean are open at first; of more, those with errors."""


@cache
def _environment() -> Any:
    import jinja2

    here = Path(__file__).parent.parent
    # In a wheel, the templates are inside the package; in a checkout, beside it.
    folders = [f for f in (here / "templates", here.parent / "templates") if f.is_dir()]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders), undefined=jinja2.StrictUndefined, autoescape=True
    )
    environment.filters["slug"] = lambda text: text.partition(":")[0].replace(" ", "-")
    return environment


def page(checked: Checked, found: Sequence[View], show: Callable[[str], str]) -> str:
    """The text of the page; ``show`` shortens the name of a compose file."""
    from markupsafe import Markup

    environment = _environment()
    css, js = (_own(environment, name) for name in ("page.css", "page.js"))
    options = checked.run.options
    podman = ".".join(map(str, options.podman))
    policy = f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(js)}; base-uri 'none'; form-action 'none'"
    services = sum(view.services for view in found)
    size = f"{counted('project', len(found))}, {counted('service', services)}"
    mains = {
        view.number: next(iter(outcome.conversion.loaded.tree.sources.files), "") if outcome.conversion else ""
        for view, outcome in zip(found, checked.run.outcomes, strict=True)
    }
    text: str = environment.get_template(f"{FOLDER}/page.html.j2").render(
        title="From Docker Compose to Quadlet",
        about=f"{size}, for Podman {podman}, {options.scope} scope",
        key=hashlib.sha256("\0".join(view.title for view in found).encode("utf-8", "replace")).hexdigest()[:12],
        policy=policy,
        # Of this tool's own files, and of the pictures, which escape what they show.
        css=Markup(css),  # noqa: S704
        js=Markup(js),  # noqa: S704
        arrow=Markup(ARROW),  # noqa: S704
        svg=lambda graph: Markup(svg(graph, alone=False)),  # noqa: S704
        total=total(found),
        skipped=checked.skipped,
        counted=counted,
        opened=lambda view: "error" in view.levels or (len(found) <= FEW and not view.clean),
        views=found,
        main=lambda view: mains[view.number],
        show=show,
    )
    return text


def _own(environment: Any, name: str) -> str:
    text: str = environment.loader.get_source(environment, f"{FOLDER}/{name}")[0]
    return text


def _hash(text: str) -> str:
    """The source expression that allows this text of a style or a script."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
