"""trace: backward's walk through a graph, one line an edge."""
from collections.abc import Mapping
from typing import Any

from .walk import Value, walk
from .words import columns, count, plain


def trace(loss: Any, names: Mapping[str, Any] | None = None) -> "Trace":
    """The walk of `loss.backward()`: an operation, the child it reaches, the node it comes from, in backward's order.

    >>> w = mg.ones(2, 3, requires_grad=True)
    >>> x = mg.ones(3)
    >>> loss = (w @ x).sum()
    >>> trace(loss, names=locals())
    backward walks 2 edges
    operation  child     node
    sum        #3 (2,)   loss ()
    matmul     w (2, 3)  #3 (2,)

    The child is what the article calls `child`: what the node was computed from. Inputs that don't require grad are not
    walked to. A value without a name has the number that `draw` gives it. Raises TypeError if `loss` is not a node.
    """
    graph = walk(loss, names)
    lines = []
    for node in reversed(graph.values):                      # youngest first: then its gradient is complete
        for edge in node.inputs if node.requires_grad else ():
            if edge.parent is not None and edge.parent.requires_grad:
                lines.append([_operation(node), _place(edge.parent), _place(node)])
    heading = f"backward walks {count(len(lines), 'edge')}"
    text = "\n".join([heading, *(columns([["operation", "child", "node"], *lines]) if lines else [])])
    return Trace(text, lines)


class Trace:
    """The text of a walk, and its `lines`: (operation, child, node)."""

    def __init__(self, text: str, lines: list[list[str]]):
        self.text, self.lines = text, [tuple(line) for line in lines]

    def __repr__(self) -> str:
        return self.text


def _operation(value: Value) -> str:
    return plain(value.operation) if value.operation else "–"


def _place(value: Value) -> str:
    called = plain(value.name) if value.name else f"#{value.number}"
    return f"{called} {value.shape}"
