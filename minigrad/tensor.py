"""The reader's face of the graph: operators, methods and a readable print. No arithmetic is done here."""
import numpy as np

from . import functions as F
from . import ops
from . import shape as S
from .device import DEVICES, device, placed
from .dtypes import BOOL, FLOAT16, FLOAT32, FLOAT64, INT8, INT16, INT32, INT64, UINT8
from .changes import changed
from .graph import Node, TensorBase, face, history, leaf, raw, to
from .hooks import RemovableHandle, TensorHooks, callable_only
from .inplace import flows, in_place, is_at, successor, writable
from .kernels import VIEWS
from .watch import observers
from .methods import Methods
from .printing import text
from .public import UFUNCS


class GradFn:
    """What `t.grad_fn` shows: the operation that made t, in PyTorch's spelling, as `<Sigmoid>`."""

    def __init__(self, op): self.op = op
    def name(self) -> str: return self.op.__name__.title().replace("_", "")
    def __repr__(self): return f"<{self.name()}>"


def _operator(function, swapped=False):
    """`x + y` is add(x, y); an operand that is neither tensor, number nor array gets Python's own TypeError."""
    def method(self, other):
        if not isinstance(other, TensorBase) and not isinstance(other, (int, float, np.ndarray, np.generic)):
            return NotImplemented
        return function(other, self) if swapped else function(self, other)
    return method


def _in_place(symbol, function, ufunc):
    """`x += y`: one ufunc into the tensor's own memory where nothing flows back, else a recorded change."""
    recorded = in_place(function, symbol)

    def method(self, other, **settings):
        writable(self, symbol)
        if settings or flows(self, other) or not isinstance(other, (TensorBase, int, float, np.ndarray, np.generic)):
            return recorded(self, other, **settings)
        try:
            ufunc(self.value, raw(other), out=self.value, casting="same_kind")
        except (ValueError, TypeError) as error:
            raise RuntimeError(f"in-place {symbol}: a tensor of shape {self.shape} and dtype {self.dtype} cannot hold "
                               f"the result with shape {np.shape(raw(other))}: {error}") from error
        changed(self.value)
        return self
    method.__name__, method.__doc__, method.__wrapped__ = f"{function.__name__}_", recorded.__doc__, function
    return method


def _as(dtype):
    """The method that converts to one dtype."""
    def method(self): return self.to(dtype)
    method.__name__, method.__doc__ = dtype.name, f"The elements as {dtype.name}; see `to`."
    return placed(method)


def _taken_over(x, other):
    """`other` in the dtype and shape of x."""
    other = other if isinstance(other, TensorBase) else leaf(np.asarray(other, x.dtype))
    other = other if other.dtype == x.dtype else to(other, dtype=x.dtype)
    return other if other.shape == x.shape else ops.broadcast_to(other, shape=x.shape)


def _with_places(x, value, *, index):
    """x with the value, in x's dtype, at the index."""
    if isinstance(value, TensorBase) and value.dtype != x.dtype:
        value = to(value, dtype=x.dtype)
    return ops.assign(x, value, index=index)


_copy, _put = in_place(_taken_over, "copy_"), in_place(_with_places, "assignment")


@face
class Tensor(Methods, TensorBase):
    """An array that remembers how it was made; `tensor(data)` makes one.

    `Tensor(data)` itself converts to float32, as in PyTorch; sizes instead of data are refused: use `empty(2, 3)`.

    >>> mg.Tensor([1, 2])
    tensor([1., 2.])
    """

    __slots__ = ()

    def __init__(self, data=()):
        if isinstance(data, int):
            raise TypeError(f"Tensor({data}): expected data such as a list; for a tensor that holds {data} use "
                            f"tensor({data}), for one of that size empty({data})")
        super().__init__(np.array(raw(data), FLOAT32))

    # What it is

    shape = property(lambda self: self.value.shape, doc="The sizes of its axes.")
    dtype = property(lambda self: self.value.dtype, doc="The type of its elements.")
    ndim = property(lambda self: self.value.ndim, doc="The number of its axes.")
    op = property(lambda self: history(self).op, doc="The operation that made it; None for a leaf.")
    is_leaf = property(lambda self: self.op is None, doc="True if no recorded operation made it.")
    grad_fn = property(lambda self: self.op and GradFn(self.op), doc="The operation that made it; None for a leaf.")
    local_gradients = property(lambda self: history(self).local_gradients, doc=Node.local_gradients.__doc__)
    data = property(lambda self: self.detach(), doc="The same memory without a history.")

    @data.setter
    def data(self, other):
        if not isinstance(other, TensorBase) or (self.tracked and other.value.dtype.kind != "f"):
            raise TypeError(f"data: expected a tensor (floating, if this one requires grad), got {other!r:.60}")
        changed(self.value)                   # so that backward refuses to go through what the old values made
        self.hold(other.value)

    requires_grad = property(lambda self: self.tracked, doc="True if gradients flow to it.")

    @requires_grad.setter
    def requires_grad(self, on: bool):
        if on and self.value.dtype.kind != "f":
            raise RuntimeError("requires_grad: only floating tensors can require gradients, got dtype "
                               f"{self.dtype}; call .float() first")
        if not on and self.op is not None:
            raise RuntimeError("requires_grad: only a leaf's can be switched off; use detach() for the value alone")
        if self.tracked != bool(on):
            grad, self.node = self.grad, successor(self.node, Node(self.value, bool(on)))
            self.node.grad = grad

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

    retains_grad = property(lambda self: self._hooks().keep_grad,
                            doc="True if it is no leaf and was asked to keep its gradient.")
    grad = property(lambda self: history(self).grad, lambda self, grad: setattr(history(self), "grad", grad),
                    doc="The gradient that backward() has added up here, a tensor; None before.")

    def register_hook(self, hook) -> RemovableHandle:
        """Call `hook(grad)` in backward when this tensor's gradient is complete; what it returns replaces that.

        The hook gets a tensor of this one's shape and dtype, and returns such a tensor, or None for no change. Hooks
        run in the order in which they came, before the gradient flows on or is stored. Returns a handle with
        `remove()`. Raises RuntimeError for a tensor that does not require grad.

        >>> a = mg.tensor(3.0, requires_grad=True)
        >>> handle = a.register_hook(lambda grad: grad * 10)
        >>> (a * a).backward()
        >>> a.grad
        tensor(60.)
        """
        if not self.tracked:
            raise RuntimeError("register_hook: this tensor does not require grad, so no gradient will come by")
        callable_only("register_hook", hook)
        return RemovableHandle(self._hooks(), hook)

    def _hooks(self) -> TensorHooks:
        node = history(self)
        node.hooks = TensorHooks() if node.hooks is None else node.hooks
        return node.hooks

    name = property(lambda self: history(self).name, lambda self, name: setattr(history(self), "name", name),
                    doc="A name for pictures and messages; None unless one was given.")

    def size(self, dim=None):
        """Its shape, or the size of one axis."""
        return self.shape if dim is None else self.shape[S.axes(self, dim, "size")]

    def numel(self) -> int:
        """The number of its elements."""
        return self.value.size

    def dim(self) -> int:
        """The number of its axes."""
        return self.value.ndim

    def element_size(self) -> int:
        """The size of one element in bytes."""
        return self.value.itemsize

    nelement, ndimension = numel, dim
    nbytes = property(lambda self: self.value.nbytes, doc="The size of its elements in bytes.")
    itemsize = property(element_size, doc="The size of one element in bytes.")

    def stride(self, dim=None):
        """How many elements apart neighbours along each axis (or one) stand in memory."""
        strides = tuple(n // self.value.itemsize for n in self.value.strides)
        return strides if dim is None else strides[S.axes(self, dim, "stride")]

    def data_ptr(self) -> int:
        """The address of its first element."""
        return self.value.ctypes.data

    # Ways out

    def numpy(self) -> np.ndarray:
        """The array itself, sharing memory; raises RuntimeError where a gradient would be lost without a word."""
        if self.tracked:
            raise RuntimeError("numpy: this tensor requires grad, and numpy records nothing; call .detach().numpy()")
        return self.value

    def __array__(self, dtype=None, copy=None):
        value = self.numpy()
        if dtype is not None and dtype != value.dtype:
            if copy is False:
                raise ValueError(f"cannot view {value.dtype} as {np.dtype(dtype)} without a copy")
            return value.astype(dtype)
        return value.copy() if copy else value

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        """numpy's functions of tensors: `np.exp(t)` is `mg.exp(t)`, recorded; what the table has not is refused."""
        if method != "__call__" or settings or ufunc not in UFUNCS:
            raise TypeError(f"np.{ufunc.__name__}: minigrad has no such operation on tensors (as {method}, with "
                            f"{[*settings] or 'no settings'}); use t.numpy(), or a function of minigrad")
        return UFUNCS[ufunc](*inputs)

    def item(self):
        """The one element as a Python number; raises RuntimeError if there are more.

        >>> mg.tensor([2.5]).item()
        2.5
        """
        if self.value.size != 1:
            raise RuntimeError(f"item: expected a tensor of one element, got shape {self.shape}; use tolist()")
        return self.value.item()

    def tolist(self):
        """Its elements as nested lists of Python numbers."""
        return self.value.tolist()

    def detach(self):
        """The same memory without a history: no gradient flows through it.

        >>> mg.ones(2, requires_grad=True).detach()
        tensor([1., 1.])
        """
        out = leaf(self.value)
        for observer in observers:
            observer.detached(out, self)
        return out

    @placed
    def to(self, dtype=None, *more, copy=False, non_blocking=False):
        """The elements as another dtype (or that of another tensor); gradients flow back through the conversion.

        `to("cpu")` and `to(device)` are the tensor itself; another device raises RuntimeError.

        >>> mg.tensor([1.7]).to(mg.int64)
        tensor([1])
        """
        for place in (dtype, *more):
            if isinstance(place, (str, device)) and str(place).partition(":")[0] in DEVICES:
                device(place)
        wanted = [x.dtype if isinstance(x, TensorBase) else x for x in (dtype, *more)
                  if isinstance(x, (np.dtype, type, TensorBase))]
        wanted = np.dtype(wanted[0]) if wanted else self.value.dtype
        return (ops.clone(self) if copy else self) if self.value.dtype == wanted else to(self, dtype=wanted)

    def type(self, dtype=None):
        """The elements as another dtype; without one, the name of its own."""
        return f"minigrad.{self.dtype.name}" if dtype is None else self.to(dtype)

    float, double, half, long, int, short, char, byte, bool = map(
        _as, (FLOAT32, FLOAT64, FLOAT16, INT64, INT32, INT16, INT8, UINT8, BOOL))
    @placed
    def cpu(self): return self
    def cuda(self, device=None, **_): return self.to("cuda")
    def type_as(self, other): return self.to(other.dtype)
    @placed
    def contiguous(self): return self if self.is_contiguous() else ops.clone(self)
    def is_contiguous(self): return self.value.flags.c_contiguous
    def is_floating_point(self): return self.value.dtype.kind == "f"
    def is_complex(self): return False

    device = property(lambda self: device(), doc="The CPU.")
    is_cuda = property(lambda self: False, doc="False: minigrad computes on the CPU.")

    # Operators

    __add__, __radd__ = _operator(ops.add), _operator(ops.add, swapped=True)
    __sub__, __rsub__ = _operator(ops.sub), _operator(ops.sub, swapped=True)
    __mul__, __rmul__ = _operator(ops.mul), _operator(ops.mul, swapped=True)
    __truediv__, __rtruediv__ = _operator(ops.div), _operator(ops.div, swapped=True)
    __pow__, __rpow__ = _operator(ops.pow), _operator(ops.pow, swapped=True)
    __matmul__, __rmatmul__ = _operator(ops.matmul), _operator(ops.matmul, swapped=True)
    __neg__, __abs__ = ops.neg, ops.abs
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(_operator, (ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge))
    __and__, __or__, __xor__ = map(_operator, (ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor))
    __invert__ = ops.bitwise_not
    __hash__ = object.__hash__                # by identity: a tensor can be a key although == is elementwise
    __getitem__ = S.getitem

    __mod__, __rmod__ = _operator(F.remainder), _operator(F.remainder, swapped=True)
    __floordiv__, __rfloordiv__ = _operator(F.floor_divide), _operator(F.floor_divide, swapped=True)
    __lshift__, __rshift__ = _operator(ops.bitwise_left_shift), _operator(ops.bitwise_right_shift)
    __rand__, __ror__, __rxor__ = (_operator(f, swapped=True)
                                   for f in (ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor))
    def __pos__(self): return F.positive(self)

    # In place

    __iadd__ = add_ = _in_place("+=", F.add, np.add)
    __isub__ = sub_ = subtract_ = _in_place("-=", F.sub, np.subtract)
    __imul__ = mul_ = multiply_ = _in_place("*=", F.mul, np.multiply)
    __itruediv__ = div_ = divide_ = true_divide_ = _in_place("/=", F.div, np.divide)
    __ipow__ = pow_ = in_place(F.pow)
    __ifloordiv__, __imod__ = floor_divide_, remainder_ = in_place(F.floor_divide), in_place(F.remainder)
    bitwise_and_, bitwise_or_, bitwise_xor_ = map(in_place, (F.bitwise_and, F.bitwise_or, F.bitwise_xor))
    __iand__, __ior__, __ixor__ = bitwise_and_, bitwise_or_, bitwise_xor_

    def __setitem__(self, index, value):
        *first, last = S.plain_index(self, index)            # by whole numbers, then by arrays
        try:
            if not flows(self, value):
                writable(self, "assignment")
                place = self.value[first[0]] if first else self.value
                place[last] = raw(value)
                return changed(self.value)
            place = ops.getitem(self, index=first[0]) if first else self
            if {i.__class__ for i in last} <= VIEWS:
                place = ops.getitem(place, index=last)
                if not is_at(place, value):
                    place.copy_(value)
            else:
                _put(place, value, index=last)
        except ValueError as error:
            raise RuntimeError(f"assignment: a value of shape {np.shape(raw(value))} does not fit the place: "
                               f"{error}") from error

    def copy_(self, other, non_blocking=False):
        """Take over the elements of another tensor, which broadcasts to this shape."""
        return _copy(self, other)

    def detach_(self):
        """Forget the history."""
        self.node, self.origin = successor(self.node, Node(self.value)), None
        return self

    # Shape

    clone = placed(F.clone)
    def where(self, condition, other): return F.where(condition, self, other)
    def expand(self, *sizes, implicit=False): return S.broadcast_to(self, S.sizes(sizes))
    def expand_as(self, other): return S.broadcast_to(self, other.shape)

    def view(self, *shape):
        """The same memory in another shape; raises RuntimeError where only a copy could have it. A dtype is refused."""
        if shape and isinstance(shape[0], (np.dtype, type)):
            raise NotImplementedError("view: minigrad does not read memory as another dtype; use to(dtype) for the "
                                      "numbers")
        out = S.reshape(self, *shape)
        if self.value.size and not np.may_share_memory(out.value, self.value):
            raise RuntimeError(f"view: the memory of shape {self.shape} cannot be seen as {out.shape}; use "
                               f"reshape(...)")
        return out

    T = property(lambda self: ops.permute(self, axes=tuple(range(self.ndim))[::-1]),
                 doc="The axes in reverse order: for a matrix, its transpose.")
    mT = property(lambda self: S.transpose(self, -1, -2), doc="Its last two axes exchanged: each matrix transposed.")

    # Python's own protocols

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor: it has no axis to count along")
        return len(self.value)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor: it has no axis to walk along; use item()")
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        if self.value.size != 1:
            raise RuntimeError(f"truth of a tensor of shape {self.shape}: expected one element; use all() or any()")
        return bool(self.value)

    def __float__(self): return float(self.item())
    def __int__(self): return int(self.item())
    def __format__(self, spec): return format(self.item() if self.ndim == 0 else str(self), spec)
    def __repr__(self): return text(self)

    def __index__(self):
        if self.value.dtype.kind not in "iu" or self.value.size != 1:
            raise TypeError(f"only one whole number can be an index, got shape {self.shape} and dtype {self.dtype}")
        return int(self.value)

    def __contains__(self, number): return bool((self.value == raw(number)).any())

    def __reduce_ex__(self, protocol):        # copy, deepcopy and pickle
        if self.op is not None:
            raise RuntimeError("only a leaf can be copied or pickled as it is; use detach().clone()")
        return _rebuild, (type(self), self.value, self.tracked, self.grad, self.name, vars(self))


def _rebuild(cls, value, tracked, grad, name, attributes):
    t = cls.__new__(cls)
    TensorBase.__init__(t, np.array(value), tracked)
    t.node.grad, t.node.name = grad, name
    vars(t).update(attributes)
    return t
