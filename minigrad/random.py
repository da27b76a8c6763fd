"""Chance: PyTorch's dice, so that the same seed gives the same numbers here and there.

On the CPU, PyTorch takes words of 32 random bits from the Mersenne Twister (Matsumoto & Nishimura
1998), which numpy has too. What is left is how words become numbers: ATen's DistributionsHelper.h
and cpu/DistributionTemplates.h say how many each takes, and of which bits it makes what.
"""
import math
import operator
from threading import RLock

import numpy as np

from .create import both, finish, size_of
from .device import device as _device, placed
from .dtypes import FLOAT16, FLOAT32, FLOAT64, INT64, PYTHONS
from .memory import settle
from .public import public, refuse


class Generator:
    """A source of random words, the same ones from the same seed.

    >>> g = mg.Generator().manual_seed(1)
    >>> h = mg.Generator().manual_seed(1)
    >>> mg.equal(mg.rand(3, generator=g), mg.rand(3, generator=h))
    True
    """

    def __init__(self, device="cpu"):
        self.device, self.lock = _device(device), RLock()   # two threads never share a word
        self.manual_seed(67280421310721)                    # PyTorch's own first seed

    def manual_seed(self, seed: int):
        """Start again from a seed; returns the generator itself."""
        seed = operator.index(seed)
        refuse(not -2**63 <= seed < 2**64, "manual_seed: expected a seed from -2**63 to 2**64 - 1, "
               f"got {seed}", ValueError)
        self._seed, self._twister, self.spare = seed % 2**64, None, None
        return self

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._seed

    @property
    def twister(self):
        """numpy's Mersenne Twister; made at first use, as loading numpy.random takes its time."""
        if self._twister is None:
            self._twister = np.random.RandomState(self._seed % 2**32)
        return self._twister

    def words(self, n: int):
        """The next n words."""
        with self.lock:
            return self.twister.randint(0, 2**32, n, np.uint32)

    def words64(self, n: int):
        """The next 2n words in pairs, the high half first."""
        high, low = self.words(2 * n).reshape(n, 2).T
        return high.astype(np.uint64) << np.uint64(32) | low

    def __repr__(self):
        return f"<torch._C.Generator object at {id(self):#x}>"

default_generator = Generator()             # it serves all who bring none of their own

def manual_seed(seed: int) -> Generator:
    """Start the default generator from a seed: the same program then draws the same numbers.

    >>> _ = mg.manual_seed(7); a = mg.rand(2)
    >>> _ = mg.manual_seed(7); mg.equal(a, mg.rand(2))
    True
    """
    return default_generator.manual_seed(int(seed))


# How words become numbers. Each gives a flat array, for which it takes its words at once.

def uniform(generator, n, dtype, low=0.0, high=1.0):
    """From low up to, not including, high: the last 24 bits of a word, or 53 of two, as a part."""
    if dtype == FLOAT64:
        out = scaled((generator.words64(n) & np.uint64(2**53 - 1)) * 2.0**-53, high - low, low)
    else:
        low, high = np.float32(low), np.float32(high)
        words = generator.words(n)
        out, step = words.view(FLOAT32), float(high - low) * 2.0**-24
        for i in range(0, n, 2**14):                    # by parts that stay in the cache
            part = (words[i:i + 2**14] & np.uint32(2**24 - 1)) * step
            np.add(part, float(low), out=out[i:i + 2**14], casting="same_kind")
    out = out.astype(dtype, copy=False)
    if (high, low) != (1, 0) or dtype == FLOAT16:       # rounding may have reached the end
        out[out == dtype.type(high)] = low
    return out

def normal(generator, n, dtype, mean=0.0, std=1.0):
    """Box and Muller (1958), in blocks of 16: eight radii, then eight angles.

    The last block is drawn anew if it is not full. Fewer than 16 come in pairs.
    """
    if n < 16:
        return in_pairs(generator, n, dtype, mean, std)
    rest, wide = n % 16, np.promote_types(dtype, FLOAT32)
    first = n - rest if dtype == FLOAT16 else n         # float16 is drawn block by block
    u = uniform(generator, first + 16 * (rest > 0), wide)
    out = _box_muller(u[:n - rest])
    if rest:
        out = np.concatenate([out[:n - 16], _box_muller(u[-16:])])
    return scaled(out, std, mean).astype(dtype, copy=False)

def _box_muller(u):
    u = u.reshape(-1, 16)
    radius = np.sqrt(-2 * exactly(math.log, np.log, 1 - u[:, :8]))
    angle = u.dtype.type(2 * math.pi) * u[:, 8:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()

def in_pairs(generator, n, dtype, mean=0.0, std=1.0):
    """Box and Muller, two at a time: an odd one out is kept for the next call."""
    with generator.lock:
        kept = [] if generator.spare is None else [generator.spare]
        u = uniform(generator, max(n - len(kept) + 1, 0) // 2 * 2, FLOAT64).tolist()
        for angle, u2 in zip(u[::2], u[1::2]):
            radius, angle = math.sqrt(-2 * math.log1p(-u2)), 2 * math.pi * angle
            kept += radius * math.cos(angle), radius * math.sin(angle)
        generator.spare = kept[n] if len(kept) > n else None
    return scaled(np.array(kept[:n], FLOAT64), std, mean).astype(dtype)

def integers(generator, n, dtype, low, high):
    """From low up to, not including, high: what a word leaves when divided; from 2²⁸ on, two."""
    span = high - low
    words = generator.words(n) if span < 2**28 else generator.words64(n)
    return ((words % words.dtype.type(span)).astype(INT64) + np.int64(low)).astype(dtype)

def chosen(generator, n, dtype, p):
    """1 with probability p: 53 bits are below it. Only where the upper 21 tie do 32 more count."""
    upper, lower = (words := generator.words(2 * n))[::2] & np.uint32(2**21 - 1), words[1::2]
    top, bottom = divmod(math.ceil(p * 2**53), 2**32)
    out, ties = upper < top, np.flatnonzero(upper == top)
    out[ties] = lower[ties] < bottom
    return out.astype(dtype, copy=False)

def shuffled(generator, n):
    """0 to n − 1 in the order in which Fisher and Yates leave them.

    They walk along a row and exchange place i with a place j from i on. So j's number comes to lie
    at i, and i's own at j. Which number lies at j then? Its own, or what the last exchange with j
    left there, and so back: all chains are followed at once, instead of n exchanges in turn.
    """
    i, j = np.arange(n), np.arange(n)
    j[:-1] += generator.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
    exchanges = np.sort(j << 32 | i)                    # by place, and then by time
    place, time = exchanges >> 32, exchanges & (2**32 - 1)
    lies, before = i.copy(), time < place
    lies[place[before]] = time[before]                  # the last one counts
    while not np.array_equal(lies, further := lies[lies]):
        lies = further
    again = np.flatnonzero(place[1:] == place[:-1])
    j[time[again + 1]] = lies[time[again]]
    return j

def exactly(function, fast, x):
    """float64 by the C library's function, as PyTorch; numpy's own may differ in the last digit."""
    if x.dtype != FLOAT64:
        return fast(x)
    return np.fromiter(map(function, x.ravel().tolist()), FLOAT64, x.size).reshape(x.shape)

def scaled(x, factor, offset):
    """x · factor + offset, rounded once, as PyTorch's processors do it (Dekker 1971)."""
    if (factor, offset) == (1, 0):
        return x
    if x.dtype == FLOAT32:
        return (x * np.float64(np.float32(factor)) + float(np.float32(offset))).astype(FLOAT32)
    halves = [(high := 134217729.0 * y - (134217729.0 * y - y), y - high) for y in (x, factor)]
    (a, b), (c, d) = halves
    product = x * factor
    lost = b * d - (((product - a * c) - b * c) - a * d)
    out = product + offset
    back = out - product
    return out + ((product - (out - back)) + (offset - back) + lost)

def like(array, numbers):
    """Flat numbers in the shape of an array, laid out as it is: PyTorch fills in memory's order."""
    if array.flags.c_contiguous:
        return numbers.reshape(array.shape)
    out = np.empty_like(array, numbers.dtype)
    inner = out.transpose(np.argsort([-abs(step) for step in array.strides], kind="stable"))
    inner[...] = numbers.reshape(inner.shape)
    return out


# The functions

def drawn(draw, generator, array, dtype, *settings):
    """An array by chance, laid out as this one."""
    if draw is normal and not array.flags.c_contiguous:
        draw = in_pairs                                 # as PyTorch does, which takes other words
    return like(array, draw(generator or default_generator, array.size, dtype, *settings))

def real(name, dtype):
    """A floating dtype, the default one unless told otherwise."""
    dtype = np.dtype(dtype or PYTHONS[float])
    refuse(dtype.kind != "f", f"{name}: expected a floating dtype, got {dtype}; for whole numbers "
           "use randint", NotImplementedError)
    return dtype

def _forms(name, draw, does):
    """The two forms of a draw of floating numbers."""
    @placed
    def new(*shape, size=None, generator: Generator | None = None, dtype=None,
            requires_grad: bool = False):
        shape = size_of(shape if size is None else (size,))
        numbers = draw(generator or default_generator, math.prod(shape), real(name, dtype))
        return finish(numbers.reshape(shape), requires_grad)

    @placed
    def like(input, *, dtype=None, requires_grad: bool = False, generator=None):
        layout, dtype = np.empty_like(settle(input).value), real(name, dtype or input.dtype)
        return finish(drawn(draw, generator, layout, dtype), requires_grad)
    return both(name, new, like, does)

rand, rand_like = _forms("rand", uniform, "Numbers from 0 to 1 (excluded), all equally likely")
randn, randn_like = _forms("randn", normal,
                            "Numbers normally distributed around 0, with standard deviation 1")

def uniform_(input, low=0.0, high=1.0, *, generator=None, **bounds):
    """Fill with numbers between two bounds (PyTorch's names `from` and `to`), all equally likely.

    >>> mg.zeros(1000).uniform_(2, 3).min() >= 2
    tensor(True)
    """
    low, high = float(bounds.pop("from", low)), float(bounds.pop("to", high))
    refuse(bounds or not low <= high, f"uniform_: expected bounds with low ≤ high, got {low} and "
           f"{high} {bounds or ''}")
    dtype = real("uniform_", input.dtype)
    return input.copy_(drawn(uniform, generator, input.value, dtype, low, high))

def normal_(input, mean=0.0, std=1.0, *, generator=None):
    """Fill with numbers from a normal distribution.

    >>> mg.zeros(2).normal_(3, 0)
    tensor([3., 3.])
    """
    refuse(not std >= 0, f"normal_: expected a standard deviation of 0 or more, got {std}")
    dtype = real("normal_", input.dtype)
    return input.copy_(drawn(normal, generator, input.value, dtype, float(mean), float(std)))

@public("Whole numbers from low (0 if left out) up to, not including, high; int64.",
        "x = mg.randint(0, 2, (100,)); x.dtype, x.shape", "(torch.int64, torch.Size([100]))", "f")
@placed
def randint(low=None, high=None, size=None, *, generator: Generator | None = None, dtype=None,
            requires_grad: bool = False):
    if size is None:
        low, high, size = None, low, high                # only the end and the size were given
    elif high is None:
        low, high = None, low
    refuse(size is None or high is None, "randint: expected (low, high, size) or (high, size), got "
           f"{(low, high, size)}", TypeError)
    dtype = np.dtype(dtype or INT64)
    low, high = limits("randint", dtype, 0 if low is None else low, high)
    shape = size_of((size,))
    numbers = integers(generator or default_generator, math.prod(shape), dtype, low, high)
    return finish(numbers.reshape(shape), requires_grad)

def limits(name, dtype, low, high):
    """The bounds, if there are whole numbers between them and the dtype holds both ends."""
    low, high = operator.index(low), operator.index(high)
    refuse(low >= high, f"{name}: expected low < high, got {low} and {high}")
    ends = np.array([low, high - 1])
    refuse((ends.astype(dtype) != ends).any(),
           f"{name}: expected numbers that {dtype} holds, got {low} to {high - 1}")
    return low, high

@public("The numbers 0 to n − 1 in random order; int64.",
        "sorted(mg.randperm(4).tolist())", "[0, 1, 2, 3]", "f")
@placed
def randperm(n: int, *, generator: Generator | None = None, dtype=None,
             requires_grad: bool = False):
    refuse(n >= (2**32 - 1) // 20, f"randperm: expected n below {(2**32 - 1) // 20}, got {n}; "
           "PyTorch shuffles more in another way", NotImplementedError)
    order = shuffled(generator or default_generator, *size_of((n,)))
    return finish(order.astype(dtype or INT64, copy=False), requires_grad)
