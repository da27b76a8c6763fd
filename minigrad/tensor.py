"""The reader's face of the graph: a tensor's gradient, operators and changes in place."""
from operator import attrgetter
from weakref import ref

import numpy as np

from . import functions as F
from . import graph, ops
from . import shape as S
from .changes import changed
from .create import given
from .device import placed
from .dtypes import PYTHONS
from .form import Form
from .graph import Node, TensorBase, history, leaf, raw
from .promotion import to
from .hooks import RemovableHandle, TensorHooks, callable_only
from .inplace import flows, in_place, is_at, successor, writable
from .kernels import VIEWS
from .memory import settle
from .methods import Methods
from .printing import grad_fn, text
from .watch import mine, observers

OPERANDS = TensorBase, int, float, np.ndarray, np.generic


def _operator(function, swapped=False):
    """`x + y` is add(x, y); a strange operand gets Python's own TypeError."""
    def method(self, other):
        if not isinstance(other, OPERANDS):
            return NotImplemented
        return function(other, self) if swapped else function(self, other)
    return method


def _as_in(x, value):
    """`value` as a tensor of x's dtype."""
    value = value if isinstance(value, TensorBase) else leaf(np.asarray(value, x.dtype))
    return value if value.dtype == x.dtype else to(value, dtype=x.dtype)


def _copied(x, value):
    """`value` in the dtype and shape of x."""
    value = _as_in(x, value)
    return value if value.shape == x.shape else ops.broadcast_to(value, shape=x.shape)


_copy = in_place(_copied, "copy_", forgets=True)
_assign = in_place(lambda x, value, *, index: ops.assign(x, _as_in(x, value), index=index),
                   "assignment", forgets=True)


class Tensor(Form, Methods, TensorBase):
    """An array that remembers how it was made; `tensor(data)` makes one.

    `Tensor(data)` itself converts to the default dtype, `Tensor(2, 3)` is one of that shape.

    >>> mg.Tensor([1, 2]), mg.Tensor(2, 3).shape
    (tensor([1., 2.]), torch.Size([2, 3]))
    """

    __slots__ = ()

    @placed
    def __init__(self, *data):
        super().__init__(given(data, PYTHONS[float]))

    # Its history and its gradient

    op = property(lambda self: history(self).op, doc="The operation that made it; None for a leaf.")
    is_leaf = property(lambda self: self.op is None, doc="True if no recorded operation made it.")
    grad_fn = property(lambda self: self.op and grad_fn(history(self)),
                       doc="The node of its `op` in PyTorch's form.")
    local_gradients = property(lambda self: history(self).local_gradients,
                               doc=Node.local_gradients.__doc__)
    grad = property(attrgetter("node.grad"),
                    doc="The gradient that backward() has added up here, a tensor; None before.")
    name = property(lambda self: history(self).name,
                    lambda self, name: setattr(history(self), "name", name),
                    doc="A name for pictures and messages; None unless one was given.")
    data = property(lambda self: self.detach(), doc="The same memory without a history.")
    requires_grad = property(lambda self: self.tracked, doc="True if gradients flow to it.")
    retains_grad = property(lambda self: self._hooks().keep_grad,
                            doc="True if it is no leaf and was asked to keep its gradient.")

    @grad.setter
    def grad(self, g):
        if g is not None and not isinstance(g, TensorBase):
            raise TypeError(f"grad: expected a tensor or None, got {type(g).__name__}")
        if g is not None and (g.value.shape, g.value.dtype) != (self.value.shape, self.value.dtype):
            raise RuntimeError(f"grad: expected shape {self.shape} and {self.dtype} as its own, "
                               f"got {g.shape} and {g.dtype}")
        self.node.grad = g

    @data.setter
    def data(self, other):
        if not isinstance(other, TensorBase) or (self.tracked and other.value.dtype.kind != "f"):
            raise TypeError("data: expected a tensor (floating, if this one requires grad), got "
                            f"{other!r:.60}")
        changed(self.value)               # backward shall not go through what the old values made
        self.hold(settle(other).value)

    @requires_grad.setter
    def requires_grad(self, on: bool):
        if on and self.value.dtype.kind != "f":
            raise RuntimeError("requires_grad: only floating tensors can require gradients, got "
                               f"dtype {self.dtype}; call .float() first")
        if not on and self.op is not None:
            raise RuntimeError("requires_grad: only a leaf's can be switched off; use detach() for "
                               "the value alone")
        if self.tracked != bool(on):
            grad, self.node = self.grad, successor(self.node, Node(self.value, bool(on)))
            self.node.grad, self.node.held, self.origin = grad, ref(self), None    # its own base

    def requires_grad_(self, requires_grad: bool = True):
        """Set `requires_grad`, and return the tensor itself.

        >>> mg.ones(2).requires_grad_()
        tensor([1., 1.], requires_grad=True)
        """
        self.requires_grad = requires_grad
        return self

    def retain_grad(self):
        """Ask backward() to keep this tensor's `grad` too, although it is no leaf."""
        if not self.tracked:
            raise RuntimeError("retain_grad: this tensor does not require grad")
        if self.op is not None:
            self._hooks().keep_grad = True

    def register_hook(self, hook) -> RemovableHandle:
        """Call `hook(grad)` in backward when this tensor's gradient is complete.

        It returns None, or another tensor of that shape and dtype, which takes its place. Hooks run
        in the order in which they came, before the gradient flows on. Returns a handle with
        `remove()`. Raises RuntimeError for a tensor that does not require grad.

        >>> a = mg.tensor(3.0, requires_grad=True)
        >>> handle = a.register_hook(lambda grad: grad * 10)
        >>> (a * a).backward()
        >>> a.grad
        tensor(60.)
        """
        if not self.tracked:
            raise RuntimeError("register_hook: this tensor does not require grad, so no gradient "
                               "will come by")
        callable_only("register_hook", hook)
        return RemovableHandle(self._hooks(), hook)

    def _hooks(self) -> TensorHooks:
        node = history(self)
        node.hooks = TensorHooks() if node.hooks is None else node.hooks
        return node.hooks

    def detach(self):
        """The same memory without a history: no gradient flows through it.

        >>> mg.ones(2, requires_grad=True).detach()
        tensor([1., 1.])
        """
        out = leaf(settle(self).value)
        for observer in observers and mine():
            observer.detached(out, self)
        return out

    def detach_(self):
        """Forget the history."""
        self.node, self.origin = successor(self.node, Node(self.value)), None
        return self

    # Operators

    __add__, __radd__ = _operator(ops.add), _operator(ops.add, swapped=True)
    __sub__, __rsub__ = _operator(ops.sub), _operator(ops.sub, swapped=True)
    __mul__, __rmul__ = _operator(ops.mul), _operator(ops.mul, swapped=True)
    __truediv__, __rtruediv__ = _operator(ops.div), _operator(ops.div, swapped=True)
    __pow__, __rpow__ = _operator(ops.pow), _operator(ops.pow, swapped=True)
    __matmul__, __rmatmul__ = _operator(ops.matmul), _operator(ops.matmul, swapped=True)
    __neg__, __abs__ = ops.neg, ops.abs
    __eq__, __ne__, __lt__ = _operator(ops.eq), _operator(ops.ne), _operator(ops.lt)
    __le__, __gt__, __ge__ = _operator(ops.le), _operator(ops.gt), _operator(ops.ge)
    __hash__ = object.__hash__            # by identity: a tensor can be a key, although == compares
    __getitem__ = S.getitem

    # In place

    __iadd__ = add_ = in_place(F.add, "+=", np.add, forgets=True)
    __isub__ = sub_ = subtract_ = in_place(F.sub, "-=", np.subtract, forgets=True)
    __imul__ = mul_ = multiply_ = in_place(F.mul, "*=", np.multiply)
    __itruediv__ = div_ = divide_ = true_divide_ = in_place(F.div, "/=", np.divide)
    __ipow__ = pow_ = in_place(F.pow)

    def copy_(self, other, non_blocking=False):
        """Take over the elements of another tensor, which broadcasts to this shape."""
        return _copy(self, other)

    def __setitem__(self, index, value):
        *first, last = S.plain_index(self, index)          # by whole numbers, then by arrays
        writable(self, "assignment")
        try:
            if not flows(self, value):
                place = self.value[first[0]] if first else self.value
                place[last] = raw(value)
                return changed(self.value)
            place = ops.getitem(self, index=first[0]) if first else self
            if not {i.__class__ for i in last} <= VIEWS:
                _assign(place, S.without_extra_ones(value, place.value, last), index=last)
            elif not is_at(view := ops.getitem(place, index=last), value):
                _copy(view, S.without_extra_ones(value, view.value))
        except ValueError as error:
            raise RuntimeError(f"assignment: a value of shape {np.shape(raw(value))} does not fit "
                               f"the place: {error}") from error

    def __repr__(self): return text(self)
    def __format__(self, spec): return format(self.item() if self.ndim == 0 else str(self), spec)

    def __reduce_ex__(self, protocol):    # copy, deepcopy and pickle
        return _rebuild, (type(self), self.value, self.tracked, self.name, vars(self))


graph.Result = Tensor                     # from now on, results are of this class


def _rebuild(cls, value, tracked, name, attributes):
    t = cls.__new__(cls)
    TensorBase.__init__(t, np.array(value), tracked)
    t.node.name = name
    vars(t).update(attributes)
    return t
