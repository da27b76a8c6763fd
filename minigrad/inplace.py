"""Views and changes in place, by PyTorch's rules: `x.op_(...)` is x = op(x, ...) in the same memory.

Where nothing flows back, the new numbers are written and that is all. Where a gradient flows, the tensor
gets the node of the result: who used it before keeps the old node, and is refused by backward only if
a rule needs a number that is gone (`changes`).

A view knows its base, and the steps from there to itself. A recorded change of a view is a change of its
base: `base[k] += y` makes base = assign(base, base[k] + y, k). Other views of the base take the
same steps again, from its new node, when they are used next.
"""
import numpy as np

from .changes import Overwritten, changed, clock, owner
from .grad_mode import is_grad_enabled
from .hooks import TensorHooks
from .graph import Node, TensorBase, history, leaf, primitive, raw, tensor, to


def zeros_like(g):
    """Zeros of the shape and type of g, as an array or as a tensor."""
    return leaf(np.zeros_like(g.value)) if isinstance(g, TensorBase) else np.zeros_like(g)


# `x.copy_(y)`: what x was counts no more
copy = primitive(lambda x, y: np.array(np.broadcast_to(y, x.shape)),
                 lambda g, out, x, y: zeros_like(g), lambda g, out, x, y: g, name="copy")


class View:
    """Where a tensor looks: at the memory of `base`, after `steps`, each an operation and its settings."""

    __slots__ = ("base", "steps", "seen", "recorded")

    def __init__(self, base, steps):
        self.base, self.steps, self.seen, self.recorded = base, steps, clock(), is_grad_enabled()

    def history(self, t) -> Node:
        """The node of the view t; a new one if its base was changed since."""
        if self.base.rewritten > self.seen:
            node, array = self.base.node, self.base.value
            for op, settings in self.steps:
                node, array = again(op, node, array, settings)
            t.node, self.seen = successor(t.node, node), clock()
        return t.node


def viewing(forward, *rules, **form):
    """A primitive whose results look at the memory of its input, where they can, and know it."""
    op = primitive(forward, *rules, **form)

    def view(x, **settings):
        out = op(x, **settings)
        if isinstance(out, TensorBase):
            base = out.value.base
            if base is not None and (base is x.value or base is x.value.base):
                steps = ((view, settings),)
                out.origin = View(x, steps) if x.origin is None else View(x.origin.base, x.origin.steps + steps)
        return out
    vars(view).update(vars(op))
    view.__name__, view.__qualname__ = op.__name__, op.__qualname__
    return view


def again(op, node, array, settings):
    """The node and the array of a view that an operation makes."""
    value = op.forward(array, **settings)
    if not node.tracked:
        return Node(value), value
    return Node(value, True, op, [node], [array], settings), value


def successor(before, node) -> Node:
    """The node that takes the place of another: with its name, and asked to keep its gradient if that was."""
    node.name = before.name
    if before.hooks is not None and before.hooks.keep_grad:               # hooks stay with what was
        node.hooks = TensorHooks() if node.hooks is None else node.hooks
        node.hooks.keep_grad, before.hooks.keep_grad = True, False
    return node


# Changes

def flows(*things) -> bool:
    """Would a gradient flow through one of these?"""
    return is_grad_enabled() and any(isinstance(x, TensorBase) and x.tracked for x in things)


def writable(t, what: str) -> None:
    """Raise for a leaf that requires grad, or a view of one: its gradient would belong to numbers that are gone."""
    base = t if t.origin is None else t.origin.base
    if is_grad_enabled() and base.node.tracked and base.node.op is None:
        raise RuntimeError(f"in-place {what}: this {'leaf' if base is t else 'view of a leaf'} requires grad, and "
                           "operations are being recorded; wrap the change in `with no_grad():`")
    if is_grad_enabled() and t.origin is not None and not t.origin.recorded and base.node.tracked:
        raise RuntimeError(f"in-place {what}: this view was taken under no_grad, so its base would not know of a "
                           "recorded change; take the view again outside, or change it under no_grad")


def rank(array) -> int:
    """Of the kinds of numbers (bool, whole, floating) which one: a lower one may be stored in a higher one."""
    return "biuf".index(array.dtype.kind.replace("u", "i"))


def write(t, array, what: str) -> None:
    """The numbers into the memory of t; raises RuntimeError where they do not fit."""
    array = np.asarray(array)
    if array.shape != t.value.shape:
        raise RuntimeError(f"in-place {what}: a tensor of shape {t.value.shape} cannot hold the result with shape "
                           f"{array.shape}")
    if rank(array) > rank(t.value):
        raise RuntimeError(f"in-place {what}: a tensor of dtype {t.value.dtype} cannot hold the result with dtype "
                           f"{array.dtype}")
    try:
        t.value[...] = array
    except ValueError as error:
        raise RuntimeError(f"in-place {what}: this tensor of shape {t.value.shape} cannot be written to: {error}; "
                           "use clone() first") from error
    changed(t.value)


def in_place(function, name: str | None = None, forgets: bool = False):
    """The method that does in place what a function does: `relu_ = in_place(relu)`.

    `forgets`: its rules do not read the numbers that are overwritten, so that no copy of them is kept.
    """
    name = name or function.__name__

    def method(self, *args, **settings):
        if not flows(self, *args, *settings.values()):
            writable(self, name)
            write(self, raw(function(self, *args, **settings)), name)
            return self
        writable(self, name)
        before = tensor(history(self), self.value if forgets else np.array(self.value))
        start = clock()
        out = function(before, *(before if x is self else x for x in args), **settings)
        if out.value.dtype != self.value.dtype and rank(out.value) <= rank(self.value):
            out = to(out, dtype=self.value.dtype)
        record(self, out, start, name)
        return self
    method.__name__, method.__wrapped__ = f"{name}_", function                # Tab shows the function's arguments
    method.__doc__ = f"`{name}` in place: the tensor itself takes on the result; see `mg.{name}`."
    return method


def record(t, out, start: int, what: str) -> None:
    """Let t be the result `out` of an operation, in its own memory; nodes older than `start` are not new."""
    node, memory = history(out), owner(t.value)
    write(t, out.value, what)
    before = history(t)
    if node.born < start or not node.tracked:             # the function gave an input back, or a constant
        node = Node(t.value, before.tracked or node.tracked, copy, [before, node], [t.value, out.value])
    else:
        node.arrays = [Overwritten(x, node) if isinstance(x, np.ndarray) and owner(x) is memory else x
                       for x in node.arrays]
        node.value, node.born = t.value, clock()          # younger than the change
    if t.origin is None:
        t.node, t.rewritten = successor(t.node, node), clock()
    else:
        base = t.origin.base
        base.node = successor(base.node, changed_part(base.node, base.value, t.origin.steps, node))
        base.rewritten = clock()


def changed_part(node, array, steps, part) -> Node:
    """What `node` (its numbers are in `array`) is after the end of these steps has become `part`."""
    if not steps:
        return part
    (op, settings), *rest = steps
    inner, there = again(op, node, array, settings)
    part = changed_part(inner, there, rest, part)
    if hasattr(op, "assign"):                                     # a choice of places: the others stay
        tracked = node.tracked or part.tracked
        return Node(array, tracked, op.assign, [node, part], [array, there], settings)
    back = op.rules[0](tensor(part, there), None, array, **settings)        # the same numbers in another order
    back.node.value = array
    return back.node


def is_at(t, value) -> bool:
    """Is `value` this very place, as `t[i] += y` ends in `t[i] = (the changed t[i])`?"""
    a, b = t.value, raw(value)
    return isinstance(b, np.ndarray) and (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype) and (
        a.ctypes.data == b.ctypes.data)
