"""Backward in slow motion: what flows along every edge, and how it adds up at every node. No `.grad` is touched."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..changes import refuse_stale
from ..graph import Node, leaf, raw, unbroadcast
from .walk import Graph, Input, Value

SPENT = ("the contributions on the edges are gone: backward() freed the arrays of this graph; "
         "draw before backward(), or call backward(retain_graph=True)")


@dataclass(slots=True, eq=False)
class Flow:
    """What went along one edge: the gradient of `node`, times the local derivative, is the contribution to a parent."""
    node: Value
    index: int                           # of the edge among the node's inputs
    edge: Input
    incoming: Any
    contribution: Any
    undone: tuple[int, ...] | None       # the shape before broadcasting was undone by summing, where that happened
    before: Any                          # the parent's gradient before this came; None if this came first
    after: Any

    @property
    def parent(self) -> Value:
        return self.edge.parent


class Sweep:
    """One backward through a graph: `gradients` {number: gradient} of every value, and `flows` in backward's order."""

    def __init__(self, graph: Graph, gradient: Any = None):
        self.gradients, self.flows = {graph.root.number: seed(graph, gradient)}, []
        for node in reversed(graph.values):               # youngest first: then its gradient is complete
            if node.number not in self.gradients:
                continue
            incoming = self.gradients[node.number]
            for index, edge, pull in pulls(node):
                contribution, undone = pull(incoming)
                before = self.gradients.get(edge.parent.number)
                after = contribution if before is None else before + contribution
                self.gradients[edge.parent.number] = after
                self.flows.append(Flow(node, index, edge, incoming, contribution, undone, before, after))
        self._leaving = {(flow.node.number, flow.index): flow for flow in self.flows}
        self._arriving = {}
        for flow in self.flows:
            self._arriving.setdefault(flow.parent.number, []).append(flow)

    def along(self, node: Value, index: int) -> Flow | None:
        """What went along the edge to the node's input at this index."""
        return self._leaving.get((node.number, index))

    def arriving(self, value: Value) -> list[Flow]:
        """What reached a value, in the order in which it came."""
        return self._arriving.get(value.number, [])


def seed(graph: Graph, gradient: Any = None) -> Any:
    """What backward starts from at the root. Raises RuntimeError where it needs to be told."""
    value = graph.root.thing.value
    if not graph.root.requires_grad:
        raise RuntimeError("nothing flows back from a value that does not require grad")
    if gradient is None:
        if np.size(value) != 1:
            raise RuntimeError(f"backward from shape {graph.root.shape}: only a value of one element can start it "
                               "alone; pass gradient= of that shape")
        return np.ones_like(value) if isinstance(value, np.ndarray) else 1
    gradient = raw(gradient)
    if np.shape(gradient) != graph.root.shape:
        raise RuntimeError(f"expected a gradient of shape {graph.root.shape}, got {np.shape(gradient)}")
    return np.asarray(gradient, value.dtype) if isinstance(value, np.ndarray) else gradient


def pulls(node: Value) -> Iterator[tuple[int, Input, Callable]]:
    """(index, edge, function) for each edge that a gradient takes; function(g) gives (contribution, shape undone)."""
    thing = node.thing
    if isinstance(thing, Node):
        for index, (x, rule) in enumerate(zip(thing.inputs, thing.op.rules if thing.op else ())):
            if isinstance(x, Node) and x.tracked and rule is not None:
                yield index, node.inputs[index], _rule(thing, x, rule)
    else:
        for index, (edge, entry) in enumerate(zip(node.inputs, thing.local_gradients or ())):
            if edge.parent is not None and edge.parent.requires_grad:
                yield index, edge, _given(edge, entry[-1])


def _rule(thing: Node, x: Node, rule: Callable) -> Callable:
    """The table's rule with everything but g filled in; works on a spent graph as long as its values are there."""
    def pull(g):
        node = thing if thing.arrays is not None else _revived(thing)
        refuse_stale(node)
        with np.errstate(all="ignore"):
            gx = rule(np.asarray(g, thing.value.dtype), node.value, *node.arrays, **node.settings)
        return _summed(gx, x.value.shape)
    return pull


def _revived(thing: Node) -> Node:
    """A spent node with its arrays back, if backward left them in the inputs. Raises RuntimeError if not."""
    if any(isinstance(x, Node) and x.freed for x in (thing, *thing.inputs)):
        raise RuntimeError(SPENT)
    again = leaf(thing.value)
    for slot in ("op", "inputs", "settings", "born"):
        setattr(again, slot, getattr(thing, slot))
    again.arrays = [raw(x) for x in thing.inputs]
    return again


def _given(edge: Input, local: Any) -> Callable:
    """A reader's own local gradient: a number, or a function of the path's value."""
    def pull(g):
        with np.errstate(all="ignore"):
            return _summed(raw(local(g) if callable(local) else g * local), edge.parent.shape)
    return pull


def _summed(gx: Any, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...] | None]:
    """(gradient of the parent's shape, the shape it had if sums were needed)."""
    before = np.shape(gx)
    if before == shape:
        return gx, None
    if len(before) < len(shape):
        return np.broadcast_to(gx, shape), None
    return unbroadcast(np.asarray(gx), shape), before
