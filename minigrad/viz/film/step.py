"""step: backward as a film, one node a frame; or one arrow a frame, along every path."""
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..common.markup import attribute
from ..common.picture import Picture, larger, svg_height, svg_width
from ..common.style import RED
from ..common.text import amount, columns, count
from ..common.theme import chosen, themed
from ..common.tooltips import GROUP, outline, with_tooltips
from ..graph.details import Details
from ..graph.dot import dot_source
from ..graph.drawing import WIDEST, choose, labelled, source_text
from ..graph.labels import operation_label
from ..graph.summary import in_words
from ..graph.sweep import Flow, Sweep, flown, pulls, seed
from ..graph.walk import Graph, Value, walk
from .formula import formula, meaning
from .player import MARKS, page

MAX_NODES, MAX_FRAMES = 120, 400
PACE, TALLEST = 1100, 520                  # milliseconds a frame, CSS pixels
COLUMNS = ["to", "rule", "", "local derivative", "flows on", "adds up"]


def step(t: Any, names: Mapping[str, Any] | None = None, *, paths: bool = False,
         gradient: Any = None, direction: str | None = None, theme: str = "auto",
         max_frames: int = MAX_FRAMES, alt: str | None = None) -> "Film":
    """Backward from `t` as a film: play it, drag the slider, press arrow keys. `.grad` stays.

    >>> a = mg.tensor(4.0, requires_grad=True)
    >>> b = mg.tensor(3.0, requires_grad=True)
    >>> d = a * (a + b)
    >>> step(d, names=locals())
    backward in 4 frames, past 4 arrows
    1  d     starts with 1
    2  d ×   1 · 7 = 7 to a, 1 · 4 = 4 to #3
    3  #3 +  4 · 1 = 4 to a (7 + 4 = 11), 4 · 1 = 4 to b
    4  done  a 11, b 4

    Each frame lights one node and shows its gradient, for each edge the rule of the derivative
    table and its number, their product, and what adds up at the other end; of arrays the shapes and
    norms ‖…‖.
    paths: walk along every path instead, as the recursion of chapter 2 does, one arrow a frame; a
    film of more than `max_frames` stops there and says how many are missing.
    gradient: what backward starts from at a `t` of more than one element.
    theme: "auto" (the notebook's), "light" or "dark".
    Raises TypeError if `t` is no node, ValueError for a graph of more than 120 values, RuntimeError
    if backward() has freed what the film would show.
    """
    chosen(theme)
    graph = walk(t, names)
    if len(graph.values) > MAX_NODES:
        raise ValueError(f"step: a film shows up to {MAX_NODES} values, this graph has "
                         f"{len(graph.values):,}; film a smaller network, or look at it with "
                         "draw(...)")
    sweep = Sweep(graph, gradient)
    frames = list(_paths(graph, gradient, max_frames) if paths else _frames(graph, sweep))
    total = arrows(graph) if paths else len(sweep.flows)
    heading = (f"backward {'path by path ' if paths else ''}in {count(len(frames), 'frame')}, "
               f"past {count(total, 'arrow')}")
    if paths and total > max_frames:
        heading += f", of which {max_frames:,} are shown"
    lines = columns([[str(i), frame.pop("place"), frame.pop("line")]
                     for i, frame in enumerate(frames, start=1)])
    details = _FilmDetails(graph, sweep)
    for frame in frames:                # a sum that is longer than what stands there at the end
        for name, text in frame["set"].items():
            room = details.gradient_line(graph.values[int(name[1:]) - 1]) or ""
            if "= " in text and len(text) > len(room):
                frame["set"][name] = f"grad {text.rpartition('= ')[2]}"
    start = {f"v{value.number}": "grad –" for value in graph.values
             if value.number in sweep.gradients}
    film = {"frames": frames, "start": start, "theme": theme, "pace": PACE // 2 if paths else PACE,
            "labelled": [_edge(flow) for flow in sweep.flows]}
    ways = [direction] if direction else ["LR", "TB"]
    sources = [dot_source(graph, graph.values, sweep.gradients, way, details) for way in ways]
    said = f"A film of backward: {heading}. {in_words(graph)}"
    text, tips = "\n".join([heading, *lines]), details.tips(graph.values)
    return Film(text, alt or said, sources, film, tips)


class Film(Picture):
    """Backward as a film: text, an HTML player, `.save("film.html")`, its last frame as `.svg`."""

    endings = (".html", ".svg", ".txt")

    def __init__(self, text: str, alt: str, sources: list[str], film: dict[str, Any],
                 tips: dict[str, str]):
        self.text, self.alt, self.png, self.width = text, alt, None, None
        self._sources, self._film, self._tips, self.theme = sources, film, tips, film["theme"]

    def _source(self) -> str:
        return source_text(self.text, self.alt, self._sources)

    @cached_property
    def svg(self) -> str:
        """The last frame. Raises NoRenderer if no Graphviz program is found."""
        svg = labelled(choose(self._sources, WIDEST)[1], self.alt)
        return with_tooltips(svg, self._tips)

    @property
    def _panel(self) -> int:
        """CSS pixels of the words below the picture."""
        rows = max(len(frame["rows"]) for frame in self._film["frames"])
        return 62 + (24 * min(rows, 6) + 22 if rows else 0)

    @cached_property
    def page(self) -> str:
        """The film as one HTML document that needs nothing else."""
        red = rf'<text([^>]*fill="{RED}"[^>]*)>(grad )'
        svg = re.sub(red, r"<text data-grad=''\1>\2", self.svg)
        width = larger(svg_width(svg)) or 600
        svg = re.sub(r' width="[^"]*" height="[^"]*"', f' width="{width}"', svg, count=1)
        title = self.text.partition("\n")[0]
        return page(svg, self._film | {"panel": self._panel}, title, COLUMNS)

    @property
    def height(self) -> int:
        """CSS pixels that the player takes in a notebook."""
        width = svg_width(self.svg)
        shown = svg_height(self.svg) * larger(width) / width
        return round(min(shown, TALLEST)) + 24 + 46 + self._panel

    def html(self) -> str:
        """The player in a frame of its own; where frames are not allowed, its first one's image."""
        image = super().html()
        if "<img" not in image:
            return image
        return (f'<iframe title="{attribute(self.alt)}" srcdoc="{attribute(self.page)}" '
                f'loading="lazy" style="width:100%;max-width:1200px;height:{self.height}px;'
                f'border:1px solid #d5dce5;border-radius:6px">{image}'
                '<p>Run the cell, and this picture is a film.</p></iframe>')

    def _image(self) -> tuple[str, bytes, int | None]:
        svg = themed(self._first(), self.theme)
        return "image/svg+xml", svg.encode(), larger(svg_width(self.svg))

    def _first(self) -> str:
        """The SVG of the first frame: what the player shows before anybody touches it."""
        frame = self._film["frames"][0]
        said, now = self._film["start"] | frame["set"], set(frame["now"])
        later = set(self._film["labelled"]) - set(frame["edges"])

        def node(found):
            group, name = found[0], found[1]
            if name in said:
                xs = [x for x, _ in outline(found[3])]
                line = (f'text-anchor="middle" x="{(min(xs) + max(xs)) / 2:.2f}"\\1>'
                        f"{attribute(said[name])}")
                group = re.sub(rf'text-anchor="\w+" x="[^"]*"([^>]*{RED}[^>]*)>grad [^<]*', line,
                               group)
            return group.replace('class="node"', 'class="node now"') if name in now else group

        def edge(found):
            return f'{found[1]}{" later" if found[2] in later else ""}"'
        svg = re.sub(r'(<g id="([^"]*)" class="edge)"', edge, GROUP.sub(node, self.svg))
        return re.sub("<svg[^>]*>", rf"\g<0><style>{MARKS}</style>", svg, count=1)

    def _content(self, ending: str) -> bytes | None:
        return self.page.encode() if ending == ".html" else super()._content(ending)


class _FilmDetails(Details):
    """Every gradient on one line, so that the player can exchange it; and no warnings yet."""

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
    """One sweep: a frame for the start, one for each node that passes something on, and the end."""
    root, passed = graph.root, 0
    start = amount(sweep.gradients[root.number])
    yield _frame(f"starts with {start}", [f"v{root.number}"], root.called,
                 title=f"Backward starts at {root.called}", note=f"Its gradient is {start}.",
                 set={f"v{root.number}": f"grad {start}"})
    for node in reversed(graph.values):
        flows = [flow for flow in sweep.flows if flow.node is node]
        if not flows:
            continue
        passed += len(flows)
        said = [f"{_product(flow)} to {flow.parent.called}"
                + (f" ({adds})" if (adds := _adds(flow)) else "") for flow in flows]
        incoming = flows[0].incoming
        yield _frame(", ".join(said), [f"v{node.number}", f"o{node.number}"],
                     f"{node.called} {operation_label(node)}".strip(), flows,
                     title=f"{node.called} passes its gradient on",
                     note=f"Its gradient is complete: {amount(incoming)}{_shape(incoming)}. It is "
                          "multiplied by the local derivative of each input. Arrows passed: "
                          f"{passed} of {len(sweep.flows)}.")
    leaves = [value for value in graph.values
              if not value.inputs and value.number in sweep.gradients]
    said = ", ".join(f"{value.called} {amount(sweep.gradients[value.number])}" for value in leaves)
    yield _frame(said, [f"v{value.number}" for value in leaves], "done", title="Backward is done",
                 note=f"Each arrow was passed once. The gradients: {said}.")


def arrows(graph: Graph) -> int:
    """How many arrows a walk along every path passes, counted without walking."""
    passes = {}
    for node in graph.values:                            # parents first
        passes[node] = sum(1 + passes[edge.parent] for _, edge, _ in pulls(node))
    return passes[graph.root]


def _paths(graph: Graph, gradient: Any, most: int) -> Iterator[dict[str, Any]]:
    """Along every path: at each arrow the path's value times the local derivative is added."""
    root, start, total, sums, passed = graph.root, seed(graph, gradient), arrows(graph), {}, 0
    waiting = []

    def push(node, value, path):
        waiting.extend(reversed([(node, *pull, value, path) for pull in pulls(node)]))
    yield _frame(f"starts with {amount(start)}", [f"v{root.number}"], root.called,
                 title=f"Every path starts at {root.called}",
                 note=f"The path's value is {amount(start)}; arrows to pass: {total:,}.")
    push(root, start, ())
    while waiting and passed < most:
        *edge, value, path = waiting.pop()
        flow = flown(*edge, value, sums.get(edge[2].parent))
        node, parent, adds = flow.node, flow.parent, _adds(flow)
        sums[parent] = flow.after
        passed, way = passed + 1, (*path, _edge(flow))
        yield _frame(f"{_product(flow)}{f' ({adds})' if adds else ''}",
                     [f"v{parent.number}", f"o{node.number}", *path],
                     f"{node.called} → {parent.called}", [flow],
                     title=f"From {node.called} to {parent.called}",
                     note=f"Path of {count(len(way), 'arrow')}. "
                          f"Arrows passed: {passed:,} of {total:,}.")
        push(parent, flow.contribution, way)


def _frame(line: str, now: list[str], place: str, flows: Sequence[Flow] = (), *, title: str,
           note: str, set: dict | None = None) -> dict[str, Any]:
    """One frame: `now` and the `flows` are lit; `set` are gradients that change besides theirs."""
    return {"line": line, "now": [*now, *map(_edge, flows)], "place": place, "title": title,
            "note": note, "rows": [_row(flow) for flow in flows],
            "edges": {_edge(flow): amount(flow.contribution) for flow in flows},
            "set": set or {f"v{flow.parent.number}": f"grad {_adds(flow) or amount(flow.after)}"
                           for flow in flows}}


def _row(flow: Flow) -> list[str]:
    """One edge in the panel, in the order of COLUMNS."""
    undone = f" summed from {flow.undone}" if flow.undone else ""
    local = _local(flow) or f"{flow.node.shape} → {flow.parent.shape}"
    return [flow.parent.called, formula(flow), meaning(flow), local,
            f"{_product(flow)}{_shape(flow.contribution)}{undone}", _adds(flow)]


def _local(flow: Flow) -> str:
    """The local derivative where it is a number."""
    if flow.edge.strength is not None:
        return amount(flow.edge.strength)
    if np.size(flow.node.array) == np.size(flow.parent.array) == 1:
        for index, _, pull in pulls(flow.node):
            if index == flow.index:
                return amount(pull(np.ones_like(flow.incoming))[0])
    return ""


def _product(flow: Flow) -> str:
    """`4 · 1 = 4`; of arrays the norm that flows on."""
    local, sent = _local(flow), amount(flow.contribution)
    return f"{amount(flow.incoming)} · {local} = {sent}" if local else sent


def _adds(flow: Flow) -> str:
    """`7 + 4 = 11`; '' for what came first."""
    if flow.before is None:
        return ""
    before, sent, after = map(amount, (flow.before, flow.contribution, flow.after))
    return f"{before} + {sent} = {after}".replace("+ -", "− ")


def _edge(flow: Flow) -> str:
    return f"e{flow.node.number}_{flow.index}"


def _shape(x: Any) -> str:
    return f" {np.shape(x)}" if np.ndim(x) else ""
