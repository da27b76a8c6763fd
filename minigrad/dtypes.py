"""Element types, and which one an operation on mixed types gives.

numpy and PyTorch agree on float with float. They differ where kinds meet: int64 with float32 is
float64 in numpy and float32 in PyTorch, whose rule this is (its manual, "Tensor Attributes",
section "type promotion").
"""
import numpy as np

KINDS = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
BOOL, UINT8, INT8, INT16, INT32, INT64, FLOAT16, FLOAT32, FLOAT64 = map(np.dtype, KINDS)
PYTHONS = {float: FLOAT32, int: INT64, bool: BOOL}
NUMBERS = frozenset(PYTHONS)              # Python's own: they never widen a tensor

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
