"""Element types: the default one, PyTorch's old names for them, and those that are not here."""
import math
import warnings

import numpy as np

from ..create import given
from ..device import device
from ..dtypes import DTYPES, KINDS, PYTHONS, dtype, wider
from ..graph import TensorBase, leaf
from ..printing import OPTIONS
from ..public import public, refuse

class finfo:
    """The limits of a floating dtype (the default one unless told otherwise), as Python numbers.

    Raises TypeError for a dtype that is not floating.

    >>> mg.finfo(mg.float32).eps
    1.1920928955078125e-07
    >>> mg.finfo(mg.float16)
    finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, \
tiny=6.10352e-05, dtype=float16)
    """

    def __init__(self, type=None):
        type = PYTHONS[float] if type is None else type
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
        "mg.promote_types(mg.int64, mg.float32)", "torch.float32", "f")
def promote_types(type1, type2): return DTYPES[wider(np.dtype(type1), np.dtype(type2))]
@public("True if a result of one type may be stored in the other, of no lower kind.",
        "mg.can_cast(mg.float32, mg.int64)", "False", "f")
def can_cast(from_, to) -> bool: return RANK[np.dtype(from_).kind] <= RANK[np.dtype(to).kind]

# What floating Python numbers become

@public("The dtype of floating Python numbers, of new tensors and parameters.",
        "", "torch.float32", "f")
def get_default_dtype(): return DTYPES[PYTHONS[float]]

@public("Floating Python numbers, new tensors and parameters have this dtype from now on.",
        "mg.set_default_dtype(mg.float32) is None", "True", "f")
def set_default_dtype(d) -> None:
    refuse(not isinstance(d, (dtype, np.dtype)) or np.dtype(d).kind != "f",
           f"set_default_dtype: expected a floating dtype, got {d}", TypeError)
    PYTHONS[float] = np.dtype(d)

@public("`set_default_dtype` by an old name, such as torch.DoubleTensor; deprecated in PyTorch.",
        'mg.set_default_tensor_type("torch.FloatTensor") is None', "True", "f")
def set_default_tensor_type(t) -> None:
    warnings.warn("torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use "
                  "torch.set_default_dtype() and torch.set_default_device() as alternatives.",
                  stacklevel=2)
    set_default_dtype(_meant(t))

@public("Where new tensors live: the CPU.", "", "device(type='cpu')", "f")
def get_default_device(): return device()
@public("Only the CPU is accepted; other devices raise RuntimeError.",
        'mg.set_default_device("cpu") is None', "True", "f")
def set_default_device(device) -> None:
    if device is not None:
        get_default_device().__init__(device)

# The old names: a type of tensors for each dtype

class tensortype:
    """`FloatTensor` and its like: convert data, or fill a shape with zeros; also for isinstance.

    >>> mg.LongTensor([1., 2.]), mg.FloatTensor(2, 3).shape
    (tensor([1, 2]), torch.Size([2, 3]))
    >>> isinstance(mg.ones(1), mg.FloatTensor), isinstance(mg.ones(1), mg.LongTensor)
    (True, False)
    """

    forms = ("f",)                        # for `publish`

    def __init__(self, name, dtype): self.__name__, self.dtype = name, dtype
    def __instancecheck__(self, x): return isinstance(x, TensorBase) and x.dtype is self.dtype
    def __repr__(self): return f"<class 'torch.{self.__name__}'>"

    def __call__(self, *data):
        array = given(data, self.dtype.dtype)
        refuse(array.dtype != self.dtype, f"{self.__name__}: expected a tensor of dtype "
               f"{self.dtype}, got {DTYPES[array.dtype]}; use .to({self.dtype})", TypeError)
        return leaf(array)

OLD = ("Bool", "Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double")
OLD_TYPES = (BoolTensor, ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, HalfTensor,
             FloatTensor, DoubleTensor) = [
    tensortype(f"{old}Tensor", one) for old, one in zip(OLD, DTYPES.values())]

def _meant(t):
    """The dtype that is meant: itself, torch.FloatTensor, or "torch.FloatTensor"."""
    if isinstance(t, str):
        refuse(t.startswith("torch.cuda."), f"type: minigrad computes on the CPU only, got {t!r}")
        known = {f"torch.{one.__name__}": one.dtype for one in OLD_TYPES}
        refuse(t not in known, f"invalid type: {t!r}; expected one of {', '.join(known)}",
               ValueError)
        return known[t]
    return t.dtype if isinstance(t, tensortype) else t

@public('The elements as another dtype; without one, the old name of its own, "torch.FloatTensor".',
        'mg.tensor([1.5]).type("torch.LongTensor"), mg.ones(1).type()',
        "(tensor([1]), 'torch.FloatTensor')", "x.f")
def type(input, dtype=None, non_blocking=False):
    if dtype is None:
        return next(f"torch.{one.__name__}" for one in OLD_TYPES if one.dtype is input.dtype)
    return input.to(np.dtype(_meant(dtype)))

# Names that programs mention, to compare; whoever makes a tensor of them is refused

class _Missing(dtype):
    forms = ("f",)

    def __init__(self, name, itemsize):
        self.name, self.itemsize, self.is_complex = name, itemsize, "complex" in name
        self.is_floating_point, self.is_signed = "float" in name, not name.startswith("u")

    __eq__, __hash__ = object.__eq__, object.__hash__

    @property
    def dtype(self):
        raise NotImplementedError(f"{self}: minigrad has no such numbers; its dtypes are "
                                  f"{', '.join(KINDS)}")

bfloat16, float8_e4m3fn, float8_e5m2 = map(_Missing, ("bfloat16", "float8_e4m3fn", "float8_e5m2"),
                                           (2, 1, 1))
complex32, complex64, complex128 = map(
    _Missing, ("complex32", "complex64", "complex128"), (4, 8, 16))
chalf, cfloat, cdouble = complex32, complex64, complex128
uint16, uint32, uint64 = map(_Missing, ("uint16", "uint32", "uint64"), (2, 4, 8))

def _to_complex(self):
    refuse(not self.is_floating_point, f"to_complex: expected a floating dtype, got {self}")
    return {2: complex32, 4: complex64, 8: complex128}[self.itemsize]

dtype.to_complex = _to_complex

# How tensors are printed

PROFILES = {None: {}, "default": {"precision": 4, "threshold": 1000, "edgeitems": 3},
            "short": {"precision": 2, "threshold": 1000, "edgeitems": 2},
            "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3}}

@public('How tensors are printed; a profile is "default", "short" or "full".',
        "mg.set_printoptions(precision=2), mg.tensor(0.5), mg.set_printoptions(precision=4)",
        "(None, tensor(0.5000), None)", "f")
def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None,
                     sci_mode=None) -> None:
    asked = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems,
             "linewidth": linewidth}
    refuse(profile not in PROFILES, f"set_printoptions: expected a profile of {[*PROFILES][1:]}, "
           f"got {profile!r}", ValueError)
    OPTIONS.update(PROFILES[profile] | ({"linewidth": 80} if profile else {}))
    OPTIONS.update({name: x for name, x in asked.items() if x is not None}, sci_mode=sci_mode)

@public("True for a Tensor.", "mg.is_tensor(mg.ones(1)), mg.is_tensor([1.0])", "(True, False)", "f")
def is_tensor(obj) -> bool: return isinstance(obj, TensorBase)
@public("The number of elements.", "mg.numel(mg.ones(2, 3))", "6", "f")
def numel(input) -> int: return input.value.size
