"""PyTorch's questions about element types."""
import math

import numpy as np

from ..dtypes import FLOAT32, wider
from ..graph import TensorBase
from ..public import public, refuse

class finfo:
    """The limits of a floating dtype (float32 unless told otherwise), as Python numbers.

    Raises TypeError for a dtype that is not floating.

    >>> mg.finfo(mg.float32).eps
    1.1920928955078125e-07
    >>> mg.finfo(mg.float16)
    finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, \
tiny=6.10352e-05, dtype=float16)
    """

    def __init__(self, type=FLOAT32):
        info = _limits("finfo", type, "f", np.finfo, "iinfo")
        self.bits, self.dtype = info.bits, info.dtype.name
        self.resolution, self.min, self.max, self.eps = (
            float(x) for x in (info.resolution, info.min, info.max, info.eps))
        self.resolution = float(f"{self.resolution:.0e}")             # 1e-06, not float32's nearest
        self.smallest_normal = self.tiny = float(info.smallest_normal)

    def __eq__(self, other): return isinstance(other, finfo) and self.dtype == other.dtype
    def __hash__(self): return hash(self.dtype)
    def __repr__(self):
        names = "resolution min max eps smallest_normal tiny".split()
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"

class iinfo:
    """The limits of a whole-number dtype, as Python numbers.

    Raises TypeError for a dtype whose numbers are not whole.

    >>> mg.iinfo(mg.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    def __init__(self, type):
        info = _limits("iinfo", type, "iu", np.iinfo, "finfo")
        self.bits, self.min, self.max = info.bits, int(info.min), int(info.max)
        self.dtype = info.dtype.name

    def __eq__(self, other): return isinstance(other, iinfo) and self.dtype == other.dtype
    def __hash__(self): return hash(self.dtype)
    def __repr__(self): return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

def _limits(name, dtype, kinds, limits, other):
    dtype = np.dtype(dtype)
    refuse(dtype.kind not in kinds, f"{name}: dtype {dtype} has none of these limits; use {other}",
           TypeError)
    return limits(dtype)

def fitting(name, number, dtype):
    """A Python number in this dtype, cut off to whole where that is; raises where it cannot be."""
    if dtype.kind in "iu":
        whole, info = int(number) if math.isfinite(number) else None, np.iinfo(dtype)
        refuse(whole is None or not -info.max - 1 <= whole <= info.max,
               f"{name}: the number {number} does not fit dtype {dtype}")
        return np.array(whole).astype(dtype)[()]
    return dtype.type(number)

RANK = {"b": 0, "u": 1, "i": 1, "f": 2}                        # kinds: bool < whole < floating

@public("True for a tensor of floating numbers.", "[1.]", "True", "f")
def is_floating_point(input) -> bool: return input.dtype.kind == "f"
@public("True if the one element is not 0; raises RuntimeError for more or none.",
        "[0.5]", "True")
def is_nonzero(input) -> bool:
    refuse(input.value.size != 1,
           f"is_nonzero: expected one element, got shape {input.shape}; use all() or any()")
    return bool(input.value)
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
