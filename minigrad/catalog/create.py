"""More ways to make a tensor: like another one, in a row, from chance."""
import numpy as np

from ..create import (empty, evenly, finish, full, ones, rand, randint, randn, rng, size_of, tensor,
                      zeros)
from ..device import placed
from ..dtypes import FLOAT32, INT64
from ..graph import TensorBase, leaf, raw
from ..memory import lying_like, settle
from ..ops import log1p
from ..public import public, refuse

@public("One number in the shape and dtype of another tensor.", "[1., 2.], 3", "[3., 3.]", "f")
@placed
def full_like(input, fill_value, *, dtype=None, requires_grad=False):
    numbers = np.full(input.shape, raw(fill_value), dtype or input.dtype)
    return finish(lying_like(numbers, raw(settle(input))), requires_grad)
@public("One number as a 0-d tensor, float32 unless told otherwise.", "3", "3.", "f")
@placed
def scalar_tensor(s, *, dtype=None, requires_grad=False):
    return finish(np.asarray(s, dtype or FLOAT32), requires_grad)

@public("`steps` powers of the base, their exponents at equal distances from start to end.",
        "0, 2, 3", "[  1.,  10., 100.]", "f")
@placed
def logspace(start, end, steps, base=10.0, *, dtype=None, requires_grad=False):
    exponents = evenly("logspace", start, end, steps, dtype)
    return finish(np.asarray(float(base) ** exponents, dtype or FLOAT32), requires_grad)

# From chance

@public("Whole numbers as `randint`, in the shape and dtype of another tensor.",
        "mg.randint_like(mg.zeros(2, 3), 5).dtype", "dtype('float32')", "f")
@placed
def randint_like(input, low, high=None, *, dtype=None, requires_grad=False, generator=None):
    low, high = (0, low) if high is None else (low, high)
    numbers = randint(int(low), int(high), input.shape, generator=generator).value
    return finish(numbers.astype(dtype or input.dtype), requires_grad)

@public("Numbers from normal distributions with these means and standard deviations.",
        "mg.normal(mg.zeros(2), 1.).shape, mg.normal(0., 1., (2, 3)).shape", "((2,), (2, 3))", "f")
@placed
def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, requires_grad=False):
    refuse((np.asarray(raw(std)) < 0).any(), "normal: expected standard deviations of 0 or more")
    given = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if any(x.dtype.kind != "f" for x in given) or (size is None and not given):
        raise RuntimeError("normal: expected floating tensors, or numbers and a size")
    shape = np.broadcast_shapes(*(x.shape for x in given)) if size is None else size_of((size,))
    dtype = dtype or (np.result_type(*(x.dtype for x in given)) if given else FLOAT32)
    noise = randn(shape, dtype=dtype, generator=generator).value
    return finish(np.asarray(noise * raw(std) + raw(mean), dtype), requires_grad)

@public("1 with the probability in `input` (or p), else 0; no gradient.", "[0., 1.]", "[0., 1.]")
def bernoulli(input, p=None, *, generator=None):
    refuse(input.dtype.kind != "f",
           f"bernoulli: expected probabilities of a floating dtype, got {input.dtype}")
    chance = np.asarray(raw(input) if p is None else p)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise RuntimeError("bernoulli: expected probabilities from 0 to 1")
    return leaf(np.asarray(rng(generator).random(input.shape) < chance, input.dtype))

@public("Positions drawn from each row of weights, with or without putting back; int64.",
        "[0., 3., 0.], 2, replacement=True", "[1, 1]")
def multinomial(input, num_samples, replacement=False, *, generator=None):
    weights = raw(input)
    refuse(weights.dtype.kind != "f" or weights.ndim not in (1, 2)
           or not np.isfinite(weights).all() or (weights < 0).any(),
           "multinomial: expected one or more rows of weights from 0 up, floating, got "
           f"{input.dtype}{list(input.shape)}")
    most = weights.shape[-1]
    impossible = num_samples <= 0 or num_samples > most and not replacement
    refuse(impossible or (weights.sum(-1) <= 0).any(),
           f"multinomial: cannot draw {num_samples} of {most} weights (replacement={replacement})")
    dice = rng(generator)
    if replacement:
        edges = np.cumsum(weights, -1, dtype=float)
        drawn = dice.random((*weights.shape[:-1], num_samples, 1)) * edges[..., None, -1:]
        return leaf(np.asarray((drawn >= edges[..., None, :]).sum(-1), INT64))
    with np.errstate(all="ignore"):             # the first of exponential clocks with these rates
        clocks = np.where(weights > 0, dice.exponential(size=weights.shape) / weights, np.inf)
    refuse((np.isfinite(clocks).sum(-1) < num_samples).any(), "multinomial: a row has fewer than "
           f"{num_samples} weights above 0; pass replacement=True")
    return leaf(np.asarray(np.argsort(clocks, -1)[..., :num_samples], INT64))

@public("1 with probability p, else 0.", "mg.zeros(2).bernoulli_(1.)", "tensor([1., 1.])", "x.f")
def bernoulli_(input, p=0.5, *, generator=None):
    return input.copy_(rand(input.shape, generator=generator) < raw(p))

@public("Filled with whole numbers from low up to, not including, high.",
        "mg.zeros(2).random_(0, 1)", "tensor([0., 0.])", "x.f")
def random_(input, low=0, high=None, *, generator=None):
    low, high = (low, high) if high is not None else (0, low or 2**31)
    return input.copy_(randint(low, high, input.shape, generator=generator))

@public("Filled with numbers from the exponential distribution with this rate.",
        "mg.zeros(2).exponential_(9.).shape", "(2,)", "x.f")
def exponential_(input, lambd=1.0, *, generator=None):
    part = rand(input.shape, generator=generator, dtype=input.dtype)
    return input.copy_(-log1p(-part) / lambd)

# Of another tensor's dtype

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
            f"mg.tensor([1, 2]).new_{make.__name__}(3).dtype", "dtype('int64')", "x.f")
    def function(input, *size, dtype=None, **s): return make(*size, dtype=dtype or input.dtype, **s)
    function.__name__ = function.__qualname__ = f"new_{make.__name__}"
    return function

new_zeros, new_ones, new_empty = map(_new, (zeros, ones, empty))
