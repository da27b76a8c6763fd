"""Ways to make a tensor: from data, from numbers in a row."""
from functools import reduce

import numpy as np

from .device import placed
from .dtypes import FLOAT32, INT64, KINDS, NUMBERS, PYTHONS, Size, wider
from .graph import TensorBase, leaf, raw
from .memory import lying_like, settle
from .public import public, refuse

@placed
def tensor(data, *, dtype=None, requires_grad: bool = False):
    """A tensor with a copy of the data: numbers, nested lists, an array or another tensor.

    Floating Python numbers become float32, whole ones int64; arrays keep their dtype. Raises
    TypeError for data that are not numbers, ValueError for lists of unequal length.

    >>> mg.tensor([[1., 2.], [3., 4.]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    return finish(_array(data, dtype, copy=True), requires_grad)

@public("The data as a tensor, sharing memory where they are an array already.",
        "[1, 2]", "[1, 2]", "f")
@placed
def as_tensor(data, *, dtype=None):
    if isinstance(data, TensorBase):
        return data if dtype is None else data.to(dtype)
    return leaf(_array(data, dtype, copy=None))

@public("A tensor around this array: a change of one is a change of the other.",
        "np.zeros(2, np.float32)", "[0., 0.]", "f")
def from_numpy(array: np.ndarray):
    refuse(not isinstance(array, np.ndarray), "from_numpy: expected a numpy array, got "
           f"{type(array).__name__}; use tensor(...)", TypeError)
    return leaf(_array(array, None, copy=None))

def _array(data, dtype, copy):
    types = set()
    if isinstance(data, (list, tuple)) or data.__class__ in NUMBERS:
        data = _numbers(data, types)
        types = types or {PYTHONS[float]}
    elif isinstance(data, np.ndarray):
        data = data[...]                      # its memory is the caller's, and stays where it is
    try:
        array = np.array(raw(data), dtype and np.dtype(dtype), copy=copy)
    except ValueError as error:
        raise ValueError("tensor: expected numbers, or nested lists of equal length, "
                         f"got {data!r:.80}") from error
    if array.dtype.name not in KINDS:
        raise TypeError(f"tensor: expected numbers of a dtype in {', '.join(KINDS)}, "
                        f"got {array.dtype} from {data!r:.60}")
    if types and dtype is None:
        return array.astype(reduce(wider, types), copy=False)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))

def _numbers(data, types):
    """The numbers in nested lists, of tensors of one element theirs; notes all their types."""
    if isinstance(data, (list, tuple)):
        if NUMBERS.issuperset(kinds := set(map(type, data))):
            types |= {PYTHONS[kind] for kind in kinds}
            return data
        return [_numbers(x, types) for x in data]
    if hasattr(data, "dtype"):
        types.add(raw(data).dtype)
        if not isinstance(data, TensorBase):
            return data
        refuse(data.value.size != 1, "tensor: expected numbers or tensors of one element in a list,"
               f" got one of shape {data.shape}; use stack(...)", ValueError)
        return data.item()
    types |= {PYTHONS[kind] for kind in {data.__class__} & NUMBERS}
    return data

def given(data, dtype):
    """The array of `Tensor(2, 3)`, zeros of that shape, or of `Tensor(data)`; a tensor's own."""
    first = data[0] if len(data) == 1 else 0
    if isinstance(first, (int, np.integer, Size)) and not isinstance(first, bool):
        return np.zeros(size_of(data or (0,)), dtype)
    data = first
    if isinstance(data, (float, bool)):
        raise TypeError(f"Tensor: expected sizes, or data such as a list, got {data}; for a tensor "
                        f"that holds {data} use tensor({data})")
    return data.value if isinstance(data, TensorBase) else _array(data, dtype, copy=None)

def finish(array, requires_grad):
    """A leaf around a fresh array."""
    t = leaf(array)
    if requires_grad:
        t.requires_grad = True                # checks that the dtype is floating
    return t

def size_of(size):
    """Sizes that came one by one, or as one tuple."""
    size = size[0] if len(size) == 1 and not isinstance(size[0], (int, np.integer)) else size
    size = tuple(n.__index__() for n in size)
    if any(n < 0 for n in size):
        raise RuntimeError(f"expected sizes of 0 or more, got {size}")
    return size


# Filled with one number, or with numbers in a row

def both(name, new, like, does):
    """The two forms under their names: of a size, and of another tensor's shape and dtype."""
    for function, called, more, size in (
            (new, name, "float32 unless told otherwise", "2, 3"),
            (like, f"{name}_like", "in the shape and dtype of another tensor", "mg.zeros(2, 3)")):
        function.__name__ = function.__qualname__ = called
        public(f"{does}; {more}.", f"mg.{called}({size}).shape == (2, 3)", "True", "f")(function)
    return new, like

def _filled(fill, does):
    """The two forms of numpy's function."""
    @placed
    def new(*size, dtype=None, requires_grad: bool = False):
        return finish(fill(size_of(size), dtype or PYTHONS[float]), requires_grad)

    @placed
    def like(input, *, dtype=None, requires_grad: bool = False):
        numbers = fill(input.shape, dtype or input.dtype)
        return finish(lying_like(numbers, raw(settle(input))), requires_grad)
    return both(fill.__name__, new, like, does)

zeros, zeros_like = _filled(np.zeros, "Zeros")
ones, ones_like = _filled(np.ones, "Ones")
empty, empty_like = _filled(np.empty, "Memory that nobody has filled yet: write before you read")

@public("One number everywhere; its own kind (float32, int64, bool) unless told otherwise.",
        "(2,), 7", "[7, 7]", "f")
@placed
def full(size, fill_value, *, dtype=None, requires_grad: bool = False):
    dtype = dtype or _array(fill_value, None, copy=True).dtype
    return finish(np.full(size_of((size,)), raw(fill_value), dtype), requires_grad)

@public("The identity matrix: ones on the diagonal.", "2", "[[1.0, 0.0], [0.0, 1.0]]", "f")
@placed
def eye(n: int, m: int | None = None, *, dtype=None, requires_grad: bool = False):
    return finish(np.eye(n, m, dtype=dtype or PYTHONS[float]), requires_grad)

@public("Numbers from start up to, not including, end; int64 if all three are whole, else float32.",
        "1, 7, 2", "[1, 3, 5]", "f")
@placed
def arange(start=None, end=None, step=1, *, dtype=None, requires_grad: bool = False):
    if end is None:
        start, end = None, start
    refuse(end is None, "arange: expected an end, got none", TypeError)
    bounds = (0 if start is None else start, end, step)
    start, end, step = (n.item() if isinstance(n, (TensorBase, np.generic)) else n for n in bounds)
    if step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"arange: a step of {step} does not lead from {start} to {end}")
    if dtype is not None and np.dtype(dtype).kind in "iu":
        start, end, step = int(start), int(end), int(step)
    dtype = dtype or (INT64 if all(isinstance(n, int) for n in (start, end, step)) else
                      PYTHONS[float])
    return finish(np.arange(start, end, step).astype(dtype), requires_grad)

@public("`steps` numbers at equal distances, both ends included.",
        "0, 1, 5", "[0.0000, 0.2500, 0.5000, 0.7500, 1.0000]", "f")
@placed
def linspace(start: float, end: float, steps: int, *, dtype=None, requires_grad: bool = False):
    numbers = evenly("linspace", start, end, steps, dtype)
    return finish(numbers.astype(dtype or PYTHONS[float]), requires_grad)

def evenly(name, start, end, steps, dtype):
    """numpy's linspace; between whole ends for whole numbers."""
    refuse(steps < 0, f"{name}: expected steps of 0 or more, got {steps}")
    kind = int if np.dtype(dtype).kind in "iu" else float
    return np.linspace(kind(start), kind(end), steps)
