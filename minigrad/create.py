"""Ways to make a tensor: from data, from numbers in a row, from chance."""
import operator

import numpy as np

from .device import device as _device, placed
from .dtypes import FLOAT32, INT64, KINDS
from .functions import document, says
from .graph import TensorBase, leaf, raw


@placed
def tensor(data, *, dtype=None, requires_grad: bool = False):
    """A tensor with a copy of the data: numbers, nested lists, an array or another tensor.

    Floating Python numbers become float32, whole ones int64; arrays keep their dtype. Raises TypeError for data that
    are not numbers, ValueError for lists of unequal length.

    >>> mg.tensor([[1., 2.], [3., 4.]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    return _finish(_array(data, dtype, copy=True), requires_grad)


@placed
def as_tensor(data, *, dtype=None):
    """The data as a tensor, sharing memory where they are an array already.

    >>> mg.as_tensor([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, TensorBase):
        return data if dtype is None else data.to(dtype)
    return leaf(_array(data, dtype, copy=None))


def from_numpy(array: np.ndarray):
    """A tensor around this array: a change of one is a change of the other.

    >>> mg.from_numpy(np.zeros(2, np.float32))
    tensor([0., 0.])
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a numpy array, got {type(array).__name__}; use tensor(...)")
    return leaf(_array(array, None, copy=None))


def _array(data, dtype, copy):
    inner = data
    while isinstance(inner, (list, tuple)) and len(inner):
        inner = inner[0]
    if isinstance(data, (list, tuple)) and isinstance(inner, TensorBase):
        data = _unwrap(data)
    try:
        array = np.array(raw(data), dtype and np.dtype(dtype), copy=copy)
    except ValueError as error:
        raise ValueError(f"tensor: expected numbers, or nested lists of equal length, got {data!r:.80}") from error
    if dtype is None and array.dtype == np.float64 and not isinstance(inner, (np.ndarray, np.generic, TensorBase)):
        array = array.astype(FLOAT32)                      # Python's own numbers
    if array.dtype.name not in KINDS:
        raise TypeError(f"tensor: expected numbers of a dtype in {', '.join(KINDS)}, "
                        f"got {array.dtype} from {data!r:.60}")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _unwrap(data):
    return [_unwrap(x) for x in data] if isinstance(data, (list, tuple)) else raw(data)


def _finish(array, requires_grad):
    t = leaf(array)
    if requires_grad:
        t.requires_grad = True                # checks that the dtype is floating
    return t


def _size(size):
    size = size[0] if len(size) == 1 and not isinstance(size[0], (int, np.integer)) else size
    size = tuple(n.__index__() for n in size)
    if any(n < 0 for n in size):
        raise RuntimeError(f"expected sizes of 0 or more, got {size}")
    return size


# Filled with one number, or with numbers in a row

def _filled(fill):
    """The two forms of numpy's function: of a size, and of another tensor's shape and dtype."""
    @placed
    def new(*size, dtype=None, requires_grad: bool = False):
        return _finish(fill(_size(size), dtype or FLOAT32), requires_grad)

    @placed
    def like(input, *, dtype=None, requires_grad: bool = False):
        return _finish(fill(input.shape, dtype or input.dtype), requires_grad)
    return _named(fill.__name__, new, like)


def _named(name, new, like):
    for function, called in (new, name), (like, f"{name}_like"):
        function.__name__ = function.__qualname__ = called
    return new, like


zeros, zeros_like = _filled(np.zeros)
ones, ones_like = _filled(np.ones)
empty, empty_like = _filled(np.empty)
document((
    (zeros, "Zeros; float32 unless told otherwise.", "mg.zeros(3)", "tensor([0., 0., 0.])"),
    (ones, "Ones; float32 unless told otherwise.", "mg.ones(3)", "tensor([1., 1., 1.])"),
    (empty, "Memory that nobody has filled yet: write before you read.", "mg.empty(2, 3).shape", "(2, 3)"),
    (zeros_like, "Zeros, in the shape and dtype of another tensor.",
     "mg.zeros_like(mg.tensor([1, 2]))", "tensor([0, 0])"),
    (ones_like, "Ones, in the shape and dtype of another tensor.",
     "mg.ones_like(mg.tensor([1, 2]))", "tensor([1, 1])"),
    (empty_like, "Memory in the shape and dtype of another tensor, with whatever numbers stand there.",
     "mg.empty_like(mg.tensor([1, 2])).shape", "(2,)"),
))


@says("One number everywhere; its own kind (float32, int64, bool) unless told otherwise.",
      "mg.full((2,), 7)", "tensor([7, 7])")
@placed
def full(size, fill_value, *, dtype=None, requires_grad: bool = False):
    dtype = dtype or _array(fill_value, None, copy=True).dtype
    return _finish(np.full(_size((size,)), raw(fill_value), dtype), requires_grad)


@says("One number in the shape and dtype of another tensor.",
      "mg.full_like(mg.tensor([1., 2.]), 3)", "tensor([3., 3.])")
@placed
def full_like(input, fill_value, *, dtype=None, requires_grad: bool = False):
    return _finish(np.full(input.shape, raw(fill_value), dtype or input.dtype), requires_grad)


@says("The identity matrix: ones on the diagonal.", "mg.eye(2).tolist()", "[[1.0, 0.0], [0.0, 1.0]]")
@placed
def eye(n: int, m: int | None = None, *, dtype=None, requires_grad: bool = False):
    return _finish(np.eye(n, m, dtype=dtype or FLOAT32), requires_grad)


@says("One number as a 0-d tensor, float32 unless told otherwise.", "mg.scalar_tensor(3)", "tensor(3.)")
@placed
def scalar_tensor(s, *, dtype=None, requires_grad: bool = False):
    return _finish(np.asarray(s, dtype or FLOAT32), requires_grad)


@placed
def arange(start, end=None, step=1, *, dtype=None, requires_grad: bool = False):
    """Numbers from start up to, not including, end; int64 if all three are whole, else float32.

    >>> mg.arange(1, 7, 2)
    tensor([1, 3, 5])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (n.item() if isinstance(n, (TensorBase, np.generic)) else n for n in (start, end, step))
    if step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"arange: a step of {step} does not lead from {start} to {end}")
    if dtype is not None and np.dtype(dtype).kind in "iu":
        start, end, step = int(start), int(end), int(step)
    dtype = dtype or (INT64 if all(isinstance(n, int) for n in (start, end, step)) else FLOAT32)
    return _finish(np.arange(start, end, step).astype(dtype), requires_grad)


@says("`steps` numbers at equal distances, both ends included.",
      "mg.linspace(0, 1, 5)", "tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])")
@placed
def linspace(start: float, end: float, steps: int, *, dtype=None, requires_grad: bool = False):
    return _finish(_even("linspace", start, end, steps, dtype).astype(dtype or FLOAT32), requires_grad)


@says("`steps` powers of the base, their exponents at equal distances from start to end.",
      "mg.logspace(0, 2, 3)", "tensor([  1.,  10., 100.])")
@placed
def logspace(start: float, end: float, steps: int, base: float = 10.0, *, dtype=None, requires_grad: bool = False):
    exponents = _even("logspace", start, end, steps, dtype)
    return _finish(np.asarray(float(base) ** exponents, dtype or FLOAT32), requires_grad)


def _even(name, start, end, steps, dtype):
    if steps < 0:
        raise RuntimeError(f"{name}: expected steps of 0 or more, got {steps}")
    kind = int if np.dtype(dtype).kind in "iu" else float
    return np.linspace(kind(start), kind(end), steps)


# By chance. One generator serves all who bring none of their own.

class Generator:
    """A source of random numbers (numpy's PCG64) that repeats itself from the same seed; the seed is 0 at first.

    >>> g = mg.Generator().manual_seed(1)
    >>> h = mg.Generator().manual_seed(1)
    >>> mg.equal(mg.rand(3, generator=g), mg.rand(3, generator=h))
    True
    """

    def __init__(self, device="cpu"):
        self.device = _device(device)
        self.manual_seed(0)

    def manual_seed(self, seed: int):
        """Start again from a seed; returns the generator itself."""
        self.seed, self._rng = operator.index(seed), None
        return self

    @property
    def rng(self):
        """numpy's generator behind it; made at first use, because loading numpy.random takes its time."""
        if self._rng is None:
            self._rng = np.random.Generator(np.random.PCG64(self.seed % 2**64))
        return self._rng

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self.seed


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default generator from a seed: the same program then draws the same numbers.

    >>> _ = mg.manual_seed(7); a = mg.rand(2)
    >>> _ = mg.manual_seed(7); mg.equal(a, mg.rand(2))
    True
    """
    return default_generator.manual_seed(seed)


def _rng(generator):
    return (generator or default_generator).rng


def _drawn(name, draw):
    """The two forms of a method of numpy's generator: of a size, and of another tensor's shape and dtype."""
    @placed
    def new(*size, generator: Generator | None = None, dtype=None, requires_grad: bool = False):
        dtype = np.dtype(dtype or FLOAT32)
        if dtype.kind != "f":
            raise RuntimeError(f"{name}: expected a floating dtype, got {dtype}; for whole numbers use randint")
        wide = dtype if dtype.itemsize >= 4 else FLOAT32
        return _finish(np.asarray(getattr(_rng(generator), draw)(_size(size), dtype=wide), dtype), requires_grad)

    @placed
    def like(input, *, dtype=None, requires_grad: bool = False, generator=None):
        return new(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad, generator=generator)
    return _named(name, new, like)


rand, rand_like = _drawn("rand", "random")
randn, randn_like = _drawn("randn", "standard_normal")
document((
    (rand, "Numbers from 0 (included) to 1 (excluded), all equally likely.", "bool((mg.rand(9) < 1).all())", "True"),
    (randn, "Numbers from the normal distribution with mean 0 and standard deviation 1.",
     "mg.randn(2, 3).shape", "(2, 3)"),
    (rand_like, "Numbers as `rand`, in the shape and dtype of another tensor.",
     "mg.rand_like(mg.zeros(2, 3)).shape", "(2, 3)"),
    (randn_like, "Numbers as `randn`, in the shape and dtype of another tensor.",
     "mg.randn_like(mg.zeros(2, 3)).shape", "(2, 3)"),
))


@placed
def randint(low, high=None, size=None, *, generator: Generator | None = None, dtype=None):
    """Whole numbers from low (0 if left out) up to, not including, high; int64.

    >>> x = mg.randint(0, 2, (100,)); x.dtype, x.shape
    (dtype('int64'), (100,))
    """
    if size is None:
        low, high, size = 0, low, high
    if size is None or low >= high:
        raise RuntimeError(f"randint: expected (low, high, size) with low < high, got ({low}, {high}, {size})")
    return leaf(np.asarray(_rng(generator).integers(low, high, _size((size,))), dtype or INT64))


@says("Whole numbers as `randint`, in the shape and dtype of another tensor.",
      "mg.randint_like(mg.zeros(2, 3), 5).dtype", "dtype('float32')")
@placed
def randint_like(input, low, high=None, *, dtype=None, requires_grad: bool = False, generator=None):
    low, high = (0, low) if high is None else (low, high)
    return _finish(randint(int(low), int(high), input.shape, generator=generator).value.astype(dtype or input.dtype),
                   requires_grad)


@says("The numbers 0 to n − 1 in random order; int64.", "sorted(mg.randperm(4).tolist())", "[0, 1, 2, 3]")
@placed
def randperm(n: int, *, generator: Generator | None = None):
    return leaf(_rng(generator).permutation(n))


@says("1 with the probability that stands in `input` (or p), else 0; no gradient flows.",
      "mg.bernoulli(mg.tensor([0., 1.]))", "tensor([0., 1.])")
def bernoulli(input, p=None, *, generator: Generator | None = None):
    if input.dtype.kind != "f":
        raise RuntimeError(f"bernoulli: expected probabilities of a floating dtype, got {input.dtype}")
    chance = raw(input) if p is None else p
    if not ((np.asarray(chance) >= 0) & (np.asarray(chance) <= 1)).all():
        raise RuntimeError("bernoulli: expected probabilities from 0 to 1")
    return leaf(np.asarray(_rng(generator).random(input.shape) < chance, input.dtype))


@says("Positions drawn from each row of weights, with or without putting back; int64.",
      "mg.multinomial(mg.tensor([0., 3., 0.]), 2, replacement=True)", "tensor([1, 1])")
def multinomial(input, num_samples: int, replacement: bool = False, *, generator: Generator | None = None):
    weights = raw(input)
    if weights.dtype.kind != "f" or weights.ndim not in (1, 2) or not np.isfinite(weights).all() or (weights < 0).any():
        raise RuntimeError(f"multinomial: expected one or more rows of weights from 0 up, floating, got "
                           f"{input.dtype}{list(input.shape)}")
    if num_samples <= 0 or (weights.sum(-1) <= 0).any() or (not replacement and num_samples > weights.shape[-1]):
        raise RuntimeError(f"multinomial: cannot draw {num_samples} of {weights.shape[-1]} weights "
                           f"(replacement={replacement})")
    rng = _rng(generator)
    if replacement:
        edges = np.cumsum(weights, -1, dtype=float)
        drawn = rng.random((*weights.shape[:-1], num_samples, 1)) * edges[..., None, -1:]
        return leaf(np.asarray((drawn >= edges[..., None, :]).sum(-1), INT64))
    with np.errstate(all="ignore"):                          # the first of exponential clocks with these rates
        clocks = np.where(weights > 0, rng.exponential(size=weights.shape) / weights, np.inf)
    if (np.isfinite(clocks).sum(-1) < num_samples).any():
        raise RuntimeError(f"multinomial: a row has fewer than {num_samples} weights above 0; pass replacement=True")
    return leaf(np.asarray(np.argsort(clocks, -1)[..., :num_samples], INT64))


@placed
def normal(mean, std=1.0, size=None, *, generator: Generator | None = None, dtype=None, requires_grad: bool = False):
    """Numbers from normal distributions with these means and standard deviations, tensors or (with a size) numbers.

    >>> mg.normal(mg.zeros(2), 1.).shape, mg.normal(0., 1., (2, 3)).shape
    ((2,), (2, 3))
    """
    if (np.asarray(raw(std)) < 0).any():
        raise RuntimeError("normal: expected standard deviations of 0 or more")
    given = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if any(x.dtype.kind != "f" for x in given) or (size is None and not given):
        raise RuntimeError("normal: expected floating tensors, or numbers and a size")
    shape = np.broadcast_shapes(*(x.shape for x in given)) if size is None else _size((size,))
    dtype = dtype or (np.result_type(*(x.dtype for x in given)) if given else FLOAT32)
    noise = randn(shape, dtype=dtype, generator=generator).value
    return _finish(np.asarray(noise * raw(std) + raw(mean), dtype), requires_grad)
