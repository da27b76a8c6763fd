"""The rarer dice: states of generators, and draws from other distributions.

The formulas and the number of words are those of PyTorch's on the CPU (ATen's Distributions.cpp,
TransformationHelper.h, MultinomialKernel.cpp).
"""
import math
import struct
from contextlib import contextmanager

import numpy as np

from .. import random as core
from ..create import finish, size_of
from ..device import placed
from ..dtypes import FLOAT32, FLOAT64, INT64, PYTHONS
from ..graph import TensorBase, leaf, raw
from ..memory import settle
from ..public import public, refuse
from ..random import (Generator, default_generator, drawn, exactly, in_pairs, integers, limits,
                      real, scaled, uniform)
from ..random import normal as _normal

# The state of a generator, in PyTorch's 5056 bytes: seed, words left, 1, place of the next one,
# the twister's 624 words, and the second normal of a pair

LAYOUT = "<Qiiq624Q8xd8xi4x8x"

def get_state(self):
    """The state as a tensor of 5056 bytes, which PyTorch's `set_state` takes too.

    >>> g = mg.Generator(); state = g.get_state(); a = mg.rand(2, generator=g)
    >>> mg.equal(a, mg.rand(2, generator=g.set_state(state)))
    True
    """
    with self.lock:
        _, words, place, *_ = self.twister.get_state()
        spare, first = self.spare, words[0] == self._seed % 2**32
    following = 0 if place == 624 and first else place
    state = struct.pack(LAYOUT, self._seed, 625 - place, 1, following, *words.tolist(),
                        spare or 0.0, spare is not None)
    return leaf(np.frombuffer(state, np.uint8).copy())

def set_state(self, new_state):
    """Go on from a state that `get_state` gave, here or in PyTorch; returns the generator itself.

    Raises TypeError for other than bytes, RuntimeError for a state that cannot be.
    """
    refuse(not isinstance(new_state, TensorBase) or new_state.dtype != np.uint8,
           "set_state: expected a state as a tensor of dtype uint8, got "
           f"{getattr(new_state, 'dtype', type(new_state).__name__)}", TypeError)
    refuse(new_state.numel() != struct.calcsize(LAYOUT), "set_state: expected a state of "
           f"{struct.calcsize(LAYOUT)} bytes, got {new_state.numel()}")
    seed, left, seeded, _, *words, spare, valid = struct.unpack(LAYOUT, raw(new_state).tobytes())
    refuse(seeded != 1 or not 0 < left <= 624, "set_state: these bytes are no generator's state")
    twister = np.random.RandomState()
    twister.set_state(("MT19937", np.array(words, np.uint32), 625 - left))
    with self.lock:
        self._seed, self._twister, self.spare = seed, twister, spare if valid else None
    return self

def clone_state(self):
    """Another generator in the same state."""
    return Generator().set_state(self.get_state())

def _anew(self) -> int:
    """Start again from a seed by chance, and return it."""
    import secrets                            # which takes its time to load
    return self.manual_seed(secrets.randbits(64)).initial_seed()

Generator.get_state, Generator.set_state, Generator.seed = get_state, set_state, _anew
Generator.clone_state = clone_state
Generator.__reduce__ = lambda self: (Generator, (), self.get_state())
Generator.__setstate__ = set_state
del get_state, set_state, clone_state

@public("Start the default generator from a seed by chance, and return it.",
        "s = mg.seed(); s == mg.initial_seed()", "True", "f")
def seed() -> int: return default_generator.seed()
@public("The seed that the default generator started from.",
        "_ = mg.manual_seed(3); mg.initial_seed()", "3", "f")
def initial_seed() -> int: return default_generator.initial_seed()
@public("The default generator's state, 5056 bytes as PyTorch's.",
        "mg.get_rng_state().shape", "torch.Size([5056])", "f")
def get_rng_state(): return default_generator.get_state()
@public("Let the default generator go on from this state.",
        "s = mg.get_rng_state(); a = mg.rand(2); mg.set_rng_state(s); mg.equal(a, mg.rand(2))",
        "True", "f")
def set_rng_state(new_state) -> None: default_generator.set_state(new_state)

@contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices",
             device_type=None):
    """What is drawn within leaves the default generator as it was.

    >>> state = mg.get_rng_state()
    >>> with mg.random.fork_rng(): _ = mg.rand(2)
    >>> mg.equal(state, mg.get_rng_state())
    True
    """
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)

for _thing in (seed, initial_seed, get_rng_state, set_rng_state, fork_rng):
    setattr(core, _thing.__name__, _thing)

# New tensors

def _of(generator): return generator or default_generator

@public("Whole numbers as `randint`, in the shape and dtype of another tensor.",
        "mg.randint_like(mg.zeros(2, 3), 5).dtype", "torch.float32", "f")
@placed
def randint_like(input, low=0, high=None, *, dtype=None, requires_grad=False, generator=None):
    dtype = np.dtype(dtype or input.dtype)
    bounds = limits("randint_like", dtype, *((0, low) if high is None else (low, high)))
    layout = np.empty_like(settle(input).value)
    return finish(drawn(integers, generator, layout, dtype, *bounds), requires_grad)

@public("Numbers from normal distributions with these means and standard deviations.",
        "mg.normal(mg.zeros(2), 1.).shape, mg.normal(0., 1., (2, 3)).shape",
        "(torch.Size([2]), torch.Size([2, 3]))", "f")
@placed
def normal(mean=0.0, std=1.0, size=None, *, generator=None, dtype=None, requires_grad=False):
    refuse(not (np.asarray(raw(std)) >= 0).all(),
           "normal: expected standard deviations of 0 or more")
    given = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if size is None and not given:
        raise RuntimeError("normal: expected floating tensors, or numbers and a size")
    dice = _of(generator)
    dtype = real("normal", dtype or (given[0].dtype if given else PYTHONS[float]))
    if size is not None:
        refuse(bool(given), "normal: expected numbers where there is a size, got a tensor")
        shape = size_of((size,))
        numbers = _normal(dice, math.prod(shape), dtype, float(mean), float(std)).reshape(shape)
        return finish(numbers, requires_grad)
    shape = np.broadcast_shapes(*(x.shape for x in given))
    own = isinstance(std, TensorBase)                  # the spread of each place is its own
    numbers = _normal(dice, math.prod(shape), dtype, 0.0, 1.0 if own else float(std)).reshape(shape)
    if own:
        numbers = (numbers * raw(std)).astype(dtype, copy=False)
    return finish((numbers + raw(mean)).astype(dtype, copy=False), requires_grad)

def _chances(name, p, shape):
    """Chances for each place, compared with 53 bits if they are float64, else with 24."""
    p = np.broadcast_to(raw(p), shape)
    refuse(p.dtype.kind != "f",
           f"{name}: expected probabilities of a floating dtype, got {p.dtype}")
    refuse(not ((p >= 0) & (p <= 1)).all(), f"{name}: expected probabilities from 0 to 1")
    return p, FLOAT64 if p.dtype == FLOAT64 else FLOAT32

@public("1 with the probability in `input` (or p), else 0; no gradient.", "[0., 1.]", "[0., 1.]")
def bernoulli(input, p=None, *, generator=None):
    fresh = leaf(np.empty(input.shape, input.dtype))
    return bernoulli_(fresh, raw(input) if p is None else p, generator=generator)

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
    if replacement and num_samples > 1:
        edges = np.cumsum(weights, -1, np.promote_types(weights.dtype, FLOAT32))
        edges = (edges / edges[..., -1:]).reshape(-1, most)
        edges[:, -1] = 1
        drawn_ = uniform(_of(generator), len(edges) * num_samples, FLOAT64).reshape(len(edges), -1)
        rows = [np.searchsorted(row, u) for row, u in zip(edges.astype(FLOAT64), drawn_)]
        return leaf(np.reshape(rows, (*weights.shape[:-1], num_samples)).astype(INT64))
    clocks = drawn(_exponential, generator, np.empty_like(weights), weights.dtype, 1.0)
    refuse(((weights > 0).sum(-1) < num_samples).any(), "multinomial: a row has fewer than "
           f"{num_samples} weights above 0; pass replacement=True")
    with np.errstate(divide="ignore"):                 # the first of clocks with these rates
        order = np.argsort(-(weights / clocks), -1, kind="stable")
    return leaf(np.ascontiguousarray(order[..., :num_samples], INT64))

@public("Whole numbers from Poisson distributions with the rates in `input`, in its dtype.",
        "mg.poisson(mg.zeros(3))", "tensor([0., 0., 0.])", "f")
def poisson(input, generator=None):
    rates = raw(input)
    refuse(rates.dtype.kind != "f" or not (rates >= 0).all(),
           f"poisson: expected floating rates of 0 or more, got {input.dtype}")
    dice = _of(generator)
    with dice.lock:
        numbers = [_events(float(rate), lambda: uniform(dice, 1, FLOAT64).item())
                   for rate in rates.ravel()]
    return leaf(np.array(numbers, rates.dtype).reshape(rates.shape))

def _events(rate, chance):
    """How many events: up to 10 by waiting for each of them, above by rejection (Hörmann 1993)."""
    if rate < 10:
        count, left, end = 0, 1.0, math.exp(-rate)
        while rate and (left := left * chance()) > end:
            count += 1
        return count
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    while True:
        u = chance() - 0.5
        v, us = chance(), 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2):
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        bound = -rate + k * math.log(rate) - math.lgamma(k + 1)
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= bound:
            return k

# In place. Each array function takes its words at once; float64 within, as in PyTorch

def _parts(generator, n): return uniform(generator, n, FLOAT64)

def _exponential(generator, n, dtype, rate):
    parts = exactly(math.log1p, np.log1p, -_parts(generator, n))
    return (-1.0 / rate * parts).astype(dtype)

def _geometric(generator, n, dtype, p):
    logs = exactly(lambda u: math.log(u) if u else -math.inf, np.log, _parts(generator, n))
    return np.ceil(logs / math.log1p(-p)).astype(dtype)

def _cauchy(generator, n, dtype, median, sigma):
    slopes = exactly(math.tan, np.tan, math.pi * (_parts(generator, n) - 0.5))
    return scaled(slopes, sigma, median).astype(dtype)

def _log_normal(generator, n, dtype, mean, std):
    logs = in_pairs(generator, n, FLOAT64, mean, std)
    return exactly(math.exp, np.exp, logs).astype(dtype)

def _bits(generator, n, dtype): return generator.words64(n).astype(dtype)

def _full(generator, n, dtype):
    """All whole numbers that a dtype holds from 0 up: of int64 63 bits, of float32 up to 2**24."""
    words = (generator.words64 if dtype in (INT64, FLOAT64) else generator.words)(n)
    return (words % np.uint64(_most(dtype) + 1)).astype(dtype)

def _most(dtype):
    if dtype.kind == "f":
        return 2 ** (np.finfo(dtype).nmant + 1)
    return 1 if dtype.kind == "b" else np.iinfo(dtype).max

@public("1 with probability p, a number or a tensor, else 0.", "mg.zeros(2).bernoulli_(1.)",
        "tensor([1., 1.])", "x.f")
def bernoulli_(input, p=0.5, *, generator=None):
    if np.ndim(raw(p)) or isinstance(p, (TensorBase, np.ndarray)):
        p, wide = _chances("bernoulli_", p, input.shape)
        return input.copy_(drawn(uniform, generator, settle(input).value, wide) < p)
    refuse(not 0 <= p <= 1, f"bernoulli_: expected a probability from 0 to 1, got {p}")
    return input.copy_(drawn(core.chosen, generator, settle(input).value, input.dtype, float(p)))

@public("Filled with whole numbers from low up to, not including, high (PyTorch's `from`, `to`);\n"
        "without them, with all from 0 up that the dtype holds.",
        "mg.zeros(2).random_(0, 1)", "tensor([0., 0.])", "x.f")
def random_(input, *bounds, generator=None, **named):
    refuse(not set(named) <= {"from", "to"} or len(bounds) + len(named) > 2,
           f"random_: expected from and to, got {(*bounds, *named.items())}", TypeError)
    dtype = input.dtype
    if not bounds and not named:
        return input.copy_(drawn(_full, generator, settle(input).value, dtype))
    if len(bounds) + len(named) == 1 and "from" not in named:
        bounds = (0, *bounds)
    low, high = (*bounds, *(named[name] for name in ("from", "to") if name in named), None)[:2]
    if high is None:
        high = _most(dtype) + 1
    low, high = limits("random_", dtype, low, high)
    if high - low == 2**64:
        return input.copy_(drawn(_bits, generator, settle(input).value, dtype))
    return input.copy_(drawn(integers, generator, settle(input).value, dtype, low, high))

def _continuous(name, draw, input, generator, *settings):
    place = settle(input).value
    return input.copy_(drawn(draw, generator, place, real(name, input.dtype), *settings))

@public("Filled with numbers from the exponential distribution with this rate.",
        "mg.zeros(2).exponential_(9.).shape", "torch.Size([2])", "x.f")
def exponential_(input, lambd=1.0, *, generator=None):
    refuse(not lambd > 0, f"exponential_: expected a rate above 0, got {lambd}")
    return _continuous("exponential_", _exponential, input, generator, float(lambd))

@public("Filled with how many trials it takes until one succeeds, whose probability is p.",
        "mg.zeros(2).geometric_(0.5).shape", "torch.Size([2])", "x.f")
def geometric_(input, p, *, generator=None):
    refuse(not 0 < p < 1, f"geometric_: expected a probability between 0 and 1, got {p}")
    return input.copy_(drawn(_geometric, generator, settle(input).value, input.dtype, float(p)))

@public("Filled with numbers from the Cauchy distribution around the median.",
        "mg.zeros(2).cauchy_().shape", "torch.Size([2])", "x.f")
def cauchy_(input, median=0.0, sigma=1.0, *, generator=None):
    refuse(not sigma > 0, f"cauchy_: expected a sigma above 0, got {sigma}")
    return _continuous("cauchy_", _cauchy, input, generator, float(median), float(sigma))

@public("Filled with numbers whose logarithm is normally distributed.",
        "mg.zeros(2).log_normal_().shape", "torch.Size([2])", "x.f")
def log_normal_(input, mean=1.0, std=2.0, *, generator=None):
    refuse(not std > 0, f"log_normal_: expected a standard deviation above 0, got {std}")
    return _continuous("log_normal_", _log_normal, input, generator, float(mean), float(std))
