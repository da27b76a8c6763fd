"""Data: what to learn from (Dataset), in which order (Sampler), in portions (DataLoader)."""
import math
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice

import numpy as np

from ..create import as_tensor, default_generator, randint, randperm
from ..shape import stack
from ..tensor import Tensor


def _needs(self, method: str, gives: str):
    """The error of a class that was to be subclassed."""
    return NotImplementedError(f"{type(self).__name__} needs a method `{method}`{gives}")


# Datasets

class Dataset:
    """Anything with numbered samples: subclass it, write `__getitem__(index)` and `__len__()`.

    >>> class Squares(mg.utils.data.Dataset):
    ...     def __len__(self): return 5
    ...     def __getitem__(self, index): return index, index ** 2
    >>> Squares()[3]
    (3, 9)
    """

    def __getitem__(self, index):
        raise _needs(self, "__getitem__(self, index)", ": one sample")

    def __add__(self, other: "Dataset"): return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Samples that come one after the other, as from a file too long to count: write `__iter__()`.

    >>> class Words(mg.utils.data.IterableDataset):
    ...     def __iter__(self): return iter("to be or not".split())
    >>> list(mg.utils.data.DataLoader(Words(), batch_size=3))
    [['to', 'be', 'or'], ['not']]
    """

    def __iter__(self) -> Iterator:
        raise _needs(self, "__iter__(self)", " that yields samples")


class TensorDataset(Dataset):
    """Tensors with equally many rows side by side: sample i is the tuple of their i-th rows.

    >>> mg.utils.data.TensorDataset(mg.arange(6).reshape(3, 2), mg.tensor([0, 1, 0]))[1]
    (tensor([2, 3]), tensor(1))
    """

    def __init__(self, *tensors: Tensor):
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"TensorDataset: expected tensors, got {type(t).__name__}; wrap it "
                                "in tensor(...)")
        if len({t.shape[:1] for t in tensors}) != 1 or tensors[0].ndim == 0:
            raise ValueError("TensorDataset: expected tensors with equally many rows, "
                             f"got shapes {[t.shape for t in tensors]}")
        self.tensors = tensors

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int: return self.tensors[0].shape[0]


class Subset(Dataset):
    """Some samples of a dataset, by their indices.

    >>> mg.utils.data.Subset(["a", "b", "c", "d"], [3, 1])[0]
    'd'
    """

    def __init__(self, dataset, indices: Sequence[int]):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int): return self.dataset[self.indices[index]]
    def __len__(self) -> int: return len(self.indices)


class ConcatDataset(Dataset):
    """Datasets one after the other; `a + b` makes one of two.

    >>> both = mg.utils.data.ConcatDataset([["a", "b"], ["c"]])
    >>> len(both), both[2], both[-1]
    (3, 'c', 'c')
    """

    def __init__(self, datasets: Iterable):
        self.datasets = list(datasets)
        if not self.datasets or any(isinstance(d, IterableDataset) for d in self.datasets):
            raise AssertionError("ConcatDataset: expected at least one dataset, each with numbered "
                                 "samples")
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int: return self.cumulative_sizes[-1]

    def __getitem__(self, index: int):
        if not -len(self) <= index < len(self):
            raise IndexError(f"ConcatDataset: index {index} is out of range for {len(self)} "
                             "samples")
        index %= len(self)
        which = bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - [0, *self.cumulative_sizes][which]]


def random_split(dataset, lengths: Sequence[int | float], generator=None) -> list[Subset]:
    """A dataset in random parts of these lengths, or fractions that add up to 1.

    >>> train, test = mg.utils.data.random_split(range(10), [0.8, 0.2])
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if any(not 0 <= part <= 1 for part in lengths):
            raise ValueError(f"random_split: expected fractions from 0 to 1, got {list(lengths)}")
        lengths = [math.floor(total * part) for part in lengths]
        for i in range(total - sum(lengths)):            # what rounding left goes to the first ones
            lengths[i % len(lengths)] += 1
    if sum(lengths) != total:
        raise ValueError(f"random_split: expected lengths that add up to {total}, got "
                         f"{list(lengths)}")
    order = iter(randperm(total, generator=generator).tolist())
    return [Subset(dataset, list(islice(order, length))) for length in lengths]


# Samplers: the order of the samples

class Sampler:
    """The order in which samples are visited: iterating gives indices.

    >>> class Backwards(mg.utils.data.Sampler):
    ...     def __iter__(self):
    ...         return iter([2, 1, 0])
    >>> [batch.tolist() for batch in mg.utils.data.DataLoader([10, 11, 12], sampler=Backwards())]
    [[12], [11], [10]]
    """

    def __iter__(self) -> Iterator:
        raise _needs(self, "__iter__(self)", " that yields indices")


class SequentialSampler(Sampler):
    """From the first sample to the last.

    >>> list(mg.utils.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]: return iter(range(len(self)))
    def __len__(self) -> int: return len(self.data_source)


class _Counted(Sampler):
    """A sampler that knows how many it gives."""
    num_samples: int

    def __len__(self) -> int: return self.num_samples


class RandomSampler(_Counted):
    """In a new random order each time; with `replacement`, `num_samples` independent draws.

    >>> sorted(mg.utils.data.RandomSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source, replacement: bool = False, num_samples: int | None = None,
                 generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self.num_samples = len(data_source) if num_samples is None else num_samples
        if not replacement and self.num_samples > len(data_source):
            raise ValueError("RandomSampler: expected num_samples of at most "
                             f"{len(data_source)}, got {num_samples}; pass replacement=True to "
                             "draw samples more than once")

    def __iter__(self) -> Iterator[int]:
        n = len(self.data_source)
        if self.replacement:
            return iter(randint(0, n, (self.num_samples,), generator=self.generator).tolist())
        return iter(randperm(n, generator=self.generator).tolist()[:self.num_samples])


class SubsetRandomSampler(_Counted):
    """Some indices, in a new random order each time.

    >>> sorted(mg.utils.data.SubsetRandomSampler([3, 5, 7]))
    [3, 5, 7]
    """

    def __init__(self, indices: Sequence[int], generator=None):
        self.indices, self.num_samples, self.generator = indices, len(indices), generator

    def __iter__(self) -> Iterator[int]:
        order = randperm(len(self.indices), generator=self.generator).tolist()
        return iter([self.indices[i] for i in order])


class WeightedRandomSampler(_Counted):
    """`num_samples` draws of 0, 1, …, as likely as their weights say: for classes of unequal size.

    >>> list(mg.utils.data.WeightedRandomSampler([0.0, 3.0], num_samples=3))
    [1, 1, 1]
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True,
                 generator=None):
        self.weights, wrong = as_tensor(weights, dtype=np.float64), None
        weights = self.weights.value
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples < 1:
            wrong = f"num_samples to be at least 1, got {num_samples!r}"
        elif weights.ndim != 1 or not (weights >= 0).all() or not 0 < weights.sum() < math.inf:
            wrong = f"a row of weights from 0 up, not all 0, got {weights}"
        elif not replacement and num_samples > (weights > 0).sum():
            wrong = (f"at least {num_samples} weights above 0 to draw without replacement, got "
                     f"{(weights > 0).sum()}")
        if wrong:
            raise ValueError(f"WeightedRandomSampler: expected {wrong}")
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        rng = (self.generator or default_generator).rng
        chances = self.weights.value / self.weights.value.sum()
        return iter(rng.choice(len(chances), self.num_samples, self.replacement, chances).tolist())


class BatchSampler(Sampler):
    """The indices of a sampler in lists of `batch_size`; `drop_last` leaves out a shorter last one.

    >>> list(mg.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool = False):
        whole = isinstance(batch_size, (int, np.integer)) and not isinstance(batch_size, bool)
        if not whole or batch_size < 1:
            raise ValueError("batch_size: expected a whole number of at least 1, got "
                             f"{batch_size!r}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)


# From samples to batches

def default_collate(batch: list):
    """One batch from a list of samples: tensors, arrays and numbers are stacked, dicts stay dicts.

    Tuples become lists, strings stay as they are, as in PyTorch. Raises RuntimeError for samples of
    different shapes.

    >>> mg.utils.data.default_collate([(mg.ones(2), 3), (mg.zeros(2), 4)])
    [tensor([[1., 1.],
            [0., 0.]]), tensor([3, 4])]
    """
    first = batch[0]
    if isinstance(first, (Tensor, np.ndarray, np.generic)):
        if len(shapes := dict.fromkeys(x.shape for x in batch)) > 1:
            raise RuntimeError("default_collate: expected samples of one shape, got "
                               f"{', '.join(map(str, shapes))}; pad them to one length, or pass "
                               "your own collate_fn")
        return stack(batch) if isinstance(first, Tensor) else as_tensor(np.stack(batch))
    if isinstance(first, (bool, int, float)):            # PyTorch keeps Python's precision here
        return as_tensor(np.array(batch, np.float64 if isinstance(first, float) else None))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, dict):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        if len(lengths := {len(sample) for sample in batch}) > 1:
            raise RuntimeError("default_collate: expected samples with equally many parts, got "
                               f"{sorted(lengths)}")
        parts = [default_collate(list(part)) for part in zip(*batch)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError("default_collate: expected samples of tensors, arrays, numbers, strings, dicts "
                    f"or tuples, got {type(first).__name__}; pass your own collate_fn")


class DataLoader:
    """Batches of a dataset, ready for a training loop; `len(loader)` counts them.

    `shuffle` takes a new random order each epoch, from `generator` if given. `drop_last` leaves out
    a last batch that is not full. `sampler` or `batch_sampler` decide the order instead.
    `collate_fn` makes a batch of a list of samples. Samples are loaded in this process:
    `num_workers` and `pin_memory` change nothing, and a note says so.

    >>> loader = mg.utils.data.DataLoader(range(5), batch_size=2)
    >>> [batch.tolist() for batch in loader], len(loader)
    ([[0, 1], [2, 3], [4]], 3)
    """

    def __init__(self, dataset, batch_size: int | None = 1, shuffle: bool | None = None,
                 sampler: Iterable[int] | None = None,
                 batch_sampler: Iterable[list[int]] | None = None, num_workers: int = 0,
                 collate_fn: Callable | None = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None,
                 persistent_workers=False, pin_memory_device="", in_order=True):
        stream = isinstance(dataset, IterableDataset)
        ordered, batched = sampler is not None, batch_sampler is not None
        if not stream and not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise TypeError("DataLoader: expected a dataset with `dataset[index]` and "
                            f"`len(dataset)`, got {type(dataset).__name__}")
        for wrong, why in (
                (batched and (batch_size != 1 or shuffle or ordered or drop_last),
                 "batch_sampler decides alone; no batch_size, shuffle, sampler or drop_last"),
                (ordered and shuffle, "expected either a sampler or shuffle=True, got both"),
                (stream and (shuffle or ordered or batched),
                 "an IterableDataset has its own order; no shuffle, sampler or batch_sampler"),
                (batch_size is None and drop_last,
                 "batch_size=None makes no batches, so drop_last=True has nothing to drop")):
            if wrong:
                raise ValueError(f"DataLoader: {why}")
        if num_workers or pin_memory:
            warnings.warn(f"DataLoader: num_workers={num_workers} and pin_memory={pin_memory} "
                          "change nothing here: minigrad loads in this process and computes in its "
                          "memory", stacklevel=2)
        if sampler is None:                              # what is put in batches
            sampler = (dataset if stream else RandomSampler(dataset, generator=generator)
                       if shuffle else SequentialSampler(dataset))
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.sampler, self.batch_sampler = dataset, sampler, batch_sampler
        self.batch_size, self.drop_last, self.generator = batch_size, drop_last, generator
        self.num_workers, self.pin_memory = num_workers, pin_memory
        self.collate_fn = collate_fn or (_as_tensors if batch_size is None else default_collate)

    def __iter__(self) -> Iterator:
        stream = isinstance(self.dataset, IterableDataset)
        if self.batch_sampler is None:
            yield from (self.collate_fn(i if stream else self.dataset[i]) for i in self.sampler)
        else:
            for indices in self.batch_sampler:
                yield self.collate_fn(indices) if stream else self._fetch(indices)

    def __len__(self) -> int:                            # TypeError where a stream does not know it
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def _fetch(self, indices: list[int]):
        # A TensorDataset gives the whole batch in one indexing, unless a subclass changed a sample.
        plain = type(self.dataset).__getitem__ is TensorDataset.__getitem__
        if plain and self.collate_fn is default_collate:
            return list(self.dataset[indices])
        return self.collate_fn([self.dataset[index] for index in indices])


def _as_tensors(sample):
    """One sample as it is, its arrays as tensors: what batch_size=None gives."""
    if isinstance(sample, np.ndarray):
        return as_tensor(sample)
    if isinstance(sample, (list, tuple)) and not hasattr(sample, "_fields"):
        return type(sample)(map(_as_tensors, sample))
    if isinstance(sample, dict):
        return {key: _as_tensors(x) for key, x in sample.items()}
    return sample
