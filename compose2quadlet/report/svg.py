"""A graph as an SVG picture, in layers from left to right: networks, services after those that need them, and what they
use. It needs no other program, and no font but the reader's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from compose2quadlet.diagnostics import printable
from compose2quadlet.frozen import frozen
from compose2quadlet.report.graph import Graph, Kind, Node

CHARACTER, LINE, PADDING = 7.2, 16, 10
"""The width of a character and the height of a line, at 12 pixels; and what is around the text of a node."""

SMALL = 6.1
"""The width of a character of a label, at 10 pixels."""

GAP, BETWEEN, MARGIN = 14, 70, 12
"""Pixels between two nodes of a layer, between two layers unless a label needs more, and around the picture."""

FAR, BOW = 150, 34
"""From how many pixels on an edge makes a bow, and how high."""

MOST = 34
"""The most characters of a line. The whole text is in the title of the node."""

SWEEPS = 6
"""How often the nodes of all layers are put in order by their neighbours; more changes little."""

STYLE = """
.c2q{font:12px ui-monospace,monospace;color:#1f2328}
.c2q rect{fill:var(--paper,#fff);stroke:currentColor;stroke-width:1.2}
.c2q text{fill:currentColor}.c2q .d{opacity:.75;font-size:11px}
.c2q path{fill:none;stroke:currentColor;opacity:.45}#c2q-arrow path{opacity:1}
.c2q .l{font-size:10px}
.c2q .network rect{stroke-dasharray:2 3}.c2q .host rect{stroke-dasharray:7 3}
.c2q .volume rect{stroke-width:2.4}
"""
"""How a picture looks; the page of a report has its own colours."""

DARK = "@media(prefers-color-scheme:dark){.c2q{color:#e6edf3;background:#0d1117;--paper:#0d1117}}"


@frozen()
class Box:
    """Where a node is."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def svg(graph: Graph, alone: bool = True) -> str:
    """The picture. If it is not ``alone``, but part of a page, that has the style and the arrow."""
    layers = _ordered(graph, _layers(graph))
    between = max([BETWEEN, *(len(edge.label) * SMALL + 2 * PADDING for edge in graph.edges)])
    if len(graph.groups()) > 1:
        graph = Graph([_with_group(node) for node in graph.nodes], graph.edges)
    boxes = _placed(graph, layers, between)
    width = max((b.x + b.width for b in boxes.values()), default=0) + MARGIN
    height = max((b.y + b.height for b in boxes.values()), default=0) + MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="c2q" role="img" {size}>'
    title = f"<title>{_text(', '.join(graph.groups()) or 'Services')}</title>"
    style = f"<style>{STYLE}{DARK}</style>{ARROW}" if alone else ""
    lines = [
        head,
        title,
        style,
        *_edges(graph, boxes),
        *(_node(graph.nodes[n], box) for n, box in boxes.items()),
    ]
    return "\n".join(line for line in [*lines, "</svg>"] if line) + "\n"


ARROW = (
    '<defs><marker id="c2q-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
    '<path d="M0 0L8 4L0 8"/></marker></defs>'
)


def _layers(graph: Graph) -> list[int]:
    """The layer of each node: a service is to the right of those that need it."""
    pairs = [
        (edge.source, edge.target)
        for edge in graph.edges
        if graph.nodes[edge.source].kind is graph.nodes[edge.target].kind is Kind.SERVICE
    ]
    needed, users = dict[int, list[int]](), Counter(target for _, target in pairs)
    for source, target in pairs:
        needed.setdefault(source, []).append(target)
    services = [n for n, node in enumerate(graph.nodes) if node.kind is Kind.SERVICE]
    depth = dict.fromkeys(services, 1)
    ready = [n for n in services if not users[n]]
    for number in ready:  # the loop appends to it
        for other in needed.get(number, ()):
            depth[other] = max(depth[other], depth[number] + 1)
            users[other] -= 1
            if not users[other]:
                ready.append(other)
    last = max(depth.values(), default=1) + 1
    places = {Kind.NETWORK: 0, Kind.VOLUME: last, Kind.HOST: last}
    return [depth.get(n, places.get(node.kind, 1)) for n, node in enumerate(graph.nodes)]


def _ordered(graph: Graph, layer: list[int]) -> list[list[int]]:
    """The nodes of each layer, in an order with few crossings: by the mean place of their neighbours."""
    layers: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for number, at in enumerate(layer):
        layers[at].append(number)
    near: dict[int, list[int]] = {}
    for edge in graph.edges:
        near.setdefault(edge.source, []).append(edge.target)
        near.setdefault(edge.target, []).append(edge.source)
    place = {n: i / max(len(nodes), 1) for nodes in layers for i, n in enumerate(nodes)}
    for sweep in range(SWEEPS):
        for nodes in layers if sweep % 2 else reversed(layers):
            mean = {n: sum(place[m] for m in near[n]) / len(near[n]) if n in near else place[n] for n in nodes}
            nodes.sort(key=lambda n: (mean[n], n))
            place |= {n: i / len(nodes) for i, n in enumerate(nodes)}
    return [nodes for nodes in layers if nodes]


def _placed(graph: Graph, layers: list[list[int]], between: float) -> dict[int, Box]:
    sizes = {n: _size(node) for n, node in enumerate(graph.nodes)}
    heights = [sum(sizes[n][1] + GAP for n in nodes) - GAP for nodes in layers]
    tallest = max(heights, default=0)
    boxes, x = {}, float(MARGIN)
    for nodes, height in zip(layers, heights, strict=True):
        y = MARGIN + (tallest - height) / 2
        wide = max(sizes[n][0] for n in nodes)
        for n in nodes:
            boxes[n] = Box(x, y, wide, sizes[n][1])
            y += sizes[n][1] + GAP
        x += wide + between
    return boxes


def _with_group(node: Node) -> Node:
    """The node with its project's name, if it does not have it anyway."""
    return replace(node, label=f"{node.group}/{node.label}") if node.kind is Kind.SERVICE else node


def _lines(node: Node) -> list[str]:
    return [_short(text) for text in (node.label, node.detail) if text]


def _short(text: str) -> str:
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _size(node: Node) -> tuple[float, float]:
    lines = _lines(node)
    return max(map(len, lines)) * CHARACTER + 2 * PADDING, len(lines) * LINE + PADDING


def _edges(graph: Graph, boxes: dict[int, Box]) -> Iterator[str]:
    for edge in graph.edges:
        a, b = boxes[edge.source], boxes[edge.target]
        onward = b.x >= a.x
        start, end = (a.x + a.width if onward else a.x), (b.x if onward else b.x + b.width)
        if a.x == b.x:  # in one layer: around the side
            start = end = a.x + a.width
        bend = BETWEEN / 2 * (1 if onward else -1)
        far = end - bend if a.x != b.x else end + bend
        # An edge over other layers would be hidden behind what is there.
        bow = BOW if abs(end - start) > FAR and abs(a.middle - b.middle) < GAP else 0
        curve = f"M{start:.0f} {a.middle:.0f}C{start + bend:.0f} {a.middle - bow:.0f} {far:.0f} {b.middle - bow:.0f}"
        title = f"{graph.nodes[edge.source].label} → {graph.nodes[edge.target].label}"
        title += f" ({edge.label})" if edge.label else ""
        arrow = f'd="{curve} {end:.0f} {b.middle:.0f}" marker-end="url(#c2q-arrow)"'
        yield f"<path {arrow}><title>{_text(title)}</title></path>"


def _labels(graph: Graph, boxes: dict[int, Box]) -> Iterator[str]:
    """The labels of edges, beside their targets."""
    for edge in graph.edges:
        if edge.label:
            a, b = boxes[edge.source], boxes[edge.target]
            before = b.x > a.x
            x = b.x - PADDING if before else b.x + b.width + PADDING
            y = b.middle + (a.middle - b.middle) * 0.25 - 4
            anchor = "end" if before else "start"
            yield f'<text class="l" text-anchor="{anchor}" x="{x:.0f}" y="{y:.0f}">{_text(edge.label)}</text>'


def _node(node: Node, box: Box) -> str:
    kind = node.kind.value.partition(" ")[0]
    radius = box.height / 2 if node.kind is Kind.NETWORK else 4
    name, *detail = _lines(node)
    texts = f'<text x="{box.x + PADDING:.0f}" y="{box.y + LINE + 1:.0f}">{_text(name)}</text>'
    for line in detail:
        texts += f'<text class="d" x="{box.x + PADDING:.0f}" y="{box.y + 2 * LINE:.0f}">{_text(line)}</text>'
    size = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="{radius:.0f}"'
    title = "".join(f"<title>{_text(text)}</title>" for text in (node.label,) if len(text) > MOST)
    return f'<g class="{kind}">{title}<rect {size}/>{texts}</g>'


def _text(text: str) -> str:
    return escape(printable(text))
