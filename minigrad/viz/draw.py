"""draw: the picture of a computation graph."""
from collections import deque
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ..nn.module import Module
from .blocks import block_label, blocks_alt, blocks_source, blocks_text
from .details import Details, says_more
from .dot import MANY, dot_source
from .modules import diagram, find_homes
from .picture import Picture, svg_height, svg_width
from .record import place, recorded
from .render import NoRenderer, render
from .sweep import Sweep
from .theme import chosen, darkened, themed
from .tooltips import layered, with_tooltips
from .walk import Graph, Value, key, part, walk
from .words import attribute, in_words, summary

MAX_NODES = 60
KEPT = 0.3            # a graph with more nodes than that is cut to this part of it, to be taken in at a glance
MOST_INSIDE = 6       # kinds of modules whose insides a notebook can open below the picture
TALLEST = 700         # CSS pixels: a rich picture that would be taller is not enlarged
LITTLE = 1.3          # so many times too wide, the letters of a picture can still be read
WIDEST = 1100         # CSS pixels: a wider picture would be shrunk on a laptop until its letters are too small


def draw(t: Any, names: Mapping[str, Any] | None = None, *, gradients: Mapping[Any, Any] | None = None,
         max_nodes: int = MAX_NODES, direction: str | None = None, alt: str | None = None, flow: bool = False,
         stats: bool = False, gradient: Any = None, model: Any = None, depth: int | None = None,
         inside: str | None = None, theme: str | None = None) -> "Drawing":
    """Draw the graph that `t` came from: a Tensor, or any object with `value` and `local_gradients`.

    >>> a = mg.tensor(4.0, requires_grad=True)
    >>> b = mg.tensor(3.0, requires_grad=True)
    >>> d = a * (a + b)
    >>> d.backward()
    >>> draw(d, names=locals())
    graph of 4 values and 2 operations
    #1  a  leaf     4   grad 11
    #2  b  leaf     3   grad 4
    #3     #1 + #2  7
    #4  d  #1 × #3  28

    names: a dict of names, such as `locals()`; they go before `t.name`.
    gradients: a dict from node to gradient, shown instead of `.grad`. "–" says that there is none yet; where
    none is kept (at a Tensor that is no leaf, unless it was told to `retain_grad()`), nothing is said.
    max_nodes: a larger graph is drawn shortened, and says so.
    direction: "LR" from left to right, "TB" from top to bottom; by default the first, unless that is too wide.
    alt: the picture in words, where you know better words than the ones made up from the graph.

    flow: write on every edge what backward sends along it (of an array its norm ‖…‖; the wider the line, the more), and
    at every value the sum. It computes this without touching any `.grad`; `gradient` is what it starts from at a `t` of
    more than one element. stats: dtype, mean, standard deviation and largest magnitude of values and gradients.
    With either, boxes warn (✖ not finite, ○ all zero, ▲ exploding, ▽ vanishing, ★ the first bad one of forward and of
    backward). Values changed in place say so, and dashed arrows show where `detach` cut the graph, and of a graph made
    `with viz.record():` also where `no_grad` did.
    model: draw its modules as blocks, in frames of the modules that hold them; what repeats is drawn once, "× 12". A
    graph made `with viz.record():` knows its modules exactly, otherwise they are guessed from the parameters.
    depth: how many levels of modules are opened; by default as many as a screen shows well.
    inside: the path of one module, `"blocks.0"`, whose own operations are drawn, one by one.
    theme: "light", "dark" or "auto"; by default the one that `use_theme` set.
    Raises TypeError if `t` is not a node or `model` no Module, ValueError for another direction or theme, RuntimeError
    for `flow` where backward() has freed the arrays that it needs.
    """
    if direction not in (None, "LR", "TB", "RL", "BT"):
        raise ValueError(f'direction should be "LR", "TB", "RL", "BT" or None; got {direction!r}')
    if max_nodes < 1:
        raise ValueError(f"max_nodes should be at least 1; got {max_nodes}")
    theme = chosen(theme)
    graph = walk(t, names)
    sweep = Sweep(graph, gradient) if flow else None
    if model is not None:
        details = Details(graph, sweep, stats, dict(names or {}))
        return draw_model(graph, model, details, depth, inside, direction, alt, theme, max_nodes)
    shown = graph.values if len(graph.values) <= max_nodes else nearest(graph, max(1, round(KEPT * max_nodes)))
    if sweep and gradients is None:
        found = {value.number: sweep.gradients.get(value.number) for value in shown if value.requires_grad}
    else:
        found = _gradients(graph, shown, gradients)
    rich = flow or stats or recorded(graph) or says_more(graph, dict(names or {}))
    details = Details(graph, sweep, stats, dict(names or {})) if rich else None
    ways = [direction] if direction else ["LR", "TB"] if len(shown) <= MANY else ["TB"]
    sources = [dot_source(graph, shown, found, way, details) for way in ways]
    tips = {f"{kind}{value.number}": details.tooltip(value) for value in shown for kind in "vo"} if details else {}
    return Drawing(summary(graph, shown, found, details), alt or in_words(graph), sources, theme, tips)


def draw_model(graph: Graph, model: Any, details: Details, depth: int | None, inside: str | None, direction: str | None,
               alt: str | None, theme: str, most: int) -> "Drawing":
    """The graph as blocks of a model, or the operations inside one module."""
    if not isinstance(model, Module):
        raise TypeError(f"draw: expected model to be a Module, got {type(model).__name__}")
    for path, parameter in model.named_parameters():
        value = graph.find(parameter)
        if value is not None and not value.name:
            value.name = path
    if inside is not None:
        model.get_submodule(inside)
        homes, wanted = find_homes(graph, model), tuple(inside.split(".")) if inside else ()
        made = {value for value in graph.values
                if (home := homes[value.number]) is not None and home[:len(wanted)] == wanted}
        if not any(value.inputs for value in made):
            raise ValueError(f"nothing in this graph was made inside {inside!r}")
        return _inside(graph, made, details, direction, alt, theme)
    if depth is not None and depth < 1:
        raise ValueError(f"depth should be at least 1; got {depth}")
    drawn = diagram(graph, model, depth, most)
    ways = [direction] if direction else ["LR", "snake" if drawn.chain() and not details.cuts else "TB"]
    sources = [blocks_source(drawn, details, way) for way in ways]
    tips = {f"b{i}": "\n".join([" ".join(block_label(block)), *dict.fromkeys(filter(None, map(place, block.values)))])
            for i, block in enumerate(drawn.blocks)}
    drawing = Drawing(blocks_text(drawn, details), alt or blocks_alt(drawn, details), sources, theme, tips)
    drawing.more = {}
    for block in drawn.blocks:
        kind, made = type(block.module).__name__, {*block.parameters, *block.values}
        if block.module is not None and 1 < len(block.values) and len(made) <= MAX_NODES and (
                kind not in drawing.more and len(drawing.more) < MOST_INSIDE):
            drawing.more[kind] = (".".join(block.path), _inside(graph, made, details, None, None, theme))
    return drawing


def _inside(graph: Graph, made: set[Value], details: Details, direction: str | None, alt: str | None,
            theme: str) -> "Drawing":
    """The picture of some values of a graph, and of what they were made from."""
    some = part(graph, made)
    if details.sweep:
        gradients = details.sweep.gradients
        found = {value.number: gradients.get(value.number) for value in some.values if value.requires_grad}
    else:
        found = _gradients(some, some.values, None)
    ways = [direction] if direction else ["LR", "TB"]
    sources = [dot_source(some, some.values, found, way, details) for way in ways]
    tips = {f"{kind}{value.number}": details.tooltip(value) for value in some.values for kind in "vo"}
    return Drawing(summary(some, some.values, found, details), alt or in_words(some), sources, theme, tips)


class Drawing(Picture):
    """The picture of a graph: a summary as text, `.svg`, `.dot`, `.save("graph.svg")`; see `draw`."""

    endings = (".svg", ".png", ".dot", ".txt")
    more: Mapping[str, Any] = MappingProxyType({})      # pictures that a notebook shows on demand

    def __init__(self, text: str, alt: str, sources: list[str], theme: str = "light",
                 tips: dict[str, str] | None = None):
        self.text, self.alt, self.width = text, alt, None
        self._sources, self._theme, self._tips = sources, theme, tips

    @cached_property
    def _drawn(self) -> tuple[str, str]:
        """(source, svg): of the ways to draw it the first that is not too wide, or else the narrowest."""
        source, svg = choose(self._sources, WIDEST)
        svg = svg[svg.index("<svg"):].replace("<svg", f'<svg role="img" aria-label="{attribute(self.alt)}"', 1)
        return source, themed(with_tooltips(svg, self._tips) if self._tips else svg, self._theme)

    @property
    def svg(self) -> str:
        """The picture as SVG. Raises NoRenderer if no Graphviz program is found."""
        return self._drawn[1]

    @property
    def png(self) -> bytes:
        """The picture as PNG, at twice the size, for sharp screens."""
        source = darkened(self.dot) if self._theme == "dark" else self.dot
        return render(source.replace("{", '{ dpi="144"', 1), "png")

    def _image(self) -> tuple[str, bytes, int | None]:
        kind, data, width = super()._image()
        natural = svg_width(self.svg)
        tall = self._tips and natural and svg_height(self.svg) * width > TALLEST * natural
        return kind, data, natural if tall else width

    def html(self) -> str:
        """The picture as an `<img>`; where it has tooltips, with a see-through layer that shows them."""
        figure = super().html()
        if self._theme != "light":
            figure = figure.replace("background:#fff;", "background:#151a21;" if self._theme == "dark" else "", 1)
        figure = layered(figure, self.svg, self._tips) if self._tips and "<img" in figure else figure
        for kind, (path, drawing) in self.more.items():
            title = f"inside {attribute(path)} ({attribute(kind)})"
            figure += f"<details><summary>{title}</summary>{drawing.html()}</details>"
        return figure

    @property
    def dot(self) -> str:
        """The drawing in the DOT language; where nothing can draw it, from left to right."""
        try:
            return self._drawn[0] if len(self._sources) > 1 else self._sources[0]
        except NoRenderer:
            return self._sources[0]

    def _content(self, ending: str) -> bytes | None:
        return self.dot.encode() if ending == ".dot" else super()._content(ending)


def choose(sources: list[str], widest: float) -> tuple[str, str]:
    """(source, SVG) of the first drawing that is not too wide, or else of the narrowest.

    A little too wide is better than taller than a screen.
    """
    drawn = []
    for source in sources:
        drawn.append((source, render(source, "svg").decode()))
        if svg_width(drawn[-1][1]) <= widest:
            break
    source, svg = min(drawn, key=lambda one: svg_width(one[1]))
    if svg_height(svg) > TALLEST and svg_width(drawn[0][1]) <= LITTLE * widest:
        return drawn[0]
    return source, svg


def nearest(graph: Graph, n: int) -> list[Value]:
    """Up to `n` values of a graph too big to read: two thirds nearest the root, then named ones, then leaves."""
    near, queue, seen = [], deque([graph.root]), {graph.root}
    while queue:
        value = queue.popleft()
        near.append(value)
        for parent in value.parents():
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    kept = dict.fromkeys(near[:max(1, 2 * n // 3)])
    wanted = [value for value in near if value.name] + [value for value in near if not value.inputs] + near
    for value in wanted:
        if len(kept) >= n:
            break
        kept[value] = None
    return sorted(kept, key=lambda value: value.number)


def _gradients(graph: Graph, shown: list[Value], given: Mapping[Any, Any] | None) -> dict[int, Any]:
    """{number: gradient or None} for the values that get a gradient line."""
    if given is not None:
        by_key = {key(thing): gradient for thing, gradient in given.items()}  # a defaultdict is only read
        return {value.number: by_key.get(key(value.thing)) for value in shown if value.requires_grad}
    return {value.number: value.thing.grad for value in shown if value.requires_grad and _keeps_gradient(value)}


def _keeps_gradient(value: Value) -> bool:
    """A reader's class keeps a gradient wherever it has `grad`; a Tensor at leaves and where `retain_grad()` asked."""
    thing = value.thing
    if not hasattr(thing, "grad") or thing.grad is not None or not value.inputs:
        return hasattr(thing, "grad")
    return getattr(thing, "retains_grad", not hasattr(thing, "retain_grad"))
