"""A graph as text for other programs: Mermaid, which code forges draw, and Graphviz's dot.

Sources: mermaid.js.org, "Flowcharts: Special characters that break syntax"; graphviz.org, "DOT Language".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compose2quadlet.diagnostics import printable
from compose2quadlet.report.graph import Graph, Kind, Node

SHAPES = {
    Kind.SERVICE: ('["', '"]'),
    Kind.NETWORK: ('(["', '"])'),
    Kind.VOLUME: ('[("', '")]'),
    Kind.HOST: ('{{"', '"}}'),
}
"""How Mermaid draws the kinds of nodes."""

DOT = {
    Kind.SERVICE: "shape=box style=rounded",
    Kind.NETWORK: "shape=ellipse",
    Kind.VOLUME: "shape=cylinder",
    Kind.HOST: "shape=hexagon",
}


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    lines += _grouped(graph, _shape, lambda n, name: f'subgraph g{n}["{_entities(name)}"]')
    for edge in graph.edges:
        arrow = f'-- "{_entities(edge.label)}" -->' if edge.label else "-->"
        lines.append(f"  n{edge.source} {arrow} n{edge.target}")
    return "\n".join(lines) + "\n"


def _shape(number: int, node: Node) -> str:
    before, after = SHAPES[node.kind]
    detail = f"<br>{_entities(node.detail)}" if node.detail else ""
    return f"n{number}{before}{_entities(node.label)}{detail}{after}"


def _entities(text: str) -> str:
    """Text for a label in quotes: everything that Markdown, HTML or Mermaid could read as its own becomes an entity."""
    return "".join(c if c.isalnum() or c in " -_./:" else f"#{ord(c)};" for c in printable(text))


def dot(graph: Graph) -> str:
    """The graph in Graphviz's language."""
    lines = ["digraph {", "  rankdir=LR", '  node [fontname="sans-serif"]']
    lines += _grouped(graph, _dot_node, lambda n, name: f"subgraph cluster_{n} {{\n    label={_quoted(name)}", "}")
    for edge in graph.edges:
        label = f" [label={_quoted(edge.label)}]" if edge.label else ""
        lines.append(f"  n{edge.source} -> n{edge.target}{label}")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_node(number: int, node: Node) -> str:
    # The line break is dot's own: in texts, its backslash is doubled.
    label = _quoted(node.label)[:-1] + (f"\\n{_quoted(node.detail)[1:]}" if node.detail else '"')
    return f"n{number} [label={label} {DOT[node.kind]}]"


def _quoted(text: str) -> str:
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _grouped(
    graph: Graph, draw: Callable[[int, Node], str], head: Callable[[int, str], str], end: str = "end"
) -> Iterator[str]:
    """The nodes, those of each project together; then those of none."""
    for g, name in enumerate(graph.groups()):
        yield f"  {head(g, name)}"
        yield from (f"    {draw(n, node)}" for n, node in enumerate(graph.nodes) if node.group == name)
        yield f"  {end}"
    yield from (f"  {draw(n, node)}" for n, node in enumerate(graph.nodes) if not node.group)
