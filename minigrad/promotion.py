"""Operations on mixed types: whole numbers beside floating ones, float32 beside float64."""
import numpy as np

from . import graph
from .changes import Overwritten
from .dtypes import NUMBERS, PYTHONS, result_type
from .graph import TensorBase, leaf, primitive, raw
from .memory import dense


def promote(op, inputs):
    """The inputs as tensors of one type (and numbers); one that changes type gets a `to` node."""
    inputs = [lift(x) for x in inputs]
    mixed = range(len(inputs)) if op.ruled is None else op.ruled       # the others keep their type
    dtype = result_type([x for i, x in enumerate(inputs) if i in mixed])
    if op.floating and dtype.kind != "f":
        dtype = PYTHONS[float]
    if dtype.kind in "iu":                 # a number that does not fit wraps round, as in C
        inputs = [x if x.__class__ is not int or np.iinfo(dtype).min <= x <= np.iinfo(dtype).max
                  else np.asarray(x).astype(dtype) for x in inputs]
    return [to(x, dtype=dtype) if i in mixed and raw(x) is not x and x.value.dtype != dtype else x
            for i, x in enumerate(inputs)]


def lift(x):
    """A tensor or a Python number for whatever stands for one."""
    if isinstance(x, TensorBase) or x.__class__ in NUMBERS:
        return x
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, Overwritten):
        x.refuse()
    if not isinstance(x, np.ndarray):
        raise TypeError(f"expected a tensor, an array or a number, got {type(x).__name__}: "
                        f"{x!r:.60}; use tensor(...)")
    return leaf(x)


graph.promote = promote

to_floating = primitive(dense, lambda g, out, x, *, dtype: to(g, dtype=x.dtype), name="to")
to_whole = primitive(dense, name="cast")     # no gradient flows


def to(x, *, dtype):
    """The elements as another dtype."""
    return (to_floating if np.dtype(dtype).kind == "f" else to_whole)(x, dtype=np.dtype(dtype))
