"""All that `viz` asks of the engine's objects is asked here, and nowhere else in `viz`.

A node is anything with a `value` and `local_gradients`: one of minigrad's, or a reader's own, whose
local gradients are `(parent, number)` or `(operation name, parent, number or function)`; a leaf
has none. A minigrad node has also op, inputs, arrays, settings, born, grad, tracked and extra.
"""
from collections.abc import Callable
from inspect import unwrap
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...changes import changed_since, current, notes, owner
from ...graph import Node, TensorBase, history as node_now
from ...sums import unbroadcast

NUMBERS = (int, float, complex, np.generic)
SPENT = ("the contributions on the edges are gone: backward() freed the arrays of this graph; "
         "draw before backward(), or call backward(retain_graph=True)")


def node_of(x: Any) -> Any:
    """The node behind a Tensor; anything else as it is."""
    return node_now(x) if isinstance(x, TensorBase) else x


def is_node(x: Any) -> bool:
    """True for an object (not a class) with `value` and `local_gradients`, and for a Tensor."""
    x = node_of(x)
    return not isinstance(x, type) and hasattr(x, "value") and (      # Tensor computes them: don't
        hasattr(type(x), "local_gradients") or hasattr(x, "local_gradients"))


def is_minigrads(node: Any) -> bool:
    """Is this a node of the engine, not of a reader's own class?"""
    return isinstance(node, Node)


def key(x: Any) -> int:
    """What identifies a node: its order of birth, for a copy may stand in for it; else the object.

    The second kind is negative, unlike any order of birth.
    """
    x = node_of(x)
    born = getattr(x, "born", None)
    return ~id(x) if born is None else born


def requires_grad(node: Any) -> bool:
    """A class that knows no `requires_grad` wants every gradient."""
    return node.tracked if is_minigrads(node) else bool(getattr(node, "requires_grad", True))


def dtype(node: Any) -> Any:
    """The dtype of a node's array; a reader's own class is asked only if it has one."""
    return getattr(node.value if is_minigrads(node) else node, "dtype", None)


def array_of(x: Any) -> Any:
    """The array of a Tensor, or the value of a reader's own object; anything else as it is."""
    return getattr(x, "value", x)


def gradient(node: Any) -> Any:
    """The gradient that a node keeps, as an array; None where there is none."""
    return array_of(getattr(node, "grad", None))


def keeps_gradient(node: Any, computed: bool) -> bool:
    """A reader's class keeps a gradient wherever it has `grad`; a Tensor at leaves, and if told."""
    if not hasattr(node, "grad") or node.grad is not None or not computed:
        return hasattr(node, "grad")
    if is_minigrads(node):
        return node.hooks is not None and node.hooks.keep_grad
    return getattr(node, "retains_grad", not hasattr(node, "retain_grad"))


def freed(node: Any) -> bool:
    """True for a large array that backward() let go: it reads as NaN, and says nothing."""
    return bool(getattr(node, "freed", False))


def overwritten(node: Any) -> bool:
    """True for a computed value whose memory a change in place has filled with other numbers."""
    return is_minigrads(node) and node.op is not None and changed_since(node.value, node.born)


def operation(node: Any) -> str | None:
    """The name of the operation that made a node; None for a leaf."""
    return getattr(getattr(node, "op", None), "__name__", None)


def history(node: Any) -> tuple[str | None, list[tuple[Any, Any]], dict[str, Any]]:
    """(operation, [(input, local gradient where it is a number)], settings) of a node."""
    if operation(node) and hasattr(node, "inputs"):
        return operation(node), [(node_of(x), None) for x in node.inputs], node.settings
    name, inputs = None, []
    for entry in node.local_gradients or ():
        if len(entry) not in (2, 3):
            raise TypeError("local_gradients should hold (parent, number) or (name, parent, number "
                            f"or function); got a tuple of {len(entry)}: {entry!r}")
        if len(entry) == 3 and entry[0] != name:
            name = str(entry[0]) if name is None else f"{name}, {entry[0]}"
        parent, local = entry[-2:]
        scalar = isinstance(local, np.ndarray) and local.ndim == 0
        inputs.append((node_of(parent), local if scalar or isinstance(local, NUMBERS) else None))
    return name, inputs, {}


# Backward, one edge at a time

def rules(node: Any) -> list[Callable | None]:
    """The rules of the derivative table, one for each input; none for a leaf."""
    written = getattr(getattr(node, "op", None), "rules", ())
    return [rule for rule, _ in zip(written, getattr(node, "inputs", ()))]


def local_rules(node: Any) -> list:
    """What turns a node's gradient into its inputs', for each: a rule, or a local gradient."""
    if is_minigrads(node):
        return rules(node)
    return [entry[-1] for entry in node.local_gradients or ()]


def pull(node: Any, rule: Any, shape: tuple[int, ...], g: Any) -> tuple[Any, tuple | None]:
    """(the gradient that a rule of `node` makes of g, the shape it had before it was summed)."""
    with np.errstate(all="ignore"):
        if is_minigrads(node):
            out, *arrays = _arrays(node)
            gx = rule(np.asarray(g, node.value.dtype), out, *arrays, **_settings(node))
        else:
            gx = array_of(rule(g) if callable(rule) else g * rule)
    before = np.shape(gx)
    if before == shape:
        return gx, None
    if len(before) < len(shape):
        return np.broadcast_to(gx, shape), None
    return unbroadcast(np.asarray(gx), shape), before


def _arrays(node: Node) -> list:
    """The arrays that a node's rules take, its value first: of a spent one what its inputs hold.

    Raises RuntimeError where they are gone; so does a rule that needs one that was overwritten.
    """
    arrays = node.arrays
    if arrays is None:
        if any(freed(x) for x in (node, *node.inputs)):
            raise RuntimeError(SPENT)
        arrays = [array_of(x) for x in node.inputs]
    return current(SimpleNamespace(op=node.op, value=node.value, arrays=arrays, born=node.born,
                                   settings=node.settings))


def _settings(node: Node) -> dict:
    """The settings, and what forward saved for the rules; a spent node computes that once more."""
    if not node.op.saves:
        return node.settings
    saved = node.saved
    if saved is None:
        saved = node.op.forward(*_arrays(node)[1:], **node.settings)[1]
    return {**node.settings, "saved": saved}


def written(rule: Callable) -> Callable:
    """The function that somebody wrote, where a rule is a part of it: graph.Joint."""
    return unwrap(getattr(rule, "func", rule))


# Memory

def memory(node: Any) -> int | None:
    """What identifies the memory of a minigrad node's array."""
    return id(owner(node.value)) if is_minigrads(node) else None


def last_change(node: Any) -> int:
    """When a node's memory was last changed in place, by the clock that numbers the nodes; or 0."""
    note = notes.get(memory(node))
    return note[1] if note else 0
