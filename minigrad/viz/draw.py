"""draw: the picture of a computation graph, of its operations or of a model's blocks."""
from collections.abc import Mapping
from typing import Any

from ..nn.module import NESTED
from .common.theme import chosen
from .graph.details import Details, says_more
from .graph.drawing import Drawing, graph_drawing, shortened, ways_of
from .graph.record import recorded
from .graph.sweep import Sweep
from .graph.walk import walk
from .model.drawing import model_drawing

MAX_NODES = 60        # a graph with more values than that is drawn shortened


def draw(t: Any, names: Mapping[str, Any] | None = None, *,
         gradients: Mapping[Any, Any] | None = None, max_nodes: int = MAX_NODES,
         direction: str | None = None, alt: str | None = None, flow: bool = False,
         stats: bool = False, gradient: Any = None, model: Any = None, depth: int | None = None,
         inside: str | None = None, theme: str | None = None) -> Drawing:
    """Draw the graph that `t` came from: a Tensor, or what has `value` and `local_gradients`.

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
    gradients: a dict from node to gradient, shown instead of `.grad`. "–" says that there is none
    yet; where none is kept (at a Tensor that is no leaf, unless it was told to `retain_grad()`),
    nothing is said.
    max_nodes: a larger graph is drawn shortened, and says so.
    direction: "LR" from left to right, "TB" from top to bottom; by default the first, unless that
    is too wide.
    alt: the picture in words, where you know better ones than those made up from the graph.

    flow: write on every edge what backward sends along it (of an array its norm ‖…‖; the wider the
    line, the more), and at every value the sum. It computes this without touching any `.grad`;
    `gradient` is what it starts from at a `t` of more than one element.
    stats: dtype, mean, standard deviation and largest magnitude of values and gradients.
    With either, boxes warn (✖ not finite, ○ all zero, ▲ exploding, ▽ vanishing, ★ the first bad one
    of forward and of backward). Values changed in place say so, and dashed arrows show where
    `detach` cut the graph, and of a graph made `with viz.record():` also where `no_grad` did.
    model: draw its modules as blocks, in frames of the modules that hold them; what repeats is
    drawn once, "× 12". A graph made `with viz.record():` knows its modules exactly, otherwise they
    are guessed from the parameters.
    depth: how many levels of modules are opened; by default as many as a screen shows well.
    inside: the path of one module, `"blocks.0"`, whose own operations are drawn, one by one.
    theme: "light", "dark" or "auto" (as the page is); by default the one that `use_theme` set.
    Raises TypeError if `t` is not a node, `names` no dict or `model` no Module, ValueError for
    another direction or theme, RuntimeError for `flow` where backward() has freed the arrays that
    it needs.
    """
    if direction not in (None, "LR", "TB", "RL", "BT"):
        raise ValueError('direction should be "LR", "TB", "RL", "BT" or None; '
                         f"got {direction!r}")
    if not isinstance(names, Mapping | None):
        raise TypeError("names should be a dict from names to tensors, such as locals(); "
                        f"got {type(names).__name__}")
    if max_nodes < 1:
        raise ValueError(f"max_nodes should be at least 1; got {max_nodes}")
    theme, graph, names = chosen(theme), walk(t, names), dict(names or {})
    sweep = Sweep(graph, gradient) if flow else None
    if model is not None:
        details = Details(graph, sweep, stats, names)
        try:
            return model_drawing(graph, model, details, depth, inside, direction, alt, theme,
                                 max_nodes)
        except RecursionError:
            raise RecursionError(f"draw: {NESTED}") from None
    shown = shortened(graph, max_nodes)
    rich = flow or stats or recorded(graph) or says_more(graph, names)
    details = Details(graph, sweep, stats, names) if rich else None
    return graph_drawing(graph, shown, details, gradients, ways_of(shown, direction), alt, theme)
