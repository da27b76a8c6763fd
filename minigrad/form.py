"""A tensor's form: its sizes, its type, its place, and the ways out to numpy and Python."""
from operator import attrgetter

import numpy as np

from . import functions as F
from . import ops
from . import shape as S
from .device import device, placed
from .dtypes import DTYPES, dtype as Dtype, size
from .graph import TensorBase, raw
from .memory import settle
from .promotion import to
from .public import UFUNCS


def _as(dtype):
    """The method that converts to one dtype."""
    def method(self): return self.to(dtype)
    method.__name__, method.__doc__ = dtype.name, f"The elements as {dtype.name}; see `to`."
    return placed(method)


class Form:
    """What can be asked of a tensor without touching its elements, and how they are handed out."""

    __slots__ = ()

    shape = property(lambda self: size(self.value.shape), doc="The sizes of its axes.")
    dtype = property(lambda self: DTYPES[self.value.dtype], doc="The type of its elements.")
    ndim = property(attrgetter("value.ndim"), doc="The number of its axes.")
    nbytes = property(attrgetter("value.nbytes"), doc="The size of its elements in bytes.")
    itemsize = property(attrgetter("value.itemsize"), doc="The size of one element in bytes.")
    device = property(lambda self: device(), doc="The CPU.")
    is_cuda = property(lambda self: False, doc="False: minigrad computes on the CPU.")

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

    def stride(self, dim=None):
        """How many elements apart neighbours along each axis (or one) stand in memory."""
        strides = tuple(n // self.value.itemsize for n in settle(self).value.strides)
        return strides if dim is None else strides[S.axes(self, dim, "stride")]

    def data_ptr(self) -> int:
        """The address of its first element."""
        return settle(self).value.ctypes.data

    # Ways out

    def numpy(self, *, force=False) -> np.ndarray:
        """The array itself, sharing memory; raises RuntimeError if a gradient would be lost.

        Nobody notices what is written to it: backward() goes on with the new numbers, as PyTorch's.
        """
        if self.tracked and not force:
            raise RuntimeError("numpy: this tensor requires grad, and numpy records nothing; call "
                               ".detach().numpy()")
        return settle(self).value

    def __array__(self, dtype=None, copy=None):
        value = self.numpy()
        if dtype is not None and dtype != value.dtype:
            if copy is False:
                raise ValueError(f"cannot view {value.dtype} as {np.dtype(dtype)} without a copy")
            return value.astype(dtype)
        return value.copy() if copy else value

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        """numpy's functions of tensors: `np.exp(t)` is `mg.exp(t)`; the table's only."""
        if method != "__call__" or settings or ufunc not in UFUNCS:
            raise TypeError(f"np.{ufunc.__name__}: minigrad has no such operation on tensors (as "
                            f"{method}, with {[*settings] or 'no settings'}); use t.numpy(), or a "
                            "function of minigrad")
        return UFUNCS[ufunc](*inputs)

    def item(self):
        """The one element as a Python number; raises RuntimeError if there are more.

        >>> mg.tensor([2.5]).item()
        2.5
        """
        if self.value.size != 1:
            raise RuntimeError(f"item: expected a tensor of one element, got shape {self.shape}; "
                               "use tolist()")
        return self.value.item()

    def tolist(self):
        """Its elements as nested lists of Python numbers."""
        return self.value.tolist()

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
            raise RuntimeError(f"truth of a tensor of shape {self.shape}: expected one element; "
                               "use all() or any()")
        return bool(self.value)

    def __index__(self):
        if self.value.dtype.kind not in "iu" or self.value.size != 1:
            raise TypeError(f"only one whole number can be an index, got shape {self.shape} and "
                            f"dtype {self.dtype}")
        return int(self.value)

    def __float__(self): return float(self.item())
    def __int__(self): return int(self.item())
    def __contains__(self, number): return bool((self.value == raw(number)).any())

    # Other types, other shapes

    @placed
    def to(self, *wanted, dtype=None, copy=False, non_blocking=False):
        """The elements as another dtype (or that of another tensor); gradients flow through it.

        `to("cpu")` and `to(device)` are the tensor itself; another device raises RuntimeError.

        >>> mg.tensor([1.7]).to(mg.int64)
        tensor([1])
        """
        for place in wanted:
            if isinstance(place, (str, device)):
                device(place)
        wanted = [x.dtype if isinstance(x, TensorBase) else x for x in (dtype, *wanted)
                  if isinstance(x, (Dtype, np.dtype, type, TensorBase))]
        wanted = np.dtype(wanted[0]) if wanted else self.value.dtype
        if self.value.dtype != wanted:
            return to(self, dtype=wanted)
        return ops.clone(self) if copy else self

    float, double, half, long, int, short, char, byte, bool = map(
        _as, map(np.dtype, "float32 float64 float16 int64 int32 int16 int8 uint8 bool".split()))
    @placed
    def cpu(self): return self
    def cuda(self, device=None, **_): return self.to("cuda")
    def type_as(self, other): return self.to(other.dtype)
    @placed
    def contiguous(self): return self if self.is_contiguous() else ops.clone(self, order="C")
    def is_contiguous(self, memory_format=None): return settle(self).value.flags.c_contiguous
    def is_floating_point(self): return self.value.dtype.kind == "f"
    def is_complex(self): return False
    clone = placed(F.clone)
    def where(self, condition, other): return F.where(condition, self, other)
    def expand(self, *sizes, implicit=False): return S.broadcast_to(self, S.sizes(sizes))
    def expand_as(self, other): return S.broadcast_to(self, other.shape)

    def view(self, *shape):
        """The same memory in another shape; raises RuntimeError where only a copy could have it."""
        if shape and isinstance(shape[0], (Dtype, np.dtype, type)):
            raise NotImplementedError("view: minigrad does not read memory as another dtype; use "
                                      "to(dtype) for the numbers")
        out = S.reshape(self, *shape)
        if self.value.size and not np.may_share_memory(out.value, self.value):
            raise RuntimeError(f"view: the memory of shape {self.shape} cannot be seen as "
                               f"{out.shape}; use reshape(...)")
        return out

    T = property(lambda self: ops.permute(self, axes=tuple(range(self.ndim))[::-1]),
                 doc="The axes in reverse order: for a matrix, its transpose.")
    mT = property(lambda self: S.transpose(self, -1, -2) if self.ndim else self,
                  doc="Its last two axes exchanged: each matrix transposed.")
