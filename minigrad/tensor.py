"""The reader's face of the graph: operators, methods and a readable print. No arithmetic is done here."""
import numpy as np

from . import functions as F
from . import ops
from . import shape as S
from .dtypes import BOOL, FLOAT32, FLOAT64, INT32, INT64
from .graph import Node, changed, face, is_grad_enabled, leaf, raw, to
from .hooks import RemovableHandle, TensorHooks, callable_only
from .printing import text


class GradFn:
    """What `t.grad_fn` shows: the name of the operation that made t, as `<Sigmoid>`."""

    def __init__(self, op):
        self.op = op

    def name(self) -> str:
        """The operation's name in PyTorch's spelling."""
        return self.op.__name__.title().replace("_", "")

    def __repr__(self):
        return f"<{self.name()}>"


def _operator(function, swapped=False):
    """`x + y` is add(x, y); an operand that is neither tensor, number nor array gets Python's own TypeError."""
    def method(self, other):
        if not isinstance(other, (Node, int, float, np.ndarray, np.generic)):
            return NotImplemented
        return function(other, self) if swapped else function(self, other)
    return method


def _in_place(symbol, ufunc):
    def method(self, other):
        writable(self, symbol, other)
        try:
            ufunc(self.value, raw(other), out=self.value, casting="same_kind")
        except (ValueError, TypeError) as error:
            raise RuntimeError(f"in-place {symbol}: a tensor of shape {self.shape} and dtype {self.dtype} cannot hold "
                               f"the result with shape {np.shape(raw(other))}: {error}") from error
        changed(self.value)
        return self
    return method


def writable(t, what, *others):
    """Raise unless t may be changed in place: while recording, nothing that a gradient flows through may."""
    if not is_grad_enabled():
        return
    if t.tracked and t.op is None:
        raise RuntimeError(f"in-place {what}: this leaf requires grad, and operations are being recorded; "
                           "wrap the change in `with no_grad():`")
    if any(isinstance(x, Node) and x.tracked for x in (t, *others)):
        raise RuntimeError(f"in-place {what}: a gradient flows through this tensor, and an in-place change is not "
                           "recorded; make a new tensor, as in x = x + y, or wrap the change in `with no_grad():`")


@face
class Tensor(Node):
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
        Node.__init__(self, np.array(raw(data), FLOAT32))

    # What it is

    shape = property(lambda self: self.value.shape, doc="The sizes of its axes.")
    dtype = property(lambda self: self.value.dtype, doc="The type of its elements.")
    ndim = property(lambda self: self.value.ndim, doc="The number of its axes.")
    is_leaf = property(lambda self: self.op is None, doc="True if no recorded operation made it.")
    grad_fn = property(lambda self: self.op and GradFn(self.op), doc="The operation that made it; None for a leaf.")
    data = property(lambda self: leaf(self.value), doc="The same memory without a history.")
    freed = property(lambda self: bool(self.extra and "freed" in self.extra), doc="True if backward() let the array go.")

    @data.setter
    def data(self, other):
        if not isinstance(other, Node) or (self.tracked and other.value.dtype.kind != "f"):
            raise TypeError(f"data: expected a tensor (of a floating dtype, if this one requires grad), got {other!r:.60}")
        changed(self.value)                   # so that backward refuses to go through what the old values made
        self.value = other.value

    @property
    def requires_grad(self) -> bool:
        """True if gradients flow to it."""
        return self.tracked

    @requires_grad.setter
    def requires_grad(self, on: bool):
        if on and self.value.dtype.kind != "f":
            raise RuntimeError("requires_grad: only floating tensors can require gradients, got dtype "
                               f"{self.dtype}; call .float() first")
        if not on and self.op is not None:
            raise RuntimeError("requires_grad: only a leaf's can be switched off; use detach() for the value alone")
        self.tracked = bool(on)

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
            self.extra = {**(self.extra or {}), "retain_grad": True}

    @property
    def retains_grad(self) -> bool:
        """True if it is no leaf and was asked to keep its gradient."""
        return bool(self.extra and "retain_grad" in self.extra)

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
        if not (self.extra and "hooks" in self.extra):
            self.extra = {**(self.extra or {}), "hooks": TensorHooks()}
        return RemovableHandle(self.extra["hooks"], hook)

    @property
    def name(self):
        """A name for pictures and messages; None unless one was given."""
        return self.extra.get("name") if self.extra else None

    @name.setter
    def name(self, name):
        self.extra = {**(self.extra or {}), "name": name}

    def size(self, dim=None):
        """Its shape, or the size of one axis."""
        return self.shape if dim is None else self.shape[S.axes(self, dim, "size")]

    def numel(self) -> int:
        """The number of its elements."""
        return self.value.size

    def dim(self) -> int:
        """The number of its axes."""
        return self.value.ndim

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
        return leaf(self.value)

    def to(self, dtype):
        """The elements as another dtype; gradients flow back through the conversion.

        >>> mg.tensor([1.7]).to(mg.int64)
        tensor([1])
        """
        if dtype == "cpu":
            return self
        dtype = np.dtype(dtype)
        return self if self.value.dtype == dtype else to(self, dtype=dtype)

    def float(self): return self.to(FLOAT32)
    def double(self): return self.to(FLOAT64)
    def long(self): return self.to(INT64)
    def int(self): return self.to(INT32)
    def bool(self): return self.to(BOOL)
    def contiguous(self): return self if self.value.flags.c_contiguous else ops.clone(self)

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

    __iadd__ = add_ = _in_place("+=", np.add)
    __isub__ = sub_ = _in_place("-=", np.subtract)
    __imul__ = mul_ = _in_place("*=", np.multiply)
    __itruediv__ = div_ = _in_place("/=", np.divide)
    __ipow__, __iand__ = _in_place("**=", np.power), _in_place("&=", np.bitwise_and)
    __ior__, __ixor__ = _in_place("|=", np.bitwise_or), _in_place("^=", np.bitwise_xor)

    def __setitem__(self, index, value):
        writable(self, "assignment", value)
        *basic, last = S.plain_index(self, index)
        target = self.value[basic[0]] if basic else self.value
        target[last] = raw(value)
        changed(self.value)

    def copy_(self, other):
        """Take over the elements of another tensor, which broadcasts to this shape."""
        self[...] = other
        return self

    def fill_(self, number):
        """Set every element to a number."""
        return self.copy_(number)

    def zero_(self):
        """Set every element to 0.

        >>> mg.ones(2).zero_()
        tensor([0., 0.])
        """
        return self.copy_(0)

    # Functions as methods

    exp, log, log1p, sqrt, abs, sign, neg = F.exp, F.log, F.log1p, F.sqrt, F.abs, F.sign, F.neg
    sin, cos, tanh, sigmoid, relu = F.sin, F.cos, F.tanh, F.sigmoid, F.relu
    add, sub, mul, div, pow, matmul = F.add, F.sub, F.mul, F.div, F.pow, F.matmul
    maximum, minimum, clamp = F.maximum, F.minimum, F.clamp
    eq, ne, lt, le, gt, ge = F.eq, F.ne, F.lt, F.le, F.gt, F.ge
    sum, mean, max, min, amax, amin, var, std = F.sum, F.mean, F.max, F.min, F.amax, F.amin, F.var, F.std
    argmax, argmin, all, any, logsumexp = F.argmax, F.argmin, F.all, F.any, F.logsumexp
    softmax, log_softmax = F.softmax, F.log_softmax
    reshape, view, flatten, squeeze, unsqueeze = S.reshape, S.reshape, S.flatten, S.squeeze, S.unsqueeze
    permute, transpose, split, clone = S.permute, S.transpose, S.split, F.clone
    take_along_dim, allclose, equal = S.take_along_dim, F.allclose, F.equal

    def where(self, condition, other): return F.where(condition, self, other)
    def expand(self, *sizes): return S.broadcast_to(self, S._sizes(sizes))
    def expand_as(self, other): return S.broadcast_to(self, other.shape)
    def t(self): return ops.permute(self, axes=tuple(range(self.ndim))[::-1])

    T = property(t, doc="The axes in reverse order: for a matrix, its transpose.")
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

    def __contains__(self, number):
        return bool((self.value == raw(number)).any())

    def __reduce_ex__(self, protocol):        # copy, deepcopy and pickle
        if self.op is not None:
            raise RuntimeError("only a leaf can be copied or pickled as it is; use detach().clone()")
        return _rebuild, (type(self), self.value, self.tracked, self.grad, self.extra)


def _rebuild(cls, value, tracked, grad, extra):
    t = cls.__new__(cls)
    Node.__init__(t, np.array(value), tracked)
    t.grad, t.extra = grad, extra
    return t
