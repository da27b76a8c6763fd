"""trace: backward's walk through a graph, one line an edge."""
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..common.markup import html_table
from ..common.text import columns, count, norm, number, plain
from ..graph.sweep import Sweep, pulls
from ..graph.walk import Graph, Value, walk


def trace(loss: Any, names: Mapping[str, Any] | None = None, full: bool = False) -> "Trace":
    """The walk of `loss.backward()`: an operation, the child it reaches, the node it comes from.

    >>> w = mg.ones(2, 3, requires_grad=True)
    >>> x = mg.ones(3)
    >>> loss = (w @ x).sum()
    >>> trace(loss, names=locals())
    backward walks 2 edges
    operation  child     node
    sum        #3 (2,)   loss ()
    matmul     w (2, 3)  #3 (2,)
    >>> trace(loss, names={"w": w}, full=True)
    backward walks 2 edges
    step  operation  child     node     |arrived|  |sent on|
    1     sum        #3 (2,)   #4 ()    1          1.414
    2     matmul     w (2, 3)  #3 (2,)  1.414      2.449

    The child is what the article calls `child`: what the node was computed from. Inputs that don't
    require grad are not walked to. A value without a name has the number that `draw` gives it.
    `full` (and the table that a notebook shows) adds the norm of the gradient that arrived at the
    node, all roads together, and of what this edge sent on to the child; a graph whose arrays
    backward has freed has none. Raises TypeError if `loss` is not a node.
    """
    graph = walk(loss, names)
    steps = [(node, edge.parent, index) for node in reversed(graph.values) if node.requires_grad
             for index, edge, _ in pulls(node)]              # youngest first, as in backward
    return Trace(steps, lambda: _norms(graph, steps), full)


class Trace:
    """The text of a walk, and its `lines`: (operation, child, node), and with `full` two norms."""

    def __init__(self, steps: list[tuple[Value, Value, int]], norms: Callable[[], list[tuple]],
                 full: bool):
        self._norms = norms
        self.lines = [(_operation(node), _place(child), _place(node)) for node, child, _ in steps]
        self.heading = f"backward walks {count(len(steps), 'edge')}"
        table = [["operation", "child", "node"], *self.lines]
        if full:
            self.lines = [line + pair for line, pair in zip(self.lines, norms())]
            table = [["step", *table[0], "|arrived|", "|sent on|"],
                     *([str(i), *line[:3], *map(_norm, line[3:])]
                       for i, line in enumerate(self.lines, start=1))]
        rows = columns([list(line) for line in table]) if steps else []
        self.text = "\n".join([self.heading, *rows])

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """A table that needs nothing from outside; strange numbers are red, and say so."""
        norms = [line[3:] or pair for line, pair in zip(self.lines, self._norms())]
        rows = [[str(i), *line[:3], *map(_norm, pair)]
                for i, (line, pair) in enumerate(zip(self.lines, norms), 1)]
        head = ["step", "operation", "child", "node", "norm that arrived", "norm sent on"]
        return html_table([head, *rows], self.heading, numbers={0, 4, 5})


def _norms(graph: Graph, steps: list[tuple[Value, Value, int]]) -> list[tuple]:
    """(norm of the node's gradient, norm of what it sends to the child) a step; None if gone."""
    try:
        sweep = Sweep(graph, np.ones(graph.root.shape))
    except RuntimeError:                                     # backward has freed what it takes
        return [(None, None)] * len(steps)
    flows = [sweep.along(node, index) for node, _, index in steps]
    return [(norm(flow.incoming), norm(flow.contribution)) if flow else (None, None)
            for flow in flows]


def _norm(x: float | None) -> str:
    return "–" if x is None else number(x)


def _operation(value: Value) -> str:
    return plain(value.operation) if value.operation else "–"


def _place(value: Value) -> str:
    return f"{value.called} {value.shape}"
