"""step: backward as a film, one node a frame; or one arrow a frame, along every path, as the plain recursion goes."""
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from .details import Details, amount
from .dot import dot_source
from .draw import WIDEST, choose
from .formula import formula, meaning
from .picture import Picture, larger, svg_height, svg_width
from .player import page
from .style import RED
from .sweep import Flow, Sweep, pulls, seed
from .theme import chosen
from .tooltips import with_tooltips
from .walk import Graph, Value, walk
from .words import attribute, columns, count, in_words, operation_label, plain

MAX_NODES, MAX_FRAMES, PACE, TALLEST = 120, 400, 1100, 520      # values, frames, milliseconds a frame, CSS pixels
COLUMNS = ["to", "rule", "", "local derivative", "flows on", "adds up"]


def step(t: Any, names: Mapping[str, Any] | None = None, *, paths: bool = False, gradient: Any = None,
         direction: str | None = None, theme: str = "auto", max_frames: int = MAX_FRAMES,
         alt: str | None = None) -> "Film":
    """Backward from `t` as a film: play it, drag the slider, or press the arrow keys. No `.grad` is touched.

    >>> a = mg.tensor(4.0, requires_grad=True)
    >>> b = mg.tensor(3.0, requires_grad=True)
    >>> d = a * (a + b)
    >>> step(d, names=locals())
    backward in 4 frames, past 4 arrows
    1  d     starts with 1
    2  d ×   1 · 7 = 7 to a, 1 · 4 = 4 to #3
    3  #3 +  4 · 1 = 4 to a (7 + 4 = 11), 4 · 1 = 4 to b
    4  done  a 11, b 4

    Each frame lights one node and shows its gradient, for each edge the rule of the derivative table and its number,
    their product, and what adds up at the other end; of arrays the shapes and norms ‖…‖.
    paths: walk along every path instead, as the recursion of chapter 2 does, one arrow a frame; a film of more than
    `max_frames` stops there and says how many are missing.
    gradient: what backward starts from at a `t` of more than one element.
    theme: "auto" (the notebook's), "light" or "dark".
    Raises TypeError if `t` is no node, ValueError for a graph of more than 120 values, RuntimeError if backward() has
    freed what the film would show.
    """
    chosen(theme)
    graph = walk(t, names)
    if len(graph.values) > MAX_NODES:
        raise ValueError(f"step: a film shows up to {MAX_NODES} values, this graph has {len(graph.values):,}; "
                         "film a smaller network, or look at it with draw(...)")
    sweep = Sweep(graph, gradient)
    if paths:
        frames, total = list(_paths(graph, sweep, gradient, max_frames)), arrows(graph)
        heading = f"backward path by path in {count(len(frames), 'frame')}, past {count(total, 'arrow')}"
        if total > max_frames:
            heading += f", of which {max_frames:,} are shown"
    else:
        frames = list(_frames(graph, sweep))
        heading = f"backward in {count(len(frames), 'frame')}, past {count(len(sweep.flows), 'arrow')}"
    lines = columns([[str(i), frame.pop("place"), frame.pop("line")] for i, frame in enumerate(frames, start=1)])
    start = {f"v{value.number}": "grad –" for value in graph.values if value.number in sweep.gradients}
    film = {"frames": frames, "start": start, "theme": theme, "pace": PACE if not paths else PACE // 2,
            "labelled": [_edge(flow) for flow in sweep.flows]}
    details = _FilmDetails(graph, sweep)
    room = {f"v{value.number}": len(details.gradient_line(value) or "") for value in graph.values}
    for frame in frames:                                  # a sum that is longer than what stands there at the end
        for name, text in frame["set"].items():
            if "= " in text and len(text) > room[name]:
                frame["set"][name] = f"grad {text.rpartition('= ')[2]}"
    ways = [direction] if direction else ["LR", "TB"]
    gradients = {number: gradient for number, gradient in sweep.gradients.items()}
    sources = [dot_source(graph, graph.values, gradients, way, details) for way in ways]
    tips = {f"{kind}{value.number}": details.tooltip(value) for value in graph.values for kind in "vo"}
    said = f"A film of backward: {heading}. {in_words(graph)}"
    return Film("\n".join([heading, *lines]), alt or said, sources, film, tips)


class Film(Picture):
    """Backward as a film: text, an HTML player, `.save("film.html")`, and its last frame as `.svg`; see `step`."""

    endings = (".html", ".svg", ".txt")

    def __init__(self, text: str, alt: str, sources: list[str], film: dict[str, Any], tips: dict[str, str]):
        self.text, self.alt, self.png, self.width = text, alt, None, None
        self._sources, self._film, self._tips = sources, film, tips

    @cached_property
    def svg(self) -> str:
        """The last frame. Raises NoRenderer if no Graphviz program is found."""
        _, svg = choose(self._sources, WIDEST)
        svg = with_tooltips(svg[svg.index("<svg"):], self._tips)
        return svg.replace("<svg", f'<svg role="img" aria-label="{attribute(self.alt)}"', 1)

    @cached_property
    def page(self) -> str:
        """The film as one HTML document that needs nothing else."""
        svg = re.sub(rf'<text([^>]*fill="{RED}"[^>]*)>(grad )', r"<text data-grad=''\1>\2", self.svg)
        width = larger(svg_width(svg)) or 600
        svg = re.sub(r' width="[^"]*" height="[^"]*"', f' width="{width}"', svg, count=1)
        rows = max(len(frame["rows"]) for frame in self._film["frames"])
        film = self._film | {"panel": 62 + (24 * min(rows, 6) + 22 if rows else 0)}
        return page(svg, film, self.text.partition("\n")[0], COLUMNS)

    @property
    def height(self) -> int:
        """CSS pixels that the player takes in a notebook."""
        width = svg_width(self.svg)
        shown = svg_height(self.svg) * larger(width) / width
        rows = max(len(frame["rows"]) for frame in self._film["frames"])
        return round(min(shown, TALLEST)) + 24 + 46 + 62 + (24 * min(rows, 6) + 22 if rows else 0)

    def html(self) -> str:
        """The player in a frame of its own; where frames are not allowed, its last frame as an image."""
        image = super().html()
        if "<img" not in image:
            return image
        return (f'<iframe title="{attribute(self.alt)}" srcdoc="{attribute(self.page)}" loading="lazy" '
                f'style="width:100%;max-width:1200px;height:{self.height}px;border:1px solid #d5dce5;'
                f'border-radius:6px">{image}</iframe>')

    def _content(self, ending: str) -> bytes | None:
        return self.page.encode() if ending == ".html" else super()._content(ending)


class _FilmDetails(Details):
    """Every gradient on one line, so that the player can exchange it; no warnings of what is still to come."""

    def signs(self, value: Value) -> list:
        return []

    def gradient_line(self, value: Value) -> str | None:
        if value.number not in self.sweep.gradients:
            return None
        return super().gradient_line(value) or f"grad {amount(self.sweep.gradients[value.number])}"

    def lines(self, value: Value) -> list[str]:
        return [line for line in super().lines(value) if RED not in line]


# Frames

def _frames(graph: Graph, sweep: Sweep) -> Iterator[dict[str, Any]]:
    """One sweep: a frame for the start, one for each node that passes something on, one for the end."""
    root, passed = graph.root, 0
    start = amount(sweep.gradients[root.number])
    yield _frame(f"starts with {start}", [f"v{root.number}"], _called(root),
                 title=f"Backward starts at {_called(root)}", note=f"Its gradient is {start}.",
                 set={f"v{root.number}": f"grad {start}"})
    for node in reversed(graph.values):
        flows = [flow for flow in sweep.flows if flow.node is node]
        if not flows:
            continue
        passed += len(flows)
        said = [f"{_product(flow)} to {_called(flow.parent)}" + (f" ({adds})" if (adds := _adds(flow)) else "")
                for flow in flows]
        note = (f"Its gradient is complete: {amount(flows[0].incoming)}{_shape(flows[0].incoming)}. It is multiplied "
                f"by the local derivative of each input. Arrows passed: {passed} of {len(sweep.flows)}.")
        place = f"{_called(node)} {operation_label(node)}".strip()
        yield _frame(", ".join(said), [f"v{node.number}", f"o{node.number}", *map(_edge, flows)], place,
                     title=f"{_called(node)} passes its gradient on", note=note,
                     rows=[_row(flow, flow.contribution, _adds(flow)) for flow in flows],
                     edges={_edge(flow): amount(flow.contribution) for flow in flows},
                     set={f"v{flow.parent.number}": f"grad {_adds(flow) or amount(flow.after)}" for flow in flows})
    leaves = [value for value in graph.values if not value.inputs and value.number in sweep.gradients]
    said = ", ".join(f"{_called(value)} {amount(sweep.gradients[value.number])}" for value in leaves)
    yield _frame(said, [f"v{value.number}" for value in leaves], "done", title="Backward is done",
                 note=f"Each arrow was passed once. The gradients: {said}.")


def arrows(graph: Graph) -> int:
    """How many arrows a walk along every path passes, counted without walking."""
    passes = {}
    for node in graph.values:                            # parents first
        passes[node] = sum(1 + passes[edge.parent] for _, edge, _ in pulls(node))
    return passes[graph.root]


def _paths(graph: Graph, sweep: Sweep, gradient: Any, most: int) -> Iterator[dict[str, Any]]:
    """Along every path: at each arrow the path's value times the local derivative is added at the other end."""
    start, total, sums, passed = seed(graph, gradient), arrows(graph), {}, 0
    waiting = []
    def push(node, value, path):
        waiting.extend(reversed([(node, index, edge, pull, value, path) for index, edge, pull in pulls(node)]))
    yield _frame("starts with " + amount(start), [f"v{graph.root.number}"], _called(graph.root),
                 title=f"Every path starts at {_called(graph.root)}",
                 note=f"The path's value is {amount(start)}; arrows to pass: {total:,}.")
    push(graph.root, start, ())
    while waiting and passed < most:
        node, index, edge, pull, value, path = waiting.pop()
        contribution, undone = pull(value)
        before = sums.get(edge.parent)
        sums[edge.parent] = contribution if before is None else before + contribution
        flow = Flow(node, index, edge, value, contribution, undone, before, sums[edge.parent])
        passed, way = passed + 1, (*path, _edge(flow))
        adds = _adds(flow)
        yield _frame(f"{_product(flow)}{f' ({adds})' if adds else ''}",
                     [f"v{edge.parent.number}", f"o{node.number}", *way], f"{_called(node)} → {_called(edge.parent)}",
                     title=f"From {_called(node)} to {_called(edge.parent)}",
                     note=f"Path of {count(len(way), 'arrow')}. Arrows passed: {passed:,} of {total:,}.",
                     rows=[_row(flow, contribution, adds)], edges={_edge(flow): amount(flow.contribution)},
                     set={f"v{edge.parent.number}": f"grad {adds or amount(flow.after)}"})
        push(edge.parent, contribution, way)


def _frame(line: str, now: list[str], place: str, *, title: str, note: str, rows=(), edges=None,
           set=None) -> dict[str, Any]:
    """One frame: `now` is lit, `set` are the gradients that change, `edges` the arrows that get their label."""
    return {"line": line, "now": now, "place": place, "title": title, "note": note, "rows": list(rows),
            "edges": edges or {}, "set": set or {}}


def _row(flow: Flow, contribution: Any, adds: str) -> list[str]:
    """One edge in the panel, in the order of COLUMNS."""
    undone = f" summed from {flow.undone}" if flow.undone else ""
    local = _local(flow) or f"{flow.node.shape} → {flow.parent.shape}"
    return [_called(flow.parent), formula(flow), meaning(flow, _called), local,
            f"{_product(flow)}{_shape(contribution)}{undone}", adds]


def _local(flow: Flow) -> str:
    """The local derivative where it is a number."""
    if flow.edge.strength is not None:
        return amount(flow.edge.strength)
    if np.size(flow.node.thing.value) == np.size(flow.parent.thing.value) == 1:
        for index, _, pull in pulls(flow.node):
            if index == flow.index:
                return amount(pull(np.ones_like(flow.incoming))[0])
    return ""


def _product(flow: Flow) -> str:
    """`4 · 1 = 4`; of arrays the norm that flows on."""
    local = _local(flow)
    return f"{amount(flow.incoming)} · {local} = {amount(flow.contribution)}" if local else amount(flow.contribution)


def _adds(flow: Flow) -> str:
    """`7 + 4 = 11`; '' for what came first."""
    if flow.before is None:
        return ""
    return f"{amount(flow.before)} + {amount(flow.contribution)} = {amount(flow.after)}".replace("+ -", "− ")


def _edge(flow: Flow) -> str:
    return f"e{flow.node.number}_{flow.index}"


def _called(value: Value) -> str:
    return plain(value.name) if value.name else f"#{value.number}"


def _shape(x: Any) -> str:
    return f" {np.shape(x)}" if np.ndim(x) else ""
