"""Views and changes in place, by PyTorch's rules: `x.op_(…)` is x = op(x, …) in the same memory.

Where nothing flows back, the new numbers are written and that is all. Where a gradient flows, the
tensor gets the node of the result. Who used it before keeps the old node, and backward refuses to
go on only where a rule needs a number that is gone (`changes`).

A view knows its base, and the steps from there to itself. A recorded change of a view is a change
of its base: `base[k] += y` makes base = assign(base, base[k] + y, k). Other views of the base take
the same steps again, from its new node, when they are used next.
"""
import numpy as np

from .changes import Overwritten, changed, clock, owner
from .grad_mode import here
from .graph import Node, TensorBase, history, leaf, new, primitive, raw, tensor
from .memory import settle
from .promotion import to
from .hooks import TensorHooks


def zeros_like(g):
    """Zeros of the shape and type of g, as an array or as a tensor."""
    return leaf(np.zeros_like(g.value)) if isinstance(g, TensorBase) else np.zeros_like(g)


# `x.copy_(y)`: what x was counts no more
copy = primitive(lambda x, y: np.array(np.broadcast_to(y, x.shape)),
                 lambda g, out, x, y: zeros_like(g), lambda g, out, x, y: g, name="copy")


# Views

class View:
    """Where a tensor looks: at the memory of `base`, after `steps`, pairs (operation, settings)."""

    __slots__ = ("base", "steps", "seen", "recorded")

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
        out = op(settle(x) if isinstance(x, TensorBase) else x, **settings)
        base = out.value.base if isinstance(out, TensorBase) else None
        if base is not None and (base is x.value or owner(base) is owner(x.value)):
            first, steps = (x, ()) if x.origin is None else (x.origin.base, x.origin.steps)
            out.origin = at = new(View)
            at.base, at.steps, at.seen = first, (*steps, (view, settings)), out.node.born
            at.recorded = here.recording
        return out
    vars(view).update(vars(op))
    view.__name__, view.__qualname__ = op.__name__, op.__qualname__
    return view


def again(op, node, array, settings):
    """The node and the array of a view that an operation makes of a node and its array."""
    value = op.forward(array, **settings)
    if not node.tracked:
        return Node(value), value
    return Node(value, True, op, [node], [array], settings), value


def successor(before, node) -> Node:
    """The node in the place of another: with its name, and keeping its gradient if that did."""
    node.name = before.name
    if before.hooks is not None and before.hooks.keep_grad:      # hooks themselves stay behind
        node.hooks = TensorHooks() if node.hooks is None else node.hooks
        node.hooks.keep_grad, before.hooks.keep_grad = True, False
    return node


# Changes

def flows(*things) -> bool:
    """Would a gradient flow through one of these?"""
    return here.recording and any(isinstance(x, TensorBase) and x.tracked for x in things)


def writable(t, what: str) -> None:
    """Raise for a leaf that requires grad: its gradient would belong to numbers that are gone."""
    base = t if t.origin is None else t.origin.base
    if not (here.recording and base.node.tracked):
        return
    if base.node.op is None:
        raise RuntimeError(f"in-place {what}: this {'leaf' if base is t else 'view of a leaf'} "
                           "requires grad, and operations are being recorded; wrap the change in "
                           "`with no_grad():`")
    if base is not t and not t.origin.recorded:
        raise RuntimeError(f"in-place {what}: this view was taken under no_grad, so its base would "
                           "not know of a recorded change; take the view again outside of it")


def rank(array) -> int:
    """The kind of its numbers: bool, whole or floating. A lower one fits into a higher one."""
    return "biuf".index(array.dtype.kind.replace("u", "i"))


def write(t, array, what: str) -> None:
    """The numbers into the memory of t; raises RuntimeError where they do not fit."""
    array = np.asarray(array)
    problem = None
    if array.shape != t.value.shape:
        problem = (f"a tensor of shape {t.value.shape} cannot hold the result with shape "
                   f"{array.shape}")
    elif rank(array) > rank(t.value):
        problem = (f"a tensor of dtype {t.value.dtype} cannot hold the result with dtype "
                   f"{array.dtype}")
    elif not t.value.flags.writeable:
        problem = "this tensor is read-only, or its elements share places; use clone() first"
    if problem:
        raise RuntimeError(f"in-place {what}: {problem}")
    t.value[...] = array
    changed(t.value)


def in_place(function, name: str | None = None, ufunc=None, forgets: bool = False):
    """The method that does in place what a function does: `relu_ = in_place(relu)`.

    `ufunc` does it where nothing is recorded. `forgets`: the rules do not read the numbers that are
    overwritten, so no copy of them is kept.
    """
    name = name or function.__name__

    def method(self, *args, **settings):
        writable(self, name)
        if not flows(self, *args, *settings.values()):
            try:
                ufunc(self.value, *map(raw, args), **settings, out=self.value, casting="same_kind")
                changed(self.value)
            except (TypeError, ValueError, OverflowError):   # there is none, or it is not for these
                write(self, raw(function(self, *args, **settings)), name)
            return self
        before = tensor(history(self), self.value if forgets else np.array(self.value))
        start = clock()
        out = function(before, *(before if x is self else x for x in args), **settings)
        if out.value.dtype != self.value.dtype and rank(out.value) <= rank(self.value):
            out = to(out, dtype=self.value.dtype)
        record(self, out, start, name)
        return self
    method.__name__, method.__wrapped__ = f"{function.__name__}_", function       # for Tab
    method.__doc__ = f"`{name}` in place: the tensor takes on the result."
    return method


def record(t, out, start: int, what: str) -> None:
    """Let t be the result `out` of an operation, in its own memory; what is older is an input."""
    node, before, memory = history(out), history(t), owner(t.value)
    write(t, out.value, what)
    if node.born < start or not node.tracked:            # the function gave an input or a constant
        tracked = before.tracked or node.tracked
        node = Node(t.value, tracked, copy, [before, node], [t.value, out.value])
    else:
        node.arrays = [Overwritten(x, node) if isinstance(x, np.ndarray) and owner(x) is memory
                       else x for x in node.arrays]
        node.value, node.born = t.value, clock()         # younger than the change
    base = t if t.origin is None else t.origin.base
    if base is not t:
        node = changed_part(base.node, base.value, t.origin.steps, node)
    base.node, base.rewritten = successor(base.node, node), clock()


def changed_part(node, array, steps, part) -> Node:
    """What `node`, with this array, is after `part` was written at the end of these steps."""
    if not steps:
        return part
    (op, settings), *rest = steps
    inner, there = again(op, node, array, settings)
    part = changed_part(inner, there, rest, part)
    if hasattr(op, "assign"):                            # a choice of places: the others stay
        tracked = node.tracked or part.tracked
        return Node(array, tracked, op.assign, [node, part], [array, there], settings)
    back = op.rules[0](tensor(part, there), None, array, **settings)      # only another order
    back.node.value = array
    return back.node


def is_at(t, value) -> bool:
    """Is `value` this very place, as `t[i] += y` ends in `t[i] = (the changed t[i])`?"""
    a, b = t.value, raw(value)
    return isinstance(b, np.ndarray) and a.ctypes.data == b.ctypes.data and (
        (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype))
