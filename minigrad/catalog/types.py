"""PyTorch's questions about element types."""
import numpy as np

from ..dtypes import FLOAT32, wider
from ..graph import TensorBase
from ..public import public, refuse

RANK = {"b": 0, "u": 1, "i": 1, "f": 2}                        # kinds: bool < whole < floating

@public("True for a tensor of floating numbers.", "[1.]", "True", "f")
def is_floating_point(input) -> bool: return input.dtype.kind == "f"
@public("The smallest type that holds both.",
        "mg.promote_types(mg.int64, mg.float32)", "dtype('float32')", "f")
def promote_types(type1, type2): return wider(np.dtype(type1), np.dtype(type2))
@public("True if a result of one type may be stored in the other, of no lower kind.",
        "mg.can_cast(mg.float32, mg.int64)", "False", "f")
def can_cast(from_, to) -> bool: return RANK[np.dtype(from_).kind] <= RANK[np.dtype(to).kind]
@public("float32.", "", "dtype('float32')", "f")
def get_default_dtype(): return FLOAT32

@public("Only float32 is accepted: pass dtype= where another type is meant.",
        "mg.set_default_dtype(mg.float32) is None", "True", "f")
def set_default_dtype(d) -> None:
    refuse(np.dtype(d) != FLOAT32, f"set_default_dtype: minigrad's is float32, got {d}; pass "
           "dtype= where it matters", NotImplementedError)

@public("True for a Tensor.", "mg.is_tensor(mg.ones(1)), mg.is_tensor([1.0])", "(True, False)", "f")
def is_tensor(obj) -> bool: return isinstance(obj, TensorBase)
@public("The number of elements.", "mg.numel(mg.ones(2, 3))", "6", "f")
def numel(input) -> int: return input.value.size
