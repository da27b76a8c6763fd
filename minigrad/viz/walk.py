"""From a node to a plain description of the graph behind it. Everything in `viz` is drawn from this description.

A node is anything with a `value` and `local_gradients`: a minigrad Tensor, or a reader's own first class, whose
local gradients are `(parent, number)` or `(operation name, parent, number or function)`; a leaf has none.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..changes import inputs_of

NUMBERS, NOTHING = (int, float, complex, np.generic), {}


@dataclass(slots=True, eq=False)
class Input:
    """One edge: what a value was computed from, a parent in the graph or a plain constant."""
    parent: Any                      # a Value; None for a constant
    constant: Any = None
    strength: float | None = None    # the local gradient, where it is a number


@dataclass(slots=True, eq=False)
class Value:
    """One node: a value, the operation that made it, and the edges to its inputs."""
    thing: Any                       # the Tensor, or the reader's own object
    operation: str | None = None     # None for a leaf, and where the class remembers no name
    inputs: Sequence[Input] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0                  # 1, 2, 3 …, parents first
    name: str | None = None

    @property
    def requires_grad(self) -> bool:
        """A class that knows no `requires_grad` wants every gradient."""
        return bool(getattr(self.thing, "requires_grad", True))

    @property
    def shape(self) -> tuple[int, ...]:
        value = self.thing.value
        return tuple(value.shape if hasattr(value, "shape") else np.shape(value))

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
    >>> from minigrad.viz.walk import walk
    >>> graph = walk(a + a, names={"a": a})
    >>> [(value.number, value.name, value.operation) for value in graph.values]
    [(1, 'a', None), (2, None, 'add')]
    >>> [parent.number for parent in graph.root.parents()]
    [1, 1]

    Without recursion, so that a chain of 100,000 nodes is no deeper than one of ten. Raises TypeError for something
    that is not a node.
    """
    if not is_node(root):
        raise TypeError("expected a Tensor, or an object with `value` and `local_gradients`; "
                        f"got {'the class ' + root.__name__ if isinstance(root, type) else type(root).__name__}")
    found, finished, stack = {}, {}, [(key(root), root)]
    while stack:
        k, thing = stack[-1]
        if k in found:                       # met again: now all its parents are done
            finished.setdefault(k, found[k])
            stack.pop()
            continue
        value = found[k] = Value(thing, *_made_by(thing))
        for edge in reversed(value.inputs):
            if edge.parent is not None:
                parent, edge.parent = edge.parent, key(edge.parent)      # its key for now, its Value below
                if edge.parent not in found:
                    stack.append((edge.parent, parent))
    values = list(finished.values())
    if all(getattr(value.thing, "born", None) is not None for value in values):
        values.sort(key=lambda value: value.thing.born)      # the order in which the program made them
    for number, value in enumerate(values, start=1):
        value.number, value.name = number, _text_or_none(getattr(value.thing, "name", None))
        for edge in value.inputs:
            edge.parent = None if edge.parent is None else found[edge.parent]
    graph = Graph(values, found)
    _give_names(graph, names or {})
    return graph


def part(graph: Graph, wanted: set[Value]) -> Graph:
    """Some values of a graph with the same numbers; what they were made from stands there as data without a history."""
    copies = {}
    for value in graph.values:
        if value in wanted:
            for parent in value.parents():
                if parent not in wanted and parent not in copies:
                    copies[parent] = Value(parent.thing, number=parent.number, name=parent.name)
            inputs = [Input(copies.get(edge.parent), edge.constant, edge.strength) for edge in value.inputs]
            copies[value] = Value(value.thing, value.operation, inputs, value.settings, value.number, value.name)
    values = sorted(copies.values(), key=lambda value: value.number)
    return Graph(values, {key(value.thing): value for value in values})


def key(thing: Any) -> int:
    """What identifies a node: its order of birth, for a copy may stand in for it; else the object itself."""
    born = getattr(thing, "born", None)
    return ~id(thing) if born is None else born          # negative, unlike any order of birth


def is_node(thing: Any) -> bool:
    """True for an object (not a class) with `value` and `local_gradients`."""
    return not isinstance(thing, type) and hasattr(thing, "value") and (
        hasattr(type(thing), "local_gradients") or hasattr(thing, "local_gradients"))     # Tensor computes them: don't


def _made_by(thing: Any) -> tuple[str | None, list[Input], dict[str, Any]]:
    """(operation, inputs, settings); here the `parent` of an Input is still the object itself."""
    op = getattr(thing, "op", None)
    if hasattr(op, "__name__") and hasattr(thing, "inputs"):             # a minigrad Tensor
        return op.__name__, [_input(x) for x in inputs_of(thing)], thing.settings
    name, inputs = None, []
    for entry in thing.local_gradients or ():
        if len(entry) not in (2, 3):
            raise TypeError("local_gradients should hold (parent, number) or (name, parent, number or function); "
                            f"got a tuple of {len(entry)}: {entry!r}")
        if len(entry) == 3 and entry[0] != name:
            name = str(entry[0]) if name is None else f"{name}, {entry[0]}"
        parent, gradient = entry[-2:]
        is_number = isinstance(gradient, NUMBERS) or isinstance(gradient, np.ndarray) and gradient.ndim == 0
        inputs.append(_input(parent, gradient if is_number else None))
    return name, inputs, NOTHING


def _input(x: Any, strength: float | None = None) -> Input:
    return Input(x, None, strength) if is_node(x) else Input(None, x, strength)


def _give_names(graph: Graph, names: dict[str, Any]) -> None:
    """Names given by the caller win over `t.name`; of two names for one node the first wins."""
    types, named = {type(value.thing) for value in graph.values}, set()
    for name, thing in names.items():
        if str(name).startswith("_") or type(thing) not in types:        # locals() holds all kinds of things
            continue
        value = graph.find(thing)
        if value is not None and value not in named:
            value.name = str(name)
            named.add(value)


def _text_or_none(name: Any) -> str | None:
    return None if name is None or name == "" or callable(name) else str(name)
