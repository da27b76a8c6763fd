"""The picture of a graph, and which of its values are shown."""
import re
from collections import deque
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ..common.markup import attribute
from ..common.picture import Picture, larger, svg_height, svg_width
from ..common.render import NoRenderer, render
from ..common.theme import darkened, themed
from ..common.tooltips import layered, with_tooltips
from . import engine
from .details import Details
from .dot import MANY, dot_source
from .summary import in_words, summary
from .walk import Graph, Value, key

KEPT = 0.3            # a graph that is too large is cut to this part of what is allowed
TALLEST = 700         # CSS pixels: a rich picture that would be taller is not enlarged
LITTLE = 1.3          # so many times too wide, the letters of a picture can still be read
WIDEST = 1100         # CSS pixels: a wider picture would be shrunk until its letters are too small


def graph_drawing(graph: Graph, shown: list[Value], details: Details | None,
                  given: Mapping[Any, Any] | None, ways: list[str], alt: str | None,
                  theme: str) -> "Drawing":
    """The picture of the `shown` values of a graph; `given` gradients go before those kept."""
    if details and details.sweep and given is None:
        swept = details.sweep.gradients
        found = {value.number: swept.get(value.number) for value in shown if value.requires_grad}
    else:
        found = _gradients(shown, given)
    sources = [dot_source(graph, shown, found, way, details) for way in ways]
    text, tips = summary(graph, shown, found, details), details.tips(shown) if details else {}
    return Drawing(text, alt or in_words(graph), sources, theme, tips)


def ways_of(shown: list[Value], direction: str | None) -> list[str]:
    """The directions to try, so that the picture is not too wide."""
    return [direction] if direction else ["LR", "TB"] if len(shown) <= MANY else ["TB"]


def shortened(graph: Graph, most: int) -> list[Value]:
    """The values of a graph; of more than `most` so few that they can be taken in at a glance."""
    return graph.values if len(graph.values) <= most else nearest(graph, max(1, round(KEPT * most)))


class Drawing(Picture):
    """The picture of a graph: text, `.svg`, `.dot`, `.save("graph.svg")`; see `draw`."""

    endings = (".svg", ".png", ".dot", ".txt")
    more: Mapping[str, Any] = MappingProxyType({})      # pictures that a notebook shows on demand

    def __init__(self, text: str, alt: str, sources: list[str], theme: str = "light",
                 tips: dict[str, str] | None = None):
        self.text, self.alt, self.width = text, alt, None
        self._sources, self.theme, self._tips = sources, theme, tips

    def _source(self) -> str:
        return source_text(self.text, self.alt, self._sources)

    @cached_property
    def _drawn(self) -> tuple[str, str]:
        """(source, svg): the first way that is not too wide, or else the narrowest."""
        source, svg = choose(self._sources, WIDEST)
        svg = labelled(svg, self.alt)
        return source, themed(with_tooltips(svg, self._tips) if self._tips else svg, self.theme)

    @property
    def svg(self) -> str:
        """The picture as SVG. Raises NoRenderer if no Graphviz program is found."""
        return self._drawn[1]

    @property
    def png(self) -> bytes:
        """The picture as PNG, at twice the size, for sharp screens."""
        source = darkened(self.dot) if self.theme == "dark" else self.dot
        return render(source.replace("{", '{ dpi="144"', 1), "png")

    def _image(self) -> tuple[str, bytes, int | None]:
        natural = svg_width(self.svg)
        width = larger(natural)
        tall = self._tips and natural and svg_height(self.svg) * width > TALLEST * natural
        return "image/svg+xml", self.svg.encode(), natural if tall else width

    def html(self) -> str:
        """The picture as an `<img>`; tooltips are in a see-through layer over it."""
        figure = super().html()
        if self._tips and "<img" in figure:
            figure = layered(figure, self.svg, self._tips)
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


def source_text(text: str, alt: str, sources: list[str]) -> str:
    """What a graph is drawn from; without the width of lines, which may end in any digit."""
    return re.sub(r"penwidth=[\d.]+", "", "\n".join([text, alt, *sources]))


def labelled(svg: str, alt: str) -> str:
    """The SVG element of Graphviz's answer, with words for those who cannot see it."""
    start = f'<svg role="img" aria-label="{attribute(alt)}"'
    return svg[svg.index("<svg"):].replace("<svg", start, 1)


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
    """Up to `n` values: two thirds nearest the root, then named ones, then leaves."""
    near, queue, seen = [], deque([graph.root]), {graph.root}
    while queue:
        value = queue.popleft()
        near.append(value)
        for parent in value.parents():
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    kept = dict.fromkeys(near[:max(1, 2 * n // 3)])
    named = [value for value in near if value.name]
    for value in named + [value for value in near if not value.inputs] + near:
        if len(kept) >= n:
            break
        kept[value] = None
    return sorted(kept, key=lambda value: value.number)


def _gradients(shown: list[Value], given: Mapping[Any, Any] | None) -> dict[int, Any]:
    """{number: gradient or None} for the values that get a gradient line."""
    wanting = [value for value in shown if value.requires_grad]
    if given is None:
        return {value.number: engine.gradient(value.thing) for value in wanting
                if engine.keeps_gradient(value.thing, computed=bool(value.inputs))}
    by_key = {key(thing): engine.array_of(gradient) for thing, gradient in given.items()}
    return {value.number: by_key.get(key(value.thing)) for value in wanting}
