"""Dual numbers: arrays that carry their slope along every direction of the leaves, so that derivatives need no graph.

A view of a Dual is a view of its value and of its slopes; a change in place writes both; a change that is not recorded
writes the value alone. So this tiny library tells what views and changes in place have to give, also where PyTorch
refuses to say it. Tests run one program on it, on minigrad and on PyTorch.
"""
from contextlib import contextmanager

import numpy as np

float64, recording = np.float64, True


@contextmanager
def no_grad():
    global recording
    before, recording = recording, False
    try:
        yield
    finally:
        recording = before


class Dual:
    """`value`, and `slope` with one more axis, the last one: a place for each element of each leaf."""

    def __init__(self, value, slope, known=True, leaf=False):
        self.value, self.slope = value, slope
        self.known = known                              # the layout in memory is the same in every library
        self.leaf = leaf                                # a leaf that requires grad, or a view of one

    shape, ndim = property(lambda self: self.value.shape), property(lambda self: self.value.ndim)

    # Results in a memory of their own

    def _new(self, value, slope, *others):
        slope = slope if recording else np.zeros_like(slope)
        plain = all(x.known and x.value.flags.c_contiguous for x in (self, *others))
        return Dual(np.array(value, order="C"), np.array(slope, order="C"), plain)

    def _times(self, value, factor):
        return self._new(value, self.slope * np.asarray(factor)[..., None])

    def __add__(self, y): y = lift(y, self); return self._new(self.value + y.value, _wide(self, y) + _wide(y, self), y)
    def __sub__(self, y): return self + -lift(y, self)
    def __mul__(self, y):
        y = lift(y, self)
        slope = _wide(self, y) * y.value[..., None] + _wide(y, self) * self.value[..., None]
        return self._new(self.value * y.value, slope, y)
    def __truediv__(self, number): return self * (1 / number)
    def __neg__(self): return self * -1.0
    def __gt__(self, number): return self.value > number
    def exp(self): return self._times(np.exp(self.value), np.exp(self.value))
    def tanh(self): return self._times(np.tanh(self.value), 1 - np.tanh(self.value) ** 2)
    def sigmoid(self): s = 1 / (1 + np.exp(-self.value)); return self._times(s, s * (1 - s))
    def sin(self): return self._times(np.sin(self.value), np.cos(self.value))
    def relu(self): return self._times(np.maximum(self.value, 0), self.value > 0)
    def clone(self): return self._times(self.value, 1.0)
    def sum(self): return self._new(self.value.sum(), self.slope.sum(tuple(range(self.ndim))))
    def masked_fill(self, mask, number): return self._times(np.where(mask, number, self.value), ~mask)

    # Views

    def _view(self, look):
        """`look(array, lead)` gives the view of an array; `lead` is () for the value, (k,) for the slopes."""
        return Dual(look(self.value, ()), look(self.slope, self.slope.shape[-1:]), self.known, self.leaf)

    def detach(self): return Dual(self.value, np.zeros_like(self.slope), self.known)

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        if any(isinstance(i, (list, np.ndarray)) for i in index):
            return self._new(self.value[index], self.slope[index])
        dots = () if any(i is Ellipsis for i in index) else (Ellipsis,)      # so that one number is a view, too
        return self._view(lambda x, lead: x[(*index, *dots, *[slice(None)] * len(lead))])

    def reshape(self, *shape):
        shape = np.empty(self.shape).reshape(shape).shape
        return self._view(lambda x, lead: x.reshape(shape + lead))

    def view(self, *shape):
        out = self.reshape(*shape)
        if not np.may_share_memory(out.value, self.value):
            raise RuntimeError("view")
        return out

    def permute(self, *axes): return self._view(lambda x, lead: x.transpose((*axes, *[len(axes)] * len(lead))))
    def transpose(self, i, j): return self._view(lambda x, lead: x.swapaxes(i % self.ndim, j % self.ndim))
    T = property(lambda self: self.permute(*range(self.ndim)[::-1]))
    def unsqueeze(self, axis): return self._view(lambda x, lead: np.expand_dims(x, axis))
    def squeeze(self, axis): return self._view(lambda x, lead: x.squeeze(axis)) if self.shape[axis] == 1 else self[...]
    def flatten(self): return self.reshape(-1)
    def narrow(self, axis, start, length): return self[(slice(None),) * axis + (slice(start, start + length),)]
    def select(self, axis, i): return self[(slice(None),) * axis + (i,)]
    def unbind(self, axis=0): return tuple(self.select(axis, i) for i in range(self.shape[axis]))

    def split(self, size, axis=0):
        return tuple(self.narrow(axis, i, min(size, self.shape[axis] - i)) for i in range(0, self.shape[axis], size))

    def chunk(self, parts, axis=0): return self.split(-(-self.shape[axis] // parts), axis)
    def expand(self, *shape): return self._view(lambda x, lead: np.broadcast_to(x, shape + lead))

    # Changes in place

    def _become(self, new):
        if new.shape != self.shape:
            new = new._view(lambda x, lead: np.broadcast_to(x, self.shape + lead))
        self.value[...], slope = np.array(new.value), np.array(new.slope)
        if recording:
            self.slope[...] = slope
        return self

    def __setitem__(self, index, y):
        y = lift(y, self)
        value, slope = np.array(y.value), np.array(y.slope)
        place = index if isinstance(index, tuple) else (index,)
        if isinstance(index, np.ndarray) and index.dtype == bool:
            place = np.nonzero(index)
        self.value[place] = value
        if recording:
            dots = () if any(i is Ellipsis for i in place) else (Ellipsis,)
            self.slope[(*place, *dots, slice(None))] = slope

    def add_(self, y, alpha=1): return self._become(self + lift(y, self) * alpha)
    def sub_(self, y): return self._become(self - y)
    def mul_(self, y): return self._become(self * y)
    def div_(self, number): return self._become(self / number)
    def copy_(self, y): return self._become(lift(y, self))
    def fill_(self, number): return self._become(lift(float(number), self))
    def zero_(self): return self.fill_(0.0)
    def neg_(self): return self._become(-self)
    def masked_fill_(self, mask, number): return self._become(self.masked_fill(mask, number))
    def relu_(self): return self._become(self.relu())
    def tanh_(self): return self._become(self.tanh())
    def sigmoid_(self): return self._become(self.sigmoid())
    def exp_(self): return self._become(self.exp())
    __iadd__, __isub__, __imul__, __itruediv__ = add_, sub_, mul_, div_


def _wide(x, y):
    """The slopes of x with as many axes as those of a sum of x and y, so that they broadcast as the values do."""
    more = max(y.ndim - x.ndim, 0)
    return x.slope.reshape((1,) * more + x.slope.shape)


def lift(x, like):
    if isinstance(x, Dual):
        return x
    return Dual(np.asarray(x, float), np.zeros((*np.shape(x), like.slope.shape[-1])))


def leaves(*arrays):
    """Duals with slope 1 along themselves."""
    total, found, at = sum(a.size for a in arrays), [], 0
    for a in arrays:
        slope = np.zeros((a.size, total))
        slope[np.arange(a.size), at + np.arange(a.size)] = 1
        found.append(Dual(np.array(a), slope.reshape(*a.shape, total), leaf=True))
        at += a.size
    return found


def constant(array, directions):
    return Dual(np.array(array, float), np.zeros((*np.shape(array), directions)))
