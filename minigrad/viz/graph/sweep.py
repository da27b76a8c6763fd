"""Backward in slow motion: what flows along each edge, and adds up at each node."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from . import engine
from .walk import Graph, Input, Value


@dataclass(slots=True, eq=False)
class Flow:
    """What went along one edge: `incoming` times the local derivative is the `contribution`."""
    node: Value
    index: int                           # of the edge among the node's inputs
    edge: Input
    incoming: Any
    contribution: Any
    undone: tuple[int, ...] | None       # the shape before broadcasting was undone by summing
    before: Any                          # the parent's gradient before this came; None if first
    after: Any

    @property
    def parent(self) -> Value:
        return self.edge.parent


class Sweep:
    """One backward: `gradients` {number: gradient} of all values, `flows` in backward's order."""

    def __init__(self, graph: Graph, gradient: Any = None):
        self.gradients, self.flows = {graph.root.number: seed(graph, gradient)}, []
        for node in reversed(graph.values):               # youngest first: its gradient is complete
            if node.number not in self.gradients:
                continue
            incoming = self.gradients[node.number]
            for index, edge, pull in pulls(node):
                before = self.gradients.get(edge.parent.number)
                flow = flown(node, index, edge, pull, incoming, before)
                self.gradients[edge.parent.number] = flow.after
                self.flows.append(flow)
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


def flown(node: Value, index: int, edge: Input, pull: Callable, incoming: Any,
          before: Any) -> Flow:
    """One step along an edge, to a parent that has received `before` already."""
    contribution, undone = pull(incoming)
    after = contribution if before is None else before + contribution
    return Flow(node, index, edge, incoming, contribution, undone, before, after)


def seed(graph: Graph, gradient: Any = None) -> Any:
    """What backward starts from at the root. Raises RuntimeError where it needs to be told."""
    value, shape = graph.root.array, graph.root.shape
    if not graph.root.requires_grad:
        raise RuntimeError("nothing flows back from a value that does not require grad")
    if gradient is None:
        if np.size(value) != 1:
            raise RuntimeError(f"backward from shape {shape}: only a value of one element can "
                               "start it alone; pass gradient= of that shape")
        return np.ones_like(value) if isinstance(value, np.ndarray) else 1
    gradient = engine.array_of(gradient)
    if np.shape(gradient) != shape:
        raise RuntimeError(f"expected a gradient of shape {shape}, got {np.shape(gradient)}")
    return np.asarray(gradient, value.dtype) if isinstance(value, np.ndarray) else gradient


def pulls(node: Value) -> Iterator[tuple[int, Input, Callable]]:
    """(index, edge, function) for each edge that a gradient takes; see `engine.pull`."""
    for index, (edge, rule) in enumerate(zip(node.inputs, engine.local_rules(node.thing))):
        if edge.parent is not None and edge.parent.requires_grad and rule is not None:
            yield index, edge, partial(engine.pull, node.thing, rule, edge.parent.shape)
