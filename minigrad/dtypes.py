"""Element types, which one an operation on mixed types gives, and the sizes of axes.

numpy and PyTorch agree on float with float. They differ where kinds meet: int64 with float32 is
float64 in numpy and float32 in PyTorch, whose rule this is (its manual, "Tensor Attributes",
section "type promotion").
"""
import math
from functools import partial
from operator import index

import numpy as np

KINDS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
BOOL, UINT8, INT8, INT16, INT32, INT64, FLOAT16, FLOAT32, FLOAT64 = map(np.dtype, KINDS)
PYTHONS = {float: FLOAT32, int: INT64, bool: BOOL}         # of float: the default dtype
NUMBERS = frozenset(PYTHONS)              # Python's own: they never widen a tensor


class dtype:
    """The type of a tensor's elements, one object for each; numpy takes it for its own.

    >>> mg.tensor([1.]).dtype is mg.float32, mg.zeros(2).numpy().dtype == mg.float32
    (True, True)
    """

    __module__ = "minigrad"               # where copy and pickle find it by its name
    is_complex = False

    def __init__(self, name):
        self.dtype = own = np.dtype(name)          # which numpy asks for
        self.name, self.kind, self.type, self.itemsize = name, own.kind, own.type, own.itemsize
        self.is_floating_point, self.is_signed = own.kind == "f", own.kind in "fi"

    def __eq__(self, other):
        numpys = isinstance(other, type) and issubclass(other, np.generic)       # np.float32
        return self is other or (numpys or isinstance(other, np.dtype)) and self.dtype == other

    def __hash__(self): return hash(self.dtype)
    def __repr__(self): return f"torch.{self.name}"
    def __reduce__(self): return self.name

DTYPES = {d.dtype: d for d in map(dtype, KINDS)}

class Size(tuple):
    """The sizes of a tensor's axes: a tuple that says so.

    >>> mg.zeros(2, 3).shape, mg.zeros(2, 3).shape == (2, 3), mg.Size([2, 3]).numel()
    (torch.Size([2, 3]), True, 6)
    """

    __module__, __slots__ = "minigrad", ()

    def __new__(cls, sizes=()): return size(map(index, sizes))
    def numel(self) -> int: return math.prod(self)
    def __repr__(self): return f"torch.Size({[*self]})"
    def __add__(self, other): return size(tuple.__add__(self, other))
    def __radd__(self, other): return size(other + tuple(self))
    def __mul__(self, n): return size(tuple.__mul__(self, n))
    __rmul__ = __mul__

    def __getitem__(self, i, get=tuple.__getitem__):
        return size(get(self, i)) if i.__class__ is slice else get(self, i)

size = partial(tuple.__new__, Size)       # of whole numbers, unchecked

def no_string(name, settings: dict) -> dict:
    """The settings; raises TypeError for a dtype that is only its name, as PyTorch does."""
    if isinstance(settings.get("dtype"), str):
        raise TypeError(f"{name}: expected a dtype such as float32, got the text "
                        f"{settings['dtype']!r}")
    return settings

def wider(a, b):
    """The type that holds both, as PyTorch chooses it; None is narrower than all."""
    if a is None or b is None or a == b:
        return a or b
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)

def result_type(inputs):
    """Arrays count first; 0-d tensors, then Python numbers, only if they are of a higher kind."""
    arrays = scalars = numbers = None
    for x in inputs:
        if x.__class__ in NUMBERS:
            numbers = wider(numbers, PYTHONS[x.__class__])
        elif x.value.ndim:
            arrays = wider(arrays, x.value.dtype)
        else:
            scalars = wider(scalars, x.value.dtype)
    return _outranked(arrays, _outranked(scalars, numbers))

def _outranked(upper, lower):
    """The upper group's type, unless the lower is of a higher kind (bool < whole < floating)."""
    if upper is None or lower is None:
        return upper or lower
    return wider(upper, lower) if upper.kind == "b" or (lower.kind == "f" != upper.kind) else upper
