"""More ways to make a tensor: like another one, in a row."""
import numpy as np

from ..create import as_tensor, empty, evenly, finish, full, ones, tensor, zeros
from ..device import placed
from ..dtypes import PYTHONS
from ..graph import raw
from ..memory import lying_like, settle
from ..public import public

@public("One number in the shape and dtype of another tensor.", "[1., 2.], 3", "[3., 3.]", "f")
@placed
def full_like(input, fill_value, *, dtype=None, requires_grad=False):
    numbers = np.full(input.shape, raw(fill_value), dtype or input.dtype)
    return finish(lying_like(numbers, raw(settle(input))), requires_grad)
@public("One number as a 0-d tensor, float32 unless told otherwise.", "3", "3.", "f")
@placed
def scalar_tensor(s, *, dtype=None, requires_grad=False):
    return finish(np.asarray(s, dtype or PYTHONS[float]), requires_grad)

@public("`steps` powers of the base, their exponents at equal distances from start to end.",
        "0, 2, 3", "[  1.,  10., 100.]", "f")
@placed
def logspace(start, end, steps, base=10.0, *, dtype=None, requires_grad=False):
    exponents = evenly("logspace", start, end, steps, dtype)
    return finish(np.asarray(float(base) ** exponents, dtype or PYTHONS[float]), requires_grad)

# From what there is

@public("Data as a tensor, sharing the memory of an array or a tensor unless `copy`.",
        "[1, 2]", "[1, 2]", "f")
@placed
def asarray(obj, *, dtype=None, copy=None, requires_grad=False):
    out = as_tensor(obj, dtype=dtype)
    if copy:
        out = out.clone()
    elif copy is False and not np.shares_memory(raw(out), np.asarray(raw(obj))):
        raise ValueError(f"asarray: {type(obj).__name__} as {out.dtype} needs a copy")
    return out.detach().requires_grad_() if requires_grad else out

# Of another tensor's dtype

@public("A tensor of this one's dtype: of so many sizes, unfilled, or from data.",
        "mg.ones(2).long().new([1, 2])", "tensor([1, 2])", "x.f")
def new(input, *given):
    if len(given) == 1 and not isinstance(given[0], (int, tuple)):
        return tensor(raw(given[0]), dtype=input.dtype)
    return empty(*given or (0,), dtype=input.dtype)

@public("A tensor from data, with this one's dtype unless told otherwise.",
        "mg.ones(2).new_tensor([1, 2])", "tensor([1., 2.])", "x.f")
def new_tensor(input, data, *, dtype=None, **s):
    return tensor(data, dtype=dtype or input.dtype, **s)
@public("One number in a new shape, with this tensor's dtype unless told otherwise.",
        "mg.ones(2).new_full((2,), 3)", "tensor([3., 3.])", "x.f")
def new_full(input, size, fill_value, *, dtype=None, **s):
    return full(size, fill_value, dtype=dtype or input.dtype, **s)

def _new(make):
    @public(f"As `{make.__name__}`, with this tensor's dtype unless told otherwise.",
            f"mg.tensor([1, 2]).new_{make.__name__}(3).dtype", "torch.int64", "x.f")
    def function(input, *size, dtype=None, **s): return make(*size, dtype=dtype or input.dtype, **s)
    function.__name__ = function.__qualname__ = f"new_{make.__name__}"
    return function

new_zeros, new_ones, new_empty = map(_new, (zeros, ones, empty))
