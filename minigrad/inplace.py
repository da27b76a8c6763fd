"""Changes in place, by PyTorch's rules: `x.op_(...)` is x = op(x, ...) in the same memory and for the same tensor.

Where nothing flows back, the new numbers are written and that is all. Where a gradient flows, the tensor becomes the
result of the operation, a younger node, and an older one takes over what it was: its number, operation and inputs.
Nodes that used the tensor before find that older one (`changes.as_it_was`); nodes whose rules need overwritten numbers are
refused by backward; other tensors over the same memory are refused from now on (`changes.refuse_outdated`).
"""
import numpy as np

from . import ops
from .changes import changed, notes, owner, refuse_outdated, rewrites, rewritten
from .grad_mode import is_grad_enabled
from .graph import Node, leaf, raw, to

KINDS = "buif"


def flows(*things) -> bool:
    """Would a gradient flow through one of these?"""
    return is_grad_enabled() and any(isinstance(x, Node) and x.tracked for x in things)


def writable(t, what: str):
    """Raise for a leaf that requires grad, or a view of one: its gradient would belong to numbers that are gone."""
    if not (is_grad_enabled() and t.tracked):
        return
    base = t
    while base.op is not None and base.inputs and isinstance(base.inputs[0], Node) and (
            owner(base.inputs[0].value) is owner(t.value)):
        base = base.inputs[0]
    if base.op is None and base.tracked:
        raise RuntimeError(f"in-place {what}: this {'leaf' if base is t else 'view of a leaf'} requires grad, and "
                           f"operations "
                           "are being recorded; wrap the change in `with no_grad():`")


def write(t, array, what: str):
    """The numbers into the memory of t; raises RuntimeError where they do not fit."""
    if np.shape(array) != t.shape:
        raise RuntimeError(f"in-place {what}: a tensor of shape {t.shape} cannot hold the result with shape "
                           f"{np.shape(array)}")
    kind = np.asarray(array).dtype.kind
    if KINDS.index(kind.replace("u", "i")) > KINDS.index(t.dtype.kind.replace("u", "i")):
        raise RuntimeError(f"in-place {what}: a tensor of dtype {t.dtype} cannot hold the result with dtype "
                           f"{np.asarray(array).dtype}")
    try:
        t.value[...] = array
    except ValueError as error:
        raise RuntimeError(f"in-place {what}: this tensor of shape {t.shape} cannot be written to: {error}; use "
                           f"clone() first") from error


def in_place(function, name: str | None = None):
    """The method that does in place what a function does: `relu_ = in_place(relu)`."""
    name = name or function.__name__

    def method(self, *args, **settings):
        if not flows(self, *args, *settings.values()):
            out = function(self, *args, **settings)
            write(self, raw(out), name)
            changed(self.value)
            return self
        writable(self, name)
        refuse_outdated(self)
        before = shadow(self)
        now = ops.clone(before) if before.value is self.value else before     # the function needs numbers that stay
        out = function(now, *(now if x is self else x for x in args), **settings)
        if out.dtype != self.dtype and KINDS.index(out.dtype.kind) <= KINDS.index(self.dtype.kind):
            out = to(out, dtype=self.dtype)
        write(self, out.value, name)
        become(self, ops.clone(out) if out is now else out, before, self.value)
        return self
    method.__name__, method.__wrapped__ = f"{name}_", function                # Tab shows the function's arguments
    method.__doc__ = f"`{name}` in place: the tensor itself takes on the result; see `mg.{name}`."
    return method


def shadow(t):
    """A node that is what t was, with a copy of its numbers; or with t's memory, if the numbers that its operation gave
    are gone already, so that backward notices."""
    note = notes.get(id(owner(t.value)))
    before = leaf(t.value if t.op is not None and note and note[1] > t.born else t.value.copy(), t.tracked)
    before.op, before.inputs, before.arrays, before.settings, before.born = t.op, t.inputs, t.arrays, t.settings, t.born
    before.extra = {key: t.extra[key] for key in ("was", "hooks") if t.extra and key in t.extra} or None
    return before


def become(t, out, before, region):
    """Let t be the result `out` of a recorded change of this region of its memory."""
    born = rewritten(region)
    t.op, t.inputs, t.arrays, t.settings, t.tracked = out.op, out.inputs, out.arrays, out.settings, out.tracked
    t.born = born
    t.extra = {**(t.extra or {}), "was": before}                 # and what retains its gradient goes on doing so
    t.extra.pop("hooks", None)                                   # but hooks, as in PyTorch, stay with what it was


def assign(t, steps, value):
    """`t[index] = value`; `steps` is the index in numpy's terms, as `shape.plain_index` gives it."""
    *basic, last = steps
    array = raw(value)
    target = t.value[basic[0]] if basic else t.value
    if isinstance(array, np.ndarray) and array.dtype != t.dtype:
        array = array.astype(t.dtype)                            # as in PyTorch, assignment converts
    if not flows(t, value):
        target[last] = array
        return changed(t.value)
    writable(t, "assignment")
    region = target[last]
    region = region if np.may_share_memory(region, t.value) else t.value
    back = isinstance(value, Node) and _same_memory(region, value.value)   # x[i] += y ends in x[i] = (the changed x[i])
    if not (back and set(rewrites(t)) <= {value.born}):
        refuse_outdated(t)
    before = shadow(t)
    value = before if value is t else value if isinstance(value, Node) else leaf(np.asarray(array, t.dtype))
    value = to(value, dtype=t.dtype) if value.dtype != t.dtype else value
    if basic:                                                    # by whole numbers first, then by arrays
        place = np.arange(t.value.size).reshape(t.shape)[basic[0]][last]
        out = ops.reshape(ops.assign(ops.reshape(before, shape=(-1,)), value, index=(place,)), shape=t.shape)
    else:
        out = ops.assign(before, value, index=last)
    target[last] = array
    become(t, out, before, region)


def _same_memory(a, b):
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides
