"""The picture of a model: its blocks, or the operations inside one of its modules."""
from typing import Any

from ...nn.module import Module
from ..graph.details import Details
from ..graph.drawing import Drawing, graph_drawing
from ..graph.record import place
from ..graph.walk import Graph, Value, part
from .blocks import block_label, blocks_alt, blocks_source, blocks_text
from .modules import diagram, find_homes

OPENED = 60           # a block of more values than that is not opened below the picture
MOST_INSIDE = 6       # kinds of modules whose insides a notebook can open below the picture


def model_drawing(graph: Graph, model: Any, details: Details, depth: int | None,
                  inside: str | None, direction: str | None, alt: str | None, theme: str,
                  most: int) -> Drawing:
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
    row = drawn.chain() and not details.cuts
    ways = [direction] if direction else ["LR", "snake" if row else "TB"]
    sources = [blocks_source(drawn, details, way) for way in ways]
    tips = {}
    for i, block in enumerate(drawn.blocks):
        places = dict.fromkeys(filter(None, map(place, block.values)))
        tips[f"b{i}"] = "\n".join([" ".join(block_label(block)), *places])
    text, alt = blocks_text(drawn, details), alt or blocks_alt(drawn, details)
    drawing = Drawing(text, alt, sources, theme, tips)
    drawing.more = {}
    for block in drawn.blocks:
        kind, made = type(block.module).__name__, {*block.parameters, *block.values}
        if block.module is not None and 1 < len(block.values) and len(made) <= OPENED and (
                kind not in drawing.more and len(drawing.more) < MOST_INSIDE):
            path, picture = ".".join(block.path), _inside(graph, made, details, None, None, theme)
            drawing.more[kind] = path, picture
    return drawing


def _inside(graph: Graph, made: set[Value], details: Details, direction: str | None,
            alt: str | None, theme: str) -> Drawing:
    """The picture of some values of a graph, and of what they were made from."""
    some, ways = part(graph, made), [direction] if direction else ["LR", "TB"]
    return graph_drawing(some, some.values, details, None, ways, alt, theme)
