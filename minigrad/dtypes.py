"""Element types, and which one an operation on mixed types gives.

numpy and PyTorch agree on float with float. They differ where kinds meet: int64 with float32 is float64 in numpy and
float32 in PyTorch, whose rule this is (its manual, "Tensor Attributes", section "type promotion").
"""
import numpy as np

KINDS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
BOOL, UINT8, INT8, INT16, INT32, INT64, FLOAT16, FLOAT32, FLOAT64 = map(np.dtype, KINDS)
NUMBERS = frozenset({float, int, bool})   # Python's own: they never widen a tensor


def wider(a, b):
    """The type that holds both, as PyTorch chooses it; None is narrower than all."""
    if a is None or b is None or a == b:
        return a or b
    return np.promote_types(a, b) if (a.kind == "f") == (b.kind == "f") else a if a.kind == "f" else b


def result_type(inputs):
    """PyTorch's result type: arrays first; 0-d tensors, then Python numbers, only if they are of a higher kind."""
    arrays = scalars = numbers = None
    for x in inputs:
        if x.__class__ in NUMBERS:
            numbers = wider(numbers, FLOAT32 if isinstance(x, float) else BOOL if isinstance(x, bool) else INT64)
        elif x.value.ndim:
            arrays = wider(arrays, x.value.dtype)
        else:
            scalars = wider(scalars, x.value.dtype)
    return _outranked(arrays, _outranked(scalars, numbers))


def _outranked(upper, lower):
    """The upper group's type, unless the lower group is of a higher kind (bool < whole < floating)."""
    if upper is None or lower is None:
        return upper or lower
    return wider(upper, lower) if upper.kind == "b" or (lower.kind == "f" != upper.kind) else upper


# PyTorch's questions about types

finfo, iinfo = np.finfo, np.iinfo


def is_floating_point(input) -> bool:
    """True for a tensor of floating numbers.

    >>> mg.is_floating_point(mg.ones(1))
    True
    """
    return input.dtype.kind == "f"


def promote_types(type1, type2):
    """The smallest type that holds both.

    >>> mg.promote_types(mg.int64, mg.float32)
    dtype('float32')
    """
    return wider(np.dtype(type1), np.dtype(type2))


def can_cast(from_, to) -> bool:
    """True if an in-place result of one type may be stored in the other: no higher kind (bool < whole < floating).

    >>> mg.can_cast(mg.float64, mg.float32), mg.can_cast(mg.float32, mg.int64)
    (True, False)
    """
    rank = {"b": 0, "u": 1, "i": 1, "f": 2}
    return rank[np.dtype(from_).kind] <= rank[np.dtype(to).kind]


def get_default_dtype():
    """float32.

    >>> mg.get_default_dtype()
    dtype('float32')
    """
    return FLOAT32


def set_default_dtype(d) -> None:
    """Only float32 is accepted: pass dtype= where another type is meant.

    >>> mg.set_default_dtype(mg.float32)
    """
    if np.dtype(d) != FLOAT32:
        raise NotImplementedError(f"set_default_dtype: minigrad's is float32, got {d}; pass dtype= where it matters")
