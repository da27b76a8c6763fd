"""From a node to a plain description of the graph behind it; all of `viz` is drawn from this."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..common.text import plain
from . import engine
from .engine import is_node, key, node_of


@dataclass(slots=True, eq=False)
class Input:
    """One edge: what a value was computed from, a parent in the graph or a plain constant."""
    parent: Any                      # a Value; None for a constant
    constant: Any = None
    strength: float | None = None    # the local gradient, where it is a number


@dataclass(slots=True, eq=False)
class Value:
    """One node: a value, the operation that made it, and the edges to its inputs."""
    thing: Any                       # the engine's node, or the reader's own object
    operation: str | None = None     # None for a leaf, and where the class remembers no name
    inputs: Sequence[Input] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0                  # 1, 2, 3 …, parents first
    name: str | None = None

    @property
    def array(self) -> Any:
        return self.thing.value

    @property
    def overwritten(self) -> bool:
        return engine.overwritten(self.thing)

    @property
    def requires_grad(self) -> bool:
        return engine.requires_grad(self.thing)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape if hasattr(self.array, "shape") else np.shape(self.array))

    @property
    def born(self) -> int | None:
        """Its place in the order in which the program made things, where the class knows that."""
        return getattr(self.thing, "born", None)

    @property
    def called(self) -> str:
        """Its name, or else its number."""
        return plain(self.name) if self.name else f"#{self.number}"

    def parents(self) -> list["Value"]:
        return [edge.parent for edge in self.inputs if edge.parent is not None]


@dataclass(slots=True, eq=False)
class Graph:
    """All values behind a root, parents before children; the root is the last."""
    values: list[Value]
    by_key: dict[int, Value]

    @property
    def root(self) -> Value:
        return self.values[-1]

    @property
    def operations(self) -> list[Value]:
        """The values that were computed."""
        return [value for value in self.values if value.inputs]

    def find(self, thing: Any) -> Value | None:
        """The value of this graph that belongs to `thing`, if there is one."""
        return self.by_key.get(key(thing)) if is_node(thing) else None


def walk(root: Any, names: dict[str, Any] | None = None) -> Graph:
    """Describe the graph behind `root`: every value once, every edge as often as it was used.

    >>> a = mg.tensor(3.0, requires_grad=True)
    >>> from minigrad.viz.graph.walk import walk
    >>> graph = walk(a + a, names={"a": a})
    >>> [(value.number, value.name, value.operation) for value in graph.values]
    [(1, 'a', None), (2, None, 'add')]
    >>> [parent.number for parent in graph.root.parents()]
    [1, 1]

    Without recursion, so that a chain of 100,000 nodes is no deeper than one of ten. Raises
    TypeError for something that is not a node.
    """
    if not is_node(root):
        got = f"the class {root.__name__}" if isinstance(root, type) else type(root).__name__
        raise TypeError("expected a Tensor, or an object with `value` and `local_gradients`; "
                        f"got {got}")
    root = node_of(root)
    found, finished, stack = {}, {}, [(key(root), root)]
    while stack:
        k, thing = stack[-1]
        if k in found:                       # met again: now all its parents are done
            finished.setdefault(k, found[k])
            stack.pop()
            continue
        operation, inputs, settings = engine.history(thing)
        edges = [Input(x, None, strength) if is_node(x) else Input(None, x, strength)
                 for x, strength in inputs]
        found[k] = Value(thing, operation, edges, settings)
        for edge in reversed(edges):
            if edge.parent is not None:      # its key for now, its Value below
                parent, edge.parent = edge.parent, key(edge.parent)
                if edge.parent not in found:
                    stack.append((edge.parent, parent))
    values = list(finished.values())
    if all(value.born is not None for value in values):
        values.sort(key=lambda value: value.born)      # the order in which the program made them
    for number, value in enumerate(values, start=1):
        value.number, value.name = number, _text_or_none(getattr(value.thing, "name", None))
        for edge in value.inputs:
            edge.parent = None if edge.parent is None else found[edge.parent]
    graph = Graph(values, found)
    _give_names(graph, names or {})
    return graph


def part(graph: Graph, wanted: set[Value]) -> Graph:
    """Some values of a graph with their numbers; their inputs stand there without a history."""
    copies = {}
    for value in graph.values:
        if value in wanted:
            for parent in value.parents():
                if parent not in wanted and parent not in copies:
                    copies[parent] = Value(parent.thing, number=parent.number, name=parent.name)
            inputs = [Input(copies.get(edge.parent), edge.constant, edge.strength)
                      for edge in value.inputs]
            copies[value] = Value(value.thing, value.operation, inputs, value.settings,
                                  value.number, value.name)
    values = sorted(copies.values(), key=lambda value: value.number)
    return Graph(values, {key(value.thing): value for value in values})


def _give_names(graph: Graph, names: dict[str, Any]) -> None:
    """Names given by the caller win over `t.name`; of two names for one node the first wins."""
    types, named = {type(value.thing) for value in graph.values}, set()
    for name, thing in names.items():        # locals() holds all kinds of things
        if str(name).startswith("_") or type(node_of(thing)) not in types:
            continue
        value = graph.find(thing)
        if value is not None and value not in named:
            value.name = str(name)
            named.add(value)


def _text_or_none(name: Any) -> str | None:
    return None if name is None or name == "" or callable(name) else str(name)
